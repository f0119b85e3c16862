"""Places of models in the lists of types, base models and tags: a page of one is found in one index."""

from datetime import UTC, datetime

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F

COLUMNS = "last_version_at, downloads, likes, owner, type, bases, level_mask, tag_ids"
NEVER = "'9000-01-01 00:00:00+00'::timestamptz"
PERIODS = "(1), (7), (30), (365)"
PLACES = f"""INSERT INTO models_hub_modelplace (of, leaves_at, model_id, {COLUMNS})
    SELECT o.of, o.leaves_at, m.id, m.last_version_at, m.downloads, m.likes, m.owner_id, m.type, v.bases, m.level_mask, m.tag_ids
    FROM models_hub_model m
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(DISTINCT base_model) FILTER (WHERE base_model <> ''), '{{}}') AS bases
        FROM models_hub_modelversion WHERE model_id = m.id AND state = 'published'
    ) v
    CROSS JOIN LATERAL (
        SELECT 'type ' || m.type AS of, {NEVER} AS leaves_at
        UNION SELECT 'base ' || unnest(v.bases), {NEVER}
        UNION SELECT 'tag ' || unnest(m.tag_ids), {NEVER}
        UNION SELECT 'days ' || days, m.last_version_at + days * interval '1 day' FROM (VALUES {PERIODS}) p (days)
            WHERE m.last_version_at > now() - days * interval '1 day'
    ) o
    WHERE m.state = 'published' AND m.hidden_at IS NULL AND m.freeze_level = 0 AND m.taken_down_at IS NULL"""
FORWARD = f"""
CREATE FUNCTION models_hub_place(wanted bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM models_hub_modelplace WHERE model_id = wanted;
    {PLACES} AND m.id = wanted;
$$;
CREATE FUNCTION models_hub_model_placed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM models_hub_place(NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER models_hub_model_placed_new AFTER INSERT ON models_hub_model
    FOR EACH ROW WHEN (NEW.state = 'published') EXECUTE FUNCTION models_hub_model_placed();
CREATE TRIGGER models_hub_model_placed AFTER UPDATE ON models_hub_model
    FOR EACH ROW WHEN (
        (OLD.state, OLD.hidden_at, OLD.freeze_level, OLD.taken_down_at, OLD.last_version_at, OLD.owner_id, OLD.type,
            OLD.level_mask, OLD.tag_ids)
        IS DISTINCT FROM (NEW.state, NEW.hidden_at, NEW.freeze_level, NEW.taken_down_at, NEW.last_version_at, NEW.owner_id,
            NEW.type, NEW.level_mask, NEW.tag_ids)
    ) EXECUTE FUNCTION models_hub_model_placed();

-- These come often; they move a place, and make none.
CREATE FUNCTION models_hub_model_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE models_hub_modelplace SET downloads = NEW.downloads, likes = NEW.likes
        WHERE model_id = NEW.id AND (downloads, likes) <> (NEW.downloads, NEW.likes);
    RETURN NULL;
END $$;
CREATE TRIGGER models_hub_model_counted AFTER UPDATE OF downloads, likes ON models_hub_model
    FOR EACH ROW WHEN ((OLD.downloads, OLD.likes) <> (NEW.downloads, NEW.likes)) EXECUTE FUNCTION models_hub_model_counted();

-- Tags and versions go one by one before their model does, and each writes places once more.
CREATE FUNCTION models_hub_model_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM models_hub_modelplace WHERE model_id = OLD.id;
    RETURN NULL;
END $$;
CREATE TRIGGER models_hub_model_gone AFTER DELETE ON models_hub_model
    FOR EACH ROW EXECUTE FUNCTION models_hub_model_gone();

CREATE FUNCTION models_hub_version_placed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.model_id ELSE NEW.model_id END;
BEGIN
    -- Who publishes the model at this moment is waited for, so that neither misses what the other wrote.
    PERFORM 1 FROM models_hub_model WHERE id = wanted FOR NO KEY UPDATE;
    PERFORM models_hub_place(wanted);
    RETURN NULL;
END $$;
CREATE TRIGGER models_hub_version_placed_new AFTER INSERT ON models_hub_modelversion
    FOR EACH ROW WHEN (NEW.state = 'published') EXECUTE FUNCTION models_hub_version_placed();
CREATE TRIGGER models_hub_version_placed_gone AFTER DELETE ON models_hub_modelversion
    FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION models_hub_version_placed();
CREATE TRIGGER models_hub_version_placed AFTER UPDATE ON models_hub_modelversion
    FOR EACH ROW WHEN ((OLD.state, OLD.base_model) IS DISTINCT FROM (NEW.state, NEW.base_model))
    EXECUTE FUNCTION models_hub_version_placed();

{PLACES};
"""
BACKWARD = """
DROP TRIGGER models_hub_version_placed ON models_hub_modelversion;
DROP TRIGGER models_hub_version_placed_gone ON models_hub_modelversion;
DROP TRIGGER models_hub_version_placed_new ON models_hub_modelversion;
DROP FUNCTION models_hub_version_placed();
DROP TRIGGER models_hub_model_gone ON models_hub_model;
DROP FUNCTION models_hub_model_gone();
DROP TRIGGER models_hub_model_counted ON models_hub_model;
DROP FUNCTION models_hub_model_counted();
DROP TRIGGER models_hub_model_placed ON models_hub_model;
DROP TRIGGER models_hub_model_placed_new ON models_hub_model;
DROP FUNCTION models_hub_model_placed();
DROP FUNCTION models_hub_place(bigint);
"""
SAID = ("last_version_at", "downloads", "likes", "owner", "type", "bases", "level_mask", "tag_ids")


def places_by(key, name):
    rest = [*(field for field in SAID if field != key), "leaves_at"]
    return models.Index(F("of"), F(key).desc(), F("model").desc(), include=rest, name=name)


class Migration(migrations.Migration):
    dependencies = [("models_hub", "0009_folded_words")]
    operations = [
        migrations.CreateModel(
            name="ModelPlace",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "of", "model_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("of", models.CharField(help_text='"type LORA", "base SDXL 1.0", "tag 12", "days 30"', max_length=80)),
                ("last_version_at", models.DateTimeField(null=True)),
                ("downloads", models.PositiveIntegerField()),
                ("likes", models.PositiveIntegerField()),
                ("owner", models.BigIntegerField(help_text="key of a user; goes with its model")),
                ("type", models.CharField(max_length=32)),
                (
                    "bases",
                    django.contrib.postgres.fields.ArrayField(
                        models.CharField(max_length=40), help_text="of its published versions"
                    ),
                ),
                ("level_mask", models.PositiveSmallIntegerField()),
                ("tag_ids", django.contrib.postgres.fields.ArrayField(models.BigIntegerField())),
                ("leaves_at", models.DateTimeField()),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="models_hub.model"
                    ),
                ),
            ],
            options={
                "indexes": [
                    places_by("last_version_at", "model_place_newest"),
                    places_by("downloads", "model_place_downloads"),
                    places_by("likes", "model_place_likes"),
                    models.Index(
                        fields=["leaves_at"], condition=models.Q(leaves_at__lt=datetime(9000, 1, 1, tzinfo=UTC)), name="model_place_leaving"
                    ),
                ]
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

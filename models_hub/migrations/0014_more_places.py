"""Places of models by all that lists and programs narrow by, in all their orders."""

from importlib import import_module

from django.db import migrations, models
from django.db.models import F, Q

before = import_module("models_hub.migrations.0010_places")
COUNTED = "downloads, likes, thumbs_up, comments, collected, images"
NEVER = "'9000-01-01 00:00:00+00'::timestamptz"
PERIODS = "(1), (7), (30), (365)"
# Their numbers are bits of `marks`: new ones come last.
MARKS = """
    (0, 'free of credit', m.allow_no_credit), (1, 'credit', NOT m.allow_no_credit),
    (2, 'derivatives', m.allow_derivatives), (3, 'no derivatives', NOT m.allow_derivatives),
    (4, 'any licence', m.allow_different_license), (5, 'same licence', NOT m.allow_different_license),
    (6, 'Image', m.allow_commercial_use && '{Image,RentCivit,Rent,Sell}'),
    (7, 'RentCivit', m.allow_commercial_use && '{RentCivit,Rent,Sell}'),
    (8, 'Rent', m.allow_commercial_use && '{Rent,Sell}'), (9, 'Sell', m.allow_commercial_use && '{Sell}'),
    (10, 'trained here', v.trained), (11, 'Trained', m.checkpoint_type = 'Trained'), (12, 'Merge', m.checkpoint_type = 'Merge'),
    (13, 'SafeTensor', 'SafeTensor' = ANY(f.formats)), (14, 'PickleTensor', 'PickleTensor' = ANY(f.formats)),
    (15, 'GGUF', 'GGUF' = ANY(f.formats)), (16, 'Diffusers', 'Diffusers' = ANY(f.formats)),
    (17, 'Core ML', 'Core ML' = ANY(f.formats)), (18, 'ONNX', 'ONNX' = ANY(f.formats)),
    (19, 'Other', 'Other' = ANY(f.formats)), (20, 'drawn', f.drawn)
"""
PLACES = f"""INSERT INTO models_hub_modelplace
    (of, leaves_at, model_id, last_version_at, {COUNTED}, owner, type, bases, marks, level_mask, tag_ids)
    SELECT o.of, o.leaves_at, m.id, m.last_version_at, m.downloads, m.likes, m.thumbs_up, m.comments, m.collected, m.images,
        m.owner_id, m.type, v.bases, k.marks, m.level_mask, m.tag_ids
    FROM models_hub_model m
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(DISTINCT base_model) FILTER (WHERE base_model <> ''), '{{}}') AS bases,
            coalesce(bool_or(parent_id IS NOT NULL), false) AS trained
        FROM models_hub_modelversion WHERE model_id = m.id AND state = 'published'
    ) v
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(DISTINCT f.format), '{{}}') AS formats, coalesce(bool_or(w.can_generate), false) AS drawn,
            coalesce(array_agg(DISTINCT w.base_model), '{{}}') AS bases
        FROM models_hub_modelversion w JOIN models_hub_modelfile f ON f.version_id = w.id AND f.state = 'ready'
        WHERE w.model_id = m.id AND w.state = 'published'
    ) f
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(1 << bit), 0)::int AS marks, coalesce(array_agg(name), '{{}}') AS names
        FROM (VALUES {MARKS}) mark (bit, name, holds) WHERE holds
    ) k
    CROSS JOIN LATERAL (
        SELECT 'all' AS of, {NEVER} AS leaves_at
        UNION SELECT 'type ' || m.type, {NEVER}
        UNION SELECT 'base ' || unnest(v.bases), {NEVER}
        UNION SELECT 'base ' || unnest(v.bases) || ', type ' || m.type, {NEVER}
        UNION SELECT 'tag ' || unnest(m.tag_ids), {NEVER}
        UNION SELECT 'owner ' || m.owner_id, {NEVER}
        UNION SELECT 'is ' || unnest(k.names), {NEVER}
        UNION SELECT 'level ' || level, {NEVER} FROM (VALUES (1), (2), (4), (8), (16)) l (level) WHERE m.level_mask & level > 0
        UNION SELECT 'fits ' || unnest(f.bases), {NEVER} WHERE m.type IN ('LORA', 'LoCon', 'DoRA')
        UNION SELECT 'days ' || days, m.last_version_at + days * interval '1 day' FROM (VALUES {PERIODS}) p (days)
            WHERE m.last_version_at > now() - days * interval '1 day'
    ) o
    WHERE m.state = 'published' AND m.hidden_at IS NULL AND m.freeze_level = 0 AND m.taken_down_at IS NULL"""
SAYS = """state, hidden_at, freeze_level, taken_down_at, last_version_at, owner_id, type, level_mask, tag_ids, checkpoint_type,
    allow_no_credit, allow_derivatives, allow_different_license, allow_commercial_use"""
COLUMNS = [name.strip() for name in SAYS.split(",")]
FORWARD = f"""
CREATE OR REPLACE FUNCTION models_hub_place(wanted bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM models_hub_modelplace WHERE model_id = wanted;
    {PLACES} AND m.id = wanted;
$$;
DROP TRIGGER models_hub_model_placed ON models_hub_model;
CREATE TRIGGER models_hub_model_placed AFTER UPDATE ON models_hub_model
    FOR EACH ROW WHEN (({", ".join(f"OLD.{name}" for name in COLUMNS)}) IS DISTINCT FROM ({", ".join(f"NEW.{name}" for name in COLUMNS)}))
    EXECUTE FUNCTION models_hub_model_placed();

DROP TRIGGER models_hub_model_counted ON models_hub_model;
CREATE OR REPLACE FUNCTION models_hub_model_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE models_hub_modelplace SET downloads = NEW.downloads, likes = NEW.likes, thumbs_up = NEW.thumbs_up,
        comments = NEW.comments, collected = NEW.collected, images = NEW.images
        WHERE model_id = NEW.id AND ({COUNTED})
            <> (NEW.downloads, NEW.likes, NEW.thumbs_up, NEW.comments, NEW.collected, NEW.images);
    RETURN NULL;
END $$;
CREATE TRIGGER models_hub_model_counted AFTER UPDATE OF {COUNTED} ON models_hub_model
    FOR EACH ROW WHEN ((OLD.downloads, OLD.likes, OLD.thumbs_up, OLD.comments, OLD.collected, OLD.images)
        <> (NEW.downloads, NEW.likes, NEW.thumbs_up, NEW.comments, NEW.collected, NEW.images))
    EXECUTE FUNCTION models_hub_model_counted();

DROP TRIGGER models_hub_version_placed ON models_hub_modelversion;
CREATE TRIGGER models_hub_version_placed AFTER UPDATE ON models_hub_modelversion
    FOR EACH ROW WHEN ((OLD.state, OLD.base_model, OLD.parent_id, OLD.can_generate)
        IS DISTINCT FROM (NEW.state, NEW.base_model, NEW.parent_id, NEW.can_generate))
    EXECUTE FUNCTION models_hub_version_placed();

CREATE FUNCTION models_hub_file_placed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted bigint := (
    SELECT model_id FROM models_hub_modelversion WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.version_id ELSE NEW.version_id END
);
BEGIN
    -- As of versions: who publishes the model at this moment is waited for.
    PERFORM 1 FROM models_hub_model WHERE id = wanted FOR NO KEY UPDATE;
    PERFORM models_hub_place(wanted);
    RETURN NULL;
END $$;
CREATE TRIGGER models_hub_file_placed_new AFTER INSERT ON models_hub_modelfile
    FOR EACH ROW WHEN (NEW.state = 'ready') EXECUTE FUNCTION models_hub_file_placed();
CREATE TRIGGER models_hub_file_placed_gone AFTER DELETE ON models_hub_modelfile
    FOR EACH ROW WHEN (OLD.state = 'ready') EXECUTE FUNCTION models_hub_file_placed();
CREATE TRIGGER models_hub_file_placed AFTER UPDATE ON models_hub_modelfile
    FOR EACH ROW WHEN ((OLD.state, OLD.format, OLD.version_id) IS DISTINCT FROM (NEW.state, NEW.format, NEW.version_id)
        AND (OLD.state = 'ready' OR NEW.state = 'ready'))
    EXECUTE FUNCTION models_hub_file_placed();

DELETE FROM models_hub_modelplace;
{PLACES};
"""
# As 0010 made them.
BACKWARD = f"""
DROP TRIGGER models_hub_file_placed ON models_hub_modelfile;
DROP TRIGGER models_hub_file_placed_gone ON models_hub_modelfile;
DROP TRIGGER models_hub_file_placed_new ON models_hub_modelfile;
DROP FUNCTION models_hub_file_placed();
DELETE FROM models_hub_modelplace;
{before.BACKWARD}
{before.FORWARD.rpartition(before.PLACES)[0]}
"""

SAID = ("last_version_at", "type", "bases", "marks", "level_mask", "owner", "tag_ids", "leaves_at")
KEYS = ("thumbs_up", "comments", "collected", "images")


def places_by(*keys, name):
    rest = [field for field in SAID if field not in keys]
    return models.Index(F("of"), *(F(key).desc() for key in keys), F("model").desc(), include=rest, name=name)


class Migration(migrations.Migration):
    dependencies = [("models_hub", "0013_on_trial")]
    operations = [
        migrations.RunSQL(migrations.RunSQL.noop, before.PLACES),
        *[migrations.RemoveIndex("modelplace", f"model_place_{name}") for name in ("newest", "downloads", "likes")],
        *[
            migrations.AddField("modelplace", name, models.PositiveIntegerField(default=0), preserve_default=False)
            for name in KEYS
        ],
        migrations.AddField(
            "modelplace", "marks", models.IntegerField(default=0, help_text="bits of MARKS"), preserve_default=False
        ),
        migrations.AlterField(
            "modelplace",
            "of",
            models.CharField(
                max_length=120, help_text='"all", "type LORA", "base SDXL 1.0", "tag 12", "is Merge", "days 30"'
            ),
        ),
        migrations.AddIndex("modelplace", places_by("last_version_at", name="model_place_of_newest")),
        migrations.AddIndex("modelplace", places_by("downloads", "likes", name="model_place_of_downloads")),
        *[
            migrations.AddIndex("modelplace", places_by(key, "downloads", name=f"model_place_of_{key}"))
            for key in ("likes", *KEYS)
        ],
        *[
            migrations.RemoveIndex("model", f"model_{name}")
            for name in ("downloads", "likes", "recommended", "collected", "images", "comments")
        ],
        migrations.AddIndex(
            "model",
            models.Index(
                fields=["-downloads", "-likes", "-id"], condition=Q(state="published"), name="model_most_downloads"
            ),
        ),
        # Last: an index can't be made in the transaction that has written its rows.
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

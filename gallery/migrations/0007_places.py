"""Places of images in the feeds of tags and versions, with all that a feed filters by: found in one index, without their rows."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F

from civitai.levels import Level

# What 0006 kept by: its table goes with its model.
OLD = """
CREATE FUNCTION gallery_image_listed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM gallery_imagetag WHERE image_id = NEW.id;
    IF NEW.sort_at IS NOT NULL AND NEW.hidden_at IS NULL THEN
        INSERT INTO gallery_imagetag (image_id, tag_id, sort_at) SELECT NEW.id, tag, NEW.sort_at FROM unnest(NEW.tag_ids) tag;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER gallery_image_listed_new AFTER INSERT ON gallery_image
    FOR EACH ROW WHEN (NEW.sort_at IS NOT NULL) EXECUTE FUNCTION gallery_image_listed();
CREATE TRIGGER gallery_image_listed AFTER UPDATE ON gallery_image
    FOR EACH ROW WHEN (
        OLD.tag_ids IS DISTINCT FROM NEW.tag_ids OR OLD.sort_at IS DISTINCT FROM NEW.sort_at
        OR OLD.hidden_at IS DISTINCT FROM NEW.hidden_at
    ) EXECUTE FUNCTION gallery_image_listed();
INSERT INTO gallery_imagetag (image_id, tag_id, sort_at)
    SELECT i.id, tag, i.sort_at FROM gallery_image i, unnest(i.tag_ids) tag WHERE i.sort_at IS NOT NULL AND i.hidden_at IS NULL;
UPDATE gallery_imageresource r SET sort_at = i.sort_at FROM gallery_image i WHERE i.id = r.image_id AND i.hidden_at IS NULL;
"""
NOT_OLD = """
DROP TRIGGER gallery_image_listed ON gallery_image;
DROP TRIGGER gallery_image_listed_new ON gallery_image;
DROP FUNCTION gallery_image_listed();
"""

COLUMNS = "sort_at, likes, level, owner, base_model, made_here, tag_ids"
VALUES = "i.sort_at, i.likes, i.level, i.owner_id, i.base_model, i.made_here, i.tag_ids"
SHOWN = "i.sort_at IS NOT NULL AND i.hidden_at IS NULL"
PERIODS = "(1), (7), (30), (365)"

TAGS = f"""INSERT INTO gallery_imagetag (tag_id, image_id, {COLUMNS})
    SELECT DISTINCT tag, i.id, {VALUES} FROM gallery_image i, unnest(i.tag_ids) tag WHERE {SHOWN}"""
USES = f"""INSERT INTO gallery_imageuse (version_id, image_id, {COLUMNS})
    SELECT DISTINCT r.version_id, i.id, {VALUES} FROM gallery_image i JOIN gallery_imageresource r ON r.image_id = i.id
    WHERE {SHOWN} AND r.version_id IS NOT NULL"""
TIMES = f"""INSERT INTO gallery_imageperiod (days, leaves_at, image_id, {COLUMNS})
    SELECT p.days, i.sort_at + p.days * interval '1 day', i.id, {VALUES} FROM gallery_image i, (VALUES {PERIODS}) p (days)
    WHERE {SHOWN} AND i.sort_at > now() - p.days * interval '1 day'"""

FORWARD = f"""
CREATE FUNCTION gallery_place_uses(wanted bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM gallery_imageuse WHERE image_id = wanted;
    {USES} AND i.id = wanted;
$$;
CREATE FUNCTION gallery_image_placed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM gallery_imagetag WHERE image_id = NEW.id;
    DELETE FROM gallery_imageperiod WHERE image_id = NEW.id;
    {TAGS} AND i.id = NEW.id;
    {TIMES} AND i.id = NEW.id;
    PERFORM gallery_place_uses(NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER gallery_image_placed_new AFTER INSERT ON gallery_image
    FOR EACH ROW WHEN (NEW.sort_at IS NOT NULL) EXECUTE FUNCTION gallery_image_placed();
CREATE TRIGGER gallery_image_placed AFTER UPDATE ON gallery_image
    FOR EACH ROW WHEN (
        (OLD.sort_at, OLD.hidden_at, OLD.level, OLD.owner_id, OLD.base_model, OLD.made_here, OLD.tag_ids)
        IS DISTINCT FROM (NEW.sort_at, NEW.hidden_at, NEW.level, NEW.owner_id, NEW.base_model, NEW.made_here, NEW.tag_ids)
    ) EXECUTE FUNCTION gallery_image_placed();

-- Hearts come often; they move a place, and make none.
CREATE FUNCTION gallery_image_liked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE gallery_imagetag SET likes = NEW.likes WHERE image_id = NEW.id AND likes <> NEW.likes;
    UPDATE gallery_imageuse SET likes = NEW.likes WHERE image_id = NEW.id AND likes <> NEW.likes;
    UPDATE gallery_imageperiod SET likes = NEW.likes WHERE image_id = NEW.id AND likes <> NEW.likes;
    RETURN NULL;
END $$;
CREATE TRIGGER gallery_image_liked AFTER UPDATE OF likes ON gallery_image
    FOR EACH ROW WHEN (OLD.likes <> NEW.likes) EXECUTE FUNCTION gallery_image_liked();

-- Tags and resources go before their image does, and each writes places once more.
CREATE FUNCTION gallery_image_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM gallery_imagetag WHERE image_id = OLD.id;
    DELETE FROM gallery_imageuse WHERE image_id = OLD.id;
    DELETE FROM gallery_imageperiod WHERE image_id = OLD.id;
    RETURN NULL;
END $$;
CREATE TRIGGER gallery_image_gone AFTER DELETE ON gallery_image FOR EACH ROW EXECUTE FUNCTION gallery_image_gone();

CREATE FUNCTION gallery_use_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.image_id ELSE NEW.image_id END;
BEGIN
    -- Who brings the image out at this moment is waited for, so that neither misses what the other wrote.
    PERFORM 1 FROM gallery_image WHERE id = wanted FOR NO KEY UPDATE;
    PERFORM gallery_place_uses(wanted);
    RETURN NULL;
END $$;
CREATE TRIGGER gallery_use_new AFTER INSERT ON gallery_imageresource
    FOR EACH ROW WHEN (NEW.version_id IS NOT NULL) EXECUTE FUNCTION gallery_use_changed();
CREATE TRIGGER gallery_use_gone AFTER DELETE ON gallery_imageresource
    FOR EACH ROW WHEN (OLD.version_id IS NOT NULL) EXECUTE FUNCTION gallery_use_changed();
CREATE TRIGGER gallery_use_changed AFTER UPDATE OF version_id ON gallery_imageresource
    FOR EACH ROW WHEN (OLD.version_id IS DISTINCT FROM NEW.version_id) EXECUTE FUNCTION gallery_use_changed();

{TAGS};
{USES};
{TIMES};
"""
BACKWARD = """
DROP TRIGGER gallery_use_changed ON gallery_imageresource;
DROP TRIGGER gallery_use_gone ON gallery_imageresource;
DROP TRIGGER gallery_use_new ON gallery_imageresource;
DROP FUNCTION gallery_use_changed();
DROP TRIGGER gallery_image_gone ON gallery_image;
DROP FUNCTION gallery_image_gone();
DROP TRIGGER gallery_image_liked ON gallery_image;
DROP FUNCTION gallery_image_liked();
DROP TRIGGER gallery_image_placed ON gallery_image;
DROP TRIGGER gallery_image_placed_new ON gallery_image;
DROP FUNCTION gallery_image_placed();
DROP FUNCTION gallery_place_uses(bigint);
"""


SAID = ("sort_at", "likes", "level", "owner", "base_model", "made_here", "tag_ids")


def places_by(of, key, *more, name):
    rest = [field for field in SAID if field != key]
    return models.Index(F(of), F(key).desc(), F("image").desc(), include=[*rest, *more], name=name)


def place(name, key, of, indexes, *more):
    return migrations.CreateModel(
        name=name,
        fields=[
            (
                "pk",
                models.CompositePrimaryKey(key, "image_id", blank=True, editable=False, primary_key=True, serialize=False),
            ),
            ("sort_at", models.DateTimeField()),
            ("likes", models.PositiveIntegerField()),
            ("level", models.PositiveSmallIntegerField(choices=Level.choices)),
            ("owner", models.BigIntegerField(help_text="key of a user; goes with its image")),
            ("base_model", models.CharField(max_length=40)),
            ("made_here", models.BooleanField()),
            ("tag_ids", django.contrib.postgres.fields.ArrayField(models.BigIntegerField())),
            ("image", linked("gallery.image")),
            (key.removesuffix("_id"), of),
            *more,
        ],
        options={"indexes": indexes},
    )


def linked(to, **how):
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=to, **how)


class Migration(migrations.Migration):
    dependencies = [
        ("community", "0001_initial"),
        ("gallery", "0006_imagetag"),
        ("models_hub", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(NOT_OLD, OLD),
        migrations.DeleteModel("ImageTag"),
        place(
            "ImageTag",
            "tag_id",
            linked("community.tag", db_index=False),
            [places_by("tag", "sort_at", name="image_tag_newest"), places_by("tag", "likes", name="image_tag_liked")],
        ),
        place(
            "ImageUse",
            "version_id",
            linked("models_hub.modelversion", db_index=False),
            [places_by("version", "sort_at", name="image_use_newest"), places_by("version", "likes", name="image_use_liked")],
        ),
        place(
            "ImagePeriod",
            "days",
            models.PositiveSmallIntegerField(),
            [
                places_by("days", "likes", "leaves_at", name="image_period_liked"),
                models.Index(fields=["leaves_at"], name="image_period_leaving"),
            ],
            ("leaves_at", models.DateTimeField()),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RemoveIndex("imageresource", "resource_gallery"),
        migrations.RemoveField("imageresource", "sort_at"),
        migrations.AddIndex(
            "image",
            models.Index(
                F("base_model"),
                F("likes").desc(),
                F("id").desc(),
                include=["level"],
                condition=models.Q(sort_at__isnull=False, hidden_at=None),
                name="image_base_liked",
            ),
        ),
    ]

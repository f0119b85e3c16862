"""The tags of each image in the feed, with its place there, kept by the database: a feed of one tag is one index."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F

FORWARD = """
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
"""
BACKWARD = """
DROP TRIGGER gallery_image_listed ON gallery_image;
DROP TRIGGER gallery_image_listed_new ON gallery_image;
DROP FUNCTION gallery_image_listed();
"""


class Migration(migrations.Migration):
    dependencies = [("community", "0001_initial"), ("gallery", "0005_tag_ids")]
    operations = [
        migrations.CreateModel(
            name="ImageTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sort_at", models.DateTimeField()),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tagged", to="gallery.image"
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="community.tag"),
                ),
            ],
            options={
                "indexes": [models.Index(F("tag"), F("sort_at").desc(), F("image").desc(), name="image_tag_newest")],
                "constraints": [models.UniqueConstraint(fields=("image", "tag"), name="image_tag_once")],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

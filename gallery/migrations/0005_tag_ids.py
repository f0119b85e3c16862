"""An image's copy of its post's tags, kept by the database: a feed leaves hidden tags out without asking another table."""

import django.contrib.postgres.fields
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION gallery_tags_of(wanted bigint) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(tag_id ORDER BY tag_id), '{}') FROM gallery_post_tags WHERE post_id = wanted
$$;
CREATE FUNCTION gallery_tags_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.post_id ELSE NEW.post_id END;
BEGIN
    UPDATE gallery_image SET tag_ids = gallery_tags_of(wanted) WHERE post_id = wanted;
    RETURN NULL;
END $$;
CREATE FUNCTION gallery_image_tagged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.tag_ids := gallery_tags_of(NEW.post_id);
    RETURN NEW;
END $$;
CREATE TRIGGER gallery_tags_changed AFTER INSERT OR DELETE ON gallery_post_tags
    FOR EACH ROW EXECUTE FUNCTION gallery_tags_changed();
CREATE TRIGGER gallery_image_tagged BEFORE INSERT OR UPDATE OF post_id ON gallery_image
    FOR EACH ROW EXECUTE FUNCTION gallery_image_tagged();
UPDATE gallery_image SET tag_ids = gallery_tags_of(post_id);
"""
BACKWARD = """
DROP TRIGGER gallery_image_tagged ON gallery_image;
DROP TRIGGER gallery_tags_changed ON gallery_post_tags;
DROP FUNCTION gallery_image_tagged();
DROP FUNCTION gallery_tags_changed();
DROP FUNCTION gallery_tags_of(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("gallery", "0004_words")]
    operations = [
        migrations.AddField(
            "image",
            "tag_ids",
            django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), default=list, editable=False),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

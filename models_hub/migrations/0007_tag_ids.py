"""A model's copy of its tags, kept by the database: a list leaves hidden tags out without asking another table."""

import django.contrib.postgres.fields
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION models_hub_tags_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.model_id ELSE NEW.model_id END;
BEGIN
    UPDATE models_hub_model SET tag_ids = coalesce(
        (SELECT array_agg(tag_id ORDER BY tag_id) FROM models_hub_model_tags WHERE model_id = wanted), '{}'
    ) WHERE id = wanted;
    RETURN NULL;
END $$;
CREATE TRIGGER models_hub_tags_changed AFTER INSERT OR DELETE ON models_hub_model_tags
    FOR EACH ROW EXECUTE FUNCTION models_hub_tags_changed();
UPDATE models_hub_model m SET tag_ids = t.ids FROM (
    SELECT model_id, array_agg(tag_id ORDER BY tag_id) AS ids FROM models_hub_model_tags GROUP BY model_id
) t WHERE t.model_id = m.id;
"""
BACKWARD = """
DROP TRIGGER models_hub_tags_changed ON models_hub_model_tags;
DROP FUNCTION models_hub_tags_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("models_hub", "0006_search")]
    operations = [
        migrations.AddField(
            "model",
            "tag_ids",
            django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), default=list, editable=False),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

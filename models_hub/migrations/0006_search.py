"""Words of a model, kept by the database itself: whoever changes a name, a tag or a trigger word, search knows it.

Weights: A name, B tags and trigger words, C version names, D description. Dictionary "simple": names are names in
every language. Trigrams of names and tags find what was mistyped.
"""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

FORWARD = """
CREATE FUNCTION models_hub_words(wanted bigint) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT setweight(to_tsvector('simple', m.name), 'A')
        || setweight(to_tsvector('simple', coalesce(t.words, '')), 'B')
        || setweight(to_tsvector('simple', coalesce(v.words, '')), 'B')
        || setweight(to_tsvector('simple', coalesce(v.names, '')), 'C')
        || setweight(to_tsvector('simple', left(m.description, 20000)), 'D')
    FROM models_hub_model m
    LEFT JOIN LATERAL (
        SELECT string_agg(tag.name, ' ') AS words FROM models_hub_model_tags mt
        JOIN community_tag tag ON tag.id = mt.tag_id WHERE mt.model_id = m.id
    ) t ON true
    LEFT JOIN LATERAL (
        SELECT string_agg(array_to_string(version.trained_words, ' '), ' ') AS words, string_agg(version.name, ' ') AS names
        FROM models_hub_modelversion version WHERE version.model_id = m.id AND version.state = 'published'
    ) v ON true
    WHERE m.id = wanted
$$;
CREATE FUNCTION models_hub_search_model() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE models_hub_model SET search = models_hub_words(NEW.id) WHERE id = NEW.id;
    RETURN NULL;
END $$;
CREATE FUNCTION models_hub_search_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.model_id ELSE NEW.model_id END;
BEGIN
    UPDATE models_hub_model SET search = models_hub_words(wanted) WHERE id = wanted;
    RETURN NULL;
END $$;
CREATE TRIGGER models_hub_search_new AFTER INSERT ON models_hub_model
    FOR EACH ROW EXECUTE FUNCTION models_hub_search_model();
CREATE TRIGGER models_hub_search_changed AFTER UPDATE OF name, description ON models_hub_model
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.description IS DISTINCT FROM NEW.description)
    EXECUTE FUNCTION models_hub_search_model();
CREATE TRIGGER models_hub_search_tags AFTER INSERT OR DELETE ON models_hub_model_tags
    FOR EACH ROW EXECUTE FUNCTION models_hub_search_part();
CREATE TRIGGER models_hub_search_versions AFTER INSERT OR UPDATE OF name, trained_words, state ON models_hub_modelversion
    FOR EACH ROW EXECUTE FUNCTION models_hub_search_part();
UPDATE models_hub_model SET search = models_hub_words(id);
"""
BACKWARD = """
DROP TRIGGER models_hub_search_versions ON models_hub_modelversion;
DROP TRIGGER models_hub_search_tags ON models_hub_model_tags;
DROP TRIGGER models_hub_search_changed ON models_hub_model;
DROP TRIGGER models_hub_search_new ON models_hub_model;
DROP FUNCTION models_hub_search_part();
DROP FUNCTION models_hub_search_model();
DROP FUNCTION models_hub_words(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("models_hub", "0005_real_people"), ("community", "0004_ratings")]
    operations = [
        TrigramExtension(),
        migrations.AddField(
            "model", "search", django.contrib.postgres.search.SearchVectorField(editable=False, null=True)
        ),
        migrations.AddIndex("model", django.contrib.postgres.indexes.GinIndex(fields=["search"], name="model_search")),
        migrations.AddIndex(
            "model",
            django.contrib.postgres.indexes.GinIndex(
                fields=["name"], name="model_name_letters", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]

"""Accents do not matter in a search: the kept words are folded, in the way in which browsing folds what is typed."""

from django.db import migrations

FOLDED = r"""
CREATE FUNCTION models_hub_folded(words text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT normalize(regexp_replace(normalize(words, NFKD), '[\u0300-\u036f]', '', 'g'), NFC)
$$;
"""
WORDS = """
CREATE OR REPLACE FUNCTION models_hub_words(wanted bigint) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT setweight(to_tsvector('simple', {start}m.name{end}), 'A')
        || setweight(to_tsvector('simple', {start}coalesce(t.words, ''){end}), 'B')
        || setweight(to_tsvector('simple', {start}coalesce(v.words, ''){end}), 'B')
        || setweight(to_tsvector('simple', {start}coalesce(v.names, ''){end}), 'C')
        || setweight(to_tsvector('simple', {start}left(m.description, 20000){end}), 'D')
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
"""
AGAIN = "UPDATE models_hub_model SET search = models_hub_words(id);"


class Migration(migrations.Migration):
    dependencies = [("models_hub", "0008_recommended")]
    operations = [
        migrations.RunSQL(
            [FOLDED, WORDS.format(start="models_hub_folded(", end=")"), AGAIN],
            [WORDS.format(start="", end=""), "DROP FUNCTION models_hub_folded(text);", AGAIN],
        )
    ]

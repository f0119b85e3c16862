"""In how many collections each model lies, kept by the database, so that "most collected" is an order of an index."""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION models_hub_collected() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD."row" ELSE NEW."row" END;
BEGIN
    -- One after another: each counts what the other has written.
    PERFORM 1 FROM models_hub_model WHERE id = wanted FOR NO KEY UPDATE;
    UPDATE models_hub_model SET collected = (
        SELECT count(*) FROM community_collectionitem WHERE subject = 'models_hub.Model' AND "row" = wanted
    ) WHERE id = wanted;
    RETURN NULL;
END $$;
CREATE TRIGGER models_hub_collected AFTER INSERT ON community_collectionitem
    FOR EACH ROW WHEN (NEW.subject = 'models_hub.Model') EXECUTE FUNCTION models_hub_collected();
CREATE TRIGGER models_hub_left_a_collection AFTER DELETE ON community_collectionitem
    FOR EACH ROW WHEN (OLD.subject = 'models_hub.Model') EXECUTE FUNCTION models_hub_collected();
UPDATE models_hub_model m SET collected = c.n FROM (
    SELECT "row", count(*) AS n FROM community_collectionitem WHERE subject = 'models_hub.Model' GROUP BY "row"
) c WHERE c."row" = m.id;
"""
BACKWARD = """
DROP TRIGGER models_hub_left_a_collection ON community_collectionitem;
DROP TRIGGER models_hub_collected ON community_collectionitem;
DROP FUNCTION models_hub_collected();
"""


class Migration(migrations.Migration):
    # An index can't be made in the transaction that has written its rows.
    atomic = False
    dependencies = [("models_hub", "0010_places"), ("community", "0008_letters")]
    operations = [
        migrations.AddField("model", "collected", models.PositiveIntegerField(default=0, editable=False)),
        migrations.RunSQL(FORWARD, BACKWARD),
        *[
            migrations.AddIndex(
                "model",
                models.Index(
                    fields=[f"-{key}", "-downloads", "-id"],
                    condition=models.Q(state="published"),
                    name=name,
                ),
            )
            for key, name in (
                ("collected", "model_collected"),
                ("images", "model_images"),
                ("comments", "model_comments"),
                ("likes", "model_most_liked"),
            )
        ],
    ]

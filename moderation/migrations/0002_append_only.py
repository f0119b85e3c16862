"""The log is append-only, whoever writes."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION moderation_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER moderation_event_append_only BEFORE UPDATE OR DELETE ON moderation_moderationevent
    FOR EACH ROW EXECUTE FUNCTION moderation_append_only();
"""
BACKWARD = """
DROP TRIGGER moderation_event_append_only ON moderation_moderationevent;
DROP FUNCTION moderation_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("moderation", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

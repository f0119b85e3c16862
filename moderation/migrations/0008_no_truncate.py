"""What is append-only is not emptied either: TRUNCATE fires no trigger of rows."""

from django.db import migrations

TABLES = ("moderation_moderationevent", "moderation_caseevent", "moderation_secretread", "moderation_agreement")
FORWARD = "".join(
    f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION moderation_append_only();\n"
    for table in TABLES
)
BACKWARD = "".join(f"DROP TRIGGER {table}_no_truncate ON {table};\n" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("moderation", "0007_decision_letters")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

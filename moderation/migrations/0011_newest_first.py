import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("moderation", "0010_seconds_and_batches")]

    operations = [
        TrigramExtension(),
        migrations.AddIndex("decision", models.Index(fields=["-at", "-id"], name="decision_newest")),
        migrations.AddIndex(
            "decision",
            django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("title"), name="gin_trgm_ops"
                ),
                name="decision_title",
            ),
        ),
    ]

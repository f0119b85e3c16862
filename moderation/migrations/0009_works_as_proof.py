from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("moderation", "0008_no_truncate")]

    operations = [
        migrations.AddField(
            "evidence",
            "kind",
            models.CharField(
                choices=[
                    ("picture", "A work that it resembles"),
                    ("larger", "A larger original than anybody else has"),
                    ("layered", "The layered file, the raw photograph, the sketch"),
                    ("dated", "An earlier post of yours, with its date"),
                ],
                default="picture",
                max_length=8,
            ),
        ),
        migrations.AddField(
            "evidence", "url", models.CharField(blank=True, default="", max_length=500), preserve_default=False
        ),
        migrations.AddField(
            "evidence", "words", models.CharField(blank=True, default="", max_length=500), preserve_default=False
        ),
        migrations.AddField("evidence", "held_in", models.CharField(default="private", max_length=12)),
    ]

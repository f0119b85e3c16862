from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_username_words")]

    operations = [
        migrations.AddField(
            "user", "freeze_level", models.PositiveSmallIntegerField(default=0, editable=False)
        ),
        migrations.AddField(
            "user", "case_reference", models.CharField(blank=True, default="", editable=False, max_length=12), preserve_default=False
        ),
        migrations.AddConstraint(
            "user", models.CheckConstraint(condition=models.Q(freeze_level__lte=3), name="user_freeze_level")
        ),
    ]

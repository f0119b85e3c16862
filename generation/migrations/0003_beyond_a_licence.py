from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0002_style_fees")]

    operations = [
        migrations.AddField("generationresult", "is_beyond", models.BooleanField(default=False)),
    ]

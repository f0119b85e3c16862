"""Accents do not matter in a search for pictures either."""

import django.contrib.postgres.indexes
from django.db import migrations, models
from django.db.models.functions import Lower


def letters(column):
    folded = models.Func(column, function="models_hub_folded", output_field=models.TextField())
    return django.contrib.postgres.indexes.OpClass(Lower(folded), name="gin_trgm_ops")


class Migration(migrations.Migration):
    dependencies = [("gallery", "0007_places"), ("models_hub", "0009_folded_words")]
    operations = [
        migrations.RemoveIndex(model_name="image", name="image_prompt"),
        migrations.RemoveIndex(model_name="post", name="post_title"),
        migrations.AddIndex(
            model_name="image",
            index=django.contrib.postgres.indexes.GinIndex(
                letters("prompt"), condition=models.Q(("sort_at__isnull", False)), name="image_plain_prompt"
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=django.contrib.postgres.indexes.GinIndex(letters("title"), name="post_plain_title"),
        ),
    ]

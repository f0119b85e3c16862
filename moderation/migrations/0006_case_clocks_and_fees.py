import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("moderation", "0005_registry"), ("wallet", "0002_append_only")]

    operations = [
        migrations.AddField("removalcase", "proof_due", models.DateTimeField(null=True)),
        migrations.RunSQL(
            "UPDATE moderation_removalcase SET proof_due = created_at + interval '14 days' WHERE state = 'verifying'",
            migrations.RunSQL.noop,
        ),
        migrations.AddField("execution", "per_item", models.JSONField(default=dict)),
        migrations.CreateModel(
            name="StyleFee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("images", models.PositiveIntegerField()),
                ("units", models.BigIntegerField()),
                ("artist_units", models.BigIntegerField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fees",
                        to="moderation.agreement",
                    ),
                ),
                (
                    "hold",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="wallet.hold"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["agreement", "at"], name="style_fee_months")],
                "constraints": [
                    models.UniqueConstraint(fields=["agreement", "hold"], name="style_fee_once"),
                    models.CheckConstraint(
                        name="style_fee_counts",
                        condition=models.Q(
                            images__gte=1, units__gte=1, artist_units__gte=0, artist_units__lte=models.F("units")
                        ),
                    ),
                ],
            },
        ),
    ]

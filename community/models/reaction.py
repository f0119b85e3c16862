"""Hearts."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Reaction(models.Model):
    """One member's heart (or other sign) for one thing. `subject` is a model's label, `row` its key."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reactions")
    subject = models.CharField(max_length=40)
    row = models.BigIntegerField()
    kind = models.CharField(max_length=12, default="heart")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "row", "user", "kind"], name="reaction_once")]

    def __str__(self):
        return f"{self.user} {self.kind} {self.subject} {self.row}"

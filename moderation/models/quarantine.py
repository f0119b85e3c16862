"""What is nobody's while it may show a child in a sexual way."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Quarantine(models.Model):
    """From when to when a thing was kept from everybody. `under` is [who, why] of what had hidden it before."""

    subject = models.CharField(max_length=40)
    row = models.CharField(max_length=40)
    under = models.JSONField(null=True)
    at = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "row"], condition=Q(lifted_at=None), name="quarantine_once_at_a_time"
            )
        ]

    def __str__(self):
        return f"{self.subject} {self.row}"

"""The log. Append-only by a trigger; each row's hash covers the one before, so that nothing can be taken out unseen."""

from django.db import models


class ModerationEvent(models.Model):
    """Names are snapshots, and nothing points to rows that may go: the log outlives what it tells of."""

    at = models.DateTimeField()
    what = models.CharField(max_length=40)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=40, blank=True)
    row = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=200, blank=True)
    clause = models.CharField(max_length=16, blank=True)
    because = models.CharField(max_length=1000, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        indexes = [models.Index(fields=["subject", "row", "id"], name="event_subject")]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.by_name}: {self.what} {self.subject} {self.row}"

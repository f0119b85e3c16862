"""Letters that wait to be sent. Written in the transaction of what they tell of; a worker sends each once."""

from django.db import models
from django.utils import timezone

from moderation.models.decisions import Decision


class Letter(models.Model):
    # "user:7", or a side whose address is looked up when it is sent.
    recipient = models.CharField(max_length=40)
    kind = models.CharField(max_length=32)
    language = models.CharField(max_length=8)
    facts = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self.kind} to {self.recipient}"


class DecisionLetter(Letter):
    """To the person concerned or to who reported it, of one decision."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="letters")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "kind", "recipient"], name="decision_letter_once"),
        ]
        indexes = [models.Index(fields=["id"], condition=models.Q(sent_at=None), name="decision_letter_waiting")]

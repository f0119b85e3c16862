"""What waits for a moderator, and who said so."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from civitai.access import ScopedQuerySet
from civitai.states import Stateful
from moderation.states import ITEM_MOVES, ItemState


class ItemQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        return self.moderatable_by(user)

    editable_by = visible_to


class Item(Stateful):
    """One open item for each subject and queue; reports of the same thing fold into it."""

    moves = ITEM_MOVES

    subject = models.CharField(max_length=40)
    row = models.CharField(max_length=40)
    queue = models.CharField(max_length=16)
    state = models.CharField(max_length=12, choices=ItemState, default=ItemState.OPEN)
    severity = models.CharField(max_length=2, default="P3")
    clause = models.CharField(max_length=16, blank=True)
    because = models.CharField(max_length=500, blank=True)
    # "notice" by somebody, or found by a "rule" of ours.
    source = models.CharField(max_length=8, default="notice")
    weight = models.PositiveIntegerField(default=0)
    # Members that are in it together with its subject: a ring is one thing to look at.
    others = ArrayField(models.BigIntegerField(), default=list)
    due_at = models.DateTimeField()
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "row", "queue"], condition=Q(state="open"), name="item_open_once"
            ),
            models.CheckConstraint(
                name="item_decided_has_time", condition=Q(state="open") | Q(state="decided", decided_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["queue", "due_at", "id"], condition=Q(state="open"), name="item_line"),
            models.Index(fields=["subject", "row"], name="item_subject"),
        ]

    def __str__(self):
        return f"{self.queue}: {self.subject} {self.row}"

    @property
    def is_late(self):
        return self.due_at < timezone.now()


class Report(models.Model):
    """What somebody said of a thing. Once for each reporter and item."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reports")
    # A visitor is known by a keyed hash of the address, for the limits alone.
    visitor = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=20)
    text = models.CharField(max_length=2000, blank=True)
    weight = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "reporter"], condition=Q(reporter__isnull=False), name="report_once"
            ),
            models.UniqueConstraint(fields=["item", "visitor"], condition=~Q(visitor=""), name="report_once_visitor"),
        ]

    def __str__(self):
        return f"{self.reason} {self.item_id}"


class Note(models.Model):
    """Of moderators for moderators."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="notes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.CharField(max_length=1000)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return self.text[:40]

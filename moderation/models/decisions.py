"""A decision with everything that the person concerned must be told, and the strikes that came with it."""

import uuid

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai.access import ScopedQuerySet
from moderation.models.items import Item, Report


class Action(models.TextChoices):
    KEEP = "keep", _("Keep")
    LEVEL = "level", _("Change the level")
    HIDE = "hide", _("Hide")
    PERSON = "person", _("Hide: shows a real person")
    SUSPEND = "suspend", _("Suspend the account")
    RESTORE = "restore", _("Restore")


class DecisionQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        """The person concerned, who reported it, and moderators."""
        if getattr(user, "is_moderator", False):
            return self.all()
        return self.concerning(user) if getattr(user, "is_authenticated", False) else self.none()

    def concerning(self, user):
        reported = Report.objects.filter(item=OuterRef("item"), reporter=user)
        return self.filter(Q(owner=user) | Exists(reported))


class Decision(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, models.PROTECT, null=True, related_name="decisions")
    subject = models.CharField(max_length=40)
    row = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    url = models.CharField(max_length=300, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="decisions_about")
    action = models.CharField(max_length=12, choices=Action)
    clause = models.CharField(max_length=16, blank=True)
    # The facts, for the log; the statement is what the person reads.
    reason = models.CharField(max_length=1000, blank=True)
    statement = models.TextField(blank=True)
    source = models.CharField(max_length=8, default="notice")
    found_by_machine = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    # Who agreed, where one alone does not decide.
    second = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Several decided in one go, each with a row and a statement of its own; undone in one go too.
    batch = models.UUIDField(null=True, editable=False)
    # What undoing puts back.
    before = models.JSONField(default=dict)
    appeal_until = models.DateTimeField(null=True)
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="decision_says_why",
                condition=Q(action="keep") | (~Q(clause="") & ~Q(reason="") & ~Q(statement="")),
            ),
            models.CheckConstraint(name="decision_second_is_another", condition=Q(second=None) | ~Q(second=F("by"))),
        ]
        indexes = [
            models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="decision_batch"),
            models.Index(fields=["-at", "-id"], name="decision_newest"),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="decision_title"),
            models.Index(fields=["owner", "-at"], name="decision_owner"),
            models.Index(fields=["clause", "-at"], name="decision_clause"),
            models.Index(fields=["by", "-at"], name="decision_by"),
        ]

    def __str__(self):
        return f"{self.action} {self.subject} {self.row}"

    def get_absolute_url(self):
        return reverse("decision", args=[self.pk])


class Strike(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="strikes")
    decision = models.OneToOneField(Decision, models.PROTECT, related_name="strike")
    points = models.PositiveSmallIntegerField(default=1)
    expires_at = models.DateTimeField()
    # Until then its owner writes nothing: the ladder's "mute".
    quiet_until = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="strike_points", condition=Q(points__gte=1, points__lte=3))]
        indexes = [models.Index(fields=["owner", "expires_at"], condition=Q(voided_at=None), name="strike_live")]

    def __str__(self):
        return f"{self.points} for {self.owner_id}"

"""Against a decision, by the person concerned or by who reported it. Free, and decided by somebody else."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from civitai.access import ScopedQuerySet
from civitai.states import Stateful
from moderation.models.decisions import Decision
from moderation.states import APPEAL_MOVES, AppealState


class AppealQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        if getattr(user, "is_moderator", False):
            return self.all()
        return self.filter(by=user) if getattr(user, "is_authenticated", False) else self.none()


class Appeal(Stateful):
    moves = APPEAL_MOVES

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="appeals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="appeals")
    side = models.CharField(max_length=8, choices=[("author", "author"), ("reporter", "reporter")])
    state = models.CharField(max_length=12, choices=AppealState, default=AppealState.OPEN)
    text = models.CharField(max_length=2000)
    answer = models.CharField(max_length=1000, blank=True)
    # A copy of the decision's, so that the database itself keeps the two apart.
    first_decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    at = models.DateTimeField(default=timezone.now)

    objects = AppealQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "side"], name="appeal_once_a_side"),
            models.CheckConstraint(
                name="appeal_decided_by_another",
                condition=Q(decided_by=None) | ~Q(decided_by=F("first_decided_by")),
            ),
            models.CheckConstraint(
                name="appeal_final_is_decided",
                condition=Q(state="open", decided_by=None) | ~Q(state="open") & Q(decided_by__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.side} against {self.decision_id}"

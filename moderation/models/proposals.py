"""What one moderator wants to do and a second one has to agree to."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from civitai.access import ScopedQuerySet
from civitai.states import Stateful
from moderation.models.items import Item
from moderation.states import PROPOSAL_MOVES, ProposalState


class ProposalQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        return self.all() if getattr(user, "is_moderator", False) else self.none()


class Proposal(Stateful):
    moves = PROPOSAL_MOVES

    item = models.ForeignKey(Item, models.PROTECT, related_name="proposals")
    # What `deciding.decide` is given, and "also": more items of the same kind.
    says = models.JSONField()
    # Why a second one is needed; empty where the first asked of himself.
    why = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="proposals")
    second = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=12, choices=ProposalState, default=ProposalState.OPEN)
    answer = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="proposal_second_is_another", condition=Q(second=None) | ~Q(second=F("by"))),
            models.CheckConstraint(
                name="proposal_answered_by_somebody",
                condition=Q(state__in=["open", "over"]) | Q(second__isnull=False, decided_at__isnull=False),
            ),
            models.UniqueConstraint(fields=["item"], condition=Q(state="open"), name="proposal_open_once"),
        ]

    def __str__(self):
        return f"{self.says.get('action')} by {self.by_id} on {self.item_id}"

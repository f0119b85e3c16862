"""Strikes and what they lead to. A strike counts for a time; one signal alone never ends an account."""

from django.db.models import Sum
from django.utils import timezone

from moderation.models import Strike
from moderation.policy.conduct import conduct


def strike(decision, *, points=1):
    """One for each decision. Consequences of the ladder are the caller's to carry out; returns (strike, consequence)."""
    row = Strike.objects.create(
        owner=decision.owner, decision=decision, points=points, expires_at=timezone.now() + conduct.strike_lives
    )
    return row, conduct.consequence(live_points(decision.owner))


def void(strike):
    Strike.objects.filter(pk=strike.pk, voided_at=None).update(voided_at=timezone.now())


def live_points(user):
    live = Strike.objects.filter(owner=user, voided_at=None, expires_at__gt=timezone.now())
    return live.aggregate(sum=Sum("points"))["sum"] or 0

"""What a licensor is told each month: how many pictures were made under his licence, and what came to him."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from moderation.case_states import Side
from moderation.domain.cases import acting
from moderation.models import Agreement
from moderation.models.case_talks import StyleFee

MONTHS_SHOWN = 24
AT_ONCE = 200


def months_of(agreement):
    """[(first day of the month, pictures, units that came to the artist)], newest first."""
    rows = StyleFee.objects.filter(agreement=agreement).annotate(month=TruncMonth("at"))
    rows = rows.values_list("month").annotate(images=Sum("images"), units=Sum("artist_units")).order_by("-month")
    return [(month.date(), images, units) for month, images, units in rows[:MONTHS_SHOWN]]


def send_due(*, now=None):
    """The statement of the month that has ended, for each licence that was in force in it. Twice is once."""
    first = timezone.localdate(now).replace(day=1)
    month = (first - timedelta(days=1)).replace(day=1)
    ended = Q(ended_at=None) | Q(ended_at__date__gte=month)
    due = Agreement.objects.filter(ended, terms__outcome="licensed", starts_at__date__lt=first)
    told = Q(case__events__kind="statement", case__events__facts__month=_key(month))
    due = due.exclude(pk__in=Agreement.objects.filter(told).values("pk")).select_related("case")
    return sum(_send(agreement, month, first) for agreement in due.order_by("pk")[:AT_ONCE])


def _send(agreement, month, first):
    with transaction.atomic():
        case = acting.locked(agreement.case)
        if case.events.filter(kind="statement", facts__month=_key(month)).exists():
            return 0
        made = StyleFee.objects.filter(agreement=agreement, at__date__gte=month, at__date__lt=first)
        sums = made.aggregate(images=Sum("images"), units=Sum("artist_units"))
        total = StyleFee.objects.filter(agreement=agreement, at__date__lt=first).aggregate(units=Sum("artist_units"))
        facts = {
            "month": _key(month),
            "month_named": ["month", month.isoformat()],
            "images": sums["images"] or 0,
            "credits": ["credits", sums["units"] or 0],
            "total": ["credits", total["units"] or 0],
        }
        acting.note(case, "statement", side="system", facts=facts, letters=[(Side.CLAIMANT, "statement", facts)])
    return 1


def _key(month: date):
    return f"{month:%Y-%m}"

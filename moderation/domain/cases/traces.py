"""What rooms changed for a case, kept so that each can put its own back."""

from django.utils import timezone

from moderation.models import CaseTrace


def keep(case, subject, pk, before):
    """Once for each row and case: a second attempt does not take what the first one left for the original."""
    row, _made = CaseTrace.objects.get_or_create(
        case=case, subject=subject, row=str(pk), undone_at=None, defaults={"before": before}
    )
    return row


def of(case, subject):
    """Not undone yet, newest first: put back in the other direction."""
    return CaseTrace.objects.filter(case=case, subject=subject, undone_at=None).order_by("-id")


def undone(trace):
    CaseTrace.objects.filter(pk=trace.pk).update(undone_at=timezone.now())

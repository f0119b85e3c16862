"""What happens when time passes. Each step may run twice, late, and in two places at once."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.domain import notices
from bounties.domain import staking
from bounties.models import Bounty, Rest
from bounties.states import BountyState, EntryState
from civitai.errors import Refused

REMIND = timedelta(hours=24)


def tick(*, now=None):
    """Reminds, ends and closes what is due; returns how many bounties moved."""
    now = now or timezone.now()
    for bounty in Bounty.objects.filter(state=BountyState.OPEN, ends_at__lte=now + REMIND, reminded_at=None)[:200]:
        remind(bounty)
    moved = 0
    for pk in Bounty.objects.filter(state=BountyState.OPEN, ends_at__lte=now).values_list("pk", flat=True)[:200]:
        moved += end(pk, now=now)
    due = Bounty.objects.filter(state=BountyState.JUDGING, judging_until__lte=now)
    for pk in due.values_list("pk", flat=True)[:200]:
        moved += close(pk, now=now)
    return moved


def remind(bounty):
    backers = bounty.benefactors.filter(awarded_at=None).values_list("user", flat=True)
    notices.notify(
        list(backers), "bounty_ends", url=bounty.get_absolute_url(), about=bounty.name, key=f"ends:{bounty.pk}"
    )
    Bounty.objects.filter(pk=bounty.pk, reminded_at=None).update(reminded_at=timezone.now())


def end(pk, *, now):
    """No more entries. Without any, every stake goes back at once; else its backers have two days to give."""
    with transaction.atomic():
        bounty = Bounty.objects.select_for_update().get(pk=pk)
        if bounty.state != BountyState.OPEN or bounty.ends_at > now:
            return 0
        if not bounty.entries.filter(state=EntryState.ENTERED, hidden_at=None).exists():
            _give_all_back(bounty)
        else:
            bounty.move(BountyState.JUDGING, because="clock")
            backers = bounty.benefactors.filter(awarded_at=None).values_list("user", flat=True)
            notices.notify(
                list(backers),
                "bounty_judging",
                url=bounty.get_absolute_url(),
                about=bounty.name,
                key=f"judging:{bounty.pk}",
            )
    return 1


def close(pk, *, now):
    """What was not given goes where the bounty said when it was put up."""
    with transaction.atomic():
        bounty = Bounty.objects.select_for_update().get(pk=pk)
        if bounty.state != BountyState.JUDGING or bounty.judging_until > now:
            return 0
        rows = list(bounty.benefactors.filter(awarded_at=None, refunded_at=None).select_related("user").order_by("pk"))
        for row in rows:
            entry = _leading(bounty, row) if bounty.rest == Rest.LEADING else None
            if entry is None:
                staking.give_back(row)
            else:
                staking.give(row, entry, by_clock=True)
        is_awarded = bounty.benefactors.filter(awarded_at__isnull=False).exists()
        bounty.move(
            BountyState.AWARDED if is_awarded else BountyState.REFUNDED, because="clock", closed_at=timezone.now()
        )
    return 1


def _leading(bounty, row):
    """Most given, then the earlier; never one's own, never one that may not be paid."""
    for entry in bounty.entries.filter(state=EntryState.ENTERED).exclude(owner=row.user).order_by("-given", "pk"):
        try:
            staking.check_awardable(entry)
        except Refused:
            continue
        return entry
    return None


def _give_all_back(bounty):
    for row in bounty.benefactors.filter(awarded_at=None, refunded_at=None).order_by("pk"):
        staking.give_back(row)
    bounty.move(BountyState.REFUNDED, because="no entry", closed_at=timezone.now())

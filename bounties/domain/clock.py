"""What happens when time passes. Each step may run twice, late, and in two places at once."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Q, Value
from django.utils import timezone

from accounts.domain import notices
from bounties.domain import following, staking
from bounties.models import FROZEN, Bounty, Rest
from bounties.states import BountyState, EntryState

log = logging.getLogger("bounties.clock")
REMIND = timedelta(hours=24)
AT_ONCE = 200


def tick(*, now=None):
    """Reminds, ends and closes what is due; returns how many bounties moved. One that fails stops no other."""
    now = now or timezone.now()
    going = Bounty.objects.filter(stopped_at=None, taken_down_at=None)
    for pk in _first(_to_remind(going, now)):
        _alone(remind, pk)
    for pk in _first(_to_nudge(going, now)):
        _alone(nudge, pk)
    ending = _first(going.filter(state=BountyState.OPEN, ends_at__lte=now))
    moved = sum(_alone(end, pk, now=now) for pk in ending)
    closing = _first(going.filter(state=BountyState.JUDGING, judging_until__lte=now))
    return moved + sum(_alone(close, pk, now=now) for pk in closing)


def _first(rows):
    # At random: what fails every minute must not fill the places of those that wait behind it.
    return list(rows.order_by("?").values_list("pk", flat=True)[:AT_ONCE])


def _alone(step, pk, **facts):
    """Whatever breaks in one bounty, its own transaction goes back, the log tells, and the others get their due."""
    try:
        with transaction.atomic():
            return step(pk, **facts)
    except Exception:
        log.exception("bounty %s: %s failed; the next minute tries again", pk, step.__name__)
        return 0


def _to_remind(going, now):
    """A day before the end, and not before three quarters of the time are over: short ones are reminded later."""
    whole = ExpressionWrapper((F("ends_at") - F("created_at")) * Value(0.75), output_field=DurationField())
    soon = going.filter(state=BountyState.OPEN, ends_at__gt=now, ends_at__lte=now + REMIND, reminded_at=None)
    return soon.annotate(most=whole).filter(created_at__lte=now - F("most"))


def remind(pk):
    bounty = Bounty.objects.select_for_update().get(pk=pk)
    if bounty.reminded_at is not None:
        return 0
    following.tell(bounty, "bounty_ends", waiting=True, key=f"ends:{bounty.pk}:{bounty.ends_at:%Y%m%d}")
    Bounty.objects.filter(pk=pk).update(reminded_at=timezone.now())
    return 1


def _to_nudge(going, now):
    """A day before backers can give no more, those who have not given are asked once again."""
    return going.filter(
        state=BountyState.JUDGING, judging_until__gt=now, judging_until__lte=now + REMIND, nudged_at=None
    )


def nudge(pk):
    bounty = Bounty.objects.select_for_update().get(pk=pk)
    if bounty.nudged_at is not None:
        return 0
    _tell_waiting(bounty, "bounty_last_day", key=f"last:{bounty.pk}:{bounty.judging_until:%Y%m%d}")
    Bounty.objects.filter(pk=pk).update(nudged_at=timezone.now())
    return 1


def end(pk, *, now):
    """No more entries. Without any, every stake goes back at once; else its backers have two days to give."""
    bounty = Bounty.objects.select_for_update().get(pk=pk)
    if bounty.state != BountyState.OPEN or bounty.ends_at > now or bounty.stopped_at:
        return 0
    if not bounty.entries.filter(state=EntryState.ENTERED, hidden_at=None, taken_down_at=None).exists():
        staking.give_all_back(bounty, BountyState.REFUNDED, because="no entry")
    else:
        bounty.move(BountyState.JUDGING, because="clock")
        _tell_waiting(bounty, "bounty_judging", key=f"judging:{bounty.pk}")
    return 1


def close(pk, *, now):
    """What was not given goes where the bounty said when it was put up."""
    bounty = Bounty.objects.select_for_update().get(pk=pk)
    if bounty.state != BountyState.JUDGING or bounty.judging_until > now or bounty.stopped_at:
        return 0
    rows = list(bounty.benefactors.filter(awarded_at=None, refunded_at=None).select_related("user").order_by("pk"))
    # Who leads is settled before anything is paid: what the clock gives must not make a leader.
    order = _order(bounty) if bounty.rest == Rest.LEADING and not bounty.is_hidden else []
    for row in rows:
        entry = next((one for one in order if one.owner_id != row.user_id), None)
        if entry is None:
            staking.give_back(row)
        else:
            staking.give(row, entry, by_clock=True)
    is_awarded = bounty.benefactors.filter(awarded_at__isnull=False).exists()
    bounty.move(BountyState.AWARDED if is_awarded else BountyState.REFUNDED, because="clock", closed_at=timezone.now())
    staking.tell_it_is_over(bounty)
    return 1


def _order(bounty):
    """Most given, then the earlier; never one that may not be paid. One's own is left out for each stake."""
    entries = bounty.entries.filter(state=EntryState.ENTERED).select_related("owner", "version__model", "bounty")
    return [entry for entry in entries.order_by("-given", "pk") if staking.is_awardable(entry)]


def _tell_waiting(bounty, kind, *, key):
    backers = bounty.benefactors.filter(awarded_at=None, refunded_at=None).values_list("user", flat=True)
    notices.notify(list(backers), kind, url=bounty.get_absolute_url(), about=bounty.name, key=key)


def stop_or_go(bounty, *, now=None):
    """The clock stands while the bounty, an entry or an entry's model is frozen; then its times move on by as much.

    In the caller's transaction, with the bounty's row locked.
    """
    now = now or timezone.now()
    if not bounty.is_live:
        return
    if _is_frozen(bounty):
        if bounty.stopped_at is None:
            Bounty.objects.filter(pk=bounty.pk).update(stopped_at=now)
    elif bounty.stopped_at is not None:
        stood = now - bounty.stopped_at
        more = {"judging_until": F("judging_until") + stood, "stopped_at": None, "nudged_at": None}
        if bounty.state == BountyState.OPEN:
            # Reminded before it stood, it is reminded again of its new end.
            more |= {"ends_at": F("ends_at") + stood, "reminded_at": None}
        Bounty.objects.filter(pk=bounty.pk).update(**more)
    bounty.refresh_from_db()


def _is_frozen(bounty):
    if bounty.is_frozen:
        return True
    entered = bounty.entries.filter(state=EntryState.ENTERED, taken_down_at=None)
    held = Q(freeze_level__gte=FROZEN)
    held |= Q(version__model__freeze_level__gte=FROZEN, version__model__taken_down_at=None)
    return entered.filter(held).exists()

"""Set aside before the work, paid after it, given back when it fails. Each ends once, in one of three ways."""

import logging

from django.db import transaction
from django.db.models.functions import Greatest
from django.utils import timezone

from civitai.errors import StaleState
from wallet.domain import accounts
from wallet.domain.transfers import transfer
from wallet.errors import NotEnough, OtherBody
from wallet.models import Account, Colour, Hold, Kind
from wallet.states import HoldState

log = logging.getLogger("wallet.holding")
AT_ONCE = 500


def hold(user, units, *, key, purpose, lives, with_bonus=False, url=""):
    """Sets `units` aside for `lives` (a timedelta); None for nothing. The same key again is the first Hold.

    `url` is the page of what it is for. Bonus is taken first, and only `with_bonus`: it pays for the site's own services, never people. Raises NotEnough.
    """
    if units == 0:
        return None
    with transaction.atomic():
        # The member's accounts are locked before they are read, so that two holds never count on the same units.
        mine = {
            row.colour: row
            for row in Account.objects.select_for_update().filter(owner=user, kind=Kind.MEMBER).order_by("pk")
        }
        first = Hold.objects.filter(key=key).first()
        if first is not None:
            if (first.owner_id, first.units, first.purpose) != (user.pk, units, purpose):
                raise OtherBody
            return first
        bonus = min(units, mine[Colour.BONUS].balance) if with_bonus and Colour.BONUS in mine else 0
        if units - bonus and Colour.CREDITS not in mine:
            raise NotEnough
        parts = {Colour.BONUS: bonus, Colour.CREDITS: units - bonus}
        moves = []
        for colour, part in parts.items():
            if part:
                moves += [(mine[colour], -part), (accounts.held(user, colour), part)]
        moved = transfer("hold", key=f"hold:{key}", moves=moves, by=user, url=url)
        return Hold.objects.create(
            owner=user,
            key=key,
            purpose=purpose,
            credits=units - bonus,
            bonus=bonus,
            transfer=moved,
            expires_at=timezone.now() + lives,
        )


def settle(hold, shares, *, note="", url=""):
    """Pays `shares` ((account, units), in sum at most what is held) and gives the rest back. Twice is once; a second
    time with other shares is OtherBody.

    Nothing to pay is a release. Raises StaleState when it was released or has run out.
    """
    if any(isinstance(units, bool) or not isinstance(units, int) or units < 0 for _account, units in shares):
        raise ValueError(f"hold {hold.pk}: shares are whole numbers of units, none below zero")
    paid = sum(units for _account, units in shares)
    if paid > hold.units:
        raise ValueError(f"hold {hold.pk} holds {hold.units}, not {paid}")
    if paid == 0:
        return release(hold, because=note)
    to_house = sum(units for account, units in shares if account.kind == Kind.HOUSE)
    if paid - to_house > hold.credits:
        raise ValueError("bonus can't go to people")
    bonus = min(to_house, hold.bonus)  # bonus is spent first, so what comes back is credits before bonus
    moves = [*shares, *_out_of(hold), *_back(hold, bonus=hold.bonus - bonus, credits=hold.credits - (paid - bonus))]
    if bonus:
        moves = _in_colours(moves, bonus)
    return _end(hold, HoldState.SETTLED, hold.purpose, moves, note=note, url=url or hold.transfer.url)


def release(hold, *, because=""):
    """Gives everything back. Twice is once."""
    return _give_back(hold, HoldState.RELEASED, because)


def prolong(hold_id, *, lives):
    """True when it is held still, and is now for `lives` (a timedelta) at least: asked before the work that it pays for."""
    until = timezone.now() + lives
    held = Hold.objects.filter(pk=hold_id, state=HoldState.HELD)
    return held.update(expires_at=Greatest("expires_at", until)) == 1


def expire(*, now=None):
    """Gives back what was set aside too long ago; returns how many. May run anywhere at the same time.

    One that fails stops no other: the log tells, and the next minute tries again.
    """
    due = Hold.objects.filter(state=HoldState.HELD, expires_at__lte=now or timezone.now())
    count = 0
    # At random: what fails every minute must not fill the places of those that wait behind it.
    for hold in due.order_by("?").select_related("owner", "transfer")[:AT_ONCE]:
        try:
            _give_back(hold, HoldState.EXPIRED, "run out")
            count += 1
        except StaleState:
            pass  # settled or released at this very moment
        except Exception:  # whatever is wrong with this one; its own transaction took nothing with it
            log.exception("hold %s could not be given back", hold.pk)
    return count


def _give_back(hold, state, because):
    moves = [*_out_of(hold), *_back(hold, bonus=hold.bonus, credits=hold.credits)]
    return _end(hold, state, "release", moves, note=because, url=hold.transfer.url, refunds=hold.transfer)


def _end(hold, state, kind, moves, *, note, url="", refunds=None):
    with transaction.atomic():
        hold = Hold.objects.select_for_update().get(pk=hold.pk)
        if hold.state not in (HoldState.HELD, state):
            raise StaleState
        # The same end once more finds the first by its key, and is refused when it would pay otherwise.
        done = transfer(kind, key=f"end:{hold.key}", moves=moves, by=None, note=note, url=url, refunds=refunds)
        if hold.state == HoldState.HELD:
            hold.move(state, outcome=done)
        return done


def _out_of(hold):
    parts = {Colour.CREDITS: hold.credits, Colour.BONUS: hold.bonus}
    return [(accounts.held(hold.owner, colour), -part) for colour, part in parts.items() if part]


def _back(hold, *, credits, bonus):
    parts = {Colour.CREDITS: credits, Colour.BONUS: bonus}
    return [(accounts.of(hold.owner, colour), part) for colour, part in parts.items() if part]


def _in_colours(moves, bonus):
    """House accounts take bonus in an account of its own, so that no colour turns into the other."""
    out = []
    for account, units in moves:
        if account.kind == Kind.HOUSE and bonus and units > 0:
            part = min(units, bonus)
            bonus -= part
            out.append((accounts.house(account.reference, Colour.BONUS), part))
            units -= part
        if units:
            out.append((account, units))
    return out


def total_held(user):
    return sum(Account.objects.filter(owner=user, kind=Kind.HELD).values_list("balance", flat=True))

"""Credits go into a bounty's escrow, and come out once: to an entry, or back."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain import notices
from bounties.models import Benefactor, Bounty, Entry, Stake
from bounties.states import BountyState, EntryState
from civitai.errors import Refused, StaleState
from wallet.domain import accounts
from wallet.domain.transfers import refund, transfer
from wallet.models import Transfer
from wallet.money import checked
from wallet.policy import policy


def escrow(bounty):
    return accounts.purse("escrow", f"bounty:{bounty.pk}")


def contribute(bounty, user, units, *, key):
    """The Benefactor with `units` more; the same key adds once. Raises Refused, NotEnough."""
    checked(units, least=bounty.least_stake, most=policy.most_reward, field="amount")
    with transaction.atomic():
        # The bounty's row first, for everybody: whoever adds, gives or ends waits here.
        bounty = Bounty.objects.select_for_update().get(pk=bounty.pk)
        if bounty.state != BountyState.OPEN or bounty.ends_at <= timezone.now() or bounty.is_hidden:
            raise Refused(_("This bounty takes no more credits."), code="closed")
        full_key = f"stake:{bounty.pk}:{user.pk}:{key}"
        if Transfer.objects.filter(key=full_key).exists():
            return Benefactor.objects.get(bounty=bounty, user=user)
        row = Benefactor.objects.filter(bounty=bounty, user=user).first()
        if row is not None and row.awarded_at:
            raise Refused(_("You have given your stake already."), code="awarded")
        moves = [(accounts.of(user), -units), (escrow(bounty), units)]
        moved = transfer("stake", key=full_key, moves=moves, by=user, note=bounty.name, url=bounty.get_absolute_url())
        if row is None:
            row = Benefactor.objects.create(bounty=bounty, user=user, units=units)
        else:
            Benefactor.objects.filter(pk=row.pk).update(units=F("units") + units)
            row.refresh_from_db()
        Stake.objects.create(benefactor=row, transfer=moved)
        Bounty.objects.filter(pk=bounty.pk).update(reward=F("reward") + units)
        if user.pk != bounty.owner_id:
            notices.notify(
                [bounty.owner_id], "stake", by=user, url=bounty.get_absolute_url(), about=bounty.name, key=moved.key
            )
    return row


def award(entry, user):
    """The whole stake of `user` goes to `entry`, for good. Raises Refused; twice at once is once."""
    with transaction.atomic():
        bounty = Bounty.objects.select_for_update().get(pk=entry.bounty_id)
        row = Benefactor.objects.select_for_update().filter(bounty=bounty, user=user).first()
        if not bounty.is_live or bounty.judging_until <= timezone.now():
            raise Refused(_("The time to give is over."), code="closed")
        if row is None:
            raise Refused(_("You have no stake in this bounty."), code="no_stake")
        entry = Entry.objects.select_for_update().get(pk=entry.pk)
        if row.awarded_at:
            raise Refused(_("You have given your stake already."), code="awarded")
        if entry.owner_id == user.pk:
            raise Refused(_("You can't give your stake to your own entry."), code="own")
        check_awardable(entry)
        give(row, entry, by_clock=False)
        close_when_all_given(bounty, by=user)
    return row


def check_awardable(entry):
    """Raises Refused for an entry that may not be paid: withdrawn, hidden, of a closed account, of a frozen model."""
    model = entry.version.model if entry.version else None
    is_bad = entry.state != EntryState.ENTERED or entry.is_hidden or not entry.owner.is_active
    if model is not None:
        is_bad |= model.is_of_real_person or model.is_hidden or model.state == "removed"
        is_bad |= getattr(model, "freeze_level", 0) >= 2
    if is_bad:
        raise Refused(_("This entry can't be given anything now."), code="entry")


def give(row, entry, *, by_clock):
    """In the caller's transaction, with the bounty's row locked."""
    bounty = entry.bounty
    moves = [(escrow(bounty), -row.units), (accounts.of(entry.owner), row.units)]
    transfer(
        "award",
        key=f"award:{bounty.pk}:{row.user_id}",
        moves=moves,
        by=row.user,
        note=bounty.name,
        url=bounty.get_absolute_url(),
    )
    Benefactor.objects.filter(pk=row.pk).update(awarded_to=entry, awarded_at=timezone.now(), by_clock=by_clock)
    Entry.objects.filter(pk=entry.pk).update(given=F("given") + row.units)
    row.refresh_from_db()
    notices.notify(
        [entry.owner_id],
        "award",
        by=row.user,
        url=entry.get_absolute_url(),
        about=bounty.name,
        key=f"award:{bounty.pk}:{row.user_id}",
    )


def give_back(row):
    """All payments of a stake, each as a refund that names it. In the caller's transaction; twice is once."""
    bounty = row.bounty
    for stake in row.stakes.select_related("transfer"):
        refund(stake.transfer, key=f"refund:{stake.transfer_id}", note=bounty.name, url=bounty.get_absolute_url())
    Benefactor.objects.filter(pk=row.pk, refunded_at=None).update(refunded_at=timezone.now())
    notices.notify(
        [row.user_id], "stake_back", url=bounty.get_absolute_url(), about=bounty.name, key=f"back:{bounty.pk}"
    )


def close_when_all_given(bounty, *, by=None):
    if not bounty.benefactors.filter(awarded_at=None, refunded_at=None).exists():
        try:
            bounty.move(BountyState.AWARDED, by=by, because="all given", closed_at=timezone.now())
        except StaleState:
            pass  # closed already

"""Credits go into a bounty's escrow, and come out once: to an entry, or back."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain import notices
from accounts.domain.blocking import require_contact
from bounties.domain import following
from bounties.models import FROZEN, Benefactor, Bounty, BountyType, Entry, Stake
from bounties.states import BountyState, EntryState
from civitai.errors import Refused, StaleState
from models_hub.states import FileState, ModelState
from wallet.domain import accounts
from wallet.domain.transfers import refund, transfer
from wallet.errors import OtherBody
from wallet.models import Transfer
from wallet.money import checked
from wallet.policy import policy


def escrow(bounty):
    return accounts.purse("escrow", f"bounty:{bounty.pk}")


def contribute(bounty, user, units, *, key):
    """The Benefactor with `units` more; the same key adds once, whenever it comes again. Raises Refused, NotEnough,
    and OtherBody when the key came with another amount.
    """
    with transaction.atomic():
        # The bounty's row first, for everybody: whoever adds, gives or ends waits here.
        bounty = Bounty.objects.select_for_update(of=("self",)).select_related("owner").get(pk=bounty.pk)
        full_key = f"stake:{bounty.pk}:{user.pk}:{key}"
        if first := Transfer.objects.filter(key=full_key).first():
            return _again(first, bounty, user, units)
        checked(units, least=bounty.least_stake, most=policy.most_reward, field="amount")
        if bounty.state != BountyState.OPEN or bounty.ends_at <= timezone.now() or bounty.is_closed_to_members:
            raise Refused(_("This bounty takes no more credits."), code="closed")
        require_contact(user, bounty.owner)
        row = Benefactor.objects.filter(bounty=bounty, user=user).first()
        if row is not None and row.awarded_at:
            raise Refused(_("You have given your stake already."), code="awarded")
        moved = transfer(
            "stake",
            key=full_key,
            moves=[(accounts.of(user), -units), (escrow(bounty), units)],
            by=user,
            url=bounty.ledger_url,
        )
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


def _again(first, bounty, user, units):
    if first.entries.filter(account=accounts.of(user)).values_list("units", flat=True).first() != -units:
        raise OtherBody
    return Benefactor.objects.get(bounty=bounty, user=user)


def award(entry, user, *, seen=None):
    """The whole stake of `user` goes to `entry`, for good. Raises Refused; twice at once is once.

    `seen` is the revision that he looked at: what was exchanged since is refused, so that nobody pays for another thing.
    """
    with transaction.atomic():
        bounty = Bounty.objects.select_for_update().get(pk=entry.bounty_id)
        row = Benefactor.objects.select_for_update().filter(bounty=bounty, user=user).first()
        if not bounty.is_live or (bounty.stopped_at is None and bounty.judging_until <= timezone.now()):
            raise Refused(_("The time to give is over."), code="closed")
        if bounty.is_closed_to_members:
            raise Refused(_("Nothing can be given here while this bounty is looked at."), code="held")
        if row is None:
            raise Refused(_("You have no stake in this bounty."), code="no_stake")
        entry = Entry.objects.select_for_update().get(pk=entry.pk)
        if row.awarded_at:
            raise Refused(_("You have given your stake already."), code="awarded")
        if entry.owner_id == user.pk:
            raise Refused(_("You can't give your stake to your own entry."), code="own")
        if seen is not None and entry.revision != seen:
            raise Refused(_("This entry was changed after you opened the page. Look at it again."), code="changed")
        check_awardable(entry)
        give(row, entry, by_clock=False)
        close_when_all_given(bounty, by=user)
    return row


def check_awardable(entry):
    """Raises Refused for an entry that may not be paid: withdrawn, hidden, frozen, empty, or of a closed account."""
    if not is_awardable(entry):
        raise Refused(_("This entry can't be given anything now."), code="entry")


def is_awardable(entry):
    if entry.state != EntryState.ENTERED or entry.is_hidden or entry.is_withheld or not entry.owner.is_active:
        return False
    # A model that may not be had spoils the entry, whatever lies beside it.
    if entry.version and not _may_be_had(entry.version):
        return False
    return has_content(entry)


def has_content(entry):
    """Something that whoever pays gets: a file that was checked, a published version, or pictures where those are asked for."""
    if entry.version and entry.version.state == ModelState.PUBLISHED:
        return True
    if entry.files.filter(state=FileState.READY, withheld_for="").exists():
        return True
    asks_for_pictures = entry.bounty.type == BountyType.IMAGE
    return (
        asks_for_pictures
        and entry.shown.filter(picture__hidden_at=None, picture__withheld_at=None)
        .exclude(picture__state="refused")
        .exists()
    )


def _may_be_had(version):
    model = version.model
    if model.is_of_real_person or model.is_hidden or model.taken_down_at or model.freeze_level >= FROZEN:
        return False
    return ModelState.REMOVED not in (model.state, version.state)


def give(row, entry, *, by_clock):
    """In the caller's transaction, with the bounty's row locked."""
    bounty = entry.bounty
    moves = [(escrow(bounty), -row.units), (accounts.of(entry.owner), row.units)]
    transfer("award", key=f"award:{bounty.pk}:{row.user_id}", moves=moves, by=row.user, url=bounty.ledger_url)
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
        refund(stake.transfer, key=f"refund:{stake.transfer_id}", url=bounty.ledger_url)
    Benefactor.objects.filter(pk=row.pk, refunded_at=None).update(refunded_at=timezone.now())
    notices.notify(
        [row.user_id], "stake_back", url=bounty.get_absolute_url(), about=bounty.name, key=f"back:{bounty.pk}"
    )


def give_all_back(bounty, state, *, by=None, because=""):
    """Every stake that nobody gave goes back and the bounty is over, in the caller's transaction with its row locked."""
    for row in bounty.benefactors.filter(awarded_at=None, refunded_at=None).select_related("bounty").order_by("pk"):
        give_back(row)
    bounty.move(state, by=by, because=because, closed_at=timezone.now())
    tell_it_is_over(bounty)


def tell_it_is_over(bounty):
    """Who entered or follows; backers hear of their own stakes."""
    following.tell(bounty, "bounty_over", entrants=True, backers=False, key=f"over:{bounty.pk}")


def close_when_all_given(bounty, *, by=None):
    if not bounty.benefactors.filter(awarded_at=None, refunded_at=None).exists():
        try:
            bounty.move(BountyState.AWARDED, by=by, because="all given", closed_at=timezone.now())
        except StaleState:
            return  # closed already
        tell_it_is_over(bounty)

"""A bounty is put up, changed, and called off."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bounties.domain import arranging, following, staking
from bounties.domain.arranging import MOST_PICTURES
from bounties.domain.entry_files import dropped_on_failure
from bounties.models import Bounty, Rest
from bounties.states import BountyState, EntryState
from civitai.errors import Refused
from civitai.levels import Level
from community.domain import pictures, tagging
from moderation.domain import log, registry
from moderation.policy import people
from wallet.errors import OtherBody
from wallet.money import checked
from wallet.policy import policy

JUDGING = timedelta(hours=48)
SHORTEST, LONGEST = timedelta(days=1), timedelta(days=90)
MOST_LIVE = 10


def put_up(
    owner, *, name, description, type, reward, ends_at, files, submission, base_model="", tags=(), least_stake=None,
    entry_limit=3, rest=Rest.REFUND,
):  # fmt: skip
    """An open Bounty with its first stake in escrow; the same submission is one. Raises Refused, NotEnough."""
    if first := _submitted(owner, submission, name, reward):
        return first
    checked(reward, least=policy.least_reward, most=policy.most_reward, field="reward")
    least_stake = checked(least_stake or policy.least_stake, least=policy.least_stake, most=reward, field="least_stake")
    now = timezone.now()
    if not now + SHORTEST - timedelta(hours=1) <= ends_at <= now + LONGEST:
        raise Refused(_("It runs for one day at least and ninety at most."), field="ends_on")
    if not files:
        raise Refused(_("Show at least one example picture."), field="examples")
    check_texts(name, description, tags)
    if Bounty.objects.filter(owner=owner, state=BountyState.OPEN).count() >= MOST_LIVE:
        raise Refused(_("You have many bounties running. Let some of them end first."), code="too_many")
    try:
        with dropped_on_failure() as keys, transaction.atomic():
            bounty = Bounty.objects.create(
                owner=owner,
                name=name,
                description=description,
                type=type,
                base_model=base_model,
                least_stake=least_stake,
                entry_limit=entry_limit,
                rest=rest,
                ends_at=ends_at,
                judging_until=ends_at + JUDGING,
                submission=submission,
            )
            bounty.tags.set(tagging.named(tags))
            arranging.add(bounty, shown(owner, files, keys, field="examples"))
            staking.contribute(bounty, owner, reward, key="opening")
            bounty.refresh_from_db()
            return bounty
    except IntegrityError:
        first = _submitted(owner, submission, name, reward)
        if first is None:
            raise
        return first


def _submitted(owner, submission, name, reward):
    """The same form once more; the same key with another body is refused."""
    first = Bounty.objects.filter(owner=owner, submission=submission).first()
    if first and first.name == name:
        staking.contribute(first, owner, reward, key="opening")
    elif first:
        raise OtherBody
    return first


def check_texts(name, description, tags=(), *, field="description"):
    """Bounties about real people never, at creation and at every change, with consent or without. Raises Refused."""
    for text, where in ((name, "name"), (description, field), (" ".join(tags), "tags")):
        verdict = people.require("bounty", text, field=where)
        if verdict or registry.hold_or_refuse("name", [text], field=where):
            # Money is not taken for what a moderator has not looked at: a bounty is never half public.
            raise Refused(_("This can't be asked for here. Write to us if you think that it can."), field=where)


def shown(owner, files, keys, *, field):
    """Pictures of a plain form, prepared by a worker and shown once they are. Raises Refused.

    In a transaction; `keys` gets their objects, which have no row when it is rolled back.
    """
    if len(files) > MOST_PICTURES:
        raise Refused(_("At most %(count)s pictures.") % {"count": MOST_PICTURES}, field=field)
    for file in files:
        pictures.check_name(owner, file.name, file.size)
    stored = []
    for file in files:
        stored.append(pictures.add(owner, file, filename=file.name, level=Level.PG))
        keys.append(stored[-1].key)
    return stored


def change(bounty, by, *, description, images=(), out=(), order=()):
    """The text and the example pictures: what people staked on keeps its name, its clock and its rules.

    Who has a stake in it is told. Raises Refused.
    """
    _check_changeable(bounty)
    check_texts("", description)
    with dropped_on_failure() as keys, transaction.atomic():
        stored = shown(by, images, keys, field="images")
        bounty = Bounty.objects.select_for_update(of=("self",)).select_related("owner").get(pk=bounty.pk)
        _check_changeable(bounty)
        is_changed = arranging.arrange(bounty, stored, out=out, order=order, field="images")
        if not is_changed and bounty.description == description:
            return bounty
        now = timezone.now()
        Bounty.objects.filter(pk=bounty.pk).update(description=description, changed_at=now)
        bounty.refresh_from_db()
        # Once an hour at most, however often it is put right.
        following.tell(bounty, "bounty_changed", by=bounty.owner, key=f"changed:{bounty.pk}:{now:%Y%m%d%H}")
    return bounty


def _check_changeable(bounty):
    if bounty.state != BountyState.OPEN or bounty.is_closed_to_members:
        raise Refused(_("It stays as it is."), code="closed")


def call_off(bounty, by, *, because=""):
    """Its author, while nobody joined; a moderator always, with a reason. Every stake that was not given goes back."""
    with transaction.atomic():
        bounty = Bounty.objects.select_for_update().get(pk=bounty.pk)
        if not bounty.is_live:
            raise Refused(_("It is over already."), code="closed")
        if by.is_moderator and by.pk != bounty.owner_id:
            _as_moderator(bounty, by, because.strip())
        else:
            joined = bounty.benefactors.exclude(user=bounty.owner).exists()
            if joined or bounty.entries.filter(state=EntryState.ENTERED).exists():
                raise Refused(_("Others have joined: it can't be called off any more."), code="joined")
            if bounty.is_withheld:
                raise Refused(_("It stays as it is while a removal case is open."), code="frozen")
        staking.give_all_back(bounty, BountyState.CANCELLED, by=by, because=because)
    return bounty


def _as_moderator(bounty, by, because):
    if bounty.benefactors.filter(user=by).exists() or bounty.entries.filter(owner=by).exists():
        raise Refused(_("You have a part in it: another moderator decides."), code="own")
    if len(because) < 3:
        raise Refused(_("Say in a few words why. It goes to the log."), field="because")
    subject = ("bounties.Bounty", bounty.pk)
    log.record("bounty called off", by=by, subject=subject, title=bounty.name, because=because)
    # The key of its end: nobody hears twice of it. Backers hear of their own stakes.
    following.tell(bounty, "bounty_off", backers=False, entrants=True, also=[bounty.owner_id], key=f"over:{bounty.pk}")

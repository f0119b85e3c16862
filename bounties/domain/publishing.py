"""A bounty is put up, changed, entered, and called off."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain import notices
from bounties.domain import entry_files, staking
from bounties.models import Bounty, BountyPicture, Entry, EntryPicture, Rest
from bounties.states import BountyState, EntryState
from civitai.errors import Refused
from civitai.levels import Level
from community.domain import pictures, tagging
from community.models import Picture
from moderation.domain import registry
from moderation.policy import people
from wallet.money import checked
from wallet.policy import policy

JUDGING = timedelta(hours=48)
SHORTEST, LONGEST = timedelta(days=1), timedelta(days=90)
MOST_PICTURES = 8
MOST_LIVE = 10


def put_up(
    owner, *, name, description, type, reward, ends_at, files, submission, base_model="", tags=(), least_stake=None,
    entry_limit=3, rest=Rest.REFUND,
):  # fmt: skip
    """An open Bounty with its first stake in escrow; the same submission is one. Raises Refused, NotEnough."""
    first = Bounty.objects.filter(owner=owner, submission=submission).first()
    if first:
        return first
    checked(reward, least=policy.least_reward, most=policy.most_reward, field="reward")
    least_stake = checked(least_stake or policy.least_stake, least=policy.least_stake, most=reward, field="least_stake")
    now = timezone.now()
    if not now + SHORTEST - timedelta(hours=1) <= ends_at <= now + LONGEST:
        raise Refused(_("It runs for one day at least and ninety at most."), field="ends_at")
    if not files:
        raise Refused(_("Show at least one example picture."), field="examples")
    check_texts(name, description, tags)
    if Bounty.objects.filter(owner=owner, state=BountyState.OPEN).count() >= MOST_LIVE:
        raise Refused(_("You have many bounties running. Let some of them end first."), code="too_many")
    try:
        with transaction.atomic():
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
            for picture in _stored(owner, files, field="examples"):
                BountyPicture.objects.create(bounty=bounty, picture=picture)
            staking.contribute(bounty, owner, reward, key="opening")
            bounty.refresh_from_db()
            return bounty
    except IntegrityError:
        first = Bounty.objects.filter(owner=owner, submission=submission).first()
        if first is None:
            raise
        return first


def check_texts(name, description, tags=(), *, field="description"):
    """Bounties about real people never, at creation and at every change, with consent or without. Raises Refused."""
    for text, where in ((name, "name"), (description, field), (" ".join(tags), "tags")):
        verdict = people.require("bounty", text, field=where)
        if verdict or registry.hold_or_refuse("name", [text], field=where):
            # Money is not taken for what a moderator has not looked at: a bounty is never half public.
            raise Refused(_("This can't be asked for here. Write to us if you think that it can."), field=where)


def _stored(owner, files, *, field):
    """Pictures of a plain form, prepared by a worker and shown once they are. Raises Refused."""
    if len(files) > MOST_PICTURES:
        raise Refused(_("At most %(count)s pictures.") % {"count": MOST_PICTURES}, field=field)
    for file in files:
        pictures.check_name(owner, file.name, file.size)
    return [pictures.add(owner, file, filename=file.name, level=Level.PG) for file in files]


def change(bounty, by, *, description):
    """The text alone: what people staked on keeps its name, its clock and its rules. Raises Refused."""
    if bounty.state != BountyState.OPEN:
        raise Refused(_("It is over; it stays as it is."), code="closed")
    check_texts("", description)
    Bounty.objects.filter(pk=bounty.pk).update(description=description)
    bounty.description = description
    return bounty


def enter(bounty, owner, *, name, description, images, files, submission, version=None):
    """An Entry; the same submission is one. Raises Refused."""
    first = Entry.objects.filter(owner=owner, submission=submission).first()
    if first:
        return first
    if not images:
        raise Refused(_("Show at least one picture of it."), field="images")
    if not files and version is None and bounty.type != "ImageCreation":
        raise Refused(_("Add a file, or choose one of your models."), field="files")
    check_texts(name, description)
    if version is not None and (version.model.owner_id != owner.pk or version.model.is_of_real_person):
        raise Refused(_("Choose one of your own models."), field="version")
    try:
        with transaction.atomic():
            bounty = Bounty.objects.select_for_update().get(pk=bounty.pk)
            _check_entry(bounty, owner)
            entry = Entry.objects.create(
                bounty=bounty, owner=owner, name=name, description=description, version=version, submission=submission
            )
            for picture in _stored(owner, images, field="images"):
                EntryPicture.objects.create(entry=entry, picture=picture)
            for file in files:
                entry_files.keep(entry, file)
            Bounty.objects.filter(pk=bounty.pk).update(entries_count=F("entries_count") + 1)
    except IntegrityError:
        first = Entry.objects.filter(owner=owner, submission=submission).first()
        if first is None:
            raise
        return first
    backers = bounty.benefactors.exclude(user=owner).values_list("user", flat=True)
    notices.notify(
        list(backers), "entry", by=owner, url=entry.get_absolute_url(), about=bounty.name, key=f"entry:{entry.pk}"
    )
    return entry


def _check_entry(bounty, owner):
    if bounty.state != BountyState.OPEN or bounty.ends_at <= timezone.now() or bounty.is_hidden:
        raise Refused(_("This bounty takes no more entries."), code="closed")
    if owner.pk == bounty.owner_id:
        raise Refused(_("You asked for it: others enter."), code="own")
    mine = bounty.entries.filter(owner=owner, state=EntryState.ENTERED)
    if mine.count() >= bounty.entry_limit:
        raise Refused(_("At most %(count)s entries of one member.") % {"count": bounty.entry_limit}, code="too_many")


def withdraw(entry, by):
    """Its maker takes it back, while nothing was given to it."""
    with transaction.atomic():
        bounty = Bounty.objects.select_for_update().get(pk=entry.bounty_id)
        entry = Entry.objects.select_for_update().get(pk=entry.pk)
        if entry.given:
            raise Refused(_("It was given something: it stays."), code="awarded")
        entry.move(EntryState.WITHDRAWN, by=by)
        Bounty.objects.filter(pk=bounty.pk).update(entries_count=F("entries_count") - 1)
    return entry


def call_off(bounty, by):
    """Its author, while nobody joined; a moderator always. Every stake that was not given goes back."""
    with transaction.atomic():
        bounty = Bounty.objects.select_for_update().get(pk=bounty.pk)
        if not bounty.is_live:
            raise Refused(_("It is over already."), code="closed")
        if not by.is_moderator:
            joined = bounty.benefactors.exclude(user=bounty.owner).exists()
            if joined or bounty.entries.filter(state=EntryState.ENTERED).exists():
                raise Refused(_("Others have joined: it can't be called off any more."), code="joined")
        for row in bounty.benefactors.filter(awarded_at=None, refunded_at=None).order_by("pk"):
            staking.give_back(row)
        bounty.move(BountyState.CANCELLED, by=by, closed_at=timezone.now())
    return bounty


def picture_ready(picture):
    """Shown as soon as it is ready, like what it belongs to."""
    shown = (
        BountyPicture.objects.filter(picture=picture).exists() or EntryPicture.objects.filter(picture=picture).exists()
    )
    if shown and not picture.is_hidden:
        pictures.show(Picture.objects.filter(pk=picture.pk))

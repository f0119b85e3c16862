"""A bounty is entered: pictures, files or a model; changed, and taken back."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain import notices
from accounts.domain.blocking import require_contact
from bounties.domain import entry_files
from bounties.domain.publishing import check_texts, shown
from bounties.models import Bounty, BountyType, Entry, EntryPicture
from bounties.states import BountyState, EntryState
from civitai.errors import Refused
from community.domain import pictures
from community.models import Picture
from models_hub.models import Model
from models_hub.states import ModelState
from wallet.errors import OtherBody

MOST_FILES = entry_files.MOST_FILES


def enter(bounty, owner, *, name, description, images, files, submission, version=None, uploads=()):
    """An Entry; the same submission is one. `files` came with the form, `uploads` are ids of complete uploads.

    Raises Refused. What was stored for an entry that did not come to be is gone again.
    """
    if first := _submitted(bounty, owner, submission):
        return first
    if not images:
        raise Refused(_("Show at least one picture of it."), field="images")
    if not files and not uploads and version is None and bounty.type != BountyType.IMAGE:
        raise Refused(_("Add a file, or choose one of your models."), field="files")
    if len(files) + len(uploads) > MOST_FILES:
        raise Refused(_("At most %(count)s files.") % {"count": MOST_FILES}, field="files", code="too_many")
    check_texts(name, description)
    _check_version(version, owner)
    _check_open(bounty, owner)
    try:
        # Everything goes to the store before the bounty's row is locked: whoever adds or gives waits for that row.
        with entry_files.dropped_on_failure() as keys, transaction.atomic():
            kept = entry_files.store(files, keys)
            shots = shown(owner, images, keys, field="images")
            bounty = Bounty.objects.select_for_update(of=("self",)).select_related("owner").get(pk=bounty.pk)
            _check_open(bounty, owner)
            entry = Entry.objects.create(
                bounty=bounty,
                owner=owner,
                name=name,
                description=description,
                version=version,
                submission=submission,
            )
            EntryPicture.objects.bulk_create(EntryPicture(entry=entry, picture=one) for one in shots)
            entry_files.add(entry, kept, uploads, by=owner)
    except IntegrityError:
        first = _submitted(bounty, owner, submission)
        if first is None:
            raise
        return first
    backers = bounty.benefactors.exclude(user=owner).values_list("user", flat=True)
    notices.notify(
        list(backers), "entry", by=owner, url=entry.get_absolute_url(), about=bounty.name, key=f"entry:{entry.pk}"
    )
    return entry


def _submitted(bounty, owner, submission):
    """The same form once more; for another bounty it is another body, and refused."""
    first = Entry.objects.filter(owner=owner, submission=submission).first()
    if first and first.bounty_id != bounty.pk:
        raise OtherBody
    return first


def _check_version(version, owner):
    if version is None:
        return
    mine = Model.objects.editable_by(owner).filter(pk=version.model_id, state=ModelState.PUBLISHED, hidden_at=None)
    if version.state != ModelState.PUBLISHED or not mine.filter(is_of_real_person=False).exists():
        raise Refused(_("Choose one of your own models."), field="version")


def _check_open(bounty, owner):
    if bounty.state != BountyState.OPEN or bounty.ends_at <= timezone.now() or bounty.is_closed_to_members:
        raise Refused(_("This bounty takes no more entries."), code="closed")
    if owner.pk == bounty.owner_id:
        raise Refused(_("You asked for it: others enter."), code="own")
    require_contact(owner, bounty.owner)
    mine = bounty.entries.filter(owner=owner, state=EntryState.ENTERED)
    if mine.count() >= bounty.entry_limit:
        raise Refused(_("At most %(count)s entries of one member.") % {"count": bounty.entry_limit}, code="too_many")


def change(entry, *, name, description):
    """Its words, while nothing was given to it: who paid, paid for what it said. Raises Refused."""
    with transaction.atomic():
        bounty = Bounty.objects.select_for_update().get(pk=entry.bounty_id)
        entry = Entry.objects.select_for_update().get(pk=entry.pk)
        if entry.state != EntryState.ENTERED or not bounty.is_live or entry.given or entry.is_withheld:
            raise Refused(_("It stays as it is."), code="closed")
        check_texts(name, description)
        Entry.objects.filter(pk=entry.pk).update(name=name, description=description)
    entry.name, entry.description = name, description
    return entry


def withdraw(entry, by):
    """Its maker takes it back, while nothing was given to it."""
    with transaction.atomic():
        Bounty.objects.select_for_update().get(pk=entry.bounty_id)
        entry = Entry.objects.select_for_update().get(pk=entry.pk)
        if entry.given:
            raise Refused(_("It was given something: it stays."), code="awarded")
        if entry.is_withheld:
            raise Refused(_("It stays as it is while a removal case is open."), code="frozen")
        entry.move(EntryState.WITHDRAWN, by=by)
        if not entry.is_hidden:
            # What a moderator has hidden can still be objected to, and is kept.
            for file in entry.files.all():
                entry_files.remove(file, by=by)
            pictures.discard(Picture.objects.filter(pk__in=entry.shown.values("picture")))
    return entry

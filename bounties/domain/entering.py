"""A bounty is entered: pictures, files or a model; changed, and taken back."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain.blocking import require_contact
from bounties.domain import arranging, entry_files, following
from bounties.domain.publishing import check_texts, shown
from bounties.models import Bounty, BountyType, Entry
from bounties.states import BountyState, EntryState
from civitai.errors import Refused, StaleState
from community.domain import pictures
from community.models import Picture
from models_hub.models import Model
from models_hub.states import FileState, ModelState
from wallet.errors import OtherBody

MOST_FILES = entry_files.MOST_FILES


def enter(bounty, owner, *, name, description, images, files, submission, version=None, uploads=()):
    """An Entry; the same submission is one. `files` came with the form, `uploads` are ids of complete uploads.

    Raises Refused. What was stored for an entry that did not come to be is gone again.
    """
    if first := _submitted(bounty, owner, submission, name):
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
            arranging.add(entry, shots)
            entry_files.add(entry, kept, uploads, by=owner)
    except IntegrityError:
        first = _submitted(bounty, owner, submission, name)
        if first is None:
            raise
        return first
    following.tell(bounty, "entry", by=owner, url=entry.get_absolute_url(), key=f"entry:{entry.pk}")
    return entry


def _submitted(bounty, owner, submission, name):
    """The same form once more; for another bounty or under another name it is another body, and refused."""
    first = Entry.objects.filter(owner=owner, submission=submission).first()
    # Its maker may have renamed it since.
    if first and (first.bounty_id != bounty.pk or (first.name != name and not first.revision)):
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


def change(
    entry, by, *, name, description, seen, version=None, images=(), out=(), order=(), files=(), uploads=(), files_out=()
):
    """Its words until something was given to it; its pictures, files and model while entries are taken, too.

    `seen` is the revision that its maker had before him: an older page, or the same form once more, is refused.
    `out` and `files_out` are keys of its pictures' links and its files. Raises Refused; then nothing has changed.
    """
    check_texts(name, description)
    is_other = (version.pk if version else None) != entry.version_id
    if is_other:
        _check_version(version, by)
    swaps = bool(images or out or files or uploads or files_out or is_other)
    _check_changeable(entry.bounty, entry, swaps=swaps)
    with entry_files.dropped_on_failure() as keys, transaction.atomic():
        kept = entry_files.store(files, keys)
        shots = shown(by, images, keys, field="images")
        bounty = Bounty.objects.select_for_update().get(pk=entry.bounty_id)
        entry = Entry.objects.select_for_update(of=("self",)).select_related("bounty", "version").get(pk=entry.pk)
        _check_changeable(bounty, entry, swaps=swaps)
        if entry.revision != seen:
            raise StaleState
        takes_order = _takes_content(bounty, entry)
        is_changed = arranging.arrange(entry, shots, out=out, order=order if takes_order else (), field="images")
        for file in entry.files.filter(pk__in=files_out):
            entry_files.remove(file, by=by)
        entry_files.add(entry, kept, uploads, by=by)
        _require_content(bounty, entry, version)
        said = {"name": name, "description": description}
        if swaps or is_changed or said != {key: getattr(entry, key) for key in said}:
            now = timezone.now()
            said |= {"version": version, "revision": F("revision") + 1, "changed_at": now}
            Entry.objects.filter(pk=entry.pk).update(**said)
        entry.refresh_from_db()
    return entry


def _check_changeable(bounty, entry, *, swaps):
    if entry.state != EntryState.ENTERED or not bounty.is_live or entry.given or entry.is_withheld:
        raise Refused(_("It stays as it is."), code="closed")
    if swaps and not _takes_content(bounty, entry):
        raise Refused(_("Its pictures, files and model stay as they are now; its words can be changed."), code="closed")


def _takes_content(bounty, entry):
    """What is judged stays what it was when entries closed, and what a moderator looks at stays for him to see."""
    if entry.is_hidden or bounty.is_closed_to_members:
        return False
    return bounty.state == BountyState.OPEN and bounty.ends_at > timezone.now()


def takes_content(entry):
    """For its form."""
    return _takes_content(entry.bounty, entry)


def _require_content(bounty, entry, version):
    files = entry.files.exclude(state__in=[FileState.REMOVED, FileState.REFUSED])
    if version is None and bounty.type != BountyType.IMAGE and not files.exists():
        raise Refused(_("Add a file, or choose one of your models."), field="files")


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

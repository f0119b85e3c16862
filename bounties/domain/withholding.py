"""What removal cases do to bounties and entries: frozen with a clock that stands, taken down, put back.

The moderation room tells of each in its own transaction; objects of the store follow in a worker (`entry_files.settle`).
"""

import re

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from bounties.domain import clock, hiding, renaming, staking
from bounties.domain.renaming import BOUNTY, ENTRY, MODEL
from bounties.models import FROZEN, LIVE, QUARANTINED, Bounty, Entry, EntryFile
from bounties.states import BountyState
from civitai.jobs import enqueue
from community.domain import pictures
from community.models import Picture
from gallery.domain import hiding as images
from gallery.models import Image
from models_hub.models import FileHash, Model
from models_hub.states import FileState


def frozen(*, subject, pk, level, was, case, **facts):
    """From 1 on it leaves the lists, at 2 nobody but its owner sees it and its files, at 3 nobody; the clock stands from 2."""
    if subject == MODEL:
        # Taken down, its freeze ends and its bytes stay away.
        is_down = Model.objects.filter(pk=pk, taken_down_at__isnull=False).exists()
        _same_bytes(pk, withheld_for=case.reference if level >= FROZEN or is_down else "")
        _clocks_of(pk)
        return
    bounty, row = _locked(subject, pk)
    if row is None:
        return
    type(row).objects.filter(pk=row.pk).update(freeze_level=level, case_reference=case.reference)
    row.refresh_from_db()
    bounty.refresh_from_db()
    if level >= FROZEN > was:
        _files_move(row)
    shots = _shots(row)
    if level >= QUARANTINED > was:
        _withhold(shots, case)
    elif was >= QUARANTINED > level and row.taken_down_at is None:
        _let_back(shots, case)
    clock.stop_or_go(bounty)
    hiding.place_pictures(bounty)


def taken_down(*, subject, pk, case, **facts):
    """Nobody's any more. A bounty is over, and every stake that was not given goes back; an entry can't be given anything."""
    if subject == MODEL:
        count = _same_bytes(pk, withheld_for=case.reference)
        _clocks_of(pk)
        return [("files_out", count)]
    bounty, row = _locked(subject, pk)
    if row is None:
        return None
    if row.taken_down_at is None:
        type(row).objects.filter(pk=row.pk).update(taken_down_at=timezone.now(), case_reference=case.reference)
        row.refresh_from_db()
        bounty.refresh_from_db()
        _withhold(_shots(row), case)
        _files_move(row)
        if row is bounty and bounty.is_live:
            staking.give_all_back(bounty, BountyState.CANCELLED, because=f"case {case.reference}")
        clock.stop_or_go(bounty)
        hiding.place_pictures(bounty)
    return [("files_out", _files(row).filter(state=FileState.READY).count())]


def name_taken_out(*, subject, pk, names, case, **facts):
    """Bounties and entries that say the name, wherever they are: a name is taken out of all of them."""
    return renaming.take_out(subject, pk, names, case) if subject in (BOUNTY, ENTRY, MODEL) else None


def restored(*, subject, pk, case, **facts):
    """Words and files as they were. A bounty that was called off stays so: its credits are back in their pockets."""
    count = renaming.put_back(case)
    if subject == MODEL:
        _same_bytes(pk, withheld_for="")
        _clocks_of(pk)
        return [("restored", count)] if count else None
    bounty, row = _locked(subject, pk)
    if row is None:
        return None
    if row.taken_down_at is not None:
        type(row).objects.filter(pk=row.pk).update(taken_down_at=None)
        row.refresh_from_db()
        bounty.refresh_from_db()
        _let_back(_shots(row), case)
        _files_move(row)
        clock.stop_or_go(bounty)
        hiding.place_pictures(bounty)
        count += 1
    return [("restored", count)] if count else None


def _locked(subject, pk):
    """(the bounty, locked; the bounty or its entry): whoever adds, gives or ends waits for the bounty's row."""
    if subject == BOUNTY:
        bounty = Bounty.objects.select_for_update().filter(pk=pk).first()
        return bounty, bounty
    if subject != ENTRY:
        return None, None
    entry = Entry.objects.filter(pk=pk).first()
    if entry is None:
        return None, None
    bounty = Bounty.objects.select_for_update().get(pk=entry.bounty_id)
    entry.refresh_from_db()
    return bounty, entry


def _clocks_of(model):
    """A frozen model in an entry stops the bounty: its backers wait for what becomes of it."""
    for bounty in (
        Bounty.objects.select_for_update()
        .filter(pk__in=Entry.objects.filter(version__model=model).values("bounty"), state__in=LIVE)
        .order_by("pk")
    ):
        clock.stop_or_go(bounty)


def _files(row):
    return EntryFile.objects.filter(entry__bounty=row) if isinstance(row, Bounty) else row.files.all()


def _files_move(row):
    if _files(row).filter(state=FileState.READY).update(to_settle=True):
        settle_soon()


def _same_bytes(model, *, withheld_for):
    """Files of entries with the bytes or the tensors of a model's files: withheld like those. How many."""
    hashes = FileHash.objects.filter(file__version__model=model).annotate(lower=Lower("value"))
    rows = EntryFile.objects.filter(
        Q(sha256__in=hashes.filter(kind="SHA256").values("lower"))
        | Q(tensors__in=hashes.filter(kind="AutoV3").values("lower"))
    ).exclude(withheld_for=withheld_for)
    count = rows.update(withheld_for=withheld_for, to_settle=True)
    if count:
        settle_soon()
    return count


def settle_soon():
    enqueue("bounties.settle_files", queue="io")


# Pictures, with identical copies wherever they are.


def _shots(row):
    return list(Picture.objects.filter(pk__in=row.shown.values("picture")))


def _reason(case):
    return f"case {case.reference}"


def _withhold(shots, case):
    copies = list(pictures.copies_of(shots))
    for image in Image.objects.filter(picture__in=copies, hidden_at=None).select_related("picture"):
        images.hide(image, by=None, reason=_reason(case))
    for picture in [*shots, *copies]:
        picture.hide(by=None, reason=_reason(case))
    pictures.conceal(copies)
    pictures.withhold([picture.pk for picture in [*shots, *copies]])


def _let_back(shots, case):
    """Only what this very case hid."""
    every = [picture.pk for picture in [*shots, *pictures.copies_of(shots)]]
    for image in Image.objects.filter(picture__in=every, hidden_reason=_reason(case)).select_related("picture"):
        images.restore(image, by=None)
    held = list(Picture.objects.filter(pk__in=every, withheld_at__isnull=False))
    for picture in held:
        if picture.hidden_reason == _reason(case):
            picture.restore(by=None)
    pictures.let_back([picture.pk for picture in held if not picture.is_hidden])


# What others ask.


def hashes_of(keys):
    """Fills "hashes_of": what the registry knows a bounty's pictures, and an entry's pictures and files by."""
    found = {}
    for label, pk in keys:
        row = {BOUNTY: Bounty, ENTRY: Entry}[label].objects.filter(pk=pk).first() if label in (BOUNTY, ENTRY) else None
        if row is None:
            continue
        shots = _shots(row)
        files = list(row.files.filter(state=FileState.READY)) if label == ENTRY else []
        found[label, pk] = {
            "sha256": sorted({one.sha256 for one in [*shots, *files] if one.sha256}),
            "pixels": sorted({shot.pixels_sha256 for shot in shots if shot.pixels_sha256}),
            "tensors": sorted({file.tensors for file in files if file.tensors}),
        }
    return found


def find_by_sha256(values, *, hidden=False):
    """Fills "find_by_sha256": entries that hold these very files; `hidden`: all, for moderators."""
    shown = Entry.objects.all() if hidden else Entry.objects.listed_to(None).filter(bounty__hidden_at=None)
    asked = {value.lower(): value for value in values}
    rows = EntryFile.objects.filter(sha256__in=asked, state=FileState.READY, entry__in=shown).order_by("entry")
    found = {}
    for sha256, pk in rows.values_list("sha256", "entry").distinct()[:200]:
        found.setdefault(asked[sha256], []).append((ENTRY, str(pk)))
    return found


def snapshots(keys):
    """Fills "case_snapshot"."""
    return {key: {"hashes": told, "at": timezone.now().isoformat()} for key, told in hashes_of(keys).items()}


def resolve(paths):
    """Fills "resolve_url": addresses of bounties and of entries."""
    found = {}
    for path in paths:
        if named := re.match(r"/bounties/(entries/)?(\d{1,9})(?:/|\?|$)", path):
            found[path] = (ENTRY if named[1] else BOUNTY, named[2])
    return found

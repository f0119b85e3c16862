"""Files of entries: from the browser into the private store, checked by a worker, withheld, swept."""

import hashlib
import io
import re
import uuid
import zipfile
import zlib
from contextlib import contextmanager
from functools import partial

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bounties.models import EntryFile, EntryFileCheck
from civitai import adapters, storages, uploads
from civitai.errors import Refused, StaleState, TransientError
from civitai.jobs import after_commit
from models_hub.domain import checking
from models_hub.domain.stored import troubles
from models_hub.formats import sniff
from models_hub.formats.errors import BadFile
from models_hub.formats.errors import refuse as bad_file
from models_hub.formats.naming import clean_name
from models_hub.formats.ranged import RangedFile
from models_hub.states import FileState
from moderation.domain import keeping_out, registry
from moderation.policy import people

PURPOSE = "entry_file"
MAX_BYTES = 8 << 30
# A form of a browser without a script sends the whole file through the web server.
MAX_PLAIN_BYTES = 500 << 20
MOST_FILES = 5
AT_ONCE = 200
CHUNK_BYTES = 8 << 20


def check_name(user, filename, size):
    """The purpose's own rule: what can only be refused is refused before a byte is sent."""
    code = sniff.sniff_by_name(filename)
    if code:
        raise bad_file(code)


def new_key():
    return f"bounties/{timezone.now():%Y/%m}/{uuid.uuid4()}"


@contextmanager
def dropped_on_failure():
    """A list for the keys of objects that are stored in the block: when it fails they have no row, and go again."""
    keys = []
    try:
        yield keys
    except BaseException:
        for key in keys:
            storages.private().delete(key)
        raise


def store(files, keys):
    """[(name, key, size)] of a form's files; no row is locked meanwhile.

    Raises Refused, with field="files", for too large ones, pickles, programs and lies.
    """
    return [_put(file, keys) for file in files]


def _put(file, keys):
    if file.size > MAX_PLAIN_BYTES:
        raise Refused(
            _("Without JavaScript we take files up to 500 MB. Turn it on to send larger ones."), field="files"
        )
    try:
        check_name(None, file.name, file.size)
        _require_nobody(file.name)
        _accepted(file, file.name, file.size)
    except BadFile as bad:
        raise Refused(bad.sentence, field="files", code=bad.code) from bad
    file.seek(0)
    name, key, size = clean_name(file.name), new_key(), file.size  # the store's client closes what it has sent
    keys.append(key)
    storages.private().put(key, file)
    return name, key, size


def _require_nobody(name):
    """A name of a file asks for a person as any other text of an entry does. Raises Refused."""
    words = re.sub(r"[\W_]+", " ", name.rpartition(".")[0])
    if people.require("bounty", [name, words], field="files"):
        raise Refused(_("This can't be entered here. Write to us if you think that it can."), field="files")


def _accepted(source, name, size):
    """What it is: a model file, or a zip of pictures and captions. Raises BadFile with the first refusal."""
    try:
        return sniff.accept_model_file(source, name, size_bytes=size)
    except BadFile as first:
        try:
            return sniff.accept_training_data(source, name, size_bytes=size)
        except BadFile:
            raise first from None


def add(entry, kept, upload_ids, *, by):
    """Rows for stored files and for complete uploads of `by`, each before a worker. In the caller's transaction."""
    if entry.files.exclude(state=FileState.REMOVED).count() + len(kept) + len(upload_ids) > MOST_FILES:
        raise Refused(_("At most %(count)s files.") % {"count": MOST_FILES}, field="files", code="too_many")
    for name, key, size in kept:
        _row(entry, name=name, key=key, size_bytes=size)
    for upload_id in upload_ids:
        upload = uploads.take(upload_id, owner=by, purpose=PURPOSE)
        _require_nobody(upload.filename)
        _row(entry, name=clean_name(upload.filename), key=upload.key, size_bytes=upload.size_bytes, upload=upload)


def _row(entry, **fields):
    file = EntryFile.objects.create(entry=entry, **fields)
    EntryFileCheck.objects.create(file=file).enqueue()


def check(job):
    """The work of a claimed EntryFileCheck: its file leaves `checking` as ready or refused.

    Raises TransientError when the store does not answer; a file that was removed meanwhile stays removed.
    """
    file = EntryFile.objects.select_related("entry__owner").get(pk=job.file_id)
    if file.state != FileState.CHECKING:
        return
    job.beat(done=0, total=max(1, file.size_bytes >> 20))
    try:
        found = _looked_at(file, on_progress=lambda n: job.beat(done=n >> 20))
        if _is_registered(found, file):
            raise BadFile("", "registry")
        _accept(job, file, found)
    except BadFile as bad:
        with job.owned():
            _refuse(file, bad)
            job.finish()
    except StaleState:
        return  # removed meanwhile


def _looked_at(file, *, on_progress):
    """{key, size_bytes, sha256, tensors}. Raises BadFile."""
    try:
        found = checking.look_at(file.key, name=file.name, size_bytes=file.size_bytes, on_progress=on_progress)
    except BadFile as first:
        return _training_set(file, first, on_progress)
    told = found.hashes.as_dict()
    return {
        "key": found.key,
        "size_bytes": found.size_bytes,
        "sha256": told["SHA256"].lower(),
        "tensors": (told.get("AutoV3") or "").lower(),
    }


def _training_set(file, first, on_progress):
    """A zip of pictures and captions; what is neither has its first refusal."""
    store, digest, size = storages.private(), hashlib.sha256(), 0
    with troubles():
        try:
            sniff.accept_training_data(partial(_part, store, file), file.name, size_bytes=file.size_bytes)
        except BadFile:
            raise first from None
        for chunk in store.open(file.key).iter_chunks(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
            on_progress(size)
        _require_unregistered_within(file, partial(_part, store, file))
    if size != file.size_bytes:
        raise TransientError(f"{file.key} has {size} bytes, not {file.size_bytes}")
    return {"key": file.key, "size_bytes": size, "sha256": digest.hexdigest(), "tensors": ""}


def _require_unregistered_within(file, read):
    """A picture that was taken down does not come back in a zip: each member by its bytes. Raises BadFile."""
    hashes = set()
    try:
        with zipfile.ZipFile(io.BufferedReader(RangedFile(read, file.size_bytes), CHUNK_BYTES)) as archive:
            for name in archive.namelist():
                with archive.open(name) as member:
                    hashes.add(hashlib.file_digest(member, "sha256").hexdigest())
    # All that zipfile says of a damaged member; RuntimeError: it is encrypted, or packed in a way that is not known.
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError):
        raise bad_file("zip_broken") from None
    if any(registry.verdict("sha256", some) for some in _batches(hashes)):
        for sha256 in hashes:
            keeping_out.came_again({"sha256": sha256}, file.entry.owner)
        raise BadFile("", "registry")


def _batches(hashes):
    hashes = sorted(hashes)
    return [hashes[at : at + AT_ONCE] for at in range(0, len(hashes), AT_ONCE)]


def _part(store, file, start, length):
    end = min(start + length, file.size_bytes) - 1
    if end < start:
        return b""
    body = store.open(file.key, start=start, end=end)
    try:
        return body.read()
    finally:
        body.close()


def _is_registered(found, file):
    """Held is refused as well: nothing of an entry is half public. The registry fails closed."""
    hashes = {"sha256": found["sha256"], "tensors": found["tensors"]}
    said = [registry.verdict_of(hashes), registry.verdict("name", [file.name])]
    keeping_out.came_again(hashes, file.entry.owner)
    return any(said)


def _accept(job, file, found):
    old_key = file.key
    try:
        with job.owned():
            file.move(FileState.READY, **found)
            adapters.tell("hashes_known", subject="bounties.Entry", pk=file.entry_id)
            if old_key != found["key"]:
                after_commit(lambda: storages.private().delete(old_key))
            job.finish()
    except BaseException:
        # A cleaned copy that no row came to point to is removed.
        if found["key"] != old_key:
            storages.private().delete(found["key"])
        raise


def _refuse(file, bad):
    told = {"code": bad.code, "values": bad.values}
    return file.move(FileState.REFUSED, because=bad.code, refusal=told)


def remove(file, *, by):
    """Its maker takes it out, while nothing was given to the entry. Twice is fine."""
    try:
        file.move(FileState.REMOVED, by=by)
    except StaleState:
        return


def sweep():
    """Takes the objects of removed and refused files out of the store. Safe to run twice."""
    gone = EntryFile.objects.filter(state__in=[FileState.REMOVED, FileState.REFUSED], swept_at=None)
    for file in gone.order_by("pk")[:AT_ONCE]:
        storages.named(file.held_in).delete(file.key)
        EntryFile.objects.filter(pk=file.pk).update(swept_at=timezone.now())


def settle():
    """Under new keys, so that links given out are dead; withheld bytes in quarantine, the others in the private store.

    May run twice and late: nobody is given an address from the moment of the commit.
    """
    rows = EntryFile.objects.filter(to_settle=True).select_related("entry__bounty").order_by("pk")
    for file in rows[:AT_ONCE]:
        _settle(file)


def _settle(file):
    down = file.withheld_for or file.entry.taken_down_at or file.entry.bounty.taken_down_at
    to, key = "quarantine" if down else "private", new_key()
    here, there = storages.named(file.held_in), storages.named(to)
    mine = EntryFile.objects.filter(pk=file.pk, key=file.key, held_in=file.held_in)
    with troubles():
        if not here.exists(file.key):
            mine.update(to_settle=False)
            return
        here.copy(file.key, key, to=there)
        if mine.update(key=key, held_in=to, to_settle=False):
            here.delete(file.key)
        else:
            there.delete(key)  # another worker was quicker


def link(file):
    """A presigned address for five minutes, that names the file."""
    return storages.private().presigned_get(file.key, filename=file.shown_name)

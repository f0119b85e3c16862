"""Finds out what a stored file is, whether it may be published, and what its hashes are.

Bytes are streamed from the private store once and never run: the header is read by two small ranged
requests, then everything passes through the hashes. A header that names its maker's folders or machine
is replaced on the way; the tensors stay, and so does AutoV3.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from civitai import adapters, storages
from civitai.errors import StaleState, TransientError
from civitai.jobs import after_commit
from models_hub.catalogue.bases import find_base
from models_hub.catalogue.kinds import PRIMARY_FILE_TYPES, FileType
from models_hub.domain import guarding
from models_hub.domain.stored import new_key, troubles
from models_hub.formats import safetensors
from models_hub.formats.describe import describe
from models_hub.formats.described import as_json
from models_hub.formats.errors import BadFile
from models_hub.formats.errors import refuse as refuse_file
from models_hub.formats.hashing import Hasher, Hashes, hash_stream
from models_hub.formats.private import changes_without
from models_hub.formats.sniff import accept_model_file
from models_hub.models import FileHash, ModelFile, ModelVersion
from models_hub.states import FileState, ModelState
from moderation.domain import keeping_out, registry

MIB = 1 << 20
# One request to the store per this much: a connection that breaks costs the attempt, not a day.
RANGE_BYTES = 64 * MIB
MOST = {"steps": 10_000_000, "epochs": 100_000, "clip_skip": 12}


@dataclass(frozen=True)
class Found:
    """What is known of a file that may be published. `key` is a new object when its header was cleaned."""

    key: str
    size_bytes: int
    hashes: Hashes
    format: str
    type: str
    precision: str
    description: dict


def check(job):
    """The work of a claimed FileCheck: its file leaves `checking` as ready or refused. Progress is in MiB.

    Raises TransientError when the store does not answer; a file that was removed meanwhile stays removed.
    """
    file = ModelFile.objects.select_related("version__model__owner").get(pk=job.file_id)
    if file.state != FileState.CHECKING:
        return
    job.beat(done=0, total=max(1, file.size_bytes // MIB))
    try:
        found = look_at(
            file.key, name=file.name, size_bytes=file.size_bytes, on_progress=lambda n: job.beat(done=n // MIB)
        )
        with discarding_copy(file.key, found):
            said = require_unregistered(found, file.version.model.owner)
            with job.owned():
                accept(file, found)
                _hold_if_shown(file, said)
                job.finish()
    except BadFile as bad:
        with job.owned():
            refuse(file, bad)
            job.finish()
    except StaleState:
        return


def look_at(key, *, name, size_bytes, on_progress=None):
    """What the object at `key` of the private store is. Raises BadFile with the sentence for its owner."""
    store = storages.private()
    with troubles():
        read = _ranged(store, key, size_bytes)
        accepted = accept_model_file(read, name, size_bytes=size_bytes)
        description = describe(accepted.header) if accepted.header else None
        if description and description.private_lines:
            changes = changes_without(description.private_lines)
            key, hashes = _cleaned_copy(store, read, changes, size_bytes=size_bytes, on_progress=on_progress)
        else:
            hashes = hash_stream(_chunks(store, key, size_bytes), on_progress=on_progress)
            if hashes.size_bytes != size_bytes:
                raise TransientError(f"{key} has {hashes.size_bytes} bytes, not {size_bytes}")
    return Found(
        key=key,
        size_bytes=hashes.size_bytes,
        hashes=hashes,
        format=accepted.format.value,
        type=(description.file_type if description else FileType.MODEL).value,
        precision=description.precision.value if description and description.precision else "",
        description=as_json(description) if description else {"names": list(accepted.names)[:400]},
    )


def require_unregistered(found, owner):
    """What the registry says of a file that is taken: "hold" or "". Raises BadFile for what was taken down.

    Asked here and not at publication alone: a draft is drawn with by its owner, and a file may join what is published.
    """
    hashes = registered_by(found)
    said = registry.verdict_of(hashes)
    if said == "block":
        keeping_out.came_again(hashes, owner)
        raise refuse_file("registry")
    return said


def registered_by(found):
    told = found.hashes.as_dict()
    return {"sha256": told["SHA256"], "tensors": told.get("AutoV3") or ""}


def _hold_if_shown(file, said):
    """A file that joins a published version is looked at as one that is published with it."""
    version = file.version
    if said and ModelState.PUBLISHED == version.state == version.model.state:
        guarding.hold(version.model, "registry")


def accept(file, found):
    """checking → ready, with hashes; the first main file of a version becomes its primary one, and what its
    header says fills the version's empty fields. Raises StaleState when the file is no longer being checked.
    """
    with transaction.atomic():
        version = ModelVersion.objects.select_for_update().get(pk=file.version_id)
        has_primary = version.files.filter(is_primary=True).exists()
        old_key = file.key
        file.move(
            FileState.READY,
            scanned_at=timezone.now(),
            key=found.key,
            size_bytes=found.size_bytes,
            format=found.format,
            type=found.type,
            precision=found.precision,
            description=found.description,
            is_primary=not has_primary and found.type in PRIMARY_FILE_TYPES,
        )
        FileHash.objects.bulk_create(
            FileHash(file=file, kind=kind, value=value) for kind, value in found.hashes.as_dict().items()
        )
        _prefill(version, found.description)
        adapters.tell("hashes_known", subject="models_hub.Model", pk=version.model_id)
        if old_key != found.key:
            after_commit(lambda: storages.private().delete(old_key))
    return file


def refuse(file, bad):
    """checking → refused; the sentence can be told again in any language."""
    kept = {"refusal": {"code": bad.code, "values": bad.values}}
    return file.move(FileState.REFUSED, because=bad.code, refusal=str(bad)[:400], description=kept)


def _prefill(version, told):
    """What the owner wrote stands; only what is empty is proposed."""
    proposed = {
        "base_model": told.get("base_model") if find_base(told.get("base_model") or "") else None,
        "trained_words": told.get("trigger_words"),
        "steps": told.get("steps"),
        "epochs": told.get("epochs"),
        "clip_skip": told.get("clip_skip"),
    }
    fields = {name: value for name, value in proposed.items() if value and not getattr(version, name)}
    # A header may claim any number; what no form would take is not proposed.
    fields = {name: value for name, value in fields.items() if name not in MOST or value <= MOST[name]}
    if fields:
        ModelVersion.objects.filter(pk=version.pk).update(**fields, updated_at=timezone.now())


def with_metadata(file, changes):
    """A new object of a ready safetensors file with metadata changed, tensors untouched: (key, Hashes, description)."""
    store = storages.private()
    with troubles():
        read = _ranged(store, file.key, file.size_bytes)
        key, hashes = _cleaned_copy(store, read, changes, size_bytes=file.size_bytes, on_progress=None)
        header = safetensors.read_header(_ranged(store, key, hashes.size_bytes), size_bytes=hashes.size_bytes)
    return key, hashes, as_json(describe(header))


def header_of(file):
    """The Header of a ready file. Raises BadFile for what is no safetensors file."""
    with troubles():
        return safetensors.read_header(
            _ranged(storages.private(), file.key, file.size_bytes), size_bytes=file.size_bytes
        )


def _ranged(store, key, size_bytes):
    def read(start, length):
        end = min(start + length, size_bytes) - 1
        if end < start:
            return b""
        body = store.open(key, start=start, end=end)
        try:
            return body.read()
        finally:
            body.close()

    return read


def _chunks(store, key, size_bytes):
    for start in range(0, size_bytes, RANGE_BYTES):
        body = store.open(key, start=start, end=min(start + RANGE_BYTES, size_bytes) - 1)
        try:
            yield from body.iter_chunks(MIB)
        finally:
            body.close()


def _cleaned_copy(store, read, changes, *, size_bytes, on_progress):
    """A new object without the private parts of the header: (its key, its hashes). One pass, flat memory."""
    key = new_key()
    read_end, write_end = os.pipe()

    def send():
        with os.fdopen(read_end, "rb") as source:
            store.put(key, source)

    # The copy runs beside: progress is written by this thread, whose database connection the job owns.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="cleaned-copy") as beside:
        sent = beside.submit(send)
        try:
            with os.fdopen(write_end, "wb") as pipe, Hasher() as hasher:
                safetensors.rewrite_metadata(read, _Tee(pipe, hasher, on_progress), changes, size_bytes=size_bytes)
                hashes = hasher.hashes()
            sent.result()
        except BaseException as error:
            # The pipe is closed by now, so the copy ends; half a file is none.
            broken = sent.exception()
            store.delete(key)
            if isinstance(error, BrokenPipeError) and broken:
                raise broken from error
            raise
    return key, hashes


class _Tee:
    """Writes to the pipe and feeds the hashes."""

    def __init__(self, pipe, hasher, on_progress):
        self._pipe, self._hasher, self._on_progress, self._told = pipe, hasher, on_progress, 0

    def write(self, part):
        self._pipe.write(part)
        self._hasher.update(part)
        if self._on_progress and self._hasher.size_bytes - self._told >= RANGE_BYTES:
            self._told = self._hasher.size_bytes
            self._on_progress(self._told)


@contextmanager
def discarding_copy(before, found):
    """A cleaned copy that no row came to point to is removed."""
    try:
        yield
    except BaseException:
        if found.key != before:
            storages.private().delete(found.key)
        raise

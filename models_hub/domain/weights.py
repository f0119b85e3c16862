"""Files of models on a worker's own disk, by content: downloaded once, verified, bounded."""

import fcntl
import hashlib
import os
import shutil
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from civitai import storages
from civitai.errors import Refused, TransientError
from models_hub.catalogue.kinds import EXTENSIONS, FileFormat
from models_hub.domain.stored import troubles

KEPT_BYTES = 60 << 30
BLOCK_BYTES = 1 << 20


def local_path(file):
    """Where the bytes of a ready ModelFile lie on this machine: a file, or the unpacked folder of a diffusers .zip.

    Downloaded on first use and compared with the stored SHA-256; the least recently used go when the cache is
    over its limit (settings.WEIGHTS_CACHE_BYTES, 60 GB). Several processes may ask at once: one downloads.
    A path stays valid while it is open; ask again for each job. Raises TransientError when the store fails.
    """
    sha256 = next((row.value for row in file.hashes.all() if row.kind == "SHA256"), None)
    if sha256 is None:
        raise Refused("this file has not been checked", code="not_ready")
    folder = Path(settings.DATA_DIR) / "cache" / "weights"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{sha256}.{EXTENSIONS.get(file.format, 'bin')}"
    unpacks = file.format == FileFormat.DIFFUSERS
    path = folder / (sha256 if unpacks else name)
    with _alone(folder / f"{sha256}.lock"):
        if not path.exists():
            _make_room(folder, file.size_bytes)
            _download(file, sha256, folder / name)
            if unpacks:
                _unpack(folder / name, path)
        # When it was used, and no more: the sampler knows what it has in memory by when a file was written.
        os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
    return path


@contextmanager
def _alone(path):
    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _download(file, sha256, path):
    partial = path.with_suffix(f".{os.getpid()}.part")
    digest = hashlib.sha256()
    try:
        with partial.open("wb") as target, troubles():
            body = storages.private().open(file.key)
            for chunk in body.iter_chunks(BLOCK_BYTES):
                digest.update(chunk)
                target.write(chunk)
            body.close()
        if digest.hexdigest().upper() != sha256:
            raise TransientError(f"{file.key} does not have the hash of its row")
        partial.replace(path)
    except OSError as error:
        raise TransientError(f"{file.key}: {error!r}") from error
    finally:
        partial.unlink(missing_ok=True)


def _unpack(archive, folder):
    """The names were judged when the file was checked (formats.archives); zipfile keeps them inside all the same."""
    partial = folder.with_suffix(f".{os.getpid()}.part")
    try:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(partial)
        tops = list(partial.iterdir())
        # Some pack the folder, some its content.
        root = partial if (partial / "model_index.json").exists() else tops[0]
        root.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        archive.unlink(missing_ok=True)


def _make_room(folder, wanted_bytes):
    limit = getattr(settings, "WEIGHTS_CACHE_BYTES", KEPT_BYTES)
    kept = [path for path in folder.iterdir() if path.suffix not in {".lock", ".part"}]
    sizes = {path: _size(path) for path in kept}
    total = sum(sizes.values()) + wanted_bytes
    for path in sorted(kept, key=_used_at):
        if total <= limit:
            return
        # Who has it open keeps reading it: the name goes, not the bytes.
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        total -= sizes[path]


def _size(path):
    if path.is_dir():
        return sum(part.stat().st_size for part in path.rglob("*") if part.is_file())
    return path.stat().st_size if path.exists() else 0


def _used_at(path):
    return path.stat().st_atime if path.exists() else 0

"""A data folder of a running site: its lock, its ports, its notes of what was done once."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from pathlib import Path

from civitai.services import ports
from civitai.services.failures import ServiceFailure
from civitai.services.keys import write_private
from civitai.services.stack import ALL_PORTS, new_ports

SPARE_BYTES = 300_000_000


@contextlib.contextmanager
def held(folder, *, address):
    """The folder while we alone use it; a second start gets a sentence that says where the first is."""
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o711)  # PostgreSQL may run as another user and must walk through; what is in it is closed
        lock = open(folder / "lock", "a+")
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise ServiceFailure(
            f"The data folder {folder} cannot be used ({error.strerror}). Choose another with DATA=, or make it yours."
        ) from None
    except OSError as error:
        raise ServiceFailure(f"The data folder {folder} cannot be written: {error.strerror}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise ServiceFailure(
                f"The site already runs on {folder} ({lock.read().strip() or 'another process'}). "
                "Stop it first, or choose another folder with DATA=."
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, {address}")
        lock.flush()
        _require_space(folder)
        yield folder


def kept_ports(folder, *, site):
    """The folder's ports, drawn at its first start, none of them the site's own. One that another program has taken
    since, or that the site is to have now, is drawn anew.
    """
    path = folder / "ports.json"
    chosen = json.loads(path.read_text()) if path.exists() else {}
    if set(chosen) != set(ALL_PORTS):
        chosen = new_ports(avoid=[site])
    for name, port in chosen.items():
        if site in {port, port + ports.GRPC_OFFSET} or not ports.both_free(port):
            chosen[name] = ports.draw(1, avoid=[site, *chosen.values()])[0]
    write_private(path, json.dumps(chosen, indent=1))
    return chosen


def is_done(folder, what, fingerprint=""):
    note = folder / "done" / what
    return note.exists() and note.read_text() == fingerprint


def mark_done(folder, what, fingerprint=""):
    (folder / "done").mkdir(exist_ok=True)
    (folder / "done" / what).write_text(fingerprint)


def fingerprint_of(paths):
    """Changes when a file is added, removed or edited."""
    seen = hashlib.sha256()
    for path in sorted(Path(path) for path in paths):
        seen.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return seen.hexdigest()


def _require_space(folder):
    free = shutil.disk_usage(folder).free
    if free < SPARE_BYTES:
        raise ServiceFailure(
            f"The disk of {folder} has {free // 10**6} MB left, too little to start safely. "
            "Free some space or choose another folder with DATA=."
        )

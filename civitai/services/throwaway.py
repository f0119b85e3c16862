"""Services for the length of one command: what tests run on."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from civitai.services import keys
from civitai.services.child import leash
from civitai.services.failures import ServiceFailure
from civitai.services.seaweed import remove_sockets
from civitai.services.stack import Stack, new_ports

_TRIES = 3  # two runs side by side can draw the same port between looking and listening
_PREFIX = "civitai-services-"


def run(command, *, folder=None):
    """Runs `command` with the services' names in its environment and returns its exit code.

    Without `folder` the data goes to a temporary one, which is removed. Nothing survives: not after
    Ctrl+C or SIGTERM, and what a SIGKILL leaves is removed by the next run.
    """
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        with _place(folder) as place, _started(place) as stack:
            return _call(command, {**os.environ, **stack.env, "DATA_DIR": str(place)})
    except KeyboardInterrupt:
        return 130


def _as_interrupt(*_):
    raise KeyboardInterrupt


@contextlib.contextmanager
def _place(folder):
    if folder is not None:
        folder = Path(folder).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            yield folder
        return
    _remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    folder.chmod(0o711)  # PostgreSQL may run as another user and must walk through
    try:
        with _locked(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder):
    path = folder / "lock"
    fresh = not path.exists()
    draft = folder / f"lock.{os.getpid()}" if fresh else path
    with open(draft, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ServiceFailure(f"Another command is using {folder}.") from None
        if fresh:
            draft.rename(path)  # appears as taken: whoever clears up must never find it free for a moment
        yield


def _remove_abandoned():
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError, ValueError, ServiceFailure):
            if (folder / "lock").exists() and folder.stat().st_uid == os.geteuid():
                with _locked(folder):
                    remove_sockets(json.loads((folder / "ports.json").read_text()).values())
                    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _started(folder):
    origins = [os.environ.get("SITE_URL", "").rstrip("/") or "http://localhost:8000"]
    with contextlib.ExitStack() as exits:
        for left in reversed(range(_TRIES)):
            chosen_ports = new_ports()
            (folder / "ports.json").write_text(json.dumps(chosen_ports))  # for whoever clears up after a kill
            stack = Stack(folder, chosen_ports=chosen_ports, keys=keys.of(folder), origins=origins, throw_away=True)
            try:
                exits.enter_context(stack)
                break
            except ServiceFailure:
                if not left:
                    raise
        yield stack


def _call(command, env):
    """In our own process group: the terminal's Ctrl+C reaches the command by itself, SIGTERM is passed on."""
    try:
        popen = subprocess.Popen(command, env=env, preexec_fn=leash(signal.SIGTERM))
    except OSError as error:
        raise ServiceFailure(f"{command[0]} cannot be run: {error.strerror}.") from None
    signal.signal(signal.SIGINT, lambda *_: None)  # not SIG_IGN, and after Popen: the command must not inherit it
    signal.signal(signal.SIGTERM, lambda *_: popen.send_signal(signal.SIGTERM))
    code = popen.wait()
    return 128 - code if code < 0 else code

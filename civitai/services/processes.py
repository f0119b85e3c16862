"""What /proc says about processes, so that a reused process number is never taken for one of ours."""

import contextlib
import os
import time
from pathlib import Path


def started_at(pid):
    """Kernel ticks since boot at which `pid` started, or None when it does not run (a zombie does not)."""
    fields = _stat(pid)
    return None if fields is None or fields[0] in {"Z", "X"} else int(fields[19])


def in_session(session):
    """Living processes whose session is `session`: all that a child of ours has left behind."""
    return [
        pid for pid in _pids() if (fields := _stat(pid)) and fields[0] not in {"Z", "X"} and int(fields[3]) == session
    ]


def working_in(folder):
    """Living processes whose working directory is `folder`: for PostgreSQL, the server and its backends."""
    wanted, found = str(Path(folder).resolve()), []
    for pid in _pids():
        try:
            if os.readlink(f"/proc/{pid}/cwd") == wanted and started_at(pid) is not None:
                found.append(pid)
        except OSError:
            continue
    return found


def end(find, *, signals):
    """Sends each of (signal, patience in s) to what `find()` returns until that is nothing. True when all are gone."""
    for number, patience_s in signals:
        for pid in find():
            send(pid, number)
        deadline = time.monotonic() + patience_s
        while find():
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            return True
    return False


def send(pid, number):
    """A signal to a process that may be gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _stat(pid):
    """/proc/PID/stat from the state on; the name before it may hold spaces and brackets."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(") ")[2].split()

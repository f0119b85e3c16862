"""A process that we start, write a log of, and never leave behind."""

import ctypes
import json
import os
import signal
import subprocess
import time

from civitai.services import processes
from civitai.services.failures import ServiceFailure

LONGEST_LOG_BYTES = 20_000_000  # looked at when a child starts; the one before is kept beside it

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def leash(number=signal.SIGTERM):
    """For `preexec_fn`: the kernel sends `number` to the child when the thread that started it ends.

    Start children from the main thread only: the death of any other thread would count as ours.
    """
    parent = os.getpid()

    def tie():
        _libc.prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # we died between fork and prctl: nobody would send the signal
            os._exit(1)

    return tie


class Child:
    """A named process in a session of its own, so that Ctrl+C reaches us and not it.

    `stop_signal` asks it to stop, SIGKILL follows after `stop_s`; `death_signal` is what it gets when
    we are killed. Its number and start time stand in `folder`/NAME.pid while it lives.
    """

    def __init__(
        self,
        name,
        argv,
        *,
        folder,
        env,
        stop_signal=signal.SIGTERM,
        stop_s=10.0,
        death_signal=signal.SIGKILL,
        cwd=None,
        drop=None,
    ):
        self.name, self.argv, self.env, self.cwd = name, [str(part) for part in argv], env, cwd
        self.stop_signal, self.stop_s, self.death_signal = stop_signal, stop_s, death_signal
        self.drop = drop or {}
        self.log = folder / "logs" / f"{name}.log"
        self.pid_file = folder / "run" / f"{name}.pid"
        self.popen = None

    def start(self):
        for path in (self.log, self.pid_file):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen(
                self.argv,
                env=self.env,
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=leash(self.death_signal),
                **self.drop,
            )
        note = {
            "pid": self.popen.pid,
            "started_at": processes.started_at(self.popen.pid),
            "stop": int(self.stop_signal),
        }
        self.pid_file.write_text(json.dumps(note))
        return self

    @property
    def is_alive(self):
        return self.popen is not None and self.popen.poll() is None

    def ask_to_stop(self):
        if self.is_alive:
            self.popen.send_signal(self.stop_signal)

    def stop(self):
        """Asks, waits `stop_s`, then kills; whatever it had started in its session goes too."""
        if self.popen is None:
            return
        self.ask_to_stop()
        try:
            self.popen.wait(self.stop_s)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        processes.end(lambda: processes.in_session(self.popen.pid), signals=((signal.SIGKILL, 3.0),))
        self.pid_file.unlink(missing_ok=True)

    def wait_until(self, is_ready, *, limit_s=30.0):
        """Returns what `is_ready()` returns first without raising; a dead or silent child is a ServiceFailure."""
        deadline = time.monotonic() + limit_s
        while True:
            try:
                return is_ready()
            except Exception as error:
                if not self.is_alive:
                    raise ServiceFailure(f"{self.name} stopped while it was starting. {self.last_words()}") from error
                if time.monotonic() > deadline:
                    raise ServiceFailure(
                        f"{self.name} did not answer within {limit_s:.0f} s ({error}). {self.last_words()}"
                    ) from error
                time.sleep(0.03)

    def last_words(self, lines=6):
        """The end of the log, and where the rest of it is."""
        tail = self.log.read_bytes()[-4000:].decode(errors="replace").splitlines()[-lines:] if self.log.exists() else []
        if any("No space left on device" in line for line in tail):
            return f"The disk is full; free some space and start again. Log: {self.log}"
        return "\n".join([f"Log: {self.log}", *(f"  | {line}" for line in tail)])


def sweep(folder):
    """Ends what a killed run has left, by its pid files. Call it only while holding the folder's lock."""
    for pid_file in sorted((folder / "run").glob("*.pid")):
        try:
            record = json.loads(pid_file.read_text())
            pid, then, stop = int(record["pid"]), record["started_at"], int(record["stop"])
        except (ValueError, KeyError, TypeError):
            pid_file.unlink(missing_ok=True)  # torn by the kill: the leash has already done its work
            continue
        now = processes.started_at(pid)
        if now is None or now == then:  # otherwise the number belongs to somebody else by now
            processes.end(lambda pid=pid: processes.in_session(pid), signals=((stop, 4.0), (signal.SIGKILL, 3.0)))
        pid_file.unlink(missing_ok=True)

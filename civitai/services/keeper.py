"""Keeps children running: a dead one starts again after a pause, one that keeps dying ends the run."""

import signal
import time
from collections import defaultdict, deque

from civitai.services import processes
from civitai.services.failures import ServiceFailure

CRASHES, WITHIN_S = 5, 60.0
LONGEST_PAUSE_S = 8.0


class Keeper:
    """`look()` is called again and again; `say` gets a sentence for every death and every new start."""

    def __init__(self, *, say, clock=time.monotonic):
        self.say, self.clock = say, clock
        self._revive = {}  # child → how to start it again
        self._deaths = defaultdict(lambda: deque(maxlen=CRASHES))
        self._due = {}

    def keep(self, child, *, revive=None):
        self._revive[child] = revive or child.start
        return child

    @property
    def children(self):
        return list(self._revive)

    def look(self):
        """Starts again whose pause is over. ServiceFailure when a child died `CRASHES` times in `WITHIN_S`."""
        for child in self.children:
            if child in self._due:
                if self.clock() >= self._due[child]:
                    del self._due[child]
                    self._revive[child]()
                    self.say(f"{child.name} runs again.")
            elif not child.is_alive:
                self._mourn(child)

    def _mourn(self, child):
        # What it had started would hold its port or its lease: granian's workers outlive a killed parent.
        processes.end(lambda: processes.in_session(child.popen.pid), signals=((signal.SIGKILL, 3.0),))
        deaths = self._deaths[child]
        deaths.append(self.clock())
        if len(deaths) == CRASHES and deaths[-1] - deaths[0] <= WITHIN_S:
            raise ServiceFailure(
                f"{child.name} stopped {CRASHES} times within a minute and is given up. {child.last_words()}"
            )
        recent = sum(1 for death in deaths if deaths[-1] - death <= WITHIN_S)
        pause_s = min(2.0 ** (recent - 1), LONGEST_PAUSE_S)
        self._due[child] = self.clock() + pause_s
        self.say(
            f"{child.name} stopped ({_reason(child.popen.returncode)}); it starts again in {pause_s:.0f} s. Log: {child.log}"
        )


def _reason(code):
    if code >= 0:
        return f"exit code {code}"
    return "killed; the machine may be short of memory" if -code == signal.SIGKILL else signal.Signals(-code).name

import pytest

from civitai.services.failures import ServiceFailure
from civitai.services.keeper import CRASHES, Keeper


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Crashing:
    """A child that is dead whenever somebody looks."""

    name, log, is_alive, starts = "worker-gpu", "logs/worker-gpu.log", False, 0

    class popen:
        pid, returncode = 2**22 + 1, 3  # a session that cannot exist

    def start(self):
        self.starts += 1

    def last_words(self):
        return "Log: logs/worker-gpu.log"


def test_a_child_that_keeps_dying_is_given_up_with_its_last_words():
    clock, said, child = Clock(), [], Crashing()
    keeper = Keeper(say=lambda *words: said.append(words[0]), clock=clock)
    keeper.keep(child)
    with pytest.raises(ServiceFailure, match="worker-gpu stopped 5 times within a minute.*logs/worker-gpu.log"):
        for _ in range(100):
            keeper.look()
            clock.now += 0.5
    assert child.starts == CRASHES - 1
    pauses = [sentence for sentence in said if "starts again in" in sentence]
    assert [sentence.partition("again in ")[2][:3] for sentence in pauses] == ["1 s", "2 s", "4 s", "8 s"]


def test_rare_deaths_are_forgiven():
    clock, child = Clock(), Crashing()
    keeper = Keeper(say=lambda *_: None, clock=clock)
    keeper.keep(child)
    for _ in range(20):
        keeper.look()  # dies
        clock.now += 1.5
        keeper.look()  # starts again
        child.is_alive = True
        clock.now += 60
        child.is_alive = False
    assert child.starts == 20

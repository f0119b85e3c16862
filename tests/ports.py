"""Ports for what tests start, from a range of this test worker's own.

Between looking at a port and listening on it another program may take it: two workers never look at the same ones, and
the services of a site, which draw for themselves, look at others.
"""

import os

from civitai.services import ports

LOWEST, EACH = 10_000, 200


def draw(count):
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    lowest = LOWEST + worker * EACH
    assert lowest + EACH <= ports.LOWEST, "too many test workers for the ports that are set aside"
    return ports.draw(count, within=(lowest, lowest + EACH - 1))

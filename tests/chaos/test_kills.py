"""Everything under `up` is killed in turn; the site comes back by itself, with what was stored."""

import json
import os
import signal
import urllib.error
import urllib.request

import psycopg
import pytest

from tests.services.conftest import Site, eventually, site  # noqa: F401 fixtures

PARTS = ["postgres", "valkey", "store", "web", "worker-io", "worker-cpu", "worker-gpu", "beat"]


class WholeSite(Site):
    """The real one: `make run` without make."""

    module = ["civitai.services", "up"]


@pytest.fixture
def whole(site):  # noqa: F811
    whole = WholeSite(site.folder, site.port)
    (site.folder / "done").mkdir(parents=True)
    (site.folder / "done" / "seeded").touch()  # the demo has tests of its own
    yield whole
    if whole.popen and whole.popen.poll() is None:
        whole.stop()


def state(port):
    """What does not answer at /readyz; a web that does not answer at all is `web`."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return [name for name, well in json.load(answer).items() if not well]
    except urllib.error.HTTPError as refused:
        return [name for name, well in json.load(refused).items() if not well]
    except OSError:
        return ["web"]


@pytest.mark.chaos
def test_each_part_may_be_killed(whole, eventually):  # noqa: F811
    names = whole.start().names()
    with psycopg.connect(names["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    for part in PARTS:
        eventually(lambda: state(whole.port) == [], within_s=60)
        before = whole.pid(part)
        os.kill(before, signal.SIGKILL)
        eventually(lambda part=part, before=before: whole.pid(part) != before, within_s=30)
        eventually(lambda: state(whole.port) == [], within_s=30)
    with psycopg.connect(names["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    working = whole.alive()
    assert whole.stop() == 0
    assert not [pid for pid in working if os.path.exists(f"/proc/{pid}/exe")]

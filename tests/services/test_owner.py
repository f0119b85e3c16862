"""Who runs PostgreSQL: the choice, and every way really run where root runs the tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from civitai.services import owner, programs
from civitai.services.failures import ServiceFailure
from civitai.services.postgres import Postgres
from tests import ports

ROOT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hand PostgreSQL to somebody else")


@pytest.fixture
def machine(monkeypatch):
    """A machine of the given traits, for the choice alone."""

    def build(*, root=True, nobody=True, reaches=True, namespaces=True):
        monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
        drop = {"user": 65534, "group": 65534, "extra_groups": []}
        monkeypatch.setattr(owner, "nobody", lambda: drop if nobody else None)
        monkeypatch.setattr(owner, "reaches", lambda drop, program, folder: reaches)
        monkeypatch.setattr(owner, "namespace_works", lambda: namespaces)
        return owner.choose(Path("/usr/lib/postgresql/18/bin"), Path("/srv/site/postgres"))

    return build


@pytest.mark.parametrize(
    ("traits", "way"),
    [
        ({"root": False}, "self"),
        ({}, "nobody"),
        ({"reaches": False}, "namespace"),
        ({"nobody": False}, "namespace"),
    ],
)
def test_the_first_way_that_works_is_chosen(machine, traits, way):
    assert machine(**traits).way == way


def test_a_machine_without_any_way_gets_a_sentence(machine):
    with pytest.raises(ServiceFailure, match="does not run as root.*as an ordinary user"):
        machine(nobody=False, namespaces=False)


@pytest.fixture
def closed_home(tmp_path):
    """A home folder of mode 0700, as root's own is."""
    tmp_path.chmod(0o700)
    return tmp_path


def answers(folder):
    server = Postgres(folder, port=ports.draw(1)[0], password="only-for-this-test", throw_away=True)
    server.launch()
    try:
        server.wait()
        with psycopg.connect(server.url) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.child.stop()


@as_root
def test_under_a_closed_home_root_uses_a_user_namespace(closed_home):
    if not owner.namespace_works():
        pytest.skip("this machine forbids user namespaces")
    assert owner.choose(programs.postgres_bin(), closed_home / "postgres").way == "namespace"
    assert answers(closed_home)


@as_root
def test_without_namespaces_root_uses_a_copy(closed_home, monkeypatch):
    monkeypatch.setattr(owner, "namespace_works", lambda: False)
    way = owner.choose(programs.postgres_bin(), closed_home / "postgres")
    assert way.way == "copy"
    try:
        assert answers(closed_home)
        assert answers(closed_home), "a second start finds its data"
    finally:
        shutil.rmtree(way.data.parent)


@as_root
def test_an_ordinary_user_runs_everything_itself(tmp_path):
    drop = owner.nobody()
    folder = Path("/var/tmp") / f"civitai-test-{os.getpid()}"
    if not owner.reaches(drop, sys.executable, ROOT):
        pytest.skip("this Python lies in a home folder that other users cannot enter")
    folder.mkdir()
    os.chown(folder, drop["user"], drop["group"])
    names = ("DATABASE_URL", "VALKEY_URL", "S3_ENDPOINT_URL")
    env = {name: value for name, value in os.environ.items() if name not in names}
    command = [sys.executable, "-m", "civitai.services", "exec", "--", "id", "-u"]
    try:
        run = {"env": {**env, "TMPDIR": str(folder)}, "cwd": ROOT, "capture_output": True, "text": True}
        said = subprocess.run(command, **run, **drop)
        assert (said.returncode, said.stdout.strip()) == (0, str(drop["user"])), said.stderr
        assert list(folder.iterdir()) == []
    finally:
        shutil.rmtree(folder)

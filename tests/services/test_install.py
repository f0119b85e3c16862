"""The environment's maker, where the machine lacks something."""

import collections
import sys

import pytest

from civitai.services import install, place
from civitai.services.child import Child
from civitai.services.failures import ServiceFailure


@pytest.fixture
def run(monkeypatch, tmp_path):
    """`install.py` on an environment under tmp_path; what it would install is listed instead."""
    installed = []
    monkeypatch.setattr(install, "_install", lambda venv, extras: installed.append(extras))

    def call():
        monkeypatch.setattr(sys, "argv", ["install.py", "--venv", str(tmp_path / "venv"), "--extras", "worker,local"])
        return install.main()

    call.installed = installed
    return call


def python_that(tmp_path, monkeypatch, says, code):
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


def test_a_missing_venv_module_names_its_package(run, tmp_path, monkeypatch):
    python_that(tmp_path, monkeypatch, "The virtual environment was not created because ensurepip is not available.", 1)
    assert "apt install python3-venv" in run()
    assert run.installed == []


def test_a_full_disk_gives_a_sentence(run, tmp_path, monkeypatch):
    python_that(tmp_path, monkeypatch, "OSError: [Errno 28] No space left on device", 1)
    assert "is too full" in run()


def test_too_little_space_is_seen_before_the_download(run, monkeypatch):
    usage = collections.namedtuple("usage", "total used free")
    monkeypatch.setattr(install, "_make", lambda venv: None)
    monkeypatch.setattr(install.shutil, "disk_usage", lambda path: usage(10**11, 10**11, 10**9))
    assert "is too full" in run()
    assert run.installed == []


def test_an_old_python_gives_a_sentence(run, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert "Python 3.11 or newer is needed; this is 3.9" in run()


def test_a_second_run_does_nothing_until_something_changes(run, tmp_path, monkeypatch):
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").touch()
    monkeypatch.setattr(install, "_make", lambda venv: None)
    assert run() is None and run() is None
    assert len(run.installed) == 1
    monkeypatch.setenv("TORCH_INDEX", "https://packages.example/cpu")
    assert run() is None
    assert len(run.installed) == 2


def test_a_site_does_not_start_on_a_full_disk(tmp_path, monkeypatch):
    usage = collections.namedtuple("usage", "total used free")
    monkeypatch.setattr(place.shutil, "disk_usage", lambda path: usage(10**11, 10**11, 10**7))
    with pytest.raises(ServiceFailure, match="has 10 MB left"), place.held(tmp_path / "data", address="here"):
        pass


def test_a_service_that_dies_of_a_full_disk_says_so(tmp_path):
    words = "echo 'could not write: No space left on device'; exit 1"
    child = Child("postgres", ["sh", "-c", words], folder=tmp_path, env={"PATH": "/usr/bin:/bin"}).start()

    def never():
        raise ConnectionRefusedError("not yet")

    with pytest.raises(ServiceFailure, match="postgres stopped while it was starting. The disk is full"):
        child.wait_until(never)

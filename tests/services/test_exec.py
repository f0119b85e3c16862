"""`python -m civitai.services exec`, as tests and `make` use it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from civitai.services import ports, stack

ROOT = Path(__file__).resolve().parents[2]
EXEC = [sys.executable, "-m", "civitai.services", "exec"]


@pytest.fixture
def place(tmp_path):
    """Where throw-away folders are made, and an environment that names no services."""
    tmp_path.chmod(0o755)
    env = {name: value for name, value in os.environ.items() if name not in stack.GIVEN}
    return tmp_path, {**env, "TMPDIR": str(tmp_path)}


def test_the_commands_exit_code_is_ours_and_nothing_stays(place):
    folder, env = place
    assert subprocess.run([*EXEC, "--", "sh", "-c", "exit 7"], env=env, cwd=ROOT).returncode == 7
    assert list(folder.iterdir()) == []


def test_a_command_that_does_not_exist_gives_a_sentence(place):
    said = subprocess.run([*EXEC, "--", "no-such-program"], env=place[1], cwd=ROOT, capture_output=True, text=True)
    assert said.returncode == 1
    assert said.stderr == "no-such-program cannot be run: No such file or directory.\n"


def test_a_given_url_is_used_and_that_service_not_started(place):
    folder, env = place
    given = {"DATABASE_URL": "postgresql://elsewhere/db", "VALKEY_URL": "redis://elsewhere"}
    given |= {"S3_ENDPOINT_URL": "https://store.example", "S3_PUBLIC_ENDPOINT_URL": "https://files.example"}
    command = [*EXEC, "--", "sh", "-c", "echo $DATABASE_URL $VALKEY_URL $S3_ENDPOINT_URL; ls $DATA_DIR"]
    said = subprocess.run(command, env={**env, **given}, cwd=ROOT, capture_output=True, text=True)
    assert said.stdout.splitlines()[0] == "postgresql://elsewhere/db redis://elsewhere https://store.example"
    assert not {"postgres", "valkey", "store"} & set(said.stdout.split())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_run_is_cleared_away(place, number, eventually):
    folder, env = place
    popen = subprocess.Popen([*EXEC, "--", sys.executable, "-c", READY], env=env, cwd=ROOT, stdout=subprocess.PIPE)
    assert popen.stdout.readline() == b"ready\n"
    (data,) = folder.iterdir()
    popen.send_signal(number)
    popen.wait(15)
    popen.stdout.close()
    eventually(lambda: not mentions(data))
    if number == signal.SIGKILL:  # it could not remove its folder; the next run does
        assert subprocess.run([*EXEC, "--", "true"], env=env, cwd=ROOT).returncode == 0
    assert list(folder.iterdir()) == []


READY = "import time; print('ready', flush=True); time.sleep(600)"


def mentions(folder):
    """Living processes with that folder in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            continue
    return found


def test_no_socket_stays_in_tmp(place):
    before = set(Path("/tmp").glob("seaweedfs-*"))
    said = subprocess.run(
        [*EXEC, "--", "sh", "-c", "cat $DATA_DIR/ports.json"], env=place[1], cwd=ROOT, capture_output=True
    )
    own = [f"-{port + ports.GRPC_OFFSET}.sock" for port in json.loads(said.stdout).values()]
    after = set(Path("/tmp").glob("seaweedfs-*")) - before
    assert not [path for path in after if path.name.endswith(tuple(own))]


def test_runs_side_by_side_do_not_meet(place):
    folder, env = place
    began = time.monotonic()
    runs = [subprocess.Popen([*EXEC, "--", "sh", "-c", f"exit {n}"], env=env, cwd=ROOT) for n in (3, 4, 5)]
    assert [run.wait(60) for run in runs] == [3, 4, 5]
    assert time.monotonic() - began < 60

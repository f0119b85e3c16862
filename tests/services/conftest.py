import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from civitai.services import processes, stack
from tests import ports

ROOT = Path(__file__).resolve().parents[2]


class Site:
    """`python -m tests.services.small_site` on one data folder; started and stopped as a person would."""

    module = ["tests.services.small_site"]

    def __init__(self, folder, port):
        self.folder, self.port, self.popen, self.extra = folder, port, None, {}

    def start(self):
        """Returns once the site says that it is ready."""
        self.popen = self.launch()
        said = []
        for line in self.popen.stdout:
            said.append(line)
            if "ready after" in line:
                return self
        raise AssertionError("the site did not start: " + "".join(said))

    def launch(self):
        names = {*stack.GIVEN, "PUBLIC_HOST"}
        env = {name: value for name, value in os.environ.items() if name not in names}
        env |= {"PORT": str(self.port), "DATA_DIR": str(self.folder), **self.extra}
        command = [sys.executable, "-m", *self.module]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
        return subprocess.Popen(command, env=env, cwd=ROOT, **pipes)

    def refusal(self):
        """What it says when it does not start."""
        popen = self.launch()
        said, _ = popen.communicate(timeout=30)
        assert popen.returncode == 1
        assert "Traceback" not in said
        return said

    def stop(self, number=signal.SIGINT):
        """The exit code after that signal."""
        self.popen.send_signal(number)
        code = self.popen.wait(30)
        self.popen.stdout.close()
        return code

    def names(self):
        return json.loads((self.folder / "stack.json").read_text())

    def pid(self, name):
        return json.loads((self.folder / "run" / f"{name}.pid").read_text())["pid"]

    def alive(self):
        """Every process that works for this folder, by session."""
        sessions = [json.loads(path.read_text())["pid"] for path in (self.folder / "run").glob("*.pid")]
        return [pid for session in sessions for pid in processes.in_session(session)]


@pytest.fixture
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "data"
    for parent in folder.parents[:2]:
        parent.chmod(0o755)
    site = Site(folder, ports.draw(1)[0])
    yield site
    if site.popen and site.popen.poll() is None:
        site.stop()
    for pid in site.alive():
        processes.send(pid, signal.SIGKILL)


@pytest.fixture
def eventually():
    """Waits until a condition holds; fails after `within_s`."""

    def wait(condition, within_s=15.0):
        deadline = time.monotonic() + within_s
        while not (result := condition()):
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.1)
        return result

    return wait

"""The real site for tests that look at it from outside: granian, Celery's workers and beat, as processes.

Nothing is shared with the test's own Django: a database, a Valkey and buckets of its own, on the services
that `python -m civitai.services exec` has started. Two test workers may each have one.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from urllib.parse import urlsplit, urlunsplit

import psycopg

from civitai.services import processes, roster
from civitai.services.buckets import Buckets
from civitai.services.roster import ROOT
from civitai.services.valkey import Valkey
from tests.ports import draw


class LiveSite:
    """Use as a context. `url` is its address, `env` what its processes get, `folder` its DATA_DIR."""

    def __init__(self, folder, *, env=None):
        self.folder, self.name = folder, f"live_{uuid.uuid4().hex[:12]}"
        port, valkey_port = draw(2)
        self.url = f"http://localhost:{port}"
        self.valkey = Valkey(folder, port=valkey_port, password=uuid.uuid4().hex, throw_away=True)
        self.buckets = Buckets(
            os.environ["S3_ENDPOINT_URL"],
            key_id=os.environ["S3_ACCESS_KEY_ID"],
            secret=os.environ["S3_SECRET_ACCESS_KEY"],
            region=os.environ.get("S3_REGION", "us-east-1"),
            prefix=self.name.replace("_", "-"),
        )
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "DJANGO_"))},
            "DJANGO_SETTINGS_MODULE": "civitai.settings.dev",
            "DATABASE_URL": _with_database(os.environ["DATABASE_URL"], self.name),
            "VALKEY_URL": self.valkey.url,
            "S3_BUCKET_PREFIX": self.buckets.prefix,
            "SECRET_KEY": "live-site-only",
            "SITE_URL": self.url,
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "DATA_DIR": str(folder),
            "JOB_LEASE_S": "15",  # a killed worker's job is taken up again while the test waits
            **(env or {}),
        }
        self.children = {child.name: child for child in roster.children(folder, env=self.env, port=port)}

    def __enter__(self):
        try:
            self._make()
            for name in self.children:
                self.start(name)
            self.children["web"].wait_until(lambda: urllib.request.urlopen(f"{self.url}/livez", timeout=5).status)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for child in self.children.values():
            child.ask_to_stop()
        for child in self.children.values():
            child.stop()
        if self.valkey.child:
            self.valkey.child.stop()
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, name):
        """One of web, worker-io, worker-cpu, worker-gpu, beat; after `kill` too."""
        self.children[name].start()

    def kill(self, name):
        """SIGKILL to the process and all that it started, in mid-sentence. Nobody starts it again but `start`."""
        child = self.children[name]
        processes.end(lambda: processes.in_session(child.popen.pid), signals=((signal.SIGKILL, 5.0),))
        child.popen.wait()

    def manage(self, *arguments):
        """What `manage.py` prints on the site's own data; fails with its words."""
        command = [sys.executable, ROOT / "manage.py", *arguments]
        done = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, code):
        """What `code` prints in a Django shell on the site's own data; about two seconds a call."""
        return self.manage("shell", "--verbosity=0", "-c", code)

    def mail_to(self, address, *, saying="", within_s=60.0):
        """The newest mail to that address that says so, as text with its head; waits for it."""
        deadline = time.monotonic() + within_s
        while True:
            letters = sorted((self.folder / "mail").glob("*.log"), key=lambda path: path.stat().st_mtime_ns)
            for letter in reversed(letters):
                if f"To: {address}" in (text := letter.read_text()) and saying in text:
                    return text
            assert time.monotonic() < deadline, f"no mail to {address} came that says {saying!r}"
            time.sleep(0.1)

    def _make(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{self.name}"')
        self.valkey.launch()
        self.buckets.make()
        self.buckets.allow_origins([self.url])
        self.valkey.wait()
        self.manage("migrate", "--no-input", "--verbosity=0")


def _with_database(url, name):
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))

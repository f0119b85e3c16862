"""One PostgreSQL server on loopback, with a password, for one data folder."""

import os
import re
import signal
import subprocess
from pathlib import Path

from civitai.services import owner, processes, programs
from civitai.services.child import Child
from civitai.services.failures import ServiceFailure

NAME = "civitai"  # of the database and of its superuser

_ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "jit": "off",
    "max_connections": "120",
    "max_wal_size": "512MB",
}
_THROW_AWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class Postgres:
    """`start()` leaves a server that answers and holds the database; `url` names it."""

    def __init__(self, folder, *, port, password, throw_away=False):
        self.folder, self.port, self.password = folder, port, password
        self.settings = {**_ALWAYS, **(_THROW_AWAY if throw_away else {})}
        self.child = None

    @property
    def url(self):
        return f"postgresql://{NAME}:{self.password}@127.0.0.1:{self.port}/{NAME}"

    def launch(self):
        """Starts the server without waiting for it; makes the cluster first where there is none."""
        who = owner.choose(programs.postgres_bin(), self.folder / "postgres")
        who.data.mkdir(mode=0o700, exist_ok=True)
        who.take(who.data)
        end_leftovers(who.data)
        env = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        if not (who.data / "PG_VERSION").exists():
            self._make_cluster(who, env)
        settings = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        self.child = Child(
            "postgres",
            who.command("postgres", "-D", who.data, "-p", str(self.port), *settings),
            folder=self.folder,
            env=env,
            cwd=who.data,
            stop_signal=signal.SIGINT,  # fast: ends sessions, then writes a checkpoint
            death_signal=signal.SIGINT,
            drop=who.drop,
        ).start()

    def wait(self):
        """Returns when the database is there."""
        import psycopg

        server = f"postgresql://{NAME}:{self.password}@127.0.0.1:{self.port}/postgres"
        with self.child.wait_until(lambda: psycopg.connect(server, autocommit=True, connect_timeout=5)) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(f'CREATE DATABASE "{NAME}"')

    def _make_cluster(self, who, env):
        secret = who.data.with_name("postgres-password")
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        who.take(secret)
        argv = who.command(
            "initdb",
            "-D",
            who.data,
            "-U",
            NAME,
            "-E",
            "UTF8",
            "--auth=scram-sha-256",
            f"--pwfile={secret}",
            "--no-instructions",
        )
        argv += [*_locale(who), "--no-sync"]
        try:
            made = subprocess.run(
                [str(part) for part in argv], env=env, cwd=who.data, capture_output=True, text=True, **who.drop
            )
        finally:
            secret.unlink()
        if made.returncode:
            raise ServiceFailure(f"PostgreSQL could not make its data folder {who.data}: {made.stderr.strip()[-600:]}")


def end_leftovers(data):
    """Ends a server that outlived its supervisor, and removes the lock file of one that did not.

    After a reboot the number in postmaster.pid may belong to another program; PostgreSQL would then
    refuse to start, so what counts is who works in the data folder.
    """
    lasts = ((signal.SIGINT, 5.0), (signal.SIGQUIT, 3.0), (signal.SIGKILL, 3.0))
    if not processes.end(lambda: processes.working_in(data), signals=lasts):
        raise ServiceFailure(f"An older PostgreSQL still works in {data} and does not stop.")
    (Path(data) / "postmaster.pid").unlink(missing_ok=True)


def _locale(who):
    """C.UTF-8 sorts alike on every machine; servers before 17 know it by the system's name only."""
    said = subprocess.run([who.bin / "initdb", "--version"], capture_output=True, text=True).stdout
    major = int(re.search(r"(\d+)", said.partition(")")[2]).group(1))
    return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major >= 17 else ["--locale=C.UTF-8"]

"""Transfers per second through the ledger beside pgbench's TPC-B on the same server, alternately."""

import os
import subprocess
import sys
import threading
import time
from statistics import median

from benchmarks._telling import tell
from civitai.services import programs

ROUNDS, SECONDS, CLIENTS = 3, 5, 4


def main():
    import django

    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        _prepare_peer()
        ours, theirs = [], []
        for number in range(ROUNDS):
            ours.append(_ours(number))
            theirs.append(_theirs())
        from wallet.domain.proof import prove

        wrong = prove()
    finally:
        teardown_databases(databases, verbosity=0)
    peer = f"pgbench TPC-B, {median(theirs):.0f}/s"
    missed = tell("ledger transfers per second", round(median(ours)), "1/s", peer=peer)
    missed += tell("ledger transfers / pgbench transactions", round(median(ours) / median(theirs), 3), "x", peer=peer)
    return missed + tell("ledger proofs that fail after it", len(wrong), "proofs", goal=0, holds=not wrong)


def _ours(number):
    """Tips between members in CLIENTS threads, each with a connection of its own."""
    from django.db import connection

    from accounts.models import User
    from wallet.domain import accounts
    from wallet.domain.transfers import transfer

    members = [
        User.objects.get_or_create(username=f"bench{n}", defaults={"email": f"bench{n}@example.org"})[0]
        for n in range(CLIENTS * 4)
    ]
    pockets = [accounts.of(member) for member in members]
    source = accounts.house("issuance")
    for place, pocket in enumerate(pockets):
        transfer("grant", key=f"bench:{os.getpid()}:{number}:{place}", moves=[(source, -(10**9)), (pocket, 10**9)])
    counts, until = [0] * CLIENTS, time.monotonic() + SECONDS

    def work(me):
        step = 0
        while time.monotonic() < until:
            giver, receiver = pockets[(me * 4 + step) % len(pockets)], pockets[(me * 4 + step + 1) % len(pockets)]
            transfer("tip", key=f"bench:{os.getpid()}:{number}:{me}:{step}", moves=[(giver, -1), (receiver, 1)])
            step += 1
        counts[me] = step
        connection.close()

    threads = [threading.Thread(target=work, args=(me,)) for me in range(CLIENTS)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return sum(counts) / SECONDS


def _prepare_peer():
    _run("-i", "-s", "10", "-q")


def _theirs():
    said = _run("-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), "-n")
    return next(float(line.split()[2]) for line in said.splitlines() if line.startswith("tps ="))


def _run(*arguments):
    """pgbench of the PostgreSQL that runs here, on the database that the test settings use."""
    from django.db import connection

    told = connection.settings_dict
    env = {**os.environ, "PGPASSWORD": told["PASSWORD"]}
    where = ["-h", told["HOST"], "-p", str(told["PORT"]), "-U", told["USER"], told["NAME"]]
    command = [str(programs.postgres_bin() / "pgbench"), *arguments, *where]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())

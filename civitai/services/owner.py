"""Who runs PostgreSQL. It refuses root, so root has to hand it to somebody who can reach the files."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from civitai.services.failures import ServiceFailure

_IN_USER_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


@dataclass(frozen=True)
class Owner:
    """How to start PostgreSQL's programs: from `bin`, on `data`, behind `prefix`, with `drop` for Popen."""

    way: str  # "self", "nobody", "namespace" or "copy"
    bin: Path
    data: Path
    prefix: tuple = ()
    drop: dict = field(default_factory=dict)

    def command(self, program, *arguments):
        return [*self.prefix, self.bin / program, *arguments]

    def take(self, path):
        """Makes `path` and what is in it the server's own."""
        uid, gid = self.drop.get("user", os.geteuid()), self.drop.get("group", os.getegid())
        for each in (path, *path.rglob("*")):
            if os.lstat(each).st_uid != uid:
                os.chown(each, uid, gid, follow_symlinks=False)


def choose(bin_folder, data):
    """The first way that works here: ourselves, `nobody`, a user namespace, a copy under /var/tmp."""
    if os.geteuid() != 0:
        return Owner("self", bin_folder, data)
    drop = nobody()
    if drop and reaches(drop, bin_folder / "initdb", data.parent):
        return Owner("nobody", bin_folder, data, drop=drop)
    if namespace_works():
        return Owner("namespace", bin_folder, data, prefix=_IN_USER_NAMESPACE)
    if drop:
        return _copied(bin_folder, data, drop)
    raise ServiceFailure(
        "PostgreSQL does not run as root, and this machine has neither a user `nobody` nor user namespaces. "
        "Run the command as an ordinary user, or set DATABASE_URL."
    )


def nobody():
    """Popen's arguments for the user nobody, or None where there is none."""
    try:
        person = pwd.getpwnam("nobody")
    except KeyError:
        return None
    return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}


def reaches(drop, program, folder):
    """True when that user can run `program` and walk into `folder`: a home folder of mode 0700 forbids it."""
    try:
        runs = subprocess.run([program, "--version"], capture_output=True, cwd="/", **drop).returncode == 0
    except OSError:
        return False
    return runs and subprocess.run(["test", "-x", folder], cwd="/", **drop).returncode == 0


def namespace_works():
    """True when an unprivileged user namespace can be made (containers often forbid it)."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*_IN_USER_NAMESPACE, "true"], capture_output=True).returncode == 0


def _copied(bin_folder, data, drop):
    """Programs and data under /var/tmp, in a folder named after the data folder, so that each has its own."""
    place = Path("/var/tmp") / f"civitai-{sha256(str(data).encode()).hexdigest()[:16]}"
    place.mkdir(mode=0o711, exist_ok=True)
    if os.lstat(place).st_uid != 0 or place.is_symlink():
        raise ServiceFailure(f"{place} belongs to somebody else; remove it, or run the command as an ordinary user.")
    program_folder = place / bin_folder.relative_to(bin_folder.parents[2])
    if not (program_folder / "postgres").exists():
        _copy_programs(bin_folder, place)
    if not reaches(drop, program_folder / "initdb", place):
        raise ServiceFailure(
            "PostgreSQL does not run as root, and /var/tmp forbids programs. "
            "Run the command as an ordinary user, or set DATABASE_URL."
        )
    return Owner("copy", program_folder, place / "postgres", drop=drop)


def _copy_programs(bin_folder, place):
    """The wheel's tree with its shape kept: programs find their libraries by the way to a folder beside the package."""
    package = bin_folder.parents[1]
    for tree in (package, package.with_name(f"{package.name}.libs")):
        if tree.is_dir():
            shutil.copytree(tree, place / tree.name, dirs_exist_ok=True)

"""Starts community.pixels.decode for one file and believes nothing but its one line."""

import hashlib
import json
import logging
import os
import subprocess
import sys

from django.conf import settings

log = logging.getLogger("community.decoding")

PATIENCE_S = 240


def decode(path, folder):
    """Figures of the picture at `path`, with `sha256` and `size_bytes` of the file, or {"refused": code}.

    Derivatives lie in `folder` as `<width>.webp`. A decoder that crashes, hangs or eats too much refuses the picture;
    it can't take this process with it. Raises RuntimeError when our own side of it is broken.
    """
    command = [sys.executable, "-E", "-s", "-m", "community.pixels.decode", str(path), str(folder)]
    # Nothing of ours in its surroundings: a decoder that is taken over finds no secret there.
    surroundings = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TMPDIR": str(folder)}
    try:
        ended = subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"refused": "heavy"}
    if ended.returncode < 0:
        log.warning("a decoder ended by signal %s", -ended.returncode)
        return {"refused": "heavy"}
    if ended.returncode:
        raise RuntimeError(f"the decoder could not start: {ended.stderr[-2000:].decode(errors='replace')}")
    found = json.loads(ended.stdout)
    return found if "refused" in found else {**found, **_file_facts(path)}


def measured(path, folder):
    """As `decode`, here and now: of a picture that the caller has drawn, so that no stranger's bytes meet a decoder."""
    from community.pixels.decode import measure

    return {**measure(path, folder), **_file_facts(path)}


def _file_facts(path):
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return {"sha256": digest.hexdigest(), "size_bytes": file.tell()}

"""What six hashes in one pass cost beside SHA-256 alone.

Both sides read the same file in the same process, in alternate rounds, so that a noisy machine
hits both. One JSON line per figure; exit code 1 when a goal is missed.

    python benchmarks/hashing.py [--mb 2048] [--rounds 5] [--folder /var/tmp]
"""

import argparse
import hashlib
import json
import os
import resource
import statistics
import struct
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import django
from django.conf import settings

from models_hub.formats.hashing import hash_stream

GOAL_RATIO = 2.5
GOAL_MEMORY_MB = 32


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--mb", type=int, default=2048)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--folder", default=None)
    options = options.parse_args()
    if not settings.configured:
        settings.configure()
        django.setup()

    with tempfile.NamedTemporaryFile(dir=options.folder, suffix=".safetensors") as file:
        write_file(file, options.mb)
        rounds = [(timed(alone, file.name), timed(all_six, file.name)) for _ in range(options.rounds + 1)][1:]
        peer_s = statistics.median(peer for peer, _ in rounds)
        ours_s = statistics.median(ours for _, ours in rounds)
        ratio = statistics.median(ours / peer for peer, ours in rounds)
        memory_mb = memory_of_a_pass(file.name)
    held = [
        report("six_hashes_over_sha256", round(ratio, 2), "ratio", "hashlib.sha256", GOAL_RATIO, ratio <= GOAL_RATIO),
        report("six_hashes", round(options.mb / ours_s), "MB/s", round(options.mb / peer_s), None, None),
        report("memory_of_a_pass", memory_mb, "MB", None, GOAL_MEMORY_MB, memory_mb <= GOAL_MEMORY_MB),
    ]
    sys.exit(0 if False not in held else 1)


def write_file(file, mb):
    size_bytes = mb << 20
    noise = os.urandom(16 << 20)
    header = json.dumps({"w": {"dtype": "U8", "shape": [size_bytes], "data_offsets": [0, size_bytes]}}).encode()
    file.write(struct.pack("<Q", len(header)) + header)
    for start in range(0, size_bytes, len(noise)):
        file.write(noise[: size_bytes - start])
    file.flush()


def alone(path):
    sha256, buffer = hashlib.sha256(), memoryview(bytearray(1 << 20))
    with open(path, "rb", buffering=0) as file:
        while count := file.readinto(buffer):
            sha256.update(buffer[:count])


def all_six(path):
    with open(path, "rb", buffering=0) as file:
        assert hash_stream(file).autov3


def timed(act, path):
    start = time.perf_counter()
    act(path)
    return time.perf_counter() - start


def memory_of_a_pass(path):
    """Growth of the peak resident size over one pass, in a process of its own."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        all_six(path)
        os.write(writing, str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        return round(int(pipe.read()) / 1024, 1)


def report(figure, value, unit, peer, goal, holds):
    line = {"figure": figure, "value": value, "unit": unit, "peer": peer, "goal": goal, "holds": holds}
    print(json.dumps(line), flush=True)
    return holds


if __name__ == "__main__":
    main()

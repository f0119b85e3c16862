"""What six hashes in one pass cost beside SHA-256 alone.

Both sides read the same file in the same process, in alternate rounds, so that a noisy machine
hits both. Six hashes use two threads where there are two cores: the clock is compared.

    python -m benchmarks.hashing [--mb 2048] [--rounds 5] [--folder /var/tmp]
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

from benchmarks._telling import tell
from models_hub.formats.hashing import hash_stream

GOAL_RATIO = 2.5
GOAL_MEMORY_MB = 32


def main(arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--mb", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", default=None)
    asked = parser.parse_args(arguments)
    with tempfile.NamedTemporaryFile(dir=asked.folder, suffix=".safetensors") as file:
        write_file(file, asked.mb)
        rounds = [(timed(alone, file.name), timed(all_six, file.name)) for _ in range(asked.rounds + 1)][1:]
        peer_s, ours_s = (statistics.median(side) for side in zip(*rounds, strict=True))
        ratio = round(statistics.median(ours / peer for peer, ours in rounds), 2)
        memory_mb = memory_of_a_pass(file.name)
    missed = tell(
        f"six hashes of {asked.mb} MB / hashlib.sha256", ratio, "x", peer=f"{round(asked.mb / peer_s)} MB/s",
        goal=f"<= {GOAL_RATIO}", holds=ratio <= GOAL_RATIO,
    )  # fmt: skip
    missed += tell("six hashes", round(asked.mb / ours_s), "MB/s", peer=f"{round(asked.mb / peer_s)} MB/s")
    return missed + tell(
        "six hashes: memory of a pass", memory_mb, "MB", goal=f"<= {GOAL_MEMORY_MB}", holds=memory_mb <= GOAL_MEMORY_MB
    )


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


if __name__ == "__main__":
    sys.exit(main())

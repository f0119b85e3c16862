"""Six hashes of a model file in one pass.

People look a file up by whichever hash their tool writes into pictures and headers, so all of them
are kept. Definitions: AutoV1 = first 8 hex digits of the SHA-256 of 64 KiB at offset 1 MiB, none
below 2 MiB; AutoV2 = first 10 of the whole file's SHA-256; AutoV3 = first 12 of the SHA-256 of what
follows the safetensors header, which stays when only the header changes.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from blake3 import blake3

try:
    # Ten times zlib's speed: with it the whole pass stays within its goal even on one busy core.
    from isal.isal_zlib import crc32
except ImportError:  # no wheel for this processor
    from zlib import crc32

# A block stays in a core's L2 cache while two algorithms pass over it; smaller ones pay for more
# hand-overs between the threads.
BLOCK_BYTES = 1 << 20
AUTOV1_OFFSET, AUTOV1_BYTES, AUTOV1_SMALLEST_FILE = 0x100000, 0x10000, 0x200000
# What a safetensors header may be at most, by its own specification.
LARGEST_HEADER_BYTES = 100_000_000


@dataclass(frozen=True)
class Hashes:
    """Upper-case hex digits. None where a hash is not defined for the file."""

    size_bytes: int
    sha256: str
    blake3: str
    crc32: str
    autov1: str | None
    autov2: str
    autov3: str | None
    tensors_sha256: str | None  # AutoV3 whole, 64 digits

    def as_dict(self):
        """By their published names; undefined ones are absent, since clients refuse nulls."""
        named = {
            "AutoV1": self.autov1,
            "AutoV2": self.autov2,
            "AutoV3": self.autov3,
            "SHA256": self.sha256,
            "CRC32": self.crc32,
            "BLAKE3": self.blake3,
        }
        return {name: value for name, value in named.items() if value}


class Hasher:
    """Feed it with `update` in chunks of any size, then ask `hashes()` once: that ends the pass.

    Two threads share the work: each algorithm sees the bytes in order, and `update` returns only
    when all have read them, so the caller may reuse its buffer. Memory stays at one block. Use as
    a context manager or call `close`, or the second thread lives until this object is collected.
    """

    def __init__(self):
        self.size_bytes = 0
        self._whole, self._blake3, self._crc32 = hashlib.sha256(), blake3(), 0
        self._window = hashlib.sha256()
        self._tensors, self._tensors_start = None, None
        self._pending = bytearray()
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hasher")

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()

    def close(self):
        self._beside.shutdown(wait=True)

    def update(self, chunk):
        if self._pending is None:
            raise ValueError("this pass has ended")
        view = memoryview(chunk).cast("B")
        if self._pending:
            wanted = BLOCK_BYTES - len(self._pending)
            self._pending += view[:wanted]
            view = view[wanted:]
            if len(self._pending) < BLOCK_BYTES:
                return
            self._absorb(memoryview(self._pending))
            self._pending = bytearray()
        whole_bytes = len(view) - len(view) % BLOCK_BYTES
        for start in range(0, whole_bytes, BLOCK_BYTES):
            self._absorb(view[start : start + BLOCK_BYTES])
        self._pending += view[whole_bytes:]

    def hashes(self):
        """The hashes of everything that was fed."""
        if self._pending:
            self._absorb(memoryview(self._pending))
        self._pending = None
        sha256 = self._whole.hexdigest().upper()
        # No byte after the header means no tensor hash: the hash of nothing would match every such file.
        has_tensors = self._tensors is not None and self.size_bytes > self._tensors_start
        tensors = self._tensors.hexdigest().upper() if has_tensors else None
        return Hashes(
            size_bytes=self.size_bytes,
            sha256=sha256,
            blake3=self._blake3.hexdigest().upper(),
            crc32=f"{self._crc32:08X}",
            autov1=self._window.hexdigest()[:8].upper() if self.size_bytes >= AUTOV1_SMALLEST_FILE else None,
            autov2=sha256[:10],
            autov3=tensors[:12] if tensors else None,
            tensors_sha256=tensors,
        )

    def _absorb(self, block):
        start = self.size_bytes
        if start == 0:
            self._tensors_start = _tensors_start(block)
            self._tensors = hashlib.sha256() if self._tensors_start else None
        self.size_bytes += len(block)
        tensors = block[max(0, self._tensors_start - start) :] if self._tensors else None
        window = block[max(0, AUTOV1_OFFSET - start) : max(0, AUTOV1_OFFSET + AUTOV1_BYTES - start)]
        if len(block) < BLOCK_BYTES // 8:  # too little to pay for the other thread
            self._absorb_beside(block, tensors)
            self._absorb_here(block, window)
            return
        beside = self._beside.submit(self._absorb_beside, block, tensors)
        self._absorb_here(block, window)
        beside.result()

    def _absorb_here(self, block, window):
        self._whole.update(block)
        self._crc32 = crc32(block, self._crc32)
        if window:
            self._window.update(window)

    def _absorb_beside(self, block, tensors):
        self._blake3.update(block)
        if tensors:
            self._tensors.update(tensors)


def hash_stream(source, *, on_progress=None, every_bytes=64 << 20):
    """The Hashes of a binary file from its position on, or of an iterable of chunks.

    `on_progress(done_bytes)` is called about every `every_bytes` and once at the end; what it
    raises ends the pass, so a job can be cancelled from there.
    """
    reported = 0
    with Hasher() as hasher:
        for chunk in _chunks(source):
            hasher.update(chunk)
            done_bytes = hasher.size_bytes
            if on_progress and done_bytes - reported >= every_bytes:
                on_progress(done_bytes)
                reported = done_bytes
        hashes = hasher.hashes()
    if on_progress:
        on_progress(hashes.size_bytes)
    return hashes


def _chunks(source):
    if not hasattr(source, "read"):
        yield from source
        return
    if hasattr(source, "readinto"):
        buffer = memoryview(bytearray(BLOCK_BYTES))
        while count := source.readinto(buffer):
            yield buffer[:count]
        return
    while chunk := source.read(BLOCK_BYTES):
        yield chunk


def _tensors_start(head):
    """Where tensors begin if this is the start of a safetensors file, else None."""
    if len(head) < 9:
        return None
    header_bytes = int.from_bytes(head[:8], "little")
    if not 2 <= header_bytes <= LARGEST_HEADER_BYTES or head[8] != ord("{"):
        return None
    return 8 + header_bytes

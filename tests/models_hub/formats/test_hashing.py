"""Six hashes against independent computations over the whole bytes."""

import binascii
import hashlib
import io
import os
import random
import threading
import tracemalloc

import pytest
from blake3 import blake3

from models_hub.formats.hashing import Hasher, hash_stream

from .build import tensors

MB = 1 << 20


def expected(data, header_bytes=None):
    sha256 = hashlib.sha256(data).hexdigest().upper()
    made = {
        "AutoV2": sha256[:10],
        "SHA256": sha256,
        "CRC32": format(binascii.crc32(data), "08X"),
        "BLAKE3": blake3(data).hexdigest().upper(),
    }
    if len(data) >= 0x200000:
        made["AutoV1"] = hashlib.sha256(data[0x100000:0x110000]).hexdigest()[:8].upper()
    if header_bytes:
        made["AutoV3"] = hashlib.sha256(data[8 + header_bytes :]).hexdigest()[:12].upper()
    return made


def safetensors_of(n_bytes):
    made = bytearray(tensors({"w": ("U8", (n_bytes,))}, metadata={"format": "pt"}))
    made[-n_bytes:] = random.Random(n_bytes).randbytes(n_bytes)
    return bytes(made), int.from_bytes(made[:8], "little")


def test_published_vectors():
    hashes = hash_stream([b"abc"])
    assert hashes.sha256 == "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"
    assert hashes.blake3 == "6437B3AC38465133FFB63B75273A8DB548C558465D79DB03FD359C6CD5BD9D85"
    assert hashes.crc32 == "352441C2"
    assert hashes.autov2 == "BA7816BF8F"


def test_nothing_hashes_as_nothing():
    hashes = hash_stream([])
    assert hashes.size_bytes == 0
    assert hashes.as_dict() == expected(b"")


@pytest.mark.parametrize("n_bytes", [1, 8, 9, 1000, MB - 1, MB, MB + 1, 0x110000, 0x1FFFFF, 0x200000, 3 * MB + 17])
def test_other_files_have_all_but_autov3(n_bytes):
    data = random.Random(n_bytes).randbytes(n_bytes)
    hashes = hash_stream(io.BytesIO(data))
    assert hashes.as_dict() == expected(data)
    assert hashes.autov3 is None and hashes.tensors_sha256 is None and hashes.size_bytes == n_bytes


@pytest.mark.parametrize("n_bytes", [1, 100, MB - 120, MB, 2 * MB, 3 * MB + 5])
def test_safetensors_have_all_six(n_bytes):
    data, header_bytes = safetensors_of(n_bytes)
    hashes = hash_stream(io.BytesIO(data))
    assert hashes.as_dict() == expected(data, header_bytes)
    assert hashes.tensors_sha256 == hashlib.sha256(data[-n_bytes:]).hexdigest().upper()


def test_a_header_longer_than_a_block_is_skipped_whole():
    data = tensors({"w": ("U8", (MB,))}, metadata={"note": "x" * (2 * MB + 333)})
    assert hash_stream(io.BytesIO(data)).as_dict() == expected(data, int.from_bytes(data[:8], "little"))


@pytest.mark.parametrize("size", [1, 7, 4096, 65_537, MB, 5 * MB])
def test_chunks_of_any_size_give_the_same(size):
    data, header_bytes = safetensors_of(70_000 if size < 100 else 3 * MB + 11)
    chunks = (data[at : at + size] for at in range(0, len(data), size))
    assert hash_stream(chunks).as_dict() == expected(data, header_bytes)


def test_chunks_of_random_sizes_and_kinds_give_the_same():
    dice = random.Random(7)
    data, header_bytes = safetensors_of(6 * MB + 3)
    with Hasher() as hasher:
        at = 0
        while at < len(data):
            size = dice.choice([0, 1, 13, 1000, 300_000, MB, 2 * MB + 1])
            hasher.update(dice.choice([bytes, bytearray, memoryview])(data[at : at + size]))
            at += size
        assert hasher.hashes().as_dict() == expected(data, header_bytes)


def test_the_caller_may_reuse_its_buffer():
    data, header_bytes = safetensors_of(4 * MB)
    buffer = bytearray(700_000)
    with Hasher() as hasher, io.BytesIO(data) as file:
        while count := file.readinto(buffer):
            hasher.update(memoryview(buffer)[:count])
            buffer[:] = b"\xff" * len(buffer)
        assert hasher.hashes().as_dict() == expected(data, header_bytes)


def test_a_header_without_tensors_has_no_tensor_hash():
    """Else every such file would share the hash of nothing, e3b0c44298fc."""
    hashes = hash_stream([(2).to_bytes(8, "little") + b"{}"])
    assert hashes.autov3 is None and hashes.tensors_sha256 is None


def test_a_file_that_ends_in_its_header_has_no_tensor_hash():
    data, _header_bytes = safetensors_of(100)
    assert hash_stream([data[:40]]).autov3 is None


@pytest.mark.parametrize(
    "start", [b"\xff" * 8 + b"{", (5).to_bytes(8, "little") + b"[1,2]", (0).to_bytes(8, "little") + b"{"]
)
def test_what_only_resembles_safetensors_has_no_autov3(start):
    assert hash_stream([start + bytes(1000)]).autov3 is None


def test_progress_is_told_and_ends_at_the_size():
    told = []
    hash_stream(io.BytesIO(bytes(5 * MB + 1)), on_progress=told.append, every_bytes=2 * MB)
    assert told == sorted(told) and told[-1] == 5 * MB + 1 and len(told) == 3


def test_progress_can_end_the_pass_and_no_thread_is_left():
    class Cancelled(Exception):
        pass

    def cancel(_done_bytes):
        raise Cancelled

    before = threading.active_count()
    with pytest.raises(Cancelled):
        hash_stream(io.BytesIO(bytes(8 * MB)), on_progress=cancel, every_bytes=MB)
    assert threading.active_count() == before


def test_a_reader_that_fails_is_heard():
    def chunks():
        yield bytes(2 * MB)
        raise OSError("the store went away")

    with pytest.raises(OSError, match="went away"):
        hash_stream(chunks())


def test_memory_does_not_grow_with_the_file():
    block = os.urandom(MB)
    tracemalloc.start()
    hash_stream(block for _ in range(64))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * MB


def test_a_pass_that_has_ended_takes_no_more():
    with Hasher() as hasher:
        hasher.update(b"abc")
        hasher.hashes()
        with pytest.raises(ValueError):
            hasher.update(b"d")

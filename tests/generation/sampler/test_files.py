"""Safetensors headers that are cut, lie, or are no headers."""

import json
import struct

import pytest

from generation.sampler import files
from generation.sampler.errors import BadFile


def write(path, header, data=b"\0" * 8, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


GOOD = {"a": {"dtype": "F16", "shape": [2, 2], "data_offsets": [0, 8]}}


def test_a_sound_header_is_read(tmp_path):
    header = files.read_header(write(tmp_path / "x.safetensors", GOOD | {"__metadata__": {"k": "v"}}))
    assert (header.shapes, header.metadata, header.dtypes) == ({"a": (2, 2)}, {"k": "v"}, {"F16"})


@pytest.mark.parametrize(
    ("header", "data", "sentence"),
    [
        (GOOD, b"\0" * 7, "cut short"),
        (GOOD, b"\0" * 9, "more than its header says"),
        ({"a": GOOD["a"] | {"shape": [2, 3]}}, b"\0" * 8, "lies"),
        ({"a": GOOD["a"] | {"shape": [-2, -2]}}, b"\0" * 8, "lies"),
        ({"a": GOOD["a"] | {"shape": [True, 4]}}, b"\0" * 8, "lies"),
        ({"a": GOOD["a"] | {"shape": [2**62, 2**62]}}, b"\0" * 8, "lies"),
        ({"a": GOOD["a"] | {"dtype": "F1"}}, b"\0" * 8, "lies"),
        ({"a": GOOD["a"] | {"data_offsets": [8, 0]}}, b"\0" * 8, "lies"),
        ({"a": GOOD["a"] | {"data_offsets": [0]}}, b"\0" * 8, "lies"),
        ({"a": 5}, b"", "lies"),
        (GOOD | {"b": GOOD["a"]}, b"\0" * 8, "overlap"),
        ({"a": GOOD["a"] | {"data_offsets": [8, 16]}}, b"\0" * 16, "gaps"),
        ({}, b"", "no weights"),
        ([], b"", "can't be read"),
        (b"[" * 100_000, b"", "can't be read"),
        (b'{"a": 1, "a": 2}', b"", "can't be read"),
        (b"\xff\xfe{}", b"", "can't be read"),
        (GOOD | {"__metadata__": {"k": 1}}, b"\0" * 8, "metadata"),
        (GOOD | {"__metadata__": []}, b"\0" * 8, "metadata"),
    ],
)
def test_lying_headers_are_refused(tmp_path, header, data, sentence):
    with pytest.raises(BadFile, match=sentence):
        files.read_header(write(tmp_path / "x.safetensors", header, data))


@pytest.mark.parametrize("length", [0, 1, 10_000, 2**40, 2**64 - 1])
def test_a_wrong_length_is_refused(tmp_path, length):
    with pytest.raises(BadFile):
        files.read_header(write(tmp_path / "x.safetensors", GOOD, length=length))


@pytest.mark.parametrize("data", [b"", b"\x02", b"PK\x03\x04rest of a zip", b"\x80\x02}q\x00.", b"<html></html>"])
def test_what_is_no_safetensors_is_refused(tmp_path, data):
    path = tmp_path / "x.safetensors"
    path.write_bytes(data)
    with pytest.raises(BadFile):
        files.read_header(path)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(BadFile):
        files.read_header(tmp_path)

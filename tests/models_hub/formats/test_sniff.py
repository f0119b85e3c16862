"""What a file is, and what happens to the ones we do not publish."""

import io
import pickle
import struct

import pytest

from models_hub.catalogue.kinds import FileFormat
from models_hub.formats.errors import SENTENCES, BadFile, sentence_for
from models_hub.formats.sniff import Kind, accept_model_file, accept_training_data, sniff, sniff_by_name

from .build import diffusers_folder, lora, raw, tensors, zipped


class Program:
    def __reduce__(self):
        return (print, ("a program ran",))


def gguf(*, version=3, n_tensors=1, n_entries=1, body=1000):
    return b"GGUF" + struct.pack("<IQQ", version, n_tensors, n_entries) + bytes(body)


def refusal(data, name):
    with pytest.raises(BadFile) as caught:
        accept_model_file(data, name)
    assert str(caught.value.sentence) == str(sentence_for(caught.value.code, **caught.value.values))
    return caught.value.code


@pytest.mark.parametrize("name", ["a.safetensors", "a.ckpt", "a", "a.png", "A.SAFETENSORS"])
def test_safetensors_are_accepted_whatever_their_name(name):
    accepted = accept_model_file(lora(), name)
    assert (accepted.kind, accepted.format) == (Kind.SAFETENSORS, FileFormat.SAFETENSOR)
    assert len(accepted.header.tensors) == 9


def test_gguf_is_accepted():
    assert accept_model_file(gguf(), "a.gguf").format == FileFormat.GGUF


def test_a_zip_of_a_diffusers_folder_is_accepted():
    accepted = accept_model_file(io.BytesIO(zipped(diffusers_folder())), "pipe.zip")
    assert accepted.format == FileFormat.DIFFUSERS and "model_index.json" in accepted.names


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", ["old.ckpt", "old.pt", "old.pth", "old.bin", "old.pkl"])
def test_it_refuses_a_pickle_of_any_protocol(protocol, name):
    assert refusal(pickle.dumps(Program(), protocol), name) == "pickle"


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize("name", ["new.safetensors", "new.gguf", "new.zip", "new.png", "new"])
def test_it_refuses_a_pickle_under_any_name(protocol, name):
    assert refusal(pickle.dumps(Program(), protocol), name) == "pickle"


@pytest.mark.parametrize("protocol", [0, 1])
def test_it_refuses_a_text_pickle_renamed_safetensors(protocol):
    assert refusal(pickle.dumps(Program(), protocol) + b" " * 40, "x.safetensors") in {
        "not_safetensors",
        "header_past_end",
        "header_too_large",
    }


def test_it_refuses_the_old_torch_format():
    assert refusal(pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2), "x.safetensors") == "pickle"


def test_it_refuses_a_torch_zip():
    data = zipped({"archive/data.pkl": pickle.dumps(Program()), "archive/version": b"3\n"})
    assert refusal(data, "x.ckpt") == refusal(data, "x.zip") == refusal(data, "x.safetensors") == "pickle"


def test_a_pickle_is_never_opened(capsys):
    for name in ("x.ckpt", "x.safetensors"):
        refusal(pickle.dumps(Program()), name)
    assert capsys.readouterr().out == ""


def test_the_sentence_for_a_pickle_says_why_and_what_to_do():
    sentence = str(SENTENCES["pickle"])
    assert "opening it could run a program on the reader’s machine, so we never publish one" in sentence
    assert "Save it as safetensors" in sentence


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("empty.safetensors", b"", "empty"),
        ("page.safetensors", b"<!DOCTYPE html><html>Sign in</html>", "web_page"),
        ("page.zip", b"\xef\xbb\xbf\n <HTML><head>", "web_page"),
        ("pointer.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "lfs_pointer"),
        ("setup.safetensors", b"MZ\x90\x00" + bytes(100), "executable"),
        ("a", b"\x7fELF\x02\x01", "executable"),
        ("a.safetensors", b"\xcf\xfa\xed\xfe" + bytes(30), "executable"),
        ("a.zip", b"#!/bin/sh\nrm -rf /\n", "executable"),
        ("a.py", b"import os\n", "executable"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(20), "picture"),
        ("a.safetensors", b"\xff\xd8\xff\xe0" + bytes(20), "picture"),
        ("a", b"RIFF\x10\0\0\0WEBPVP8 ", "picture"),
        ("a", b"\0\0\0\x1cftypavif" + bytes(20), "picture"),
        ("a", b"GIF89a" + bytes(20), "picture"),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "picture"),
        ("a.onnx", b"\x08\x07\x12\x07pytorch", "onnx"),
        ("a.h5", b"\x89HDF\r\n\x1a\n" + bytes(20), "other_tensors"),
        ("a.tflite", b"\x1c\0\0\0TFL3", "other_tensors"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\0\x04", "other_archive"),
        ("a.rar", b"Rar!\x1a\x07\x01\0", "other_archive"),
        ("a.tar.gz", b"\x1f\x8b\x08\0" + bytes(20), "other_archive"),
        ("a.tar", b"name" + bytes(253) + b"ustar\x0000" + bytes(200), "other_archive"),
        ("a.npz", b"PK\x03\x04" + bytes(40), "pickle"),
        ("a.npy", b"\x93NUMPY\x01\0", "pickle"),
        ("a.pdf", b"%PDF-1.7\n", "document"),
        ("a.txt", b"a short text", "document"),
        ("a.xyz", bytes(range(256)), "unknown"),
        ("a.gguf", b"\0" * 100, "unknown"),
    ],
)  # fmt: skip
def test_it_refuses_what_is_no_model_and_says_what_it_is(name, data, code):
    assert refusal(data, name) == code


def test_it_refuses_noise_named_safetensors_as_damaged():
    assert refusal(bytes(range(7, 207)), "a.safetensors") == "not_safetensors"


def test_it_refuses_a_truncated_safetensors():
    assert refusal(lora()[:-1], "a.safetensors") == "truncated"


def test_it_refuses_a_zip_behind_a_safetensors():
    assert refusal(tensors({"w": (4,)}) + zipped(diffusers_folder()), "a.safetensors") == "trailing_bytes"


def test_it_refuses_a_script_in_a_safetensors_length():
    """ "#!" as the low bytes of a lawful length is a safetensors file, and its header is read as one."""
    text = b"{}".ljust(0x2123)
    assert raw(text)[:2] == b"#!" and refusal(raw(text), "a.safetensors") == "no_tensors"


@pytest.mark.parametrize("version", [0, 1, 4, 2**31])
def test_it_refuses_other_gguf_versions(version):
    assert refusal(gguf(version=version), "a.gguf") == "gguf_version"


@pytest.mark.parametrize(("n_tensors", "n_entries"), [(2**63, 1), (1, 2**63), (100, 1), (0, 1), (1, 100)])
def test_it_refuses_gguf_counts_with_no_room(n_tensors, n_entries):
    assert refusal(gguf(n_tensors=n_tensors, n_entries=n_entries), "a.gguf") == "gguf_counts"


def test_it_refuses_a_gguf_cut_short():
    for kept in range(4, 24):
        assert refusal(gguf()[:kept], "a.gguf") == "gguf_counts"


def test_it_reads_little_of_a_large_file():
    asked = []
    data = gguf(body=100)

    def read(start, length):
        asked.append(length)
        return data[start : start + length]

    accept_model_file(read, "a.gguf", size_bytes=30_000_000_000)
    assert sum(asked) < 10_000


def test_names_that_can_only_be_refused_are_known_before_the_upload():
    assert [sniff_by_name(name) for name in ("a.ckpt", "A.PT", "a.onnx", "a.safetensors", "a.zip", "a")] == [
        "pickle",
        "pickle",
        "onnx",
        None,
        None,
        None,
    ]


def test_training_data_is_a_zip_of_pictures():
    accepted = accept_training_data(zipped({"1.png": b"x", "1.txt": b"a cat"}), "set.zip")
    assert accepted.names == ("1.png", "1.txt")


@pytest.mark.parametrize(("name", "data", "code"), [
    ("a.safetensors", lora(), "not_training_data"),
    ("a.png", b"\x89PNG\r\n\x1a\n", "not_training_data"),
    ("a.ckpt", pickle.dumps(1), "pickle"),
    ("a.zip", b"", "empty"),
    ("a.rar", b"Rar!\x1a\x07\x01\0", "other_archive"),
])  # fmt: skip
def test_it_refuses_other_training_data(name, data, code):
    with pytest.raises(BadFile) as caught:
        accept_training_data(data, name)
    assert caught.value.code == code


def test_sniffing_survives_every_two_first_bytes():
    for first in range(256):
        for second in (0, 2, 4, 60, 80, 128, 255):
            assert sniff(bytes([first, second]) + b"\x00" * 10, "x.bin") in Kind


def test_it_refuses_absurd_gguf_counts_in_a_file_large_enough_for_them():
    data = gguf(n_tensors=200_000)
    with pytest.raises(BadFile) as caught:
        accept_model_file(lambda start, length: data[start : start + length], "a.gguf", size_bytes=10_000_000_000)
    assert caught.value.code == "gguf_counts"

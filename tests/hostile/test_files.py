"""Hostile model files, from the store to the refusal that their owner reads."""

import io
import json
import os
import pickle
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest

from civitai import storages
from civitai.uploads import Upload
from models_hub import tasks
from models_hub.domain import checking, files
from models_hub.formats.errors import BadFile
from models_hub.formats.naming import content_disposition
from models_hub.models import FileCheck, ModelFile
from models_hub.states import FileState
from tests.factories import models_hub as make
from tests.models_hub import uploading
from tests.models_hub.formats import build
from tests.models_hub.uploading import uploaded

pytestmark = pytest.mark.django_db
RAN = Path(tempfile.gettempdir()) / "a-model-file-ran"
GOOD = {"weight": build.entry(0, 8)}


class Program:
    def __reduce__(self):
        return (os.system, (f"touch {RAN}",))


@pytest.fixture
def version(people):
    return make.draft(people.alice).versions.get()


def checked(client, version, data, name):
    """The file after its check, as its owner finds it."""
    client.force_login(version.model.owner)
    file = files.add_file(version, uploaded(client, data, name=name), by=version.model.owner)
    tasks.check_file.plain(str(file.check_job.pk))
    file.refresh_from_db()
    return file


def refused(client, version, data, name="x.safetensors"):
    file = checked(client, version, data, name)
    assert file.state == FileState.REFUSED and len(str(file.refusal_sentence)) > 20, "told why, in a sentence"
    assert not file.hashes.exists() and not file.is_primary
    assert client.get(f"/api/download/models/{version.pk}").status_code == 404
    return file


@pytest.mark.parametrize("name", ["model.ckpt", "model.pt", "model.pth", "model.bin"])
def test_badinput_01_the_ending_of_a_program_is_refused_before_a_byte_is_sent(client, people, name):
    client.force_login(people.alice)
    answer = uploading.begin(client, pickle.dumps(Program()), name=name)
    assert answer.status_code == 400 and "safetensors" in answer.json()["error"]


@pytest.mark.parametrize("name", ["model.safetensors", "model"])
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_badinput_02_the_structure_decides_and_not_the_ending(client, version, name, protocol):
    refused(client, version, pickle.dumps(Program(), protocol) + bytes(200), name)
    assert not RAN.exists(), "nothing of a file is ever run"


@pytest.mark.parametrize("callee", [print, eval, __import__, getattr], ids=lambda callee: callee.__name__)
def test_badinput_03_no_list_of_allowed_globals_is_needed(client, version, callee):
    """None is ever loaded: whatever a pickle calls, it is refused as a pickle."""

    class Calls:
        def __reduce__(self):
            return (callee, ("1",))

    refused(client, version, pickle.dumps(Calls()))


def zipped(entries, change=None):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in entries:
            archive.writestr(name, data)
    data = bytearray(buffer.getvalue())
    if change:
        change(data)
    return bytes(data)


def encrypted(data):
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = data.index(mark) + (6 if mark == b"PK\x03\x04" else 8)
        data[at] |= 1


def other_name(data):
    at = data.index(b"PK\x03\x04") + 30
    data[at : at + 3] = b"zzz"


def bad_sum(data):
    at = data.index(b"PK\x03\x04") + 30 + len("archive/data.pkl")
    data[at + 1] ^= 0xFF


TORCH = [("archive/data.pkl", pickle.dumps({"a": 1})), ("archive/data/0", bytes(64))]


@pytest.mark.parametrize(
    "data",
    [
        zipped(TORCH),
        zipped(TORCH, encrypted),
        zipped(TORCH, other_name),
        zipped(TORCH, bad_sum),
        zipped([("archive/weights.dat", pickle.dumps(Program()))]),
        zipped([("inner.zip", zipped(TORCH))]),
        b"7z\xbc\xaf\x27\x1c" + bytes(200),
    ],
    ids=["plain", "encrypted", "two names", "bad sum", "odd ending", "nested", "7z"],
)
def test_badinput_04_archives_that_are_no_model_are_refused(client, version, data):
    refused(client, version, data, "model.safetensors")


@pytest.mark.parametrize("broken", [RuntimeError("crashed"), MemoryError(), TimeoutError()])
def test_badinput_05_a_check_that_breaks_lets_nothing_through(client, version, monkeypatch, broken):
    client.force_login(version.model.owner)
    file = files.add_file(version, uploaded(client, make.safetensors()), by=version.model.owner)

    def fail(*args, **kwargs):
        raise broken

    monkeypatch.setattr(checking, "look_at", fail)
    with pytest.raises(type(broken)):
        tasks.check_file.plain(str(file.check_job.pk))
    file.refresh_from_db()
    assert file.state == FileState.CHECKING and file.scanned_at is None
    assert client.get(f"/api/download/models/{version.pk}").status_code == 404
    monkeypatch.undo()
    files.check_again(file, by=version.model.owner)
    tasks.check_file.plain(str(FileCheck.objects.get(file=file).pk))
    file.refresh_from_db()
    assert file.state == FileState.READY, "and a second check finds it good"


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps({}) + pickle.dumps(Program()),
        pickle.dumps(Program(), 0),
        make.safetensors() + pickle.dumps(Program()),
    ],
    ids=["two streams", "protocol 0", "after the weights"],
)
def test_badinput_06_programs_in_disguise(client, version, data):
    refused(client, version, data)


@pytest.mark.parametrize("length", [2**62, 2**63, 2**64 - 1, 100 * 2**20 + 1, 10_000])
def test_badinput_07_the_length_of_a_header_is_not_believed(client, version, length):
    refused(client, version, struct.pack("<Q", length) + b'{"a": 1}' + bytes(50))


@pytest.mark.parametrize(
    "data",
    [
        build.raw({"a": build.entry(0, 8), "b": build.entry(4, 12)}, bytes(12)),
        build.raw({"a": build.entry(0, 8), "b": build.entry(9, 12)}, bytes(12)),
        build.raw({"a": build.entry(0, 2**63)}, bytes(8)),
        build.raw({"a": {"dtype": "F64", "shape": [2**40, 2**40], "data_offsets": [0, 8]}}, bytes(8)),
        build.raw(GOOD, bytes(8)) + b"<html><script>alert(1)</script>",
        struct.pack("<Q", 200_000) + b"[" * 200_000,
        build.raw({"__metadata__": {"a": 5}, **GOOD}, bytes(8)),
        build.raw({"__metadata__": {"a": "\ud800"}, **GOOD}, bytes(8)),
    ],
    ids=["overlap", "hole", "past the end", "product", "polyglot", "deep", "not text", "surrogate"],
)
def test_badinput_08_headers_that_lie(client, version, data):
    refused(client, version, data)


def test_badinput_08_duplicate_keys(client, version):
    text = (
        b'{"a": {"dtype":"U8","shape":[8],"data_offsets":[0,8]}, "a": {"dtype":"U8","shape":[8],"data_offsets":[0,8]}}'
    )
    refused(client, version, struct.pack("<Q", len(text)) + text + bytes(8))


@pytest.mark.parametrize(
    "metadata", [{"a": "x" * (5 << 20)}, {str(number): "" for number in range(100_000)}], ids=["long", "many"]
)
def test_badinput_09_metadata_that_would_fill_the_row(client, version, metadata):
    file = refused(client, version, build.raw({"__metadata__": metadata, **GOOD}, bytes(8)))
    assert len(json.dumps(file.description)) < 2_000, "nothing of it is kept"


@pytest.mark.parametrize("name", ["../../x", "a\x00b", "\u202egnp.exe", "x" * 10_000])
def test_badinput_10_names_are_never_paths(client, version, name):
    file = checked(client, version, build.raw({name: build.entry(0, 8)}, bytes(8)), "x.safetensors")
    assert file.state == FileState.REFUSED or name not in file.key
    keys = set(ModelFile.objects.values_list("key", flat=True))
    assert all(".." not in key and "\x00" not in key for key in keys)


class TestUploads:
    DATA = bytes(range(256)) * 4096 * 9  # two parts

    def begun(self, client, people):
        client.force_login(people.alice)
        return uploading.begin(client, self.DATA).json()["id"]

    def test_badinput_13_out_of_order_and_repeated_parts_make_the_same_file(self, client, people, version):
        upload = self.begun(client, people)
        for number in (2, 1, 2):
            url = uploading.addresses(client, upload, [number])[number]
            assert uploading.put(url, uploading.part(self.DATA, number)) == 200
        first = uploading.complete(client, upload)
        assert first.status_code == 200, first.content
        assert uploading.complete(client, upload).status_code == 200, "finished twice is finished once"
        with storages.private().open(Upload.objects.get(pk=upload).key) as whole:
            assert whole.read() == self.DATA

    def test_badinput_13_missing_wrong_and_other_peoples_parts_are_refused(self, client, people):
        upload = self.begun(client, people)
        url = uploading.addresses(client, upload, [1])[1]
        assert uploading.put(url, uploading.part(self.DATA, 1)) == 200
        assert uploading.complete(client, upload).status_code in (400, 409), "a part is missing"
        wrong = uploading.addresses(client, upload, [2])[2]
        uploading.put(wrong, b"short")
        assert uploading.complete(client, upload).status_code in (400, 409), "another size than was said"
        client.force_login(people.bob)
        for answer in (uploading.complete(client, upload), client.get(f"/uploads/{upload}/")):
            assert answer.status_code == 404, "not even whether it is there"
        with pytest.raises(AssertionError):
            uploading.addresses(client, upload, [1])

    @pytest.mark.parametrize(
        "name",
        [
            "../../x.safetensors",
            "con.txt",
            "a\r\nSet-Cookie: x=1.safetensors",
            "é" * 150 + ".safetensors",
            "x.safetensors%00.html",
        ],
    )
    def test_badinput_14_names_do_no_harm(self, client, people, version, name):
        client.force_login(people.alice)
        begun = uploading.begin(client, b"x" * 100, name=name)
        if begun.status_code == 201:
            row = Upload.objects.get(pk=begun.json()["id"])
            assert ".." not in row.key and "\r" not in row.filename and "/" not in row.filename
        header = content_disposition(name)
        assert "\r" not in header and "\n" not in header and header.isascii() and header.startswith("attachment")


def test_nothing_of_all_this_stays_public(client, version):
    """Refused bytes lie in the private store until they are swept, and no address leads to them."""
    file = refused(client, version, pickle.dumps(Program()))
    with pytest.raises(BadFile):
        checking.look_at(file.key, name=file.name, size_bytes=file.size_bytes)
    assert not storages.public().exists(file.key)

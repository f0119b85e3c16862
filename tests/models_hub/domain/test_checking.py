"""From an upload in the store to a file that is ready, or refused with a sentence."""

import hashlib
import zlib

import pytest
from blake3 import blake3

from civitai import storages
from civitai.jobs import JobState
from models_hub import tasks
from models_hub.domain import checking, files
from models_hub.formats.errors import sentence_for
from models_hub.models import FileCheck, ModelFile
from models_hub.states import FileState
from tests.factories import models_hub as make
from tests.models_hub.formats import build
from tests.models_hub.uploading import uploaded

pytestmark = pytest.mark.django_db
check = tasks.check_file.plain


def sent(client, version, data, *, name="papercut.safetensors"):
    client.force_login(version.model.owner)
    return files.add_file(version, uploaded(client, data, name=name), by=version.model.owner)


@pytest.fixture
def version(people):
    return make.draft(people.alice, base_model="").versions.get()


def test_a_good_file_becomes_ready_with_the_hashes_that_others_compute(client, version):
    data = build.tensors({"lora_unet_x.lora_down.weight": (8, 400_000)})  # 6.4 MB: AutoV1 is defined
    file = sent(client, version, data)
    check(str(file.check_job.pk))
    file.refresh_from_db()
    header = int.from_bytes(data[:8], "little")
    assert file.state == FileState.READY and file.is_primary and file.format == "SafeTensor"
    assert file.scanned_at is not None and file.size_bytes == len(data)
    assert dict(file.hashes.values_list("kind", "value")) == {
        "SHA256": hashlib.sha256(data).hexdigest().upper(),
        "AutoV2": hashlib.sha256(data).hexdigest().upper()[:10],
        "AutoV3": hashlib.sha256(data[8 + header :]).hexdigest().upper()[:12],
        "AutoV1": hashlib.sha256(data[0x100000:0x110000]).hexdigest().upper()[:8],
        "CRC32": f"{zlib.crc32(data):08X}",
        "BLAKE3": blake3(data).hexdigest().upper(),
    }
    job = FileCheck.objects.get(file=file)
    assert job.state == JobState.DONE


def test_the_check_run_twice_changes_nothing(client, version):
    file = sent(client, version, make.safetensors())
    check(str(file.check_job.pk))
    before = ModelFile.objects.values().get(pk=file.pk)
    check(str(file.check_job.pk))
    assert ModelFile.objects.values().get(pk=file.pk) == before
    assert file.hashes.filter(kind="SHA256").count() == 1


def test_the_header_fills_what_is_empty_and_leaves_what_the_owner_wrote(client, version):
    version.trained_words = ["mine"]
    version.save()
    words = '{"10_x": {"ppcut horizon": 86, "layered paper": 85, "lua": 9}}'
    told = {"ss_tag_frequency": words, "ss_num_train_images": "86", "ss_steps": "1505", "ss_epoch": "7"}
    file = sent(client, version, make.safetensors(metadata=told))
    check(str(file.check_job.pk))
    version.refresh_from_db()
    assert (version.base_model, version.steps, version.epochs) == ("SDXL 1.0", 1505, 7)
    assert version.trained_words == ["mine"]


def test_a_header_that_claims_absurd_numbers_proposes_none(client, version):
    file = sent(client, version, make.safetensors(metadata={"ss_steps": "999999999", "ss_clip_skip": "40000"}))
    check(str(file.check_job.pk))
    file.refresh_from_db()
    version.refresh_from_db()
    assert file.state == FileState.READY
    assert (version.steps, version.clip_skip) == (None, None)


def test_folders_and_computers_leave_the_header_and_the_tensors_stay(client, version, commit):
    told = {"ss_output_name": "x", "ss_train_data_dir": "/home/alice/secret/train", "hostname": "alices-laptop"}
    data = make.safetensors(metadata=told)
    file = sent(client, version, data)
    old_key = file.key
    with commit():
        check(str(file.check_job.pk))
    file.refresh_from_db()
    stored = storages.private().read(file.key)
    assert b"secret" not in stored and b"alices-laptop" not in stored and b"ss_output_name" in stored
    assert hashlib.sha256(stored).hexdigest().upper() == file.hashes.get(kind="SHA256").value
    assert len(stored) == file.size_bytes
    start, new_start = (8 + int.from_bytes(body[:8], "little") for body in (data, stored))
    assert data[start:] == stored[new_start:]
    assert file.key != old_key and not storages.private().exists(old_key)
    assert [line["kind"] for line in file.description["private_lines"]] == ["folder", "computer"]


HOSTILE = [
    ("a.safetensors", lambda: b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00", "pickle"),
    ("a.safetensors", lambda: make.safetensors()[:-7], "truncated"),
    ("a.safetensors", lambda: build.raw({"a": build.entry(0, 8)}, b"1234"), "truncated"),
    (
        "a.safetensors",
        lambda: build.raw({"a": build.entry(0, 8, dtype="F16", shape=[99])}, b"12345678"),
        "size_mismatch",
    ),
    ("a.safetensors", lambda: (1 << 40).to_bytes(8, "little") + b"{" + b" " * 50, "header_too_large"),
    ("a.safetensors", lambda: b"<!doctype html><title>Sign in</title>" + b" " * 40, "web_page"),
    ("a.safetensors", lambda: b"\x89PNG\r\n\x1a\n" + bytes(40), "picture"),
    ("a.bin.txt", lambda: b"hello there, this is a text" * 4, "document"),
    ("a.zip", lambda: build.zipped({"x/data.pkl": b"\x80\x02."}), "pickle"),
    ("a.zip", lambda: build.zipped(build.diffusers_folder(**{"unet/extra.bin": b"x"})), "zip_pickle"),
    ("a.zip", lambda: build.zipped({"../../etc/passwd": b"x"}), "zip_path"),
    ("a.zip", lambda: build.zipped({"readme.txt": b"x"}), "zip_no_model"),
]


@pytest.mark.parametrize(
    ("name", "data", "code"), HOSTILE, ids=[f"{n}-{code}" for n, (_, _, code) in enumerate(HOSTILE)]
)
def test_a_hostile_file_is_refused_with_its_sentence(client, version, name, data, code):
    file = sent(client, version, data(), name=name)
    check(str(file.check_job.pk))
    file.refresh_from_db()
    assert file.state == FileState.REFUSED
    kept = file.description["refusal"]
    assert kept["code"] == code
    assert str(file.refusal_sentence) == str(sentence_for(code, **kept["values"])) and len(file.refusal) > 20
    assert not file.hashes.exists() and not file.is_primary
    assert FileCheck.objects.get(file=file).state == JobState.DONE


def test_a_zip_of_a_diffusers_folder_is_ready(client, version):
    file = sent(client, version, build.zipped(build.diffusers_folder()), name="base.zip")
    check(str(file.check_job.pk))
    file.refresh_from_db()
    assert (file.state, file.format) == (FileState.READY, "Diffusers")


@pytest.mark.parametrize("name", ["model.ckpt", "model.pt", "x.PTH", "model.exe", "net.onnx"])
def test_a_name_that_can_only_be_refused_is_refused_before_a_byte_is_sent(client, version, name):
    from tests.models_hub.uploading import begin

    client.force_login(version.model.owner)
    answer = begin(client, b"x" * 100, name=name)
    assert answer.status_code == 400
    assert len(answer.json()["error"]) > 30


def test_a_store_that_does_not_answer_gives_the_job_back_and_keeps_the_file(client, version, monkeypatch):
    from botocore.exceptions import EndpointConnectionError

    file = sent(client, version, make.safetensors())

    def broken(self, key, **_):
        raise EndpointConnectionError(endpoint_url="http://store")

    monkeypatch.setattr(storages.Store, "open", broken)
    check(str(file.check_job.pk))
    job = FileCheck.objects.get(file=file)
    file.refresh_from_db()
    assert (job.state, job.attempt, file.state) == (JobState.QUEUED, 1, FileState.CHECKING)
    assert job.not_before is not None


def test_a_file_removed_during_its_check_stays_removed(client, version, monkeypatch):
    file = sent(client, version, make.safetensors())
    look = checking.look_at

    def removed_meanwhile(*args, **kwargs):
        found = look(*args, **kwargs)
        files.remove_file(ModelFile.objects.get(pk=file.pk), by=version.model.owner)
        return found

    monkeypatch.setattr(checking, "look_at", removed_meanwhile)
    check(str(file.check_job.pk))
    file.refresh_from_db()
    assert file.state == FileState.REMOVED and not file.hashes.exists()


def test_a_check_that_broke_off_can_be_asked_for_again(client, version, monkeypatch):
    file = sent(client, version, make.safetensors())
    monkeypatch.setattr(checking, "accept_model_file", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        check(str(file.check_job.pk))
    assert FileCheck.objects.get(file=file).state == JobState.FAILED
    monkeypatch.undo()
    files.check_again(file, by=version.model.owner)
    files.check_again(file, by=version.model.owner)
    check(str(FileCheck.objects.get(file=file).pk))
    file.refresh_from_db()
    assert file.state == FileState.READY


def test_an_upload_is_taken_once_and_asking_twice_gives_the_same_file(client, version):
    client.force_login(version.model.owner)
    upload = uploaded(client, make.safetensors())
    first = files.add_file(version, upload, by=version.model.owner)
    assert files.add_file(version, upload, by=version.model.owner) == first


def test_somebody_elses_upload_is_not_taken(client, version, people):
    from civitai.errors import Refused

    client.force_login(people.bob)
    upload = uploaded(client, make.safetensors())
    with pytest.raises(Refused):
        files.add_file(version, upload, by=people.alice)

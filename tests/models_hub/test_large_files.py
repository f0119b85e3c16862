"""A model file in three parts, from the browser's requests to a file that is ready."""

import hashlib
import json
import time

import pytest

from civitai import uploads
from civitai.uploads import Upload, UploadState
from models_hub import tasks
from models_hub.models import ModelFile
from models_hub.states import FileState
from tests.factories import models_hub as make
from tests.models_hub.formats import build
from tests.models_hub.uploading import PART, addresses, begin, complete, part, put

pytestmark = pytest.mark.django_db
NAME = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight"


@pytest.fixture(scope="module")
def data():
    made = bytearray(build.tensors({NAME: (5000, 2048)}))
    made[-1000:] = bytes(range(250)) * 4
    assert 2 * PART < len(made) < 3 * PART
    return bytes(made)


@pytest.fixture
def version(client, people):
    client.force_login(people.alice)
    return make.draft(people.alice).versions.get()


def test_interrupted_gone_on_with_and_completed_twice(client, version, data):
    first = begin(client, data, fingerprint="abc").json()
    assert (first["parts"], first["part_size"], first["received"]) == (3, PART, [])
    urls = addresses(client, first["id"], [1, 2, 3])
    assert put(urls[1], part(data, 1)) == 200
    assert put(urls[3], part(data, 3)) == 200
    assert put(urls[2], part(data, 2)[:-5]) == 200, "the store can't know; the size gives it away"

    again = begin(client, data, fingerprint="abc").json()
    assert (again["id"], again["received"]) == (first["id"], [1, 3])
    early = complete(client, first["id"])
    assert early.status_code == 400 and early.json()["code"] == "parts_missing"
    assert put(addresses(client, first["id"], [2])[2], part(data, 2)) == 200
    for _ in range(2):
        assert complete(client, first["id"]).json()["state"] == UploadState.COMPLETE

    url = f"/versions/{version.pk}/files/"
    for _ in range(2):
        client.post(url, {"upload": first["id"]})
    file = ModelFile.objects.get()
    tasks.check_file.plain(str(file.check_job.pk))
    tasks.check_file.plain(str(file.check_job.pk))
    file.refresh_from_db()
    assert (file.state, file.size_bytes) == (FileState.READY, len(data))
    assert file.hashes.get(kind="SHA256").value == hashlib.sha256(data).hexdigest().upper()
    assert client.delete(f"/uploads/{first['id']}/").status_code == 400, "a file in use is not cancelled"


def test_somebody_elses_upload_is_not_there(client, version, people, data):
    upload = begin(client, data).json()["id"]
    client.force_login(people.bob)
    for ask in (client.get, client.delete):
        assert ask(f"/uploads/{upload}/").status_code == 404
    assert complete(client, upload).status_code == 404
    client.force_login(people.alice)
    assert client.get(f"/uploads/{upload}/").status_code == 200


def test_an_old_address_is_refused_and_a_new_one_works(client, version, data, monkeypatch):
    upload = begin(client, data).json()["id"]
    sign = uploads.storages.Store.sign_part
    monkeypatch.setattr(
        uploads.storages.Store,
        "sign_part",
        lambda self, key, ident, number, **_: sign(self, key, ident, number, seconds=1),
    )
    old = addresses(client, upload, [1])[1]
    monkeypatch.undo()
    time.sleep(2.2)
    assert put(old, part(data, 1)) == 403
    assert put(addresses(client, upload, [1])[1], part(data, 1)) == 200
    assert client.get(f"/uploads/{upload}/").json()["received"] == [1]


@pytest.mark.parametrize(("size", "code"), [(0, "empty"), (24 * 2**30 + 1, "too_large"), ("9", "empty"), (-1, "empty")])
def test_what_is_too_large_or_nothing_is_refused_before_it_is_sent(client, version, size, code):
    asked = {"purpose": "model_file", "filename": "a.safetensors", "size": size}
    answer = client.post("/uploads/", json.dumps(asked), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not Upload.objects.exists()


def test_a_file_of_24_gb_is_a_thousand_parts_at_most(client, version):
    answer = begin(client, b"", size=24 * 2**30).json()
    assert answer["parts"] <= 1000 and answer["part_size"] % (1 << 20) == 0
    client.delete(f"/uploads/{answer['id']}/")
    assert Upload.objects.get().state == UploadState.ABORTED

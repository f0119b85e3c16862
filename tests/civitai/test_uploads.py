"""Direct multipart uploads against the real store: presigned parts, resume, refusal."""

import json
import urllib.error
import urllib.request
from datetime import timedelta

import pytest
from django.utils import timezone

from civitai import storages, uploads
from civitai.errors import Refused
from civitai.uploads import MIB, Upload, UploadState

pytestmark = pytest.mark.django_db
BYTES = bytes(range(256)) * 4096 * 17  # 17 MiB: three parts, the last one short


@pytest.fixture(autouse=True)
def purpose(monkeypatch):
    monkeypatch.setattr(uploads, "_purposes", {})

    def check(user, filename, size):
        if filename.endswith(".exe"):
            raise Refused("No programs.")

    uploads.register_purpose("test", max_bytes=100 * MIB, check=check)


@pytest.fixture
def signed_in(client, people):
    client.force_login(people.alice)
    return client


def post(client, url, **asked):
    return client.post(url, json.dumps(asked), content_type="application/json")


def begin(client, **more):
    asked = {"purpose": "test", "filename": "a.safetensors", "size": len(BYTES), "fingerprint": "f", **more}
    return post(client, "/uploads/", **asked)


def send(url, body):
    with urllib.request.urlopen(urllib.request.Request(url, data=body, method="PUT"), timeout=20) as answer:
        return answer.status


def send_part(client, status, number, body=None):
    urls = post(client, f"/uploads/{status['id']}/parts/", numbers=[number]).json()["urls"]
    size = status["part_size"]
    return send(urls[str(number)], BYTES[(number - 1) * size : number * size] if body is None else body)


def test_a_file_arrives_in_parts_and_is_taken_once(signed_in, people):
    status = begin(signed_in).json()
    assert status["parts"] == 3 and status["received"] == []
    for number in (3, 1, 2):
        assert send_part(signed_in, status, number) == 200
    assert post(signed_in, f"/uploads/{status['id']}/completion/").json()["state"] == "complete"
    # Twice does nothing twice.
    assert post(signed_in, f"/uploads/{status['id']}/completion/").status_code == 200
    taken = uploads.take(status["id"], owner=people.alice, purpose="test")
    assert storages.private().read(taken.key) == BYTES
    with pytest.raises(Refused):
        uploads.take(status["id"], owner=people.alice, purpose="test")
    assert signed_in.delete(f"/uploads/{status['id']}/").status_code == 400
    assert storages.private().exists(taken.key)


def test_after_a_reload_only_the_missing_parts_are_asked_for(signed_in):
    first = begin(signed_in).json()
    send_part(signed_in, first, 2)
    again = begin(signed_in).json()
    assert again["id"] == first["id"]
    assert again["received"] == [2]
    assert begin(signed_in, fingerprint="another").json()["id"] != first["id"]


def test_a_cut_off_part_does_not_count(signed_in):
    status = begin(signed_in).json()
    send_part(signed_in, status, 1, body=BYTES[: 6 * MIB])
    assert signed_in.get(f"/uploads/{status['id']}/").json()["received"] == []
    for number in (1, 2, 3):
        send_part(signed_in, status, number)
    assert post(signed_in, f"/uploads/{status['id']}/completion/").status_code == 200


def test_completing_too_early_keeps_the_parts(signed_in):
    status = begin(signed_in).json()
    send_part(signed_in, status, 1)
    answer = post(signed_in, f"/uploads/{status['id']}/completion/")
    assert answer.status_code == 400 and answer.json()["code"] == "parts_missing"
    assert signed_in.get(f"/uploads/{status['id']}/").json()["received"] == [1]


def test_an_address_dies_and_can_not_be_changed(signed_in):
    status = begin(signed_in).json()
    upload = Upload.objects.get(pk=status["id"])
    url = storages.private().sign_part(upload.key, upload.multipart_id, 1, seconds=1)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        send(url.replace("partNumber=1", "partNumber=2"), b"x")
    import time

    time.sleep(2.1)  # the store's clock, not ours
    with pytest.raises(urllib.error.HTTPError, match="403"):
        send(url, b"x")
    fresh = post(signed_in, f"/uploads/{status['id']}/parts/", numbers=[1])
    assert fresh.status_code == 200


def test_others_do_not_see_it(signed_in, client, people):
    status = begin(signed_in).json()
    client.force_login(people.charlie)
    for answer in (
        client.get(f"/uploads/{status['id']}/"),
        client.delete(f"/uploads/{status['id']}/"),
        post(client, f"/uploads/{status['id']}/parts/", numbers=[1]),
        post(client, f"/uploads/{status['id']}/completion/"),
    ):
        assert answer.status_code == 404
    assert Upload.objects.get(pk=status["id"]).state == UploadState.OPEN
    client.logout()
    assert begin(client).status_code == 401


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"purpose": "nothing"}, "purpose"),
        ({"size": 0}, "empty"),
        ({"size": -5}, "empty"),
        ({"size": "9"}, "empty"),
        ({"size": 101 * MIB}, "too_large"),
        ({"filename": "../../.."}, "name"),
        ({"filename": "\x00\x01"}, "name"),
        ({"filename": "run.exe"}, "refused"),
    ],
)
def test_what_is_refused_and_why(signed_in, asked, code):
    answer = begin(signed_in, **asked)
    assert answer.status_code == 400
    assert answer.json()["code"] == code and answer.json()["error"]
    assert not Upload.objects.exists()


@pytest.mark.parametrize("numbers", [[], [0], [4], ["1"], [True], [1.0], None, {"a": 1}, list(range(1, 40))])
def test_parts_that_are_not_there_are_refused(signed_in, numbers):
    status = begin(signed_in).json()
    assert post(signed_in, f"/uploads/{status['id']}/parts/", numbers=numbers).json()["code"] == "parts"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
def test_nonsense_is_a_sentence(signed_in, body):
    answer = signed_in.post("/uploads/", body, content_type="application/json")
    assert answer.status_code == 400 and answer.json()["code"] == "json"


def test_a_long_name_keeps_its_ending(signed_in):
    name = begin(signed_in, filename="ä" * 400 + ".safetensors").json()["filename"]
    assert len(name) <= 255 and name.endswith(".safetensors")


def test_what_nobody_finishes_is_swept(signed_in):
    status = begin(signed_in).json()
    send_part(signed_in, status, 1)
    uploads.sweep()
    assert Upload.objects.get(pk=status["id"]).state == UploadState.OPEN
    uploads.sweep(now=timezone.now() + timedelta(days=8))
    uploads.sweep(now=timezone.now() + timedelta(days=8))
    assert Upload.objects.get(pk=status["id"]).state == UploadState.ABORTED
    assert post(signed_in, f"/uploads/{status['id']}/parts/", numbers=[1]).json()["code"] == "ended"

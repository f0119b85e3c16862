"""A browser's side of an upload: the site signs, the store takes the parts."""

import json
import math
import urllib.error
import urllib.request

PART = 8 << 20


def begin(client, data, *, name="papercut.safetensors", fingerprint="", size=None):
    asked = {"purpose": "model_file", "filename": name, "size": size or len(data), "fingerprint": fingerprint}
    return client.post("/uploads/", json.dumps(asked), content_type="application/json")


def addresses(client, upload, numbers):
    answer = client.post(f"/uploads/{upload}/parts/", json.dumps({"numbers": numbers}), content_type="application/json")
    assert answer.status_code == 200, answer.content
    return {int(number): url for number, url in answer.json()["urls"].items()}


def part(data, number):
    return data[(number - 1) * PART : number * PART]


def put(url, body):
    """The store's status for a PUT by a browser."""
    request = urllib.request.Request(url, data=body, method="PUT")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def complete(client, upload):
    return client.post(f"/uploads/{upload}/completion/")


def uploaded(client, data, *, name="papercut.safetensors"):
    """The id of a whole upload."""
    answer = begin(client, data, name=name)
    assert answer.status_code == 201, answer.content
    upload = answer.json()["id"]
    numbers = list(range(1, math.ceil(len(data) / PART) + 1))
    for number, url in addresses(client, upload, numbers).items():
        assert put(url, part(data, number)) == 200
    assert complete(client, upload).status_code == 200
    return upload

"""Every address of this room with every member of the cast. 302 of a visitor is the way to sign in."""

import uuid

import pytest
from django.urls import reverse

from community.domain import collecting, threads
from tests.factories import gallery

pytestmark = pytest.mark.django_db
CAST = ("alice", "bob", "charlie", "mona", "nobody")
LABEL = "gallery.Image"
OPEN, DONE, IN = (200,) * 5, (302,) * 5, (200, 200, 200, 200, 302)
HERS, HIS = (200, 403, 403, 403, 302), (403, 200, 403, 403, 302)

# method, name, arguments, data, what (alice, bob, charlie, mona, nobody) get. The image is alice's, the comment bob's.
MATRIX = [
    ("GET", "thread", ("label", "image"), {}, OPEN),
    ("POST", "comments", ("label", "image"), {"text": "hello"}, DONE),
    ("POST", "comments", ("label", "image"), {"text": ""}, (422, 422, 422, 422, 302)),
    ("POST", "thread_lock", ("label", "image"), {}, (302, 400, 400, 302, 302)),
    ("GET", "comment", ("comment",), {}, DONE),
    ("GET", "comment_answering", ("comment",), {}, IN),
    ("GET", "comment_editing", ("comment",), {}, HIS),
    ("POST", "comment_editing", ("comment",), {"text": "x"}, (403, 302, 403, 403, 302)),
    ("POST", "comment_removal", ("comment",), {}, (403, 302, 403, 403, 302)),
    ("POST", "comment_pin", ("comment",), {}, (302, 400, 400, 400, 302)),
    ("POST", "saving", (), {"subject": LABEL, "row": "image"}, DONE),
    ("GET", "keeping", ("label", "image"), {}, IN),
    ("POST", "keeping", ("label", "image"), {"name": "New"}, DONE),
    ("GET", "collections", (), {}, IN),
    ("POST", "collections", (), {"name": "New", "shown": "public"}, DONE),
    ("GET", "collection", ("collection",), {}, (200, 404, 404, 200, 404)),
    ("GET", "collection_edit", ("collection",), {}, (200, 404, 404, 403, 302)),
    ("POST", "collection_removal", ("collection",), {}, (302, 404, 404, 403, 302)),
    ("POST", "collection_item_removal", ("collection",), {"row": "image"}, (302, 404, 404, 403, 302)),
    ("GET", "settings_hidden_tags", (), {}, IN),
    ("POST", "reactions", (), {"subject": LABEL, "row": "image", "on": "1"}, DONE),
]
ELSEWHERE = {"media", "media_linked"}  # tests/community/test_media.py, test_linking.py


@pytest.fixture
def place(people):
    image = gallery.published(people.alice)
    comment = threads.comment(people.bob, LABEL, image.pk, "first", key=uuid.uuid4())
    kept = collecting.begin(people.alice, name="Mine")
    return {"label": LABEL, "image": image.pk, "comment": comment.pk, "collection": kept.pk}


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row[0]} {row[1]} {len(row[3])}")
@pytest.mark.parametrize("who", range(5), ids=CAST)
def test_who_may_do_what(client, people, place, row, who):
    method, name, args, data, statuses = row
    url = reverse(name, args=[place[arg] for arg in args])
    if CAST[who] != "nobody":
        client.force_login(getattr(people, CAST[who]))
    data = {key: place.get(value, value) for key, value in data.items()}
    answer = client.get(url) if method == "GET" else client.post(url, data)
    assert answer.status_code == statuses[who]
    if method == "POST" and CAST[who] == "nobody":
        assert "/accounts/login/" in answer["Location"]


@pytest.mark.parametrize("row", [row for row in MATRIX if "image" in row[2] or "comment" in row[2]], ids=lambda row: f"{row[0]} {row[1]} {len(row[3])}")  # fmt: skip
def test_what_hangs_on_something_unseen_is_not_there(client, people, place, row):
    from gallery.models import Image

    Image.objects.update(sort_at=None)
    method, name, args, data, _statuses = row
    client.force_login(people.charlie)
    url = reverse(name, args=[place[arg] for arg in args])
    answer = client.get(url) if method == "GET" else client.post(url, data)
    assert answer.status_code in (404, 403, 422 if data.get("text") == "" else 404)


def test_every_address_stands_in_the_matrix():
    from community.urls import urlpatterns

    assert {pattern.name for pattern in urlpatterns} == {row[1] for row in MATRIX} | ELSEWHERE


@pytest.mark.parametrize("name", ["thread", "keeping", "collections", "collection", "collection_edit", "settings_hidden_tags"])  # fmt: skip
def test_pages_speak_portuguese(client, people, place, name):
    client.force_login(people.alice)
    args = next(row[2] for row in MATRIX if row[1] == name)
    page = client.get(reverse(name, args=[place[arg] for arg in args]), headers={"Accept-Language": "pt-BR"})
    text = page.content.decode()
    assert 'lang="pt-br"' in text
    for english in (">Save<", ">Comments<", "Your collections", "Hidden tags", "Who sees it", ">Edit<"):
        assert english not in text

"""Hearts by form and by htmx."""

import threading

import pytest
from django.db import connection

from civitai.errors import TooMany
from community.domain import reacting
from community.models import Reaction
from tests.factories import gallery

pytestmark = pytest.mark.django_db


def send(client, image, **more):
    said = {"subject": "gallery.Image", "row": image.pk, "on": "1", "next": f"/images/{image.pk}/", **more}
    headers = {"HX-Request": "true"} if said.pop("htmx", False) else {}
    return client.post("/reactions/", said, headers=headers)


def likes(image):
    image.refresh_from_db()
    return image.likes


def test_a_form_sent_twice_does_nothing_twice(client, people):
    image = gallery.published(people.alice)
    client.force_login(people.bob)
    for _ in range(2):
        assert send(client, image)["Location"] == f"/images/{image.pk}/"
    assert likes(image) == 1
    for _ in range(2):
        send(client, image, on="0")
    assert likes(image) == 0


def test_htmx_gets_the_button_anew(client, people):
    image = gallery.published(people.alice)
    client.force_login(people.bob)
    text = send(client, image, htmx=True).content.decode()
    assert 'aria-pressed="true"' in text and 'name="on" value="0"' in text and "<html" not in text


def test_a_visitor_is_sent_to_sign_in(client, people):
    image = gallery.published(people.alice)
    assert send(client, image)["Location"] == f"/accounts/login/?next=/images/{image.pk}/"
    assert send(client, image, htmx=True)["HX-Redirect"].startswith("/accounts/login/")
    assert likes(image) == 0


def test_what_one_does_not_see_one_does_not_like(client, people):
    draft = gallery.draft(people.alice).images.get()
    client.force_login(people.bob)
    assert send(client, draft).status_code == 404
    assert send(client, draft, row="x").status_code == 404
    assert send(client, draft, row="9" * 30).status_code == 404
    assert send(client, draft, subject="accounts.User").status_code == 400
    assert client.get("/reactions/").status_code == 405


def test_the_way_back_stays_on_this_site(client, people):
    image = gallery.published(people.alice)
    client.force_login(people.bob)
    assert send(client, image, next="https://evil.example/")["Location"] == "/"
    assert send(client, image, next="//evil.example/")["Location"] == "/"


def test_more_than_sixty_in_a_minute_are_too_many(client, people, monkeypatch):
    assert reacting.PER_MINUTE == 60
    monkeypatch.setattr(reacting, "PER_MINUTE", 3)
    image = gallery.published(people.alice)
    for _ in range(3):
        reacting.toggle(people.bob, "gallery.Image", image.pk)
    with pytest.raises(TooMany):
        reacting.toggle(people.bob, "gallery.Image", image.pk)
    client.force_login(people.bob)
    response = send(client, image)
    assert response.status_code == 429 and response["Retry-After"] == "60"


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_time_are_one_heart(people):
    image = gallery.published(people.alice)
    together = threading.Barrier(4)

    def press():
        together.wait()
        try:
            reacting.toggle(people.bob, "gallery.Image", image.pk, wanted=True)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Reaction.objects.count() == 1 and likes(image) == 1

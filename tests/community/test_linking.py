"""A program with a key gets the mature pictures that the API lists to it, by address alone, as published clients do."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.domain import keys
from accounts.scopes import Scope
from civitai.levels import Level, up_to
from community.domain import linking, pictures
from tests.factories import gallery
from tests.factories.community import ready

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(people):
    """An image of level R with real bytes, in alice's post."""
    image = gallery.published(people.alice, level=Level.R)
    image.picture = ready(people.alice, level=Level.R, shown=True)
    image.save(update_fields=["picture"])
    people.bob.choose_level(int(up_to(Level.R)))
    return image


def listed(person, scopes=int(Scope.MEDIA_READ) | 1, query="nsfw=X"):
    """(key, the path of the first image that the API gives the member's program)."""
    key, token = keys.issue(person, name="tool", scopes=scopes)
    told = Client().get(f"/api/v1/images?{query}", headers={"Authorization": f"Bearer {token}"})
    assert told["Cache-Control"] == "no-store"
    return key, urlsplit(told.json()["items"][0]["url"]).path


def fetched(path):
    """As a program fetches it: no header, no cookie."""
    return Client().get(path)


def test_clients_fetch_the_address_as_it_stands_and_with_their_own_transform(people, shown):
    _key, path = listed(people.bob)
    original = fetched(path)
    assert original.status_code == 302 and original["Cache-Control"] == "private, no-store"
    # Some read the number of the image in the last part, some put another transform into the last but one.
    assert path.rpartition("/")[2].partition(".")[0] == str(shown.pk)
    small = fetched(re.sub(r"/original=true/", "/width=96/", path))
    assert small.status_code == 200 and small["Content-Type"] == "image/webp"
    assert small["Cache-Control"] == "private, no-store"
    parts = path.split("/")
    parts[-2] = "width=320"
    assert fetched("/".join(parts)).status_code == 200


def test_the_stores_own_address_outlives_a_decision_by_seconds(people, shown):
    _key, path = listed(people.bob)
    assert "X-Amz-Expires=30&" in fetched(path)["Location"] + "&"


def test_who_may_not_see_it_gets_an_address_that_is_worth_nothing(people, shown):
    plain = f"/media/{shown.picture_id}/original=true/"
    for person, scopes in ((people.charlie, None), (people.bob, int(Scope.USER_READ))):
        _key, path = listed(person, **({"scopes": scopes} if scopes else {}))
        assert path.startswith(plain) and fetched(path).status_code == 404
    anonymous = Client().get("/api/v1/images?nsfw=X").json()["items"][0]["url"]
    assert urlsplit(anonymous).path.startswith(plain)


def test_a_session_that_asks_the_api_gets_no_word_to_pass_on(client, people, shown):
    client.force_login(people.bob)
    csrf = {"X-CSRFToken": "a" * 32}
    client.cookies["csrftoken"] = "a" * 32
    told = client.get("/api/v1/images?nsfw=X", headers=csrf)
    assert urlsplit(told.json()["items"][0]["url"]).path.startswith(f"/media/{shown.picture_id}/original=true/")


def test_it_dies_with_the_key_the_choice_the_account_and_the_picture(people, shown):
    key, path = listed(people.bob)
    assert fetched(path).status_code == 302

    def dies(act, undo):
        act()
        assert fetched(path).status_code == 404
        undo()
        assert fetched(path).status_code == 302

    dies(lambda: people.bob.choose_level(1), lambda: people.bob.choose_level(int(up_to(Level.R))))
    dies(people.bob.shut_out, people.bob.let_in)
    dies(lambda: pictures.conceal([shown.picture]), lambda: pictures.show([shown.picture]))
    dies(
        lambda: shown.picture.hide(by=people.mona, reason="reported"),
        lambda: shown.picture.restore(by=people.mona),
    )
    key.revoke()
    assert fetched(path).status_code == 404


def test_also_for_the_owner_and_a_moderator_it_dies_with_the_picture(people, shown):
    for person in (people.alice, people.mona):
        _key, path = listed(person)
        assert fetched(path).status_code == 302
        pictures.conceal([shown.picture])
        assert fetched(path).status_code == 404
        pictures.show([shown.picture])


def test_it_dies_in_an_hour_and_is_for_this_picture_alone(people, shown, monkeypatch):
    _key, path = listed(people.bob)
    other = ready(people.alice, level=Level.R, shown=True)
    assert fetched(path.replace(str(shown.picture_id), str(other.pk))).status_code == 404
    assert fetched(path.replace("/media/", "/media/0")).status_code == 404
    for word in ("x", ":", "1:1:1", "…", "%00"):
        assert fetched(f"/media/{word}/{shown.picture_id}/width=96/a.webp").status_code == 404
    later = (timezone.now() + timedelta(seconds=linking.LINK_S + 5)).timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert fetched(path).status_code == 404


def test_what_is_open_to_all_keeps_its_plain_address(people):
    image = gallery.published(people.alice)
    _key, path = listed(people.bob, query="")
    assert path.startswith(f"/media/{image.picture_id}/original=true/")


def test_samples_of_a_model_are_given_the_same_way(people):
    from tests.factories import models_hub

    people.bob.choose_level(int(up_to(Level.R)))
    model = models_hub.published(people.alice)
    sample = model.versions.get().samples.first()
    sample.picture = ready(people.alice, level=Level.R, shown=True)
    sample.save(update_fields=["picture"])
    _key, token = keys.issue(people.bob, name="tool")
    for address in (f"models/{model.pk}", f"model-versions/{model.versions.get().pk}"):
        told = Client().get(f"/api/v1/{address}?token={token}").json()
        images = told["modelVersions"][0]["images"] if "modelVersions" in told else told["images"]
        path = urlsplit(images[0]["url"]).path
        assert fetched(path).status_code == 302 and token not in path

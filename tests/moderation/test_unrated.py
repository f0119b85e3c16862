"""Nothing that the classifier has not looked at is seen by others: rows, bytes, lists, files, and in no moment between."""

import io

import pytest

from civitai import adapters
from civitai.errors import Refused, TransientError
from civitai.levels import Level
from community.domain import pictures, portraits
from community.models import Picture
from gallery.domain import posting
from gallery.models import Image
from models_hub.domain import samples
from models_hub.models import Model
from moderation.domain import rating
from moderation.models import Item
from tests.factories import bounties as asked
from tests.factories import community as make
from tests.factories import models_hub

pytestmark = pytest.mark.django_db


def upload(owner, **more):
    return pictures.add(owner, io.BytesIO(make.image()), **more)


def is_anybodys(people, pk):
    return any(
        Picture.objects.bytes_for(who).filter(pk=pk).exists() for who in (people.bob, people.charlie, people.nobody)
    )


# Every place where a member's picture is shown to others; each gives the key of a picture that it would show.
def post(people):
    draft = posting.start(people.alice)
    shot = upload(people.alice)
    posting.rate(posting.add_image(draft, shot), Level.PG)
    with pytest.raises(Refused, match="being prepared"):
        posting.publish(draft, people.alice)
    return shot.pk


def sample(people):
    version = models_hub.published(people.alice).versions.get()
    row = samples.add_file(version, io.BytesIO(make.image()), filename="a.png", by=people.alice)
    return row.picture_id


def portrait(people):
    return portraits.portrait_given(people.alice, io.BytesIO(make.image()), "a.png")


def example(people):
    bounty = asked.put_up(people.alice)
    return bounty.shown.order_by("-pk").first().picture_id


def dataset(people):
    from training.domain import collecting

    made = collecting.start(people.alice, name="Dots")
    shot = upload(people.alice, level=Level.PG)
    collecting.add(made, shot, name="a.png")
    return shot.pk


PLACES = [post, sample, portrait, example, dataset]


@pytest.fixture
def can_not_look(monkeypatch):
    def broken(path):
        raise TransientError("the classifier could not run")

    monkeypatch.setattr(rating, "score_of", broken)


@pytest.fixture
def sure(monkeypatch):
    monkeypatch.setattr(rating, "score_of", lambda path: 0.99)


@pytest.mark.parametrize("place", PLACES)
def test_it_waits_where_the_classifier_can_not_run(people, can_not_look, place):
    pk = place(people)
    with pytest.raises(TransientError):
        pictures.prepare(Picture.objects.get(pk=pk))
    assert Picture.objects.get(pk=pk).state == "pending" and not is_anybodys(people, pk)
    assert not Image.objects.in_feed().filter(picture=pk).exists()
    assert not Model.objects.published().filter(cover=pk).exists()


@pytest.mark.parametrize("place", PLACES)
def test_what_it_is_sure_of_is_nobodys_in_no_moment(people, sure, place):
    pk = place(people)
    moments = []
    adapters.on("picture_ready", lambda picture: moments.append(is_anybodys(people, picture.pk)))
    try:
        pictures.prepare(Picture.objects.get(pk=pk))
    finally:
        adapters._hooks["picture_ready"].pop()
    shot = Picture.objects.get(pk=pk)
    assert shot.state == "ready" and shot.is_hidden and moments == [False]
    assert not is_anybodys(people, pk)
    assert Item.objects.filter(subject="community.Picture", row=str(pk), state="open").exists()


def test_a_worker_that_dies_between_leaves_nothing_open(people, sure, monkeypatch):
    """Ready and held are one act: where holding fails, it is not ready."""
    from community.domain import looking

    pk = sample(people)

    def dies(picture, *, because):
        raise RuntimeError("killed")

    monkeypatch.setattr(looking, "hold", dies)
    with pytest.raises(RuntimeError):
        pictures.prepare(Picture.objects.get(pk=pk))
    assert Picture.objects.get(pk=pk).state == "pending" and not is_anybodys(people, pk)


def test_what_was_drawn_here_is_looked_at_before_it_is_there(people, can_not_look):
    with pytest.raises(TransientError):
        pictures.add_made(people.alice, make.image())
    assert not is_anybodys(people, Picture.objects.get().pk) and Picture.objects.get().state == "pending"


def test_drawn_and_seen_as_mature_it_is_not_pg(people, monkeypatch):
    monkeypatch.setattr(rating, "score_of", lambda path: 0.7)
    shot = pictures.add_made(people.alice, make.image())
    assert shot.level == Level.R and not is_anybodys(people, shot.pk)
    pictures.show([shot])
    assert not Picture.objects.bytes_for(people.nobody).filter(pk=shot.pk).exists()


def test_its_address_answers_nobody_else(client, people, can_not_look):
    pk = sample(people)
    for url in (f"/media/{pk}/width=450/{pk}.webp", f"/media/{pk}/original=true/{pk}.png"):
        assert client.get(url).status_code == 404
        client.force_login(people.bob)
        assert client.get(url).status_code == 404
        client.logout()

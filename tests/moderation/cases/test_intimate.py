"""An intimate image is gone before the answer to the request is."""

import pytest
from django.test import Client

from community.models import Picture
from gallery.models import Image
from moderation.domain.cases import appealing, deciding
from moderation.models import Item
from tests.factories import cases, gallery
from tests.factories.cases import carried_out, filed
from tests.factories.community import image as file_of
from tests.factories.community import ready

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(people):
    """Bob's image, and Charlie's of the same pixels in another file."""
    found = []
    for owner, kind in ((people.bob, {}), (people.charlie, {"compress_level": 1})):
        image = gallery.published(owner)
        shot = ready(owner, file_of(**kind), shown=True)
        Picture.objects.filter(pk=shot.pk).update(level=1)
        Image.objects.filter(pk=image.pk).update(picture=shot, level=1)
        found.append(Image.objects.select_related("picture").get(pk=image.pk))
    assert found[0].picture.sha256 != found[1].picture.sha256
    assert found[0].picture.pixels_sha256 == found[1].picture.pixels_sha256
    return found


def file_by_form(client, image, **changes):
    told = {"what": ["intimate"], "urls": f"http://testserver{image.get_absolute_url()}", "wish": "removed", "if_silent": "removed",
            "role": "self", "email": "ana@private.example", "language": "en", "true": "on"}  # fmt: skip
    return client.post("/removal/", {**told, **changes})


def test_it_is_gone_within_the_request_with_its_copies(shown, people):
    first, copy = shown
    client = Client()
    assert client.get(first.picture.url()).status_code == 200
    response = file_by_form(client, first)
    assert response.status_code == 303 and response["Location"].startswith("/removal/")
    for image in shown:
        assert client.get(image.picture.url()).status_code == 404
        assert client.get(image.get_absolute_url()).status_code == 451
        assert f'href="{image.get_absolute_url()}"' not in client.get("/images/").content.decode()
    owner = Client()
    owner.force_login(people.bob)
    assert owner.get(first.picture.url()).status_code == 404
    assert Item.objects.filter(queue="cases", severity="P1").exists()


def test_nobody_bargains_about_it(shown, people):
    from civitai.errors import Refused
    from moderation.domain.cases import talking

    case, _token = filed(shown[0], ticked=("style", "intimate"))
    assert case.track == "intimate"
    with pytest.raises(Refused, match="bargains"):
        talking.open_talks(case, by=people.mona)


def test_more_than_a_few_are_looked_at_by_a_person_first(people):
    images = [gallery.published(people.bob) for _ in range(5)]
    for image in images:
        filed(image, ticked=("intimate",), email=f"x{image.pk}@private.example")
    hidden = [Image.objects.get(pk=image.pk).is_hidden for image in images]
    assert hidden == [True, True, True, False, False]
    case = images[4]
    from moderation.models import RemovalCase

    last = RemovalCase.objects.get(targets__row=str(case.pk))
    assert last.state == "triage"
    deciding.hide_now(last, by=people.mona, because="it is what it says")
    assert Image.objects.get(pk=case.pk).is_hidden


def test_removed_for_good_and_put_back_by_an_objection(shown, people, commit):
    case, _token = filed(shown[0], ticked=("intimate",), wish="removed")
    with commit():
        deciding.decide(case, by=people.mona, outcome="removed", because="It shows her.")
        carried_out(case)
    client = Client()
    assert all(client.get(image.picture.url()).status_code == 404 for image in shown)
    found = appealing.appeal(case, "uploader", "It is a drawing of a vase.", by=people.bob)
    with commit():
        appealing.resolve(found, by=cases.moderator("ruben"), outcome="kept", because="A vase.")
        carried_out(case)
    for image in shown:
        assert client.get(image.picture.url()).status_code == 200
        assert client.get(image.get_absolute_url()).status_code == 200

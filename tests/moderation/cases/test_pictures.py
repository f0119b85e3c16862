"""A name leaves the files of pictures of every format, and the pixels stay as they were."""

import io
import urllib.request

import pytest
from django.test import Client
from PIL import Image as Canvas

from gallery.models import Image
from moderation.domain.cases import appealing, deciding
from tests.factories import cases, gallery
from tests.factories.cases import carried_out, proven
from tests.factories.community import ready

pytestmark = pytest.mark.django_db
TEXT = "a bird by Helena Prado\nSteps: 20, Sampler: Euler, Model: helena_prado_xl"


def file_of(kind):
    exif = Canvas.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + TEXT.encode("utf-16-be")
    out = io.BytesIO()
    Canvas.linear_gradient("L").resize((320, 240)).convert("RGB").save(
        out, kind, exif=exif, xmp=b"<x:xmpmeta>Helena Prado</x:xmpmeta>", quality=90
    )
    return out.getvalue()


def original(client, image):
    response = client.get(image.picture.original_url)
    assert response.status_code == 302, response.status_code
    with urllib.request.urlopen(response["Location"], timeout=20) as told:
        return told.read()


def spoken(data):
    return (data + data.replace(b"\0", b"")).lower()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_name_leaves_the_file_others_still_get_it_and_it_comes_back(people, commit, kind):
    model = cases.prado(people.alice)
    image = gallery.published(people.bob, version=model.versions.get(), prompt="a bird by Helena Prado")
    shot = ready(people.bob, file_of(kind), filename=f"bird.{kind.lower()}", shown=True)
    type(shot).objects.filter(pk=shot.pk).update(level=1)
    Image.objects.filter(pk=image.pk).update(picture=shot, level=1)
    image = Image.objects.select_related("picture").get(pk=image.pk)
    client = Client()
    before = original(client, image)
    assert b"helena" in spoken(before)
    case, _token = proven(model)
    with commit():
        deciding.decide(case, by=people.mona, outcome="renamed", because="Her name.")
        carried_out(case)
    after = original(client, image)
    assert b"helena" not in spoken(after) and b"prado" not in spoken(after) and b"steps: 20" in spoken(after)
    pixels = [Canvas.open(io.BytesIO(data)).convert("RGB").tobytes() for data in (before, after)]
    assert pixels[0] == pixels[1]
    found = appealing.appeal(case, "uploader", "My own name too.", by=people.alice)
    with commit():
        appealing.resolve(found, by=cases.moderator("ruben"), outcome="kept", because="Two of one name.")
        carried_out(case)
    assert original(client, image) == before


# What a case is about, small on its pages.


def _cased(people, ticked, level=1):

    image = gallery.published(people.bob, level=level)
    type(image).objects.filter(pk=image.pk).update(picture=ready(people.bob, shown=True, level=level))
    image = type(image).objects.select_related("picture").get(pk=image.pk)
    return image, *cases.filed(image, ticked=(ticked,))


def _seen(client, url, image):
    page = client.get(url).content.decode()
    return f"/media/{image.picture_id}/" in page, "#eye-off" in page


def test_pages_of_a_case_show_what_it_is_about_to_whom_it_may_be_shown(people):

    image, case, token = _cased(people, "other")
    owner, visitor = Client(), Client()
    owner.force_login(people.bob)
    assert _seen(visitor, f"/removal/{token}/", image) == (True, False)
    assert _seen(owner, f"/cases/{case.reference}/", image)[0]
    assert f"/media/{image.picture_id}/" in visitor.get(f"/removal/?url={image.get_absolute_url()}").content.decode()


def test_what_is_mature_or_hidden_is_covered_there(people):

    image, _case, token = _cased(people, "other", level=8)
    assert _seen(Client(), f"/removal/{token}/", image) == (False, True)
    hidden, _case, token = _cased(people, "likeness")
    assert _seen(Client(), f"/removal/{token}/", hidden) == (False, True)


def test_an_intimate_picture_is_shown_to_neither_side_and_to_a_moderator_on_request(people):

    image, case, token = _cased(people, "intimate")
    owner, moderator = Client(), Client()
    owner.force_login(people.bob)
    moderator.force_login(people.mona)
    assert _seen(Client(), f"/removal/{token}/", image) == (False, True)
    assert not _seen(owner, f"/cases/{case.reference}/", image)[0]
    page = moderator.get(f"/moderation/cases/{case.reference}/").content.decode()
    inside = page[page.index("<details><summary") :]
    assert f"/media/{image.picture_id}/" in inside and f"/media/{image.picture_id}/" not in page[: page.index(inside)]
    assert moderator.get(f"/media/{image.picture_id}/width=320/{image.picture_id}.webp").status_code == 200


def test_of_a_child_nothing_is_shown_on_the_moderators_page(people):

    image, case, _token = _cased(people, "child")
    moderator = Client()
    moderator.force_login(people.mona)
    page = moderator.get(f"/moderation/cases/{case.reference}/").content.decode()
    assert "/media/" not in page.split("<main")[1] and "No picture is shown here" in page

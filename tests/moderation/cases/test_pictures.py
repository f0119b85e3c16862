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

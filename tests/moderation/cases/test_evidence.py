"""Pictures that a claimant sends are decoded like every stranger's, and seen by moderators alone."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from civitai.errors import Refused
from moderation.domain.cases import evidence
from tests.factories import gallery
from tests.factories.cases import filed
from tests.factories.community import image, png_claiming

pytestmark = pytest.mark.django_db


def test_a_picture_is_drawn_anew_and_shown_to_moderators_alone(people):
    case, _token = filed(gallery.published(people.bob), ticked=("other",))
    evidence.add(case, [SimpleUploadedFile("carnaval.png", image()), SimpleUploadedFile("again.png", image())])
    row = case.evidence.get()
    evidence.look_at(row.pk)
    evidence.look_at(row.pk)
    url = f"/moderation/cases/{case.reference}/evidence/{row.pk}/"
    for user, status in ((people.bob, 404), (people.mona, 200)):
        client = Client()
        client.force_login(user)
        assert client.get(url).status_code == status
    assert client.get(url).content[:4] == b"RIFF"


def test_what_is_no_picture_is_never_shown(people):
    case, _token = filed(gallery.published(people.bob), ticked=("other",))
    for name, body in (("bomb.png", png_claiming(60_000, 60_000)), ("run.png", b"MZ" + bytes(200))):
        evidence.add(case, [SimpleUploadedFile(name, body)])
    for row in case.evidence.all():
        evidence.look_at(row.pk)
    assert not case.evidence.exclude(shown_key="").exists() and case.evidence.exclude(refusal="").count() == 2


def test_too_many_or_too_large_is_refused_before_anything_is_kept():
    with pytest.raises(Refused):
        evidence.check([SimpleUploadedFile("x.png", b"x")] * 13)
    large = SimpleUploadedFile("x.png", b"x")
    large.size = 11 * 1024 * 1024
    with pytest.raises(Refused):
        evidence.check([large])

"""Pictures that a claimant sends are decoded like every stranger's, and seen by moderators alone."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from civitai.errors import Refused
from moderation.domain.cases import evidence, filing
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


# Something only the maker has.


def sent(token, **told):
    return Client().post(f"/removal/{token}/works/", {"kind": "layered", "words": "", "url": "", **told})


def test_a_layered_file_waits_in_quarantine_and_a_moderator_who_has_looked_ticks_it_off(people):
    """It may be of any format: nobody opens it here, a moderator gets it as it came, and that is on record."""
    from civitai import storages
    from moderation.models import Item

    case, token = filed(gallery.published(people.bob), ticked=("style",))
    assert "something only the maker has" in Client().get(f"/removal/{token}/").content.decode()
    body = b"8BPS" + bytes(range(256)) * 40
    for _ in range(2):
        assert (
            sent(token, file=SimpleUploadedFile("carnaval.psd", body), words="Each colour a layer").status_code == 303
        )
    row = case.evidence.get()
    assert (row.kind, row.held_in, row.shown_key) == ("layered", "quarantine", "")
    assert storages.quarantine().read(row.key) == body and not storages.private().exists(row.key)
    assert Item.objects.get(row=str(case.pk), state="open").queue == "cases"
    assert case.state == "verifying" and not case.is_proven
    mona = Client()
    mona.force_login(people.mona)
    url = f"/moderation/cases/{case.reference}/"
    assert "Each colour a layer" in mona.get(url).content.decode()
    page = mona.post(f"{url}works/", {"evidence": row.pk}).content.decode()
    assert row.key in page and case.events.filter(kind="file_opened", by_name="mona").count() == 1
    assert mona.post(f"{url}proofs/", {"method": "work", "because": "Layers and sketches."}).status_code == 303
    case.refresh_from_db()
    assert (case.state, case.is_proven) == ("triage", True)
    assert "By a work that only its maker has" in Client().get(f"/removal/{token}/").content.decode()


def test_an_earlier_post_is_an_address_and_nobody_calls_it(people):
    case, token = filed(gallery.published(people.bob), ticked=("style",))
    for wrong in ("", "javascript:alert(1)", "https://localhost/x", "post"):
        answer = sent(token, kind="dated", url=wrong)
        assert answer.status_code == 400 and "beginning with https" in answer.content.decode()
    assert sent(token, kind="dated", url="https://helena.example/2011/carnaval").status_code == 303
    row = case.evidence.get()
    assert row.url == "https://helena.example/2011/carnaval" and row.size_bytes == 0


def test_no_file_too_many_and_the_wrong_moment_are_refused(people):
    case, token = filed(gallery.published(people.bob), ticked=("style",))
    assert "Choose the file" in sent(token).content.decode()
    for number in range(5):
        assert sent(token, kind="dated", url=f"https://helena.example/{number}").status_code == 303
    assert "That is enough" in sent(token, kind="dated", url="https://helena.example/9").content.decode()
    mona = Client()
    mona.force_login(people.mona)
    bench = f"/moderation/cases/{case.reference}"
    other, _token = filed(gallery.published(people.bob), ticked=("style",), email="o@x.example")
    told = {"method": "work", "because": "x"}
    assert mona.post(f"/moderation/cases/{other.reference}/proofs/", told).status_code == 400
    assert mona.post(f"{bench}/works/", {"evidence": 999}).status_code == 404
    assert mona.post(f"{bench}/proofs/", told).status_code == 303
    assert sent(token, kind="dated", url="https://helena.example/10").status_code == 400
    assert case.evidence.count() == 5


def test_a_larger_original_is_drawn_anew_from_quarantine(people):
    case, token = filed(gallery.published(people.bob), ticked=("style",))
    assert sent(token, kind="larger", file=SimpleUploadedFile("big.png", image())).status_code == 303
    row = case.evidence.get()
    evidence.look_at(row.pk)
    row.refresh_from_db()
    assert row.shown_key and row.held_in == "quarantine"


def test_what_was_sent_is_erased_a_year_after_the_end(people):
    from datetime import timedelta

    from django.utils import timezone

    from civitai import storages
    from moderation.domain.cases import clocks

    case, token = filed(gallery.published(people.bob), ticked=("style",))
    evidence.add(case, [SimpleUploadedFile("carnaval.png", image())])
    sent(token, file=SimpleUploadedFile("carnaval.psd", b"8BPS" + bytes(99)))
    keys = list(case.evidence.values_list("held_in", "key"))
    filing.withdraw(case)
    clocks.keep(now=timezone.now() + timedelta(days=364))
    assert case.evidence.count() == 2
    clocks.keep(now=timezone.now() + timedelta(days=366))
    assert not case.evidence.exists() and not any(storages.named(store).exists(key) for store, key in keys)

"""A case about a person's profile; and what moderators may still open of what nobody else gets."""

import urllib.request

import pytest
from django.test import Client

from accounts.domain import profiles
from accounts.models import User
from civitai.errors import Refused
from community.models import Picture
from models_hub.domain import withholding
from moderation.domain import registry
from moderation.domain.cases import appealing, deciding
from moderation.models import ModerationEvent, RemovalCase
from tests.factories import cases, gallery, models_hub
from tests.factories.cases import bytes_of, carried_out, filed, proven
from tests.factories.community import ready

pytestmark = pytest.mark.django_db
SAID = ("Helena Prado", "carve since 1998")


@pytest.fixture
def bob(people):
    """Whose profile passes for Helena's."""
    shot = ready(people.bob, shown=True)
    Picture.objects.filter(pk=shot.pk).update(level=1)
    people.bob.describe(display_name="Helena Prado", bio="I carve since 1998. helena-prado.example")
    people.bob.wear(shot.pk)
    models_hub.published(people.bob, name="Paper Birds")
    return people.bob


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def page_of(client, url="/users/bob/"):
    response = client.get(url)
    return response.status_code, response.content.decode()


def test_a_likeness_that_is_claimed_takes_the_profile_out_of_lists_and_its_words_off_at_once(bob):
    client = Client()
    assert all(said in page_of(client)[1] for said in SAID) and client.get(bob.portrait_url).status_code == 200
    case, _token = filed(bob, ticked=("likeness",))
    bob.refresh_from_db()
    assert (bob.freeze_level, bob.case_reference) == (1, case.reference)
    status, page = page_of(client)
    assert status == 200 and not any(said in page for said in SAID) and f"Member {bob.pk}" in page
    assert "Paper Birds" in page and "noindex" in page
    assert client.get(f"/media/{bob.avatar_uuid}/width=96/{bob.avatar_uuid}.webp").status_code == 404
    assert "/users/bob/" not in page_of(client, "/search/?q=bob&in=people")[1]
    assert not [one for one in client.get("/api/v1/creators").json()["items"] if one["username"] == "bob"]
    assert "Helena" not in page_of(client, "/models/")[1]


def test_proof_closes_the_profile_to_others_and_what_it_says_can_not_be_changed(bob, people):
    case, _token = proven(bob, ticked=("likeness",))
    status, page = page_of(Client())
    assert status == 451 and case.reference in page and "Helena" not in page
    status, page = page_of(signed_in(bob))
    assert status == 200 and f"/cases/{case.reference}/" in page
    assert page_of(signed_in(people.mona))[0] == 200
    told = {"level": 1, "language": "en"}
    with pytest.raises(Refused, match=case.reference):
        profiles.arrange(User.objects.get(pk=bob.pk), display_name="Other", bio=bob.bio, **told)
    profiles.arrange(User.objects.get(pk=bob.pk), display_name=bob.display_name, bio=bob.bio, **told)


def test_removed_empties_the_profile_keeps_the_account_and_an_objection_puts_it_back(bob, people, commit):
    was, avatar = (bob.display_name, bob.bio), bob.avatar_uuid
    case, _token = proven(bob, ticked=("likeness",))
    with commit():
        deciding.decide(case, by=people.mona, outcome="removed", because="It passes for her.")
        carried_out(case)
    status, page = page_of(Client())
    assert status == 200 and not any(said in page for said in SAID) and "Paper Birds" in page
    bob.refresh_from_db()
    assert bob.is_active and bob.avatar_uuid is None and bob.freeze_level == 0
    assert registry.find("sha256", [Picture.objects.get(pk=avatar).sha256])
    found = appealing.appeal(case, "uploader", "It is me.", by=bob)
    with commit():
        appealing.resolve(found, by=cases.moderator("ruben"), outcome="kept", because="It is.")
        carried_out(case)
    bob.refresh_from_db()
    assert (bob.display_name, bob.bio) == was and bob.avatar_uuid == avatar
    assert Client().get(bob.portrait_url).status_code == 200


def test_a_name_is_taken_out_of_a_profile_and_of_its_address(people, commit):
    fan = User.objects.create_user("helena_prado", "fan@example.org", display_name="Helena Prado Fan", bio="all Helena")
    case, _token = proven(fan)
    with commit():
        deciding.decide(case, by=people.mona, outcome="renamed", because="Her name.")
        carried_out(case)
    fan.refresh_from_db()
    assert fan.username == f"member-{fan.pk}" and fan.display_name == "Fan"
    client = Client()
    assert client.get("/users/helena_prado/").status_code == 404
    assert client.get(fan.get_absolute_url()).status_code == 200
    found = appealing.appeal(case, "uploader", "My own name.", by=fan)
    with commit():
        appealing.resolve(found, by=cases.moderator("ruben"), outcome="kept", because="Two of one name.")
        carried_out(case)
    fan.refresh_from_db()
    assert (fan.username, fan.display_name) == ("helena_prado", "Helena Prado Fan")


def test_unlisted_a_model_shows_a_neutral_title(people):
    model = models_hub.published(people.alice, name="Taylor Neighbour")
    filed(model, ticked=("likeness",))
    url = model.get_absolute_url()
    head = page_of(Client(), url)[1].split('<nav class="tabs')[0]
    assert f"<h1>Model {model.pk}</h1>" in head and "Taylor" not in head.replace(url, "")
    assert "Taylor Neighbour" in page_of(signed_in(people.alice), url)[1]


# What is withheld, opened by moderators.


def test_a_moderator_opens_a_withheld_file_with_a_reason_that_stays(people, commit):
    model = models_hub.published(people.alice, stored=models_hub.safetensors())
    file = model.versions.get().files.get()
    before = bytes_of(file)
    with commit():
        case, _token = filed(model, ticked=("intimate",))
        withholding.settle_files(model.pk)
    url = f"/moderation/cases/{case.reference}/"
    mona, told = signed_in(people.mona), {"target": case.targets.get().pk, "number": 0}
    assert "Open a file that is withheld" in mona.get(url).content.decode()
    assert mona.post(f"{url}files/", {**told, "because": " "}).status_code == 400
    assert not case.events.filter(kind="file_opened").exists()
    page = mona.post(f"{url}files/", {**told, "because": "Is it what the claimant says?"}).content.decode()
    link = page.split('href="http')[1].split('"')[0].replace("&amp;", "&")
    with urllib.request.urlopen(f"http{link}", timeout=20) as answer:
        assert answer.read() == before and "attachment" in answer.headers["Content-Disposition"]
    event = case.events.get(kind="file_opened")
    assert (event.by_name, event.facts["because"]) == ("mona", "Is it what the claimant says?")
    assert ModerationEvent.objects.filter(what="case.open_file").count() == 1
    for user in (people.alice, people.bob):
        assert signed_in(user).post(f"{url}files/", {**told, "because": "x"}).status_code == 404
    assert "A moderator opened" not in signed_in(people.alice).get(f"/cases/{case.reference}/").content.decode()


def test_an_image_in_quarantine_is_opened_too_and_what_is_not_there_is_said(people, commit):
    from gallery.models import Image

    image = gallery.published(people.bob)
    shot = ready(people.bob, shown=True)
    Image.objects.filter(pk=image.pk).update(picture=shot)
    with commit():
        case, _token = filed(image, ticked=("intimate",))
    mona, url = signed_in(people.mona), f"/moderation/cases/{case.reference}/files/"
    told = {"target": case.targets.get().pk, "because": "look"}
    assert mona.post(url, {**told, "number": 0}).status_code == 200
    assert mona.post(url, {**told, "number": 7}).status_code == 400
    assert mona.post(url, {**told, "number": "-1"}).status_code == 404
    assert RemovalCase.objects.get().events.filter(kind="file_opened").count() == 1

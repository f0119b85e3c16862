"""A case about a person's profile; and what moderators may still open of what nobody else gets."""

import urllib.request

import pytest
from django.test import Client

from accounts.domain import profiles
from accounts.models import User
from civitai.errors import Refused
from community.models import Picture, Tag
from models_hub.domain import withholding
from models_hub.models import Model, Review
from moderation.domain import registry
from moderation.domain.cases import appealing, deciding, freezing
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


def worded(people):
    """A published model that says the name in each of its words, with a review, an image and a post of it."""
    model = models_hub.published(people.alice, name="Taylor Neighbour", description="All of Taylor, by Taylor.")
    model.tags.add(Tag.objects.create(name="taylor-neighbour"))
    version = model.versions.get()
    told = {"name": "Taylor v2", "description": "More Taylor.", "trained_words": ["tayl0r", "taylor neighbour"]}
    type(version).objects.filter(pk=version.pk).update(**told)
    version.files.update(name="taylor.safetensors")
    # Two files of one kind are told apart by their names.
    models_hub.ready_file(version, name="taylor-other.safetensors")
    models_hub.another_version(model, name="Taylor v1", trained_words=["taylor"])
    Review.objects.create(author=people.bob, version=version, model=model, recommends=True, text="Good.")
    Model.objects.filter(pk=model.pk).update(thumbs_up=1)
    return model, version


def test_unlisted_none_of_its_words_is_anywhere_and_all_come_back_as_they_were(people, commit):
    model, version = worded(people)
    url, sha256 = f"/models/{model.pk}/model/", version.files.first().hashes.get(kind="SHA256").value
    addresses = [
        url, f"{url}?version={version.pk}", f"/models/{model.pk}/reviews/", f"/images/?version={version.pk}",
        f"/create/?version={version.pk}", f"/api/v1/models/{model.pk}", f"/api/v1/model-versions/{version.pk}",
        f"/api/v1/model-versions/mini/{version.pk}", f"/api/v1/model-versions/by-hash/{sha256}",
        "/models/", "/", "/search/?q=taylor", "/sitemap.xml", "/api/v1/models?query=taylor", "/api/v1/tags?query=taylor",
        "/users/alice/",
    ]  # fmt: skip
    bob, alice = signed_in(people.bob), signed_in(people.alice)

    def answers(client):
        return {one: client.get(one, follow=True) for one in addresses}

    def says(client):
        bodies = {one: answer.content.decode().lower() for one, answer in answers(client).items()}
        # Not the bare word: who asks for it reads it in the field of the search.
        words = ("neighbour", "tayl0r", "taylor v", "of taylor", "more taylor", "by taylor", "taylor.", "taylor-")
        return [one for one, body in bodies.items() if any(word in body for word in words)]

    before = says(Client())
    assert len(before) >= 10, before
    case, _token = filed(model, ticked=("likeness",))
    model.refresh_from_db()
    assert model.freeze_level == 1
    assert answers(bob)[url].status_code == 200, "it opens by its address"
    assert says(Client()) == [] and says(bob) == []
    assert url in says(alice) and url in says(signed_in(people.mona)), "its owner and moderators read it"
    with commit():
        freezing.freeze_all(case, 0, reason="withdrawn")
    assert says(Client()) == before


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

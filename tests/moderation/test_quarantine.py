"""What was reported as a child: whatever it is, its bytes are nobody's at any address, kept, and given back as they were."""

from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bounties.models import EntryFile
from civitai import storages
from civitai.errors import Refused
from community.domain import pictures, portraits
from community.models import Collection, Picture, PictureQuarantine
from gallery.models import Image
from models_hub.domain import samples
from models_hub.models import Model, VersionPicture
from moderation import subjects
from moderation.domain import deciding, queueing, reporting
from moderation.models import Quarantine
from tests.factories import bounties, gallery
from tests.factories import community as make
from tests.factories import models_hub as hub
from tests.people import person
from training.domain import collecting

pytestmark = pytest.mark.django_db
WHY = {"clause": "2.3", "reason": "A child, clearly."}


@pytest.fixture
def nia(db):
    return person("nia", is_moderator=True)


@pytest.fixture
def root(db):
    return person("root1", is_moderator=True, is_staff=True, is_superuser=True)


def real(owner, data=None):
    """A picture with its objects, as an upload makes it."""
    row = pictures.add(owner, SimpleUploadedFile("moon.png", data or make.image()), filename="moon.png", level=1)
    return pictures.prepare(row)


def a_model(people):
    model = hub.published(people.alice, stored=b"weights")
    picture = real(people.alice)
    VersionPicture.objects.create(version=model.versions.get(), picture=picture, position=5)
    samples.refresh(model)
    pictures.show([picture])
    version = model.versions.get()
    addresses = [
        f"/models/{model.pk}/papercut/",
        f"/api/v1/models/{model.pk}",
        f"/api/v1/model-versions/{version.pk}",
        f"/api/download/models/{version.pk}",
    ]
    return SimpleNamespace(row=model, picture=picture, addresses=addresses)


def a_bounty(people):
    bounty = bounties.put_up(people.alice)
    bounties.prepare_pictures(bounty)
    picture = bounty.shown.get().picture
    return SimpleNamespace(row=bounty, picture=picture, addresses=[bounty.get_absolute_url()])


def an_entry(people):
    entry = bounties.enter(bounties.put_up(people.bob), people.alice)
    bounties.prepare_pictures(entry)
    picture = entry.shown.get().picture
    return SimpleNamespace(row=entry, picture=picture, addresses=[entry.get_absolute_url()])


def a_set(people):
    row = collecting.start(people.alice, name="Stripes")
    picture = real(people.alice)
    collecting.add(row, picture, name="moon.png", caption="a moon")
    return SimpleNamespace(row=row, picture=picture, addresses=[row.get_absolute_url()])


def a_collection(people):
    image = gallery.published(people.alice)
    picture = image.picture
    row = Collection.objects.create(owner=people.alice, name="Moons", shown="public")
    row.rows.create(subject="gallery.Image", row=image.pk)
    return SimpleNamespace(row=row, picture=picture, addresses=[row.get_absolute_url()])


def an_image(people):
    image = gallery.published(people.alice)
    return SimpleNamespace(row=image, picture=image.picture, addresses=[])


MAKERS = [a_model, a_bounty, an_entry, a_set, a_collection, an_image]


def may_have(viewer, picture):
    return Picture.objects.bytes_for(viewer).filter(pk=picture.pk).exists()


def reported(row, by, reason="minor"):
    return reporting.report(by, subjects.named(row), reason=reason).item


@pytest.mark.parametrize("make_one", MAKERS)
class TestEveryKindOfThing:
    def test_its_bytes_are_nobodys_but_an_administrators(self, people, root, make_one):
        one = make_one(people)
        assert may_have(people.alice, one.picture), "its owner had it"
        reported(one.row, people.charlie)
        for viewer in (people.alice, people.bob, people.charlie, people.mona, people.nobody):
            assert not may_have(viewer, one.picture), viewer
        assert may_have(root, one.picture)
        one.picture.refresh_from_db()
        assert one.picture.state == "ready" and not one.picture.is_public, "kept"

    def test_every_address_says_no_to_its_owner_and_to_moderators(self, client, people, make_one):
        one = make_one(people)
        media = [one.picture.url(), one.picture.original_url]
        client.force_login(people.alice)
        assert all(client.get(address).status_code in (200, 307, 302) for address in one.addresses)
        reported(one.row, people.charlie)
        for viewer in (people.alice, people.mona, people.bob, None):
            client.logout()
            if viewer:
                client.force_login(viewer)
            for address in [*one.addresses, *media]:
                # A visitor is asked to sign in where members alone come.
                no = (404, 451) if viewer else (302, 404, 451)
                assert client.get(address).status_code in no, (viewer, address)

    def test_wrong_it_is_as_it_was_and_undone_it_is_nobodys_again(self, people, nia, make_one):
        one = make_one(people)
        was = _state(one)
        decision = deciding.decide(reported(one.row, people.charlie), people.mona, action="keep", second=nia)
        assert _state(one) == was and may_have(people.alice, one.picture)
        assert not PictureQuarantine.objects.exists() and not Quarantine.objects.filter(lifted_at=None).exists()
        deciding.undo(decision, people.mona)
        assert not may_have(people.alice, one.picture) and not may_have(people.mona, one.picture)

    def test_decided_so_it_stays_and_undone_after_an_error_it_is_as_it_was(self, people, make_one):
        one = make_one(people)
        was = _state(one)
        item = queueing.raise_item(subjects.named(one.row), queue="reports", because="Spam", source="notice")
        decision = deciding.decide(item, people.mona, action="hide", **WHY)
        assert not may_have(people.alice, one.picture)
        deciding.undo(decision, people.mona)
        assert _state(one) == was and may_have(people.alice, one.picture)


def _state(one):
    row = type(one.row)._base_manager.get(pk=one.row.pk)
    picture = Picture.objects.get(pk=one.picture.pk)
    return (row.hidden_at, row.hidden_reason, picture.is_public, picture.hidden_at, picture.quarantined_at)


class TestItsObjects:
    def test_links_that_were_given_out_die_and_live_again(self, people, nia):
        one = a_set(people)
        key = one.picture.clean_key
        item = reported(one.row, people.charlie)
        one.picture.refresh_from_db()
        pictures.place(one.picture)
        assert not storages.private().exists(key) and storages.quarantine().exists(key)
        deciding.decide(item, people.mona, action="keep", second=nia)
        one.picture.refresh_from_db()
        pictures.place(one.picture)
        assert storages.private().exists(key) and not storages.quarantine().exists(key)

    def test_no_sweeper_destroys_them(self, people):
        one = a_set(people)
        reported(one.row, people.charlie)
        pictures.discard([one.picture])
        one.picture.refresh_from_db()
        assert one.picture.state == "ready"

    def test_files_of_an_entry_are_nobodys(self, people):
        one = an_entry(people)
        assert EntryFile.objects.visible_to(people.alice).exists()
        reported(one.row.bounty, people.charlie)
        for viewer in (people.alice, people.bob, people.mona):
            assert not EntryFile.objects.visible_to(viewer).exists()


class TestCopies:
    def copy(self, people, picture, owner):
        other = gallery.published(owner)
        Picture.objects.filter(pk=other.picture_id).update(
            sha256="", pixels_sha256=Picture.objects.get(pk=picture.pk).pixels_sha256 or "ab" * 32
        )
        return other

    @pytest.mark.parametrize("make_one", [a_model, a_set, a_bounty])
    def test_the_same_pixels_elsewhere_leave_with_it_and_come_back(self, people, nia, make_one):
        one = make_one(people)
        other, another = self.copy(people, one.picture, people.bob), gallery.published(people.bob)
        item = reported(one.row, people.charlie)
        assert not Image.objects.in_feed().filter(pk=other.pk).exists()
        assert not may_have(people.bob, other.picture) and may_have(people.bob, another.picture)
        deciding.decide(item, people.mona, action="keep", second=nia)
        assert Image.objects.in_feed().filter(pk=other.pk).exists() and may_have(people.nobody, other.picture)

    def test_an_ordinary_report_of_an_image_finds_them_too(self, people, nia):
        image = gallery.published(people.alice)
        Picture.objects.filter(pk=image.picture_id).update(sha256="c" * 64, pixels_sha256="d" * 64)
        model = a_model(people)
        Picture.objects.filter(pk=model.picture.pk).update(sha256="c" * 64)
        Model.objects.filter(pk=model.row.pk).update(cover=model.picture)
        item = reported(image, people.charlie)
        model.row.refresh_from_db()
        assert not may_have(people.alice, model.picture) and model.row.cover_id != model.picture.pk
        deciding.decide(item, people.mona, action="keep", second=nia)
        assert may_have(people.alice, model.picture)
        assert Picture.objects.get(pk=model.picture.pk).is_public

    def test_held_by_two_it_comes_out_with_the_last(self, people, nia):
        first, second = a_set(people), a_set(people)
        other = self.copy(people, first.picture, people.bob)
        items = [reported(one.row, people.charlie) for one in (first, second)]
        deciding.decide(items[0], people.mona, action="keep", second=nia)
        assert not Image.objects.in_feed().filter(pk=other.pk).exists() and not may_have(people.bob, other.picture)
        deciding.decide(items[1], people.mona, action="keep", second=nia)
        assert Image.objects.in_feed().filter(pk=other.pk).exists()

    def test_uploaded_anew_it_joins_them(self, people):
        data = make.image()
        one = SimpleNamespace(picture=real(people.alice, data), row=collecting.start(people.alice, name="Set"))
        collecting.add(one.row, one.picture)
        reported(one.row, people.charlie)
        again = real(people.bob, data)
        assert not may_have(people.bob, again) and again.quarantines.exists()

    def test_a_portrait_is_worn_again(self, people, nia):
        data = make.image()
        one = SimpleNamespace(picture=real(people.alice, data), row=collecting.start(people.alice, name="Set"))
        collecting.add(one.row, one.picture)
        worn = Picture.objects.get(pk=portraits.portrait_given(people.bob, SimpleUploadedFile("a.png", data), "a.png"))
        pictures.prepare(worn)
        type(people.bob).objects.filter(pk=people.bob.pk).update(avatar_uuid=worn.pk)
        item = reported(one.row, people.charlie)
        assert not may_have(people.nobody, worn)
        deciding.decide(item, people.mona, action="keep", second=nia)
        assert may_have(people.nobody, worn)

    def test_a_collection_takes_nothing_from_others(self, people):
        one = a_collection(people)
        other = gallery.published(people.bob)
        one.row.rows.create(subject="gallery.Image", row=other.pk)
        reported(one.row, people.charlie)
        assert may_have(people.bob, other.picture) and not may_have(people.alice, one.picture)


class TestHiddenBefore:
    def test_what_a_moderator_had_hidden_is_quarantined_and_goes_back_under_that(self, people, nia):
        image = gallery.published(people.alice)
        spam = deciding.decide(
            reported(image, people.bob, "spam"), people.mona, action="hide", clause="7.1", reason="Boots."
        )
        assert may_have(people.alice, image.picture)
        item = reported(image, people.charlie)
        assert not may_have(people.alice, image.picture) and not may_have(people.mona, image.picture)
        deciding.decide(item, people.mona, action="keep", second=nia)
        image.refresh_from_db()
        assert image.hidden_reason == "Boots." and image.hidden_by == people.mona
        assert may_have(people.alice, image.picture)
        deciding.undo(spam, people.mona)
        assert Image.objects.in_feed().filter(pk=image.pk).exists()

    def test_another_rule_gives_no_bytes_back(self, people):
        image = gallery.published(people.alice)
        item = reported(image, people.bob)
        deciding.decide(item, people.mona, action="hide", clause="7.1", reason="Boots.")
        assert not may_have(people.alice, image.picture)

    def test_one_alone_lets_nothing_out_by_a_level(self, people):
        image = gallery.published(people.alice)
        item = reported(image, people.bob)
        with pytest.raises(Refused) as refused:
            deciding.decide(item, people.mona, action="level", level=1, clause="3.1", reason="PG.")
        assert refused.value.code == "second" and not may_have(people.alice, image.picture)

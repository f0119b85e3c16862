"""What was decided to show a child comes in by no door again, until the decision is taken back."""

import io
import zipfile
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bounties.models import EntryFile
from civitai.errors import Refused
from civitai.moderated import QUARANTINED
from community.domain import pictures, portraits
from community.models import Picture
from gallery.models import Image
from models_hub.models import FileCheck, ModelFile
from models_hub.tasks import check_file
from moderation import subjects
from moderation.domain import appealing, deciding, queueing, registry
from moderation.models import Item, RegistryEntry
from tests.factories import bounties, gallery
from tests.factories import community as make
from tests.factories import models_hub as hub
from tests.moderation.test_quarantine import WHY, a_bounty, a_collection, a_model, a_set, an_entry, an_image, real
from tests.people import person
from training.domain import collecting

pytestmark = pytest.mark.django_db


@pytest.fixture
def nia(db):
    return person("nia", is_moderator=True)


def decided(row, by, action="hide", **why):
    item = queueing.raise_item(subjects.named(row), queue="minors", because="A child", source="notice")
    return deciding.decide(item, by, action=action, **{**WHY, **why})


def with_hashes(one):
    """A row as an upload leaves it: the factories' pictures have no bytes."""
    pk = one.picture.pk
    Picture.objects.filter(pk=pk, sha256="").update(sha256=f"{pk.hex}{pk.hex}", pixels_sha256=f"{pk.hex}{'0' * 32}")
    return Picture.objects.get(pk=pk)


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("make_one", [a_model, a_bounty, an_entry, a_set, a_collection, an_image])
def test_whatever_it_is_its_pictures_stand_in_the_registry_as_long_as_the_decision(people, make_one):
    one = make_one(people)
    picture = with_hashes(one)
    decision = decided(one.row, people.mona)
    assert (
        registry.verdict("sha256", [picture.sha256]) == registry.verdict("pixels", [picture.pixels_sha256]) == "block"
    )
    deciding.undo(decision, people.mona)
    assert not RegistryEntry.objects.exists()


def test_a_post_enters_all_its_images(people):
    first = gallery.published(people.alice)
    images = [first, gallery.image_of(first.post, position=1)]
    hashes = [with_hashes(SimpleNamespace(picture=image.picture)).sha256 for image in images]
    decided(first.post, people.mona)
    assert [registry.verdict("sha256", [one]) for one in hashes] == ["block", "block"]


def test_another_rule_enters_nothing(people):
    one = an_image(people)
    with_hashes(one)
    decided(one.row, people.mona, clause="7.1", reason="Boots.")
    assert not RegistryEntry.objects.exists()


def test_what_stays_is_not_entered(people, nia):
    one = an_image(people)
    with_hashes(one)
    decided(one.row, people.mona, action="keep", clause="")
    assert not RegistryEntry.objects.exists()


class TestEachTakesOutItsOwn:
    def test_two_decisions_about_the_same_bytes(self, people):
        first, second = (gallery.published(people.alice) for _one in range(2))
        for image in (first, second):
            Picture.objects.filter(pk=image.picture_id).update(sha256="a" * 64, pixels_sha256="b" * 64)
        decisions = [decided(image, people.mona) for image in (first, second)]
        deciding.undo(decisions[0], people.mona)
        assert registry.verdict("sha256", ["a" * 64]) == "block", "the other one says so still"
        deciding.undo(decisions[1], people.mona)
        assert registry.verdict("sha256", ["a" * 64]) == ""

    def test_a_case_keeps_what_it_had_entered(self, people):
        one = an_image(people)
        picture = with_hashes(one)
        registry.enter("sha256", picture.sha256, mode="hold", source="case R-1")
        decision = decided(one.row, people.mona)
        assert registry.verdict("sha256", [picture.sha256]) == "block"
        deciding.undo(decision, people.mona)
        assert registry.verdict("sha256", [picture.sha256]) == "hold"

    def test_an_objection_that_is_granted_takes_them_out(self, people, nia):
        one = an_image(people)
        picture = with_hashes(one)
        decision = decided(one.row, people.mona)
        objection = appealing.appeal(decision, people.alice, "It is a drawing of a teapot.")
        assert registry.verdict("sha256", [picture.sha256]) == "block", "not by asking alone"
        appealing.resolve(objection, nia, upheld=True, answer="A teapot indeed.")
        assert registry.verdict("sha256", [picture.sha256]) == ""


class TestTheDoors:
    @pytest.fixture
    def blocked(self, people):
        """Bytes of a picture of alice that were decided to show a child."""
        data = make.image()
        row = collecting.start(people.alice, name="Set")
        picture = real(people.alice, data)
        collecting.add(row, picture)
        decision = decided(row, people.mona)
        return data, decision

    def sent_again(self, people, data):
        row = pictures.add(people.bob, SimpleUploadedFile("b.png", data), filename="b.png", level=1)
        return pictures.prepare(row)

    def test_a_picture_of_the_same_bytes_is_refused_and_its_sender_looked_at(self, people, blocked):
        again = self.sent_again(people, blocked[0])
        assert (again.state, again.refusal) == ("refused", "registry")
        item = Item.objects.get(subject="accounts.User")
        assert (item.row, item.queue, item.severity) == (str(people.bob.pk), "minors", "P0")

    def test_the_same_pixels_in_another_file_are_refused(self, people, blocked):
        from PIL import Image as Pillow

        out = io.BytesIO()
        Pillow.open(io.BytesIO(blocked[0])).save(out, "WEBP", lossless=True)
        assert self.sent_again(people, out.getvalue()).refusal == "registry"

    def test_taken_back_they_are_welcome(self, people, blocked):
        deciding.undo(blocked[1], people.mona)
        assert self.sent_again(people, blocked[0]).state == "ready"

    def test_a_portrait_an_entry_and_a_set_refuse_it(self, people, blocked):
        data = blocked[0]
        worn = Picture.objects.get(pk=portraits.portrait_given(people.bob, SimpleUploadedFile("a.png", data), "a.png"))
        assert pictures.prepare(worn).refusal == "registry"
        entry = bounties.enter(bounties.put_up(people.charlie), people.bob, images=[SimpleUploadedFile("e.png", data)])
        bounties.prepare_pictures(entry)
        assert entry.shown.get().picture.refusal == "registry"
        mine = collecting.start(people.bob, name="Mine")
        collecting.add_files(mine, [SimpleUploadedFile("m.png", data)])
        assert pictures.prepare(mine.pictures.get().picture).refusal == "registry"

    def test_a_zip_of_an_entry_brings_it_in_as_little(self, people, blocked):
        bounty = bounties.put_up(people.charlie)
        for data, state in ((blocked[0], "refused"), (make.noise(), "ready")):
            file = SimpleUploadedFile("set.zip", zipped({"a/moon.png": data, "a/moon.txt": b"a moon"}))
            entry = bounties.enter(bounty, people.bob, files=[file])
            assert EntryFile.objects.get(entry=entry).state == state
        assert Item.objects.get(subject="accounts.User").row == str(people.bob.pk)

    def test_what_was_copied_before_stays_nobodys(self, people):
        """A copy that is there already goes with the quarantine, whatever the registry says."""
        data = make.image()
        copy = self.sent_again(people, data)
        row = collecting.start(people.alice, name="Set")
        collecting.add(row, real(people.alice, data))
        decided(row, people.mona)
        assert not Picture.objects.bytes_for(people.bob).filter(pk=copy.pk).exists()


class TestFiles:
    def checked(self, version, data, owner):
        from civitai import storages
        from models_hub.domain.stored import new_key

        key = new_key()
        storages.private().put(key, SimpleUploadedFile("again.safetensors", data))
        file = ModelFile.objects.create(version=version, name="again.safetensors", key=key, size_bytes=len(data))
        job = FileCheck.objects.create(file=file)
        check_file.plain(job.pk)
        file.refresh_from_db()
        return file

    def a_checked_model(self, owner, data):
        model = hub.published(owner)
        self.checked(model.versions.get(), data, owner)
        return model

    def test_the_file_of_a_model_is_refused_at_the_check_also_with_another_header(self, people):
        data, other = hub.safetensors(salt="one"), hub.safetensors(salt="two")
        model = self.a_checked_model(people.alice, data)
        decision = decided(model, people.mona)
        draft = hub.draft(people.bob)
        for again in (data, other):
            file = self.checked(draft.versions.get(), again, people.bob)
            assert (file.state, file.description["refusal"]["code"]) == ("refused", "registry")
            assert "registry" in str(file.refusal_sentence)
        assert Item.objects.get(subject="accounts.User").row == str(people.bob.pk)
        deciding.undo(decision, people.mona)
        assert self.checked(draft.versions.get(), data, people.bob).state == "ready"

    def test_it_does_not_join_a_published_version(self, people):
        data = hub.safetensors(salt="one")
        decided(self.a_checked_model(people.alice, data), people.mona)
        mine = hub.published(people.bob)
        assert self.checked(mine.versions.get(), data, people.bob).state == "refused"
        mine.refresh_from_db()
        assert not mine.is_hidden

    def test_what_is_looked_at_first_holds_the_published_model_that_it_joins(self, people):
        data = hub.safetensors(salt="one")
        told = self.a_checked_model(people.alice, data).versions.get().files.get(name="again.safetensors")
        registry.enter("sha256", told.hashes.get(kind="SHA256").value, mode="hold", source="case R-1")
        mine = hub.published(people.bob)
        assert self.checked(mine.versions.get(), data, people.bob).state == "ready"
        mine.refresh_from_db()
        assert mine.is_hidden and Item.objects.filter(subject="models_hub.Model", row=str(mine.pk)).exists()

    def test_the_file_of_an_entry_comes_back_as_no_model_and_no_entry(self, people):
        data = hub.safetensors(salt="entry")
        bounty = bounties.put_up(people.charlie)
        entry = bounties.enter(bounty, people.alice, files=[SimpleUploadedFile("a.safetensors", data)])
        decided(entry, people.mona)
        again = bounties.enter(bounty, people.bob, files=[SimpleUploadedFile("b.safetensors", data)])
        assert EntryFile.objects.get(entry=again).state == "refused"
        assert self.checked(hub.draft(people.bob).versions.get(), data, people.bob).state == "refused"

    def test_who_has_the_same_file_already_is_looked_at_and_comes_out_by_two(self, people, nia):
        data = hub.safetensors(salt="one")
        model, other = self.a_checked_model(people.alice, data), self.a_checked_model(people.bob, data)
        entry = bounties.enter(
            bounties.put_up(people.charlie), people.bob, files=[SimpleUploadedFile("a.safetensors", data)]
        )
        decided(model, people.mona)
        for row in (other, entry):
            row.refresh_from_db()
            assert row.hidden_reason == QUARANTINED
            item = Item.objects.get(subject=row._meta.label, row=str(row.pk))
            assert (item.queue, item.severity) == ("minors", "P0")
            deciding.decide(item, people.mona, action="keep", second=nia)
            row.refresh_from_db()
            assert not row.is_hidden

    def test_a_file_that_was_still_being_checked_is_entered_when_it_is_known(self, people):
        data = hub.safetensors(salt="late")
        model = hub.published(people.alice)
        decided(model, people.mona)
        file = self.checked(model.versions.get(), data, people.alice)
        assert file.state == "ready", "it is its owner's, kept with the rest"
        assert self.checked(hub.draft(people.bob).versions.get(), data, people.bob).state == "refused"

    def test_a_registry_that_can_not_be_asked_lets_nothing_join_what_is_shown(self, people, monkeypatch):
        from django.db import DatabaseError

        def away(*args):
            raise DatabaseError("gone")

        mine = hub.published(people.bob)
        monkeypatch.setattr(registry, "found_of", away)
        self.checked(mine.versions.get(), hub.safetensors(salt="x"), people.bob)
        mine.refresh_from_db()
        assert mine.is_hidden

    def test_a_file_from_this_machine_is_asked_about_too(self, people, tmp_path):
        from models_hub.domain import importing

        data = hub.safetensors(salt="one")
        decided(self.a_checked_model(people.alice, data), people.mona)
        (tmp_path / "b.safetensors").write_bytes(data)
        with pytest.raises(Refused, match="registry"):
            importing.add_file_from_path(hub.draft(people.bob).versions.get(), tmp_path / "b.safetensors")


def test_a_picture_that_was_still_being_looked_at_is_entered_when_it_is_ready(people):
    data = make.image()
    row = collecting.start(people.alice, name="Set")
    waiting = pictures.add(people.alice, SimpleUploadedFile("a.png", data), filename="a.png", level=1)
    collecting.add(row, waiting)
    decided(row, people.mona)
    pictures.prepare(Picture.objects.get(pk=waiting.pk))
    assert registry.verdict("sha256", [Picture.objects.get(pk=waiting.pk).sha256]) == "block"


def test_one_line_of_the_log_says_how_many(people):
    from moderation.models import ModerationEvent

    one = an_image(people)
    with_hashes(one)
    decided(one.row, people.mona)
    line = ModerationEvent.objects.get(what="registry")
    assert line.after["entries"] == 2 and not Image.objects.in_feed().filter(pk=one.row.pk).exists()

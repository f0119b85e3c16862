"""Reads that others share: cards, bases, LoRAs that fit, versions by hash."""

from datetime import timedelta

import pytest
from django.utils import timezone

from models_hub import queries
from models_hub.models import FileHash, Model, ModelVersion
from models_hub.states import FileState, ModelState
from tests.factories import models_hub as make

pytestmark = pytest.mark.django_db


def names(versions):
    return [version.model.name for version in versions]


def test_bases_are_what_workers_can_draw_with_and_the_member_sees(people):
    make.published(people.alice, name="Base", type="Checkpoint")
    ModelVersion.objects.update(can_generate=True)
    make.published(people.alice, name="Not here", type="Checkpoint")
    draft = make.draft(people.alice, name="Mine", type="Checkpoint").versions.get()
    ModelVersion.objects.filter(pk=draft.pk).update(can_generate=True)
    assert names(queries.generation_bases(people.bob)) == ["Base"]
    assert names(queries.generation_bases(people.nobody)) == ["Base"]
    assert set(names(queries.generation_bases(people.alice))) == {"Base", "Mine"}


def test_loras_fit_by_the_shape_of_their_base(people):
    base = make.published(people.alice, name="Base", type="Checkpoint", base_model="SDXL 1.0").versions.get()
    for name, its_base, type in (
        ("Fits", "SDXL 1.0", "LORA"),
        ("Fits too", "Pony", "LoCon"),
        ("Other", "SD 1.5", "LORA"),
        ("No adapter", "SDXL 1.0", "VAE"),
    ):
        make.published(people.alice, name=name, base_model=its_base, type=type)
    hidden = make.published(people.alice, name="Hidden")
    hidden.hide(by=people.mona, reason="x")
    assert set(names(queries.loras_for(base, people.bob))) == {"Fits", "Fits too"}
    assert names(queries.loras_for(base, people.bob, text="TOO")) == ["Fits too"]


def test_a_lora_without_a_ready_file_is_not_offered(people):
    base = make.published(people.alice, type="Checkpoint").versions.get()
    model = make.published(people.alice, name="Empty")
    model.versions.get().files.update(state=FileState.REFUSED)
    assert not queries.loras_for(base, people.bob).exists()


class TestByHash:
    def test_any_kind_in_any_case(self, people):
        version = make.published(people.alice).versions.get()
        for row in FileHash.objects.all():
            assert queries.versions_by_hash([row.value.lower()]) == {row.value: version}

    def test_the_first_published_wins(self, people):
        make.published(people.alice, stored=b"same").versions.get()
        ModelVersion.objects.update(published_at=timezone.now() - timedelta(days=9))
        first = ModelVersion.objects.get()
        make.published(people.bob, stored=b"same")
        value = FileHash.objects.filter(kind="SHA256").first().value
        assert queries.versions_by_hash([value]) == {value: first}

    def test_drafts_hidden_and_removed_files_are_not_found(self, people):
        value = None
        for spoil in (
            lambda model: model.hide(by=people.mona, reason="x"),
            lambda model: model.move(ModelState.UNPUBLISHED),
            lambda model: model.versions.get().move(ModelState.UNPUBLISHED),
            lambda model: model.versions.get().files.get().move(FileState.REMOVED),
        ):
            model = make.published(people.alice)
            value = model.versions.get().files.get().hashes.get(kind="SHA256").value
            assert value in queries.versions_by_hash([value])
            spoil(model)
            assert queries.versions_by_hash([value]) == {}

    def test_nonsense_is_nothing(self, db, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert queries.versions_by_hash(["", "x", "z" * 200]) == {}


class TestCards:
    def test_what_a_card_shows(self, people):
        model = make.published(people.alice, name="Papercut", downloads=5, likes=2)
        card = queries.model_card(model)
        assert (card["name"], card["kind"], card["base"], card["downloads"], card["likes"]) == (
            "Papercut", "LoRA", "SDXL 1.0", 5, 2,
        )  # fmt: skip
        assert card["url"] == f"/models/{model.pk}/papercut/"
        assert card["cover"]["url"] == model.cover.url(450) and str(card["badge"]) == "New"

    def test_a_cover_above_the_viewers_level_is_not_sent(self, people):
        model = make.published(people.alice, level=8)
        for viewer in (None, people.nobody, people.bob):
            card = queries.model_card(model, viewer)
            assert card["cover"] is None and card["covered"] == 8
        people.bob.choose_level(15)
        assert queries.model_card(model, people.bob)["cover"]
        assert queries.model_card(model, people.alice)["cover"], "the owner sees it"

    def test_a_picture_that_nobody_rated_is_covered(self, people):
        card = queries.model_card(make.published(people.alice, level=0, level_mask=1), people.bob)
        assert card["cover"] is None and "covered" in card

    def test_the_base_is_the_newest_published_versions(self, people):
        model = make.published(people.alice, base_model="SD 1.5")
        make.another_version(model, base_model="Pony")
        make.another_version(model, base_model="SD 3", state=ModelState.DRAFT)
        assert queries.model_card(model)["base"] == "Pony"
        assert queries.model_cards(queries.with_card(Model.objects.all()))[0]["base"] == "Pony"

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_same_two_queries_for_one_and_three(self, people, django_assert_num_queries, count):
        for number in range(count):
            make.published(people.alice, name=f"m{number}")
        models = list(Model.objects.all())
        with django_assert_num_queries(2):
            assert len(queries.model_cards(models, people.bob)) == count
        with django_assert_num_queries(1):
            assert len(queries.model_cards(queries.with_card(Model.objects.all()), people.bob)) == count


def test_the_same_bytes_elsewhere(people):
    theirs = make.published(people.bob, stored=b"same").versions.get()
    mine = make.ready_file(make.draft(people.alice).versions.get(), stored=b"same")
    fresh = make.ready_file(make.draft(people.alice, name="New").versions.get(), stored=b"fresh")
    assert queries.same_elsewhere([mine, fresh], people.alice) == {mine.pk: theirs}

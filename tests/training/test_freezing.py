"""What removal cases, policies and the registry do to training: nothing is learnt from what is under a case."""

from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from civitai import adapters, storages
from civitai.errors import Refused
from civitai.jobs import Cancelled, claim
from community.domain import pictures
from community.models import Picture
from models_hub.domain import checking, importing
from models_hub.domain import publishing as hub
from models_hub.formats.hashing import hash_stream
from models_hub.models import Model, ModelVersion
from moderation import subjects
from moderation.domain import registry, reporting
from moderation.models import Item
from moderation.naming import Names
from tests.factories import models_hub
from tests.factories import training as make
from tests.factories.community import image
from tests.factories.generation import pocket_base, write_lora
from tests.factories.wallet import give
from training.domain import asking, collecting, freezing, paying, publishing
from training.models import Epoch, EpochSample, TrainingRun
from training.tasks import train
from training.trainer.settings import Settings
from wallet.policy import policy
from wallet.queries import balance

pytestmark = pytest.mark.django_db
CASE = SimpleNamespace(reference="R-2026-0007")
SMALL = Settings(epochs=2, repeats=2, rank=4, batch_size=4)


@pytest.fixture
def base(people):
    pytest.importorskip("torch", reason="the worker extra is not installed")
    return pocket_base(people.charlie)


@pytest.fixture
def dataset(people):
    dataset = collecting.start(people.alice, name="Stripes")
    for number, (picture, caption) in enumerate(make.striped(4)):
        collecting.add_files(dataset, [SimpleUploadedFile(f"{number}.png", make.png(picture))])
        collecting.caption(dataset.pictures.get(name=f"{number}.png"), caption)
    for picture in Picture.objects.filter(state="pending"):
        pictures.prepare(picture)
    return collecting.attest(dataset)


@pytest.fixture
def run(people, dataset, base, monkeypatch):
    """Queued, for 4,000 of alice's 10,000 units."""
    monkeypatch.setattr(policy, "training_step_price", 1000)
    give(people.alice, 10)
    return asking.ask(dataset, people.alice, base=base, settings=SMALL)


def frozen_at(level):
    return {"freeze_level": level, "frozen_at": timezone.now() if level else None, "case_reference": CASE.reference}


def freeze(model, level, was=0):
    Model.objects.filter(pk=model.pk).update(**frozen_at(level))
    adapters.tell("frozen", subject="models_hub.Model", pk=str(model.pk), level=level, was=was, case=CASE)


def epoch_of(run, number=1):
    return Epoch.objects.create(
        run=run, number=number, step=2, loss=0.1, key=f"training/test/{run.pk}/{number}", size_bytes=1, sha256="0" * 64
    )


class TestBaseUnderACase:
    def test_frozen_a_waiting_run_ends_costs_nothing_and_says_why(self, people, run, client):
        assert balance(people.alice).held_units == run.price > 0
        freeze(run.base.model, 2)
        run.refresh_from_db()
        assert run.state == "cancelled" and run.withheld_for == CASE.reference
        assert balance(people.alice).held_units == 0 and balance(people.alice).credits_units == 10_000
        client.force_login(people.alice)
        assert f"under removal case {CASE.reference}" in client.get(run.get_absolute_url()).content.decode()
        assert people.alice.notifications.filter(kind="training_stopped").count() == 1

    def test_frozen_a_running_one_ends_and_its_finished_epochs_are_free(self, people, run):
        with claim(TrainingRun, run.pk) as job:
            epoch_of(run)
            freeze(run.base.model, 3)
            with pytest.raises(Cancelled):
                job.beat()
            raise Cancelled
        run.refresh_from_db()
        assert run.state == "cancelled" and balance(people.alice).credits_units == 10_000

    def test_finished_before_it_heard_of_the_end_it_is_free_too(self, people, run):
        TrainingRun.objects.filter(pk=run.pk).update(withheld_for=CASE.reference)
        paying.settle(run)
        assert balance(people.alice).credits_units == 10_000 and balance(people.alice).held_units == 0

    def test_taken_down_it_ends_and_the_case_counts_it(self, run):
        assert freezing.taken_down in adapters._hooks["taken_down"]
        told = freezing.taken_down(subject="models_hub.Model", pk=str(run.base.model_id), case=CASE)
        assert told == [("cancelled", 1)]
        run.refresh_from_db()
        assert run.state == "cancelled" and run.withheld_for

    def test_unlisted_or_thawed_nothing_happens(self, run):
        freeze(run.base.model, 1)
        freeze(run.base.model, 0, was=3)
        freezing.taken_down(subject="gallery.Image", pk=str(run.base.model_id), case=CASE)
        run.refresh_from_db()
        assert run.state == "queued" and not run.withheld_for

    def test_a_worker_asks_again_before_it_trains(self, people, run):
        Model.objects.filter(pk=run.base.model_id).update(**frozen_at(2))  # and nobody told of it
        train.plain(run.pk)
        run.refresh_from_db()
        assert run.state == "failed" and "not be trained on" in run.error
        assert balance(people.alice).credits_units == 10_000


def test_stopped_while_it_waits_everything_comes_back(people, run):
    run.cancel(by=people.alice)
    assert run.state == "cancelled" and balance(people.alice).held_units == 0
    assert balance(people.alice).credits_units == 10_000


def test_what_ran_out_while_it_waited_is_a_gift(people, run):
    from wallet.domain import holding

    holding.expire(now=timezone.now() + paying.LIVES)
    paying.settle(run)
    assert balance(people.alice).credits_units == 10_000


@pytest.mark.parametrize(
    "change",
    [
        frozen_at(2),
        {"taken_down_at": timezone.now()},
        {"hidden_at": timezone.now()},
        {"usage": "generation"},
        {"state": "draft", "is_of_real_person": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_base_that_may_not_be_used_is_not_offered_even_to_its_owner(people, base, change):
    assert asking.bases(people.charlie).get() == base
    Model.objects.filter(pk=base.model_id).update(**change)
    assert not asking.bases(people.charlie).exists() and not asking.bases(people.alice).exists()


def test_a_base_that_the_trainer_does_not_know_is_not_offered(people, base):
    ModelVersion.objects.filter(pk=base.pk).update(base_model="SDXL 1.0")
    assert not asking.bases(people.alice).exists()


class TestWhatCameOfIt:
    @pytest.fixture
    def epochs(self, people, run, tmp_path):
        """Two epochs; the first is published."""
        first, second = epoch_of(run, 1), epoch_of(run, 2)
        model = hub.start(people.alice)
        version = model.versions.get()
        importing.add_file_from_path(version, write_lora(tmp_path / "stripes.safetensors"))
        Epoch.objects.filter(pk=first.pk).update(version=version)
        first.refresh_from_db()
        return first, second

    def test_from_a_base_under_a_case_nothing_is_published(self, people, run, epochs, client):
        Model.objects.filter(pk=run.base.model_id).update(**frozen_at(2))
        with pytest.raises(Refused, match="removal case"):
            publishing.to_draft(epochs[1], people.alice)
        client.force_login(people.alice)
        page = client.post(f"/training/epochs/{epochs[1].pk}/publication/", follow=True).content.decode()
        assert "nothing is published from it now" in page

    @pytest.mark.parametrize("change", [frozen_at(3), {"taken_down_at": timezone.now()}], ids=["frozen", "down"])
    def test_taken_down_its_sister_does_not_come_back_and_its_file_is_nobodys(self, people, epochs, client, change):
        first, second = epochs
        Model.objects.filter(pk=first.version.model_id).update(**change)
        with pytest.raises(Refused, match="published from this run"):
            publishing.to_draft(Epoch.objects.get(pk=second.pk), people.alice)
        client.force_login(people.alice)
        answer = client.get(f"/training/epochs/{first.pk}/file/")
        assert answer.status_code == 302 and answer["Location"] == first.run.get_absolute_url()
        with pytest.raises(Refused):
            freezing.require_file(first)
        freezing.require_file(second)


class TestNames:
    def test_badinput_75_a_name_that_was_taken_out_does_not_come_back_as_a_trigger_word(self, people, dataset, base):
        registry.enter("name", "Helena Prado", mode="hold", source="case R-2026-0003")
        collecting.describe(dataset, name="Stripes", trigger="h3lena-prado")
        with pytest.raises(Refused, match="taken out here"):
            asking.ask(dataset, people.alice, base=base, settings=SMALL)
        collecting.describe(dataset, name="Stripes", trigger="zbrstyle")
        collecting.caption(dataset.pictures.first(), "a cat in the style of Helena Prado")
        with pytest.raises(Refused, match="taken out here"):
            asking.ask(dataset, people.alice, base=base, settings=SMALL)

    def test_what_was_learned_before_leaves_without_a_name_that_was_taken_out_since(
        self, people, dataset, base, tmp_path
    ):
        collecting.describe(dataset, name="Helena Prado stripes", trigger="h3lena-prado")
        collecting.caption(dataset.pictures.first(), "a cat in the style of Helena Prado")
        run = asking.ask(dataset, people.alice, base=base, settings=SMALL, prompts=["a bird by Helena Prado"])
        path = write_lora(tmp_path / "epoch.safetensors", trigger="helena prado")
        epoch = epoch_of(run)
        storages.private().put(epoch.key, path.open("rb"))
        for index, text in enumerate(("a bird by Helena Prado", "a red circle")):
            picture = models_hub.picture(people.alice, generation_text=f"{text}\nSteps: 4")
            EpochSample.objects.create(epoch=epoch, picture=picture, index=index)
        registry.enter("name", "Helena Prado", mode="hold", source="case R-2026-0003")
        version = publishing.to_draft(Epoch.objects.get(pk=epoch.pk), people.alice)
        file, names = version.files.get(), Names(["Helena Prado"])
        said = [version.model.name, file.name, *version.trained_words, str(file.description), version.model.description]
        assert [text for text in said if names.are_in(text)] == []
        header = checking.header_of(file)
        assert header.metadata and not names.are_in(str(header.metadata))
        assert [row.picture.generation_text[:12] for row in version.samples.all()] == ["a red circle"]
        with path.open("rb") as before:
            assert file.hashes.get(kind="AutoV3").value == hash_stream([before.read()]).as_dict()["AutoV3"], (
                "its tensors are as they were"
            )

    def test_real_people_are_refused_in_every_text_of_a_set(self, people, dataset):
        with pytest.raises(Refused, match="real person"):
            collecting.start(people.alice, name="Emma Watson")
        with pytest.raises(Refused, match="real person"):
            collecting.describe(dataset, name="Stripes", trigger="taylor-swift")
        with pytest.raises(Refused, match="real person"):
            collecting.caption(dataset.pictures.first(), "portrait of T4ylor Swift")
        told = collecting.add_files(dataset, [SimpleUploadedFile("emma_watson_01.png", image((50, 50)))])
        assert "real person" in told[0] and not Picture.objects.filter(filename__contains="watson").exists()

    def test_the_form_says_so_beside_the_name(self, people, client):
        client.force_login(people.alice)
        answer = client.post("/training/sets/new/", {"name": "Emma Watson"})
        assert answer.status_code == 400 and "names a real person" in answer.content.decode()

    def test_many_long_captions_are_no_long_text(self, people, dataset, base):
        for row in dataset.pictures.all():
            collecting.caption(row, "a red circle on blue, " * 40)
        rows = list(dataset.pictures.all()) * 10
        asking._check_people(dataset, rows, [])


class TestReportedAsAChild:
    def test_a_base_that_is_ends_what_is_learned_on_it(self, people, run):
        reporting.report(people.bob, subjects.named(run.base.model), reason="minor")
        run.refresh_from_db()
        assert run.state == "cancelled" and balance(people.alice).credits_units == 10_000

    def test_what_was_learned_from_a_set_comes_before_a_moderator(self, people, run):
        model = models_hub.published(people.alice)
        epoch = epoch_of(run)
        Epoch.objects.filter(pk=epoch.pk).update(version=model.versions.get())
        reporting.report(people.charlie, subjects.named(run.dataset), reason="minor")
        item = Item.objects.get(subject="models_hub.Model", row=str(model.pk))
        assert (item.queue, item.severity) == ("minors", "P0")
        model.refresh_from_db()
        assert not model.is_hidden, "a set tells nothing certain of what was learned from it: a person looks"

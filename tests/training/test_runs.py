"""A run from the question to a published version, on the pocket model."""

import pytest

pytest.importorskip("torch", reason="the worker extra is not installed")

from django.utils import timezone

from civitai import storages
from civitai.errors import Refused
from community.domain import pictures
from models_hub.domain import publishing as hub
from models_hub.formats import safetensors
from models_hub.models import Model
from tests.factories import training as make
from tests.factories.wallet import give
from training.domain import asking, collecting, paying, publishing, running
from training.models import Epoch, TrainingRun
from training.tasks import train
from training.trainer.settings import Settings
from wallet.policy import policy
from wallet.queries import balance

pytestmark = pytest.mark.django_db
SMALL = Settings(epochs=2, repeats=2, rank=4, batch_size=4, warmup=2)
PROMPTS = ("zbrstyle, a red circle on a blue background",)


def ask(dataset, base, **more):
    return asking.ask(dataset, dataset.owner, base=base, settings=SMALL, prompts=PROMPTS, **more)


def test_from_the_question_to_a_version_that_can_be_created_with(people, dataset, base, client, commit):
    run = ask(dataset, base)
    with commit():
        train.plain(run.pk)
    run.refresh_from_db()
    assert run.state == "done" and run.progress_done == run.progress_total == 6
    assert len(run.losses) == 6 and not storages.private().exists(run.checkpoint_key)
    epochs = list(run.epochs.all())
    assert [epoch.number for epoch in epochs] == [1, 2] and all(epoch.samples.count() == 1 for epoch in epochs)
    train.plain(run.pk)
    assert Epoch.objects.count() == 2, "twice is once"

    version = publishing.to_draft(epochs[1], people.alice)
    assert publishing.to_draft(epochs[1], people.alice) == version
    assert version.parent == base and version.trained_words == [make.TRIGGER] and version.base_model == "Pocket"
    file = version.files.get()
    told = safetensors.read_header(storages.private().read(file.key)).metadata
    assert told["ss_steps"] == "6" and told["modelspec.trigger_phrase"] == make.TRIGGER
    assert file.hashes.get(kind="AutoV3").value.lower().startswith(told["sshs_model_hash"][:12])
    hub.publish(version.model, people.alice, version)
    assert Model.objects.published().filter(name="Stripes").exists()
    client.force_login(people.alice)
    page = client.get(run.get_absolute_url()).content.decode()
    assert "Create with it" in page and "lowest loss" in page and "<polyline" in page
    assert f'{version.model.get_absolute_url()}?version={version.pk}">Stripes v1</a>' in page
    assert "Publish epoch" not in page or "Publish epoch 1" in page, "what is published is drawn with"

    another = publishing.to_draft(epochs[0], people.alice)
    assert another.model == version.model and another.name == "v2" and another.steps == 3
    assert another.parent == base and another.files.count() == 1 and version.files.count() == 1
    hub.remove(version.model, people.alice)
    anew = publishing.to_draft(Epoch.objects.get(pk=epochs[0].pk), people.alice)
    assert anew.model != version.model and anew.name == "v1"
    manifest = run.manifest
    assert len(manifest["pictures"]) == 5 and manifest["attested"] == dataset.attested_version


def test_stopped_it_keeps_its_finished_epochs(dataset, base, monkeypatch):
    run = ask(dataset, base)
    real = running._keep_epoch

    def keep_and_stop(job, *args):
        real(job, *args)
        TrainingRun.objects.get(pk=job.pk).cancel()

    monkeypatch.setattr(running, "_keep_epoch", keep_and_stop)
    train.plain(run.pk)
    run.refresh_from_db()
    assert run.state == "cancelled" and run.epochs.count() == 1


def test_a_set_that_is_edited_while_its_run_waits(people, dataset, base, tmp_path):
    run = ask(dataset, base)
    first, *others = dataset.pictures.all()
    was = first.caption
    collecting.rewrite(dataset, way="before", text="other")
    collecting.add(
        dataset, pictures.add(people.alice, make.png(make.striped(6)[5][0]), filename="new.png"), name="new.png"
    )
    pairs = running._pairs(run, tmp_path)
    assert len(pairs) == 5 and pairs[0][1] == was, "it learns what was asked for"
    first.picture.hide(by=people.mona, reason="x")
    with pytest.raises(Refused, match="held"):
        running._pairs(run, tmp_path)
    first.picture.restore(by=people.mona)
    dataset.hide(by=people.mona, reason="x")
    with pytest.raises(Refused, match="moderator"):
        running._pairs(TrainingRun.objects.get(pk=run.pk), tmp_path)


@pytest.mark.parametrize("end, paid", [("done", 6), ("cancelled", 3), ("failed", 0)])
def test_what_was_trained_is_paid_and_the_rest_comes_back(people, dataset, base, monkeypatch, end, paid):
    monkeypatch.setattr(policy, "training_step_price", 1000)
    give(people.alice, 10)
    run = ask(dataset, base)
    assert run.price == 6000 and balance(people.alice).held_units == 6000
    if end == "cancelled":
        real = running._keep_epoch
        monkeypatch.setattr(
            running, "_keep_epoch", lambda job, *a: (real(job, *a), TrainingRun.objects.get(pk=job.pk).cancel())
        )
    if end == "failed":
        collecting.take_out(dataset.pictures.first())
    train.plain(run.pk)
    run.refresh_from_db()
    assert run.state == end
    assert paying.back_of(run) == (6 - paid) * 1000, "and the page says so"
    assert balance(people.alice).credits_units == 10_000 - paid * 1000 and balance(people.alice).held_units == 0


class TestAsking:
    def test_it_is_free_by_default_and_pressed_twice_is_once(self, dataset, base):
        first = ask(dataset, base, submission="a" * 32)
        assert ask(dataset, base, submission="a" * 32) == first
        assert first.price == 0 and first.hold is None and paying.price_of(300) == 0

    def test_what_is_refused(self, people, dataset, base):
        with pytest.raises(Refused, match="real person"):
            asking.ask(dataset, people.alice, base=base, settings=SMALL, prompts=["Taylor Swift"])
        with pytest.raises(Refused, match="steps"):
            asking.ask(dataset, people.alice, base=base, settings=Settings(epochs=50, repeats=1000))
        with pytest.raises(Refused, match="base"):
            asking.ask(dataset, people.alice, base=None, settings=SMALL)
        Model.objects.filter(pk=base.model_id).update(hidden_at=timezone.now())
        with pytest.raises(Refused, match="base"):
            ask(dataset, base)
        Model.objects.update(hidden_at=None)
        dataset.hide(by=people.mona, reason="x")
        with pytest.raises(Refused, match="held"):
            ask(dataset, base)

    def test_too_few_pictures_and_nobodys_word(self, people, base):
        dataset = collecting.start(people.alice, name="Empty")
        with pytest.raises(Refused, match="may be used"):
            ask(dataset, base)
        with pytest.raises(Refused, match="At least 4"):
            ask(collecting.attest(dataset), base)

    def test_two_at_once(self, dataset, base):
        ask(dataset, base), ask(dataset, base)
        with pytest.raises(Refused, match="Two of yours"):
            ask(dataset, base)


@pytest.mark.parametrize("variant", ["anime", "realistic"])
def test_each_variant_of_the_base_is_another_model_and_trains(people, dataset, base, variant, tmp_path):
    """The standard one is what the other tests train on."""
    from generation.domain.bases import add_pocket
    from generation.pocket.variants import merge

    weights = merge(variant, tmp_path / variant)
    other = add_pocket(
        people.charlie, weights=weights, version_name=variant, prompts=["a red circle on a blue background"]
    )
    assert other.files.get().hashes.get(kind="AutoV3").value != base.files.get().hashes.get(kind="AutoV3").value
    first, second = ask(dataset, base), ask(dataset, other)
    train.plain(first.pk), train.plain(second.pk)
    first.refresh_from_db(), second.refresh_from_db()
    assert first.state == second.state == "done" and first.losses != second.losses
    version = publishing.to_draft(second.epochs.get(number=2), people.alice)
    assert version.parent == other
    told = safetensors.read_header(storages.private().read(version.files.get().key)).metadata
    assert variant in told["ss_sd_model_name"]
    assert told["ss_new_sd_model_hash"] == other.files.get().hashes.get(kind="SHA256").value.lower()


def test_its_set_says_that_a_run_is_in_the_works(client, people, dataset, base):
    client.force_login(people.alice)
    assert "in the works" not in client.get(dataset.get_absolute_url()).content.decode()
    run = ask(dataset, base)
    assert f'href="{run.get_absolute_url()}">Look at the run' in client.get(dataset.get_absolute_url()).content.decode()
    run.cancel(by=people.alice)
    assert "in the works" not in client.get(dataset.get_absolute_url()).content.decode()


def test_the_same_again_begins_with_the_same_settings(client, people, dataset, base):
    run = ask(dataset, base)
    client.force_login(people.alice)
    page = client.get(f"{dataset.get_absolute_url()}?again={run.pk}").content.decode()
    assert f'name="rank" value="{SMALL.rank}"' in page and f'name="repeats" value="{SMALL.repeats}"' in page
    assert PROMPTS[0] in page
    for other in ("nothing", "00000000-0000-0000-0000-000000000000"):
        assert client.get(f"{dataset.get_absolute_url()}?again={other}").status_code == 200
    collecting.start(people.bob, name="Of bob")
    client.force_login(people.bob)
    assert client.get(f"{dataset.get_absolute_url()}?again={run.pk}").status_code == 404


class TestPrice:
    def part(self, client, dataset, **form):
        return client.get(dataset.get_absolute_url(), form, headers={"HX-Target": "price", "HX-Request": "true"})

    def test_it_follows_the_form_before_the_button_is_pressed(self, client, people, dataset, base, monkeypatch):
        monkeypatch.setattr(policy, "training_step_price", 1000)
        client.force_login(people.alice)
        for form, steps in (({"epochs": 1, "repeats": 2}, 2), ({"epochs": 3, "repeats": 8}, 15), ({"epochs": "x"}, 78)):
            page = self.part(client, dataset, base=base.pk, **form).content.decode()
            assert f'name="quoted" value="{steps * 1000}"' in page and f"{steps} steps" in page, form
        assert "<html" not in page
        give(people.alice, 10)
        ask(dataset, base, submission="c" * 32)
        assert "1 run is before yours" in self.part(client, dataset, base=base.pk).content.decode()

    def test_nobody_pays_more_than_was_shown(self, client, people, dataset, base, monkeypatch):
        monkeypatch.setattr(policy, "training_step_price", 1000)
        give(people.alice, 10)
        client.force_login(people.alice)
        told = {
            "base": base.pk, "epochs": 1, "repeats": 2, "rank": 4, "learning_rate": "0.002", "attested": "on",
            "submission": "d" * 32,
        }  # fmt: skip
        refused = client.post(f"/training/sets/{dataset.pk}/runs/", told | {"quoted": 1000})
        assert refused.status_code == 400 and "price has risen" in refused.content.decode()
        assert 'name="quoted" value="2000"' in refused.content.decode() and not TrainingRun.objects.exists()
        client.post(f"/training/sets/{dataset.pk}/runs/", told | {"quoted": 3000})
        assert TrainingRun.objects.get().price == 2000 and balance(people.alice).held_units == 2000

    def test_time_is_told_from_the_last_runs_on_the_base(self, dataset, base):
        assert asking.estimate_s(SMALL, 5, "SD 1.5") is None
        before = asking.estimate_s(SMALL, 5, "Pocket")
        run = ask(dataset, base)
        start = timezone.now()
        TrainingRun.objects.filter(pk=run.pk).update(
            state="done", attempt=1, started_at=start, finished_at=start + timezone.timedelta(seconds=600)
        )
        assert before < 10 and asking.estimate_s(SMALL, 5, "Pocket") == pytest.approx(600)

    def test_a_base_of_the_usual_size_has_its_own_size_and_rate(self):
        from training.forms import settings_of

        usual = settings_of("SD 1.5", rank=8, rate="0.002", epochs=2, repeats=3)
        pocket = settings_of("Pocket", rank=8, rate="0.002", epochs=2, repeats=3)
        assert (usual.resolution, usual.learning_rate, usual.alpha) == (512, 0.0005, 8.0)
        assert (usual.layers, pocket.layers) == ("attention", "all")
        assert (pocket.resolution, pocket.learning_rate) == (128, 0.002)


def test_the_page_starts_a_run_and_polls_it(client, people, dataset, base):
    client.force_login(people.alice)
    page = client.get(dataset.get_absolute_url()).content.decode()
    assert "Free" in page and "about 1 minute" in page and make.TRIGGER in page
    told = {
        "base": base.pk,
        "epochs": 1,
        "repeats": 2,
        "rank": 4,
        "learning_rate": "0.002",
        "prompts": "",
        "submission": "b" * 32,
    }
    refused = client.post(f"/training/sets/{dataset.pk}/runs/", told | {"rank": 999})
    assert refused.status_code == 400 and "999" in refused.content.decode()
    assert not TrainingRun.objects.exists()
    started = client.post(f"/training/sets/{dataset.pk}/runs/", told | {"attested": "on"})
    run = TrainingRun.objects.get()
    assert started["Location"] == run.get_absolute_url()
    headers = {"HX-Target": "run", "HX-Request": "true"}
    part = client.get(run.get_absolute_url(), headers=headers)
    assert part.status_code == 200 and "waits for a worker" in part.content.decode()
    assert client.get(run.get_absolute_url(), headers=headers | {"If-None-Match": part["ETag"]}).status_code == 304
    client.force_login(people.bob)
    assert client.get(run.get_absolute_url()).status_code == 404

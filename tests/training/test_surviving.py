"""A worker is killed, wherever it is: the next one goes on, nothing is learnt twice, and it is paid once."""

import pytest

pytest.importorskip("torch", reason="the worker extra is not installed")

from django.utils import timezone

from accounts.models import Notification
from civitai import storages
from civitai.jobs import reap
from models_hub.domain import publishing as hub
from tests.factories.wallet import give
from training.domain import asking, collecting, paying, running, sweeping
from training.models import TrainingRun
from training.tasks import train
from training.trainer.loop import Training
from training.trainer.settings import Settings
from wallet.policy import policy
from wallet.queries import balance

pytestmark = pytest.mark.django_db
SMALL = Settings(epochs=2, repeats=2, rank=4, batch_size=4, warmup=2)  # six steps, three an epoch
PROMPTS = ("zbrstyle, a red circle on a blue background",)


class Killed(BaseException):
    """As abrupt as an exception can be: nothing after it is written."""


@pytest.fixture
def run(people, dataset, base, monkeypatch):
    monkeypatch.setattr(policy, "training_step_price", 1000)
    give(people.alice, 10)
    return asking.ask(dataset, people.alice, base=base, settings=SMALL, prompts=PROMPTS)


@pytest.fixture
def killed(run, monkeypatch):
    """Trains until a function is called for the nth time, before or after it does its work; then the worker is lost."""

    def at(owner, name, *, nth=1, after=False):
        real, calls = getattr(owner, name), []

        def dying(*args, **kwargs):
            calls.append(1)
            if len(calls) < nth:
                return real(*args, **kwargs)
            if after:
                real(*args, **kwargs)
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(owner, name, dying)
            with pytest.raises(Killed):
                train.plain(run.pk)
        TrainingRun.objects.filter(state="running").update(lease_until=timezone.now())
        reap()
        return TrainingRun.objects.get(pk=run.pk)

    return at


@pytest.fixture
def learnt(monkeypatch):
    """The steps that a worker learns from now on."""
    steps, go = [], Training.go
    monkeypatch.setattr(Training, "go", lambda self: (steps.append(one.step) or one for one in go(self)))
    return steps


@pytest.fixture
def follow(run, commit):
    """The next worker takes it."""

    def follow():
        with commit():
            train.plain(run.pk)

    return follow


def is_whole(run):
    run.refresh_from_db()
    assert (run.state, run.attempt, run.progress_done, len(run.losses)) == ("done", 2, 6, 6)
    assert [epoch.samples.count() for epoch in run.epochs.all()] == [1, 1]
    assert (balance(run.owner).credits_units, balance(run.owner).held_units) == (4000, 0)
    assert Notification.objects.filter(kind="trained", user=run.owner).count() == 1
    assert not storages.private().exists(run.checkpoint_key) and run.checkpoint_step == 0
    return True


def test_between_a_checkpoint_and_its_epoch(run, killed, learnt, follow):
    lost = killed(running, "_save", after=True)
    assert lost.state == "queued" and lost.checkpoint_step == 3 and not lost.epochs.exists()
    learnt.clear()
    follow()
    assert is_whole(run) and learnt == [4, 5, 6], "nothing is learnt twice"
    assert "goes on from step 3" in " ".join(str(line) for line in run.lines.all())


def test_between_the_last_checkpoint_and_its_epoch(run, killed, learnt, follow):
    assert killed(running, "_save", nth=2, after=True).epochs.count() == 1
    learnt.clear()
    follow()
    assert is_whole(run) and not learnt


def test_before_the_samples_of_an_epoch(run, killed, follow):
    assert [epoch.samples.count() for epoch in killed(running, "_samples").epochs.all()] == [0]
    follow()
    assert is_whole(run)


def test_between_the_last_sample_and_the_row_that_says_done(run, killed, learnt, follow):
    lost = killed(running, "_finish")
    assert lost.state == "queued" and lost.epochs.count() == 2 and storages.private().exists(run.checkpoint_key)
    learnt.clear()
    follow()
    assert is_whole(run) and not learnt


def test_while_it_is_paid_for_nothing_is_paid_nor_thrown_away(run, killed, learnt, follow):
    lost = killed(paying, "settle", after=True)
    assert lost.state == "queued" and balance(run.owner).held_units == 6000
    assert not Notification.objects.filter(kind="trained").exists() and storages.private().exists(run.checkpoint_key)
    learnt.clear()
    follow()
    assert is_whole(run) and not learnt


def test_with_its_last_epoch_kept_it_needs_neither_checkpoint_nor_pictures(run, killed, learnt, follow):
    killed(running, "_samples", nth=2)
    storages.private().delete(run.checkpoint_key)
    collecting.take_out(run.dataset.pictures.first())
    learnt.clear()
    follow()
    assert is_whole(run) and not learnt


def test_a_base_that_is_removed_while_it_learns_is_learnt_on_to_the_end(run, monkeypatch):
    go = Training.go

    def removed_at_once(self):
        hub.remove(run.base.model, run.base.model.owner)
        yield from go(self)

    monkeypatch.setattr(Training, "go", removed_at_once)
    train.plain(run.pk)
    run.refresh_from_db()
    assert run.state == "done" and [epoch.samples.count() for epoch in run.epochs.all()] == [1, 1]
    assert balance(run.owner).credits_units == 4000


def test_a_base_that_is_removed_before_the_next_worker_leaves_what_was_kept_and_that_is_paid(run, killed, follow):
    assert killed(running, "_save", nth=2).epochs.count() == 1
    hub.remove(run.base.model, run.base.model.owner)
    follow()
    run.refresh_from_db()
    assert (run.state, run.epochs.count(), balance(run.owner).credits_units) == ("cancelled", 1, 7000)
    assert "may not be trained on any more" in " ".join(str(line) for line in run.lines.all())


def test_a_base_that_is_removed_before_the_last_samples_are_drawn_costs_those_alone(run, killed, follow):
    killed(running, "_samples", nth=2)
    hub.remove(run.base.model, run.base.model.owner)
    follow()
    run.refresh_from_db()
    assert run.state == "done" and [epoch.samples.count() for epoch in run.epochs.all()] == [1, 0]
    assert "The file of the base is gone." in [str(line) for line in run.lines.all()]


def test_after_it_the_checkpoint_is_swept(run):
    train.plain(run.pk)  # killed as soon as it is done
    assert TrainingRun.objects.get(pk=run.pk).state == "done" and storages.private().exists(run.checkpoint_key)
    assert sweeping.checkpoints() == 1 and not storages.private().exists(run.checkpoint_key)
    assert sweeping.checkpoints() == 0


def test_its_log_is_read_in_every_language(client, people, run):
    train.plain(run.pk)
    run.lines.create(text="Época 9 guardada", attempt=9)
    client.force_login(people.alice)
    for language, said in (("en", "Epoch 2 kept"), ("pt-br", "Época 2 guardada"), ("en", "5 latents cached")):
        people.alice.language = language
        people.alice.save(update_fields=["language"])
        page = client.get(f"{run.get_absolute_url()}?all=1", headers={"Accept-Language": language}).content.decode()
        assert said in page and "Época 9 guardada" in page, "what was said before stays as it was said"


def test_what_a_sampler_says_is_a_line_too(run):
    run.say("Choose {field} from {lowest} to {highest}.", field="steps", lowest=1, highest=9)
    run.say("Choose {field} from {lowest} to {highest}.", field="steps", lowest=1, highest=9)
    assert str(run.lines.get()) == "Choose steps from 1 to 9."

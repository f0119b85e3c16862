"""A run rests and goes on: bit for bit, whoever is killed meanwhile, and at the price that it had."""

from datetime import timedelta

import pytest

pytest.importorskip("torch", reason="the worker extra is not installed")

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Notification
from civitai import storages
from civitai.errors import Refused, StaleState
from civitai.jobs import Cancelled, LostLease, reap
from models_hub.models import Model
from tests.factories.wallet import give
from training.domain import asking, collecting, freezing, pausing, paying, running
from training.models import TrainingRun
from training.states import RUN_MOVES, RunState
from training.tasks import end_pauses, train
from training.trainer.loop import Training
from training.trainer.settings import Settings
from wallet.domain import holding
from wallet.policy import policy
from wallet.queries import balance

pytestmark = pytest.mark.django_db
SMALL = Settings(epochs=2, repeats=2, rank=4, batch_size=4, warmup=2)  # six steps, three an epoch


@pytest.fixture
def paid(people, monkeypatch):
    monkeypatch.setattr(policy, "training_step_price", 1000)
    give(people.alice, 100)


def ask(dataset, base):
    return asking.ask(dataset, dataset.owner, base=base, settings=SMALL)


def fresh(run):
    return TrainingRun.objects.get(pk=run.pk)


@pytest.fixture
def paused(dataset, base, monkeypatch):
    """Trains a run and presses Pause when the worker is at a step; returns the function that does it."""

    def until(step, run=None):
        run = run or ask(dataset, base)
        go = Training.go

        def pressed(self):
            for progress in go(self):
                if progress.step == step:
                    fresh(run).pause(by=run.owner)
                yield progress

        with monkeypatch.context() as patch:
            patch.setattr(running, "BEAT_EVERY_S", -1.0)
            patch.setattr(Training, "go", pressed)
            train.plain(run.pk)
        return fresh(run)

    return until


def test_it_rests_at_its_checkpoint_and_goes_on_bit_for_bit(people, dataset, base, paused):
    whole = ask(dataset, base)
    train.plain(whole.pk)
    run = paused(4)
    assert (run.state, run.checkpoint_step, run.progress_done, run.epochs.count()) == ("paused", 4, 4, 1)
    assert run.lease_until is None and run.paused_at and run.pause_requested_at is None and not run.is_final
    train.plain(run.pk)
    reap()
    assert fresh(run).state == "paused", "no message and no reaper wakes it"
    pausing.go_on(run, by=people.alice)
    train.plain(run.pk)
    run, whole = fresh(run), fresh(whole)
    assert run.state == "done" and run.epochs.count() == 2 and run.attempt == 2
    assert run.losses == whole.losses and len(run.losses) == 6
    assert [e.loss for e in run.epochs.all()] == [e.loss for e in whole.epochs.all()]
    said = " ".join(run.lines.values_list("text", flat=True))
    assert "Paused at step 4" in said and "Goes on from step 4" in said and "lost" not in said


def test_a_pause_at_the_end_of_an_epoch_keeps_the_epoch(paused):
    run = paused(3)
    assert (run.state, run.checkpoint_step, run.epochs.count()) == ("paused", 3, 1)


def test_a_pause_that_is_asked_at_the_last_step_is_too_late(paused):
    assert paused(6).state == "done"


def test_a_waiting_one_rests_at_once_and_no_worker_takes_it(people, dataset, base):
    run = pausing.pause(ask(dataset, base), by=people.alice)
    train.plain(run.pk)
    assert (fresh(run).state, fresh(run).attempt) == ("paused", 0)


def test_pressed_and_taken_back_before_the_worker_saw_it(people, dataset, base, monkeypatch):
    run = ask(dataset, base)
    TrainingRun.objects.get(pk=run.pk).move(RunState.RUNNING, attempt=1, lease_until=timezone.now())
    asked = pausing.pause(fresh(run), by=people.alice)
    assert asked.state == "running" and asked.pause_requested_at
    assert pausing.go_on(fresh(run), by=people.alice).pause_requested_at is None
    assert fresh(run).rest() is False and fresh(run).state == "running"


class TestKilled:
    """kill -9 at any point around a pause."""

    def test_before_it_saw_the_wish(self, people, dataset, base, monkeypatch):
        run = ask(dataset, base)
        fresh(run).move(RunState.RUNNING, attempt=1, lease_until=timezone.now() - timedelta(seconds=1))
        pausing.pause(fresh(run), by=people.alice)
        reap()
        assert fresh(run).state == "queued"
        monkeypatch.setattr(running, "_train", lambda *a: pytest.fail("it is asked to rest"))
        train.plain(run.pk)
        assert (fresh(run).state, fresh(run).attempt) == ("paused", 2)

    def test_between_its_checkpoint_and_its_row(self, people, paused, monkeypatch):
        def killed(job):
            if job.pause_requested_at or TrainingRun.objects.filter(pk=job.pk, pause_requested_at__isnull=False):
                raise KeyboardInterrupt
            return False

        monkeypatch.setattr(TrainingRun, "rest", killed)
        with pytest.raises(KeyboardInterrupt):
            paused(4)
        monkeypatch.undo()
        run = TrainingRun.objects.get()
        assert (run.state, run.checkpoint_step) == ("running", 4)
        TrainingRun.objects.update(lease_until=timezone.now())
        reap()
        train.plain(run.pk)
        assert fresh(run).state == "paused"
        pausing.go_on(fresh(run), by=people.alice)
        train.plain(run.pk)
        assert fresh(run).state == "done" and len(fresh(run).losses) == 6

    def test_a_late_worker_lays_nothing_down(self, people, dataset, base):
        run = ask(dataset, base)
        late = fresh(run).move(RunState.RUNNING, attempt=1, lease_until=timezone.now())
        TrainingRun.objects.filter(pk=run.pk).update(attempt=2, pause_requested_at=timezone.now())
        with pytest.raises(LostLease):
            late.rest()
        assert fresh(run).state == "running"

    def test_pauses_are_no_losses_of_a_worker(self, people, paused):
        run = paused(1)
        for step in (2, 4, 5):
            pausing.go_on(run, by=people.alice)
            run = paused(step, run)
            assert run.state == "paused"
        assert run.attempt == 4 and run.max_attempts - run.attempt >= 2


class TestStopped:
    def test_while_it_rests_what_is_finished_is_kept_and_paid(self, people, paused, paid, commit):
        run = paused(4)
        assert balance(people.alice).held_units == 6000 and run.price == 6000
        assert storages.private().exists(run.checkpoint_key)
        with commit():
            run.cancel(by=people.alice)
        run = fresh(run)
        assert run.state == "cancelled" and run.paused_at is None and run.epochs.count() == 1
        assert balance(people.alice).credits_units == 97_000 and balance(people.alice).held_units == 0
        assert paying.back_of(run) == 3000 and not storages.private().exists(run.checkpoint_key)
        fresh(run).cancel(by=people.alice)
        assert balance(people.alice).credits_units == 97_000, "twice is once"

    def test_stop_wins_over_pause(self, people, dataset, base):
        run = ask(dataset, base)
        worker = fresh(run).move(RunState.RUNNING, attempt=1, lease_until=timezone.now())
        pausing.pause(fresh(run), by=people.alice)
        fresh(run).cancel(by=people.alice)
        with pytest.raises(Cancelled):
            worker.rest()

    def test_its_base_is_frozen(self, people, paused, paid):
        run = paused(4)
        freezing._stop(run.base.model_id, type("Case", (), {"reference": "RM-1"}))
        run = fresh(run)
        assert (run.state, run.withheld_for) == ("cancelled", "RM-1")
        assert balance(people.alice).credits_units == 100_000 and balance(people.alice).held_units == 0

    def test_its_set_is_removed(self, people, paused, paid):
        run = paused(4)
        collecting.remove(run.dataset, by=people.alice)
        assert fresh(run).state == "cancelled" and fresh(run).epochs.count() == 1
        assert balance(people.alice).credits_units == 97_000

    def test_after_a_week_by_itself_and_its_owner_is_told(self, people, paused, paid):
        run = paused(4)
        end_pauses.plain()
        assert fresh(run).state == "paused"
        TrainingRun.objects.filter(pk=run.pk).update(paused_at=timezone.now() - pausing.LASTS)
        end_pauses.plain(), end_pauses.plain()
        assert fresh(run).state == "cancelled" and balance(people.alice).credits_units == 97_000
        assert Notification.objects.filter(user=people.alice, kind="training_pause_over").count() == 1

    def test_also_when_what_was_set_aside_has_run_out(self, people, paused, paid):
        run = paused(4)
        assert holding.expire(now=timezone.now() + paying.LIVES) == 1
        assert fresh(run).cancel(by=people.alice).state == "cancelled"
        assert balance(people.alice).credits_units == 100_000


class TestRefused:
    def test_what_can_not_go_on_stays_paused_and_says_why(self, people, paused):
        run = paused(4)
        picture = run.dataset.pictures.first().picture
        picture.hide(by=people.mona, reason="x")
        with pytest.raises(Refused, match="taken out or is held"):
            pausing.go_on(fresh(run), by=people.alice)
        picture.restore(by=people.mona)
        run.dataset.hide(by=people.mona, reason="x")
        with pytest.raises(Refused, match="moderator"):
            pausing.go_on(fresh(run), by=people.alice)
        run.dataset.restore(by=people.mona)
        Model.objects.filter(pk=run.base.model_id).update(hidden_at=timezone.now())
        with pytest.raises(Refused, match="base"):
            pausing.go_on(fresh(run), by=people.alice)
        assert fresh(run).state == "paused"

    def test_a_picture_taken_out_after_all_is_no_way_to_free_epochs(self, people, paused, paid):
        run = paused(4)
        pausing.go_on(run, by=people.alice)
        collecting.take_out(run.dataset.pictures.first())
        train.plain(run.pk)
        assert fresh(run).state == "cancelled" and "taken out" in str(run.lines.first())
        assert balance(people.alice).credits_units == 97_000

    def test_no_more_than_two_go_on_at_once_and_five_rest(self, people, dataset, base):
        runs = []
        for _n in range(pausing.PAUSED_AT_ONCE):
            runs.append(pausing.pause(ask(dataset, base), by=people.alice))
        sixth = ask(dataset, base)
        with pytest.raises(Refused, match="Five of yours"):
            pausing.pause(sixth, by=people.alice)
        pausing.go_on(runs[0], by=people.alice)
        with pytest.raises(Refused, match="Two of yours"):
            pausing.go_on(runs[1], by=people.alice)

    def test_what_has_ended_neither_rests_nor_goes_on(self, people, dataset, base):
        run = ask(dataset, base).cancel(by=people.alice)
        for act in (pausing.pause, pausing.go_on):
            with pytest.raises(Refused, match="ended"):
                act(run, by=people.alice)

    def test_nobody_pauses_past_what_is_set_aside(self, people, dataset, base, paid):
        run = ask(dataset, base)
        run.hold.expires_at = timezone.now() + pausing.LASTS - timedelta(minutes=1)
        with pytest.raises(Refused, match="too long"):
            pausing.pause(run, by=people.alice)
        assert paying.LIVES > pausing.LASTS


def test_every_move_of_a_run_is_lawful_or_refused(people, dataset, base):
    run = ask(dataset, base)
    now = timezone.now()
    of = {
        "queued": {},
        "running": {"lease_until": now, "attempt": 1},
        "paused": {"paused_at": now},
        **dict.fromkeys(("done", "failed", "cancelled"), {"finished_at": now}),
    }
    for was in RunState:
        for to in RunState:
            with transaction.atomic():
                TrainingRun.objects.filter(pk=run.pk).delete()
                row = TrainingRun.objects.create(
                    owner=people.alice, dataset=dataset, base=base, name="x", submission="m", state=was, **of[was]
                )
                fields = {"paused_at": None, "lease_until": None} | of[to]
                if RUN_MOVES.allow(was, to):
                    assert row.move(to, **fields).state == to
                else:
                    with pytest.raises(StaleState):
                        row.move(to, **fields)
                run = row


@pytest.mark.parametrize("wrong", [{"paused_at": None}, {"lease_until": timezone.now()}])
def test_the_database_knows_what_a_pause_is(people, dataset, base, wrong):
    run = pausing.pause(ask(dataset, base), by=people.alice)
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingRun.objects.filter(pk=run.pk).update(**wrong)
    waiting = ask(dataset, base)
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingRun.objects.filter(pk=waiting.pk).update(paused_at=timezone.now())


class TestPages:
    def test_pause_and_continue_by_button(self, client, people, dataset, base):
        run = ask(dataset, base)
        client.force_login(people.alice)
        url, headers = run.get_absolute_url(), {"HX-Target": "run", "HX-Request": "true"}
        assert f"{url}pause/" in client.get(url).content.decode()
        client.post(f"{url}pause/")
        page = client.get(url).content.decode()
        assert fresh(run).state == "paused" and "it goes on where it was" in page and f"{url}continuation/" in page
        assert 'hx-trigger="every 2s"' not in page and client.get(url, headers=headers).status_code == 286
        assert "Paused" in client.get("/training/").content.decode()
        client.post(f"{url}continuation/")
        assert fresh(run).state == "queued"

    def test_pausing_is_said_until_the_worker_has_done_it(self, client, people, dataset, base):
        run = ask(dataset, base)
        client.force_login(people.alice)
        url, headers = run.get_absolute_url(), {"HX-Target": "run", "HX-Request": "true"}
        fresh(run).move(RunState.RUNNING, attempt=1, lease_until=timezone.now())
        before = client.get(url, headers=headers)
        answer = client.post(f"{url}pause/", follow=True).content.decode()
        assert "pauses at the next step" in answer and "Pausing…" in answer and 'hx-trigger="every 2s"' in answer
        after = client.get(url, headers=headers | {"If-None-Match": before["ETag"]})
        assert after.status_code == 200

    def test_it_is_nobody_elses(self, client, people, dataset, base):
        run = ask(dataset, base)
        client.force_login(people.bob)
        for noun in ("pause", "continuation"):
            assert client.post(f"{run.get_absolute_url()}{noun}/").status_code == 404
        assert fresh(run).state == "queued"

"""The life of a job, on the smallest real one: the check of a model file."""

from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from civitai import jobs
from civitai.errors import Refused, TransientError
from civitai.jobs import JobState, LostLease, after_commit, claim
from models_hub.models import FileCheck, Model, ModelFile, ModelVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(people):
    model = Model.objects.create(owner=people.alice)
    version = ModelVersion.objects.create(model=model)
    file = ModelFile.objects.create(version=version, name="a.safetensors", key="k", size_bytes=1)
    return FileCheck.objects.create(file=file)


@pytest.fixture
def sent(monkeypatch):
    from civitai.celery import app

    messages = []
    monkeypatch.setattr(app, "send_task", lambda task, args, kwargs, queue, retry: messages.append((task, args, queue)))
    return messages


def again(job):
    return FileCheck.objects.get(pk=job.pk)


def lose(job):
    FileCheck.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_message_goes_out_after_the_commit_only(job, sent, commit):
    with commit():
        job.enqueue()
        assert sent == []
    assert sent == [("models_hub.check_file", (str(job.pk),), "io")]


def test_a_dead_broker_loses_nothing(job, monkeypatch, commit):
    from civitai.celery import app

    def dead(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr(app, "send_task", dead)
    with commit():
        job.enqueue()
    assert again(job).state == JobState.QUEUED


def test_what_follows_a_commit_fails_neither_the_request_nor_what_waits_behind_it(commit, caplog):
    done = []

    def broken():
        raise ConnectionError("the store is away")

    with commit():
        after_commit(broken)
        after_commit(lambda: done.append("next"))
    assert done == ["next"] and "left undone after the commit" in caplog.text


def test_claimed_worked_and_finished(job):
    with claim(FileCheck, job.pk) as mine:
        assert (mine.state, mine.attempt) == (JobState.RUNNING, 1)
        mine.beat(done=3, total=4)
        assert again(job).percent == 75
    done = again(job)
    assert done.state == JobState.DONE and done.finished_at and done.lease_until is None


def test_a_second_worker_gets_nothing_while_the_first_works(job):
    with claim(FileCheck, job.pk) as first:
        with claim(FileCheck, job.pk) as second:
            assert second is None
        assert first.attempt == 1


def test_a_finished_job_is_not_worked_on_again(job):
    with claim(FileCheck, job.pk):
        pass
    with claim(FileCheck, job.pk) as late:
        assert late is None


def test_a_refusal_is_kept_as_its_sentence(job):
    with claim(FileCheck, job.pk):
        raise Refused("This is a pickle file.")
    assert (again(job).state, again(job).error) == (JobState.FAILED, "This is a pickle file.")


def test_a_surprise_is_raised_and_told_in_neutral_words(job):
    with pytest.raises(ZeroDivisionError), claim(FileCheck, job.pk):
        1 / 0  # noqa: B018
    assert again(job).error == str(jobs.BROKEN)
    assert "ZeroDivision" in again(job).history().last().because


@pytest.mark.parametrize("error", [TransientError, OperationalError, InterfaceError])
def test_what_may_pass_is_tried_again_later_and_not_for_ever(job, error):
    for attempt in range(1, job.max_attempts + 1):
        with claim(FileCheck, job.pk):
            raise error("the store, or the database, is away")
        now = again(job)
        if attempt < job.max_attempts:
            assert now.state == JobState.QUEUED and now.not_before > timezone.now()
            with claim(FileCheck, job.pk) as early:
                assert early is None
            FileCheck.objects.filter(pk=job.pk).update(not_before=None)
    assert now.state == JobState.FAILED


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_at_work_fails_no_job(job):
    """The database ended it, as it does when it is killed and is there again before the worker has noticed."""
    with claim(FileCheck, job.pk) as mine:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            ours = cursor.fetchone()[0]
        with psycopg.connect(**_told(connection)) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [ours])
        mine.beat(done=1)
    now = again(job)
    assert (now.state, now.attempt) == (JobState.QUEUED, 1)


def _told(connection):
    told = connection.get_connection_params()
    return {name: told[name] for name in ("dbname", "user", "password", "host", "port") if told.get(name)}


def test_cancelled_in_the_queue_it_never_starts(job, people):
    job.cancel(by=people.alice)
    assert again(job).state == JobState.CANCELLED
    with claim(FileCheck, job.pk) as late:
        assert late is None


def test_cancelled_at_work_it_ends_at_the_next_beat(job, people):
    reached = []
    with claim(FileCheck, job.pk) as mine:
        again(job).cancel(by=people.alice)
        reached.append("before")
        mine.beat(done=1)
        reached.append("after")
    assert reached == ["before"]
    assert again(job).state == JobState.CANCELLED


def test_cancelling_what_is_finished_changes_nothing(job, people):
    with claim(FileCheck, job.pk):
        pass
    again(job).cancel(by=people.alice)
    assert again(job).state == JobState.DONE


def test_a_lost_worker_is_replaced_and_can_not_write_any_more(job, sent, commit):
    with claim(FileCheck, job.pk) as first:
        lose(job)
        with commit():
            jobs.reap()
        assert sent == [("models_hub.check_file", (str(job.pk),), "io")]
        with claim(FileCheck, job.pk) as second:
            assert second.attempt == 2
            with pytest.raises(LostLease):
                first.beat(done=1)
            with pytest.raises(LostLease), first.owned():
                raise AssertionError("the late worker must not come in")
            with pytest.raises(LostLease):
                first.finish()
            assert again(job).attempt == 2
    assert again(job).state == JobState.DONE


def test_a_beat_just_in_time_keeps_the_job(job):
    with claim(FileCheck, job.pk) as mine:
        lose(job)
        mine.beat(done=1)
        jobs.reap()
        assert again(job).state == JobState.RUNNING


def test_a_job_that_wears_out_its_workers_fails(job):
    FileCheck.objects.filter(pk=job.pk).update(attempt=job.max_attempts - 1)
    with claim(FileCheck, job.pk):
        lose(job)
        jobs.reap()
    assert (again(job).state, again(job).error) == (JobState.FAILED, str(jobs.WORN_OUT))


def test_lost_and_cancelled_ends_cancelled(job, people):
    with claim(FileCheck, job.pk):
        again(job).cancel(by=people.alice)
        lose(job)
        jobs.reap()
    assert again(job).state == JobState.CANCELLED


def test_a_lost_message_is_sent_again_but_seldom(job, sent, commit):
    FileCheck.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    for _ in range(3):
        with commit():
            jobs.reap()
    assert len(sent) == 1


@pytest.mark.parametrize("fields", [{"state": "running"}, {"state": "done"}, {"state": "failed"}])
def test_the_database_refuses_impossible_rows(job, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        FileCheck.objects.filter(pk=job.pk).update(**fields)

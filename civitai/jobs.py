"""The life of long work: a row first, then a message; claim, lease, heartbeat, attempts, reaper, cancel.

The row is the truth and the message only a nudge: a message may be lost, come twice or come late.
A worker claims the row (attempt + 1, a lease) or leaves; each heartbeat extends the lease and proves
that the attempt is still its own; the reaper gives back what stopped beating. A late worker of an
older attempt changes nothing, because every write of a claim names its attempt.
"""

import logging
import threading
import uuid
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused, StaleState, TransientError
from civitai.states import Moves, Stateful

log = logging.getLogger("civitai.jobs")

NUDGE_S = 120
# The database was away, or is too busy: says nothing of the job.
DATABASE_AWAY = (OperationalError, InterfaceError)


class JobState(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


JOB_MOVES = Moves(
    {
        JobState.QUEUED: {JobState.RUNNING, JobState.CANCELLED, JobState.FAILED},
        JobState.RUNNING: {JobState.DONE, JobState.FAILED, JobState.CANCELLED, JobState.QUEUED},
    }
)

BROKEN = _("Something went wrong on our side. Nothing of yours is lost; try again.")
WORN_OUT = _("The worker was lost several times while it was at this. Try again, or with less.")


class Cancelled(Exception):
    """The member asked for an end. Raised by `beat`; the work stops and keeps what is finished."""


class LostLease(Exception):
    """Another attempt owns the row by now. The late worker stops and writes nothing."""


class Job(Stateful):
    """Subclasses add what to do and what came of it, and are decorated with `job_type`."""

    moves = JOB_MOVES

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=16, choices=JobState, default=JobState.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    lease_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    cancel_requested_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_running_has_lease",
                condition=~models.Q(state="running") | models.Q(lease_until__isnull=False, attempt__gte=1),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_final_is_finished",
                condition=models.Q(state__in=["queued", "running"]) | models.Q(finished_at__isnull=False),
            ),
        ]

    task: str = ""
    queue: str = ""

    @property
    def is_final(self):
        return self.moves.is_final(self.state)

    @property
    def percent(self):
        return 100 * self.progress_done // self.progress_total if self.progress_total else 0

    def enqueue(self):
        """Nudge a worker once this transaction is committed."""
        enqueue(self.task, str(self.pk), queue=self.queue)

    def cancel(self, *, by=None):
        """A queued job ends at once; a running one at its next heartbeat. A finished one stays as it is."""
        try:
            return self._move(
                JobState.CANCELLED,
                by=by,
                because="asked",
                extra={"state": JobState.QUEUED},
                fields={"finished_at": timezone.now()},
            )
        except StaleState:
            type(self)._base_manager.filter(pk=self.pk, state=JobState.RUNNING, cancel_requested_at=None).update(
                cancel_requested_at=timezone.now()
            )
            self.refresh_from_db()
            return self

    # The worker's side. Each names the attempt, so that a late worker changes nothing.

    def beat(self, *, done=None, total=None):
        """Extend the lease and write progress. Raises Cancelled or LostLease."""
        fields = {"lease_until": _lease()}
        if done is not None:
            fields["progress_done"] = self.progress_done = done
        if total is not None:
            fields["progress_total"] = self.progress_total = total
        mine = type(self)._base_manager.filter(pk=self.pk, attempt=self.attempt, state=JobState.RUNNING)
        if mine.filter(cancel_requested_at=None).update(**fields):
            return
        raise Cancelled if mine.exists() else LostLease

    @contextmanager
    def owned(self):
        """A transaction in which the row is locked and still this attempt's: results are written in it.

        Raises LostLease.
        """
        with transaction.atomic():
            mine = (
                type(self)
                ._base_manager.select_for_update()
                .filter(pk=self.pk, attempt=self.attempt, state=JobState.RUNNING)
            )
            if not mine.exists():
                raise LostLease
            yield

    def finish(self, **fields):
        self._end(JobState.DONE, **fields)

    def _end(self, state, *, because="", only_if=None, **fields):
        fields = {"finished_at": timezone.now(), "lease_until": None, **fields}
        extra = {"attempt": self.attempt, **(only_if or {})}
        try:
            with transaction.atomic():
                self._move(state, by=None, because=because, extra=extra, fields=fields)
                if state != JobState.DONE:
                    self.on_unfinished(state)
        except StaleState:
            raise LostLease from None

    def _give_back(self, *, because, wait_s=0, only_if=None):
        not_before = timezone.now() + timedelta(seconds=wait_s) if wait_s else None
        with transaction.atomic():
            self._move(
                JobState.QUEUED,
                by=None,
                because=because,
                extra={"attempt": self.attempt, **(only_if or {})},
                fields={"lease_until": None, "not_before": not_before},
            )
            if not wait_s:
                self.enqueue()

    def on_unfinished(self, state):
        """Failed or cancelled, in the same transaction: give back what was reserved. Subclasses override."""


@contextmanager
def kept_alive(job):
    """Extends the lease beside work that can't beat for a while (loading gigabytes of weights).

    A thread of its own, with its own connection; it ends with the block, or when the row is another attempt's.
    """
    ended = threading.Event()

    def extend():
        mine = type(job)._base_manager.filter(pk=job.pk, attempt=job.attempt, state=JobState.RUNNING)
        try:
            while not ended.wait(settings.JOB_LEASE_S / 3):
                try:
                    if not mine.update(lease_until=_lease()):
                        return
                except DATABASE_AWAY:
                    connection.close()  # the next one asks anew; until then the lease may run out
        finally:
            connection.close()

    thread = threading.Thread(target=extend, daemon=True, name=f"lease of {job.pk}")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


_types = {}


def job_type(*, task, queue):
    """Class decorator: the task that works on it, the queue it waits in; known to the reaper."""

    def decorate(model):
        model.task, model.queue = task, queue
        _types[model._meta.label] = model
        return model

    return decorate


def enqueue(task, *args, queue, **kwargs):
    """Send a task by its registered name, after commit. A dead broker loses nothing: the reaper nudges again."""

    def send():
        from civitai.celery import app

        app.send_task(task, args=args, kwargs=kwargs, queue=queue, retry=False)

    after_commit(send)


def after_commit(act):
    """What follows a done act: a message, a key of the cache, an object of the store. The row is committed: whatever is
    wrong out there is logged, and fails neither the request nor what waits behind it. Never what must not be lost.
    """

    def guarded():
        try:
            act()
        except Exception:
            log.exception("left undone after the commit: %s", getattr(act, "__qualname__", act))

    transaction.on_commit(guarded)


@contextmanager
def claim(model, job_id):
    """Work on a job, or on None when it is not there to be worked on (taken, cancelled, finished, not yet due).

    Leaving the block without `finish` and without an error finishes it. Refused fails it with its sentence,
    TransientError and a database that was away give it back with a growing wait, Cancelled ends it as cancelled, LostLease is swallowed
    (somebody else has it), and anything else fails it with a neutral sentence and is raised.
    """
    job = _take(model, job_id)
    if job is None:
        yield None
        return
    try:
        try:
            yield job
            if job.state == JobState.RUNNING:
                job.finish()
        except Cancelled:
            job._end(JobState.CANCELLED, because="asked")
        except Refused as error:
            job._end(JobState.FAILED, error=str(error)[:500], because=str(error))
        except (TransientError, *DATABASE_AWAY) as error:
            # Still away, this raises too; then the lease runs out and the reaper gives it back.
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
            _retry(job, error)
        except LostLease:
            raise
        except Exception as error:
            job._end(JobState.FAILED, error=str(BROKEN), because=repr(error))
            raise
    except LostLease:
        log.warning("%s %s: attempt %s lost its lease", job._meta.label, job.pk, job.attempt)


def _take(model, job_id):
    now = timezone.now()
    ready = (
        model._base_manager.filter(pk=job_id, state=JobState.QUEUED)
        .filter(models.Q(not_before=None) | models.Q(not_before__lte=now))
        .select_for_update(skip_locked=True)
    )
    with transaction.atomic():
        job = ready.first()
        if job is None:
            return None
        return job.move(
            JobState.RUNNING,
            attempt=job.attempt + 1,
            lease_until=_lease(),
            started_at=job.started_at or now,
        )


def _retry(job, error):
    if job.attempt >= job.max_attempts:
        job._end(JobState.FAILED, error=str(BROKEN), because=repr(error))
    else:
        job._give_back(because=repr(error), wait_s=5 * 2**job.attempt)


def _lease():
    return timezone.now() + timedelta(seconds=settings.JOB_LEASE_S)


def reap():
    """Give back what stopped beating, nudge what was due and not taken, end what was asked to end.

    Runs every few seconds, anywhere, at the same time too: each row is moved by one statement.
    """
    now = timezone.now()
    for model in _types.values():
        lost = model._base_manager.filter(state=JobState.RUNNING, lease_until__lt=now)
        for job in lost:
            try:
                _recover(job, now)
            except (StaleState, LostLease):
                pass  # It beat or ended at this very moment.
        waiting = model._base_manager.filter(state=JobState.QUEUED, created_at__lt=now - timedelta(seconds=30))
        due = waiting.filter(models.Q(not_before=None) | models.Q(not_before__lte=now))
        for job in due.order_by("created_at")[:100]:
            # Its message may only be waiting behind others: nudge seldom, an idle nudge costs one query.
            if cache.add(f"nudged:{job.pk}", 1, NUDGE_S):
                job.enqueue()


def _recover(job, now):
    still_lost = {"lease_until__lt": now}
    if job.cancel_requested_at:
        job._end(JobState.CANCELLED, because="asked; worker lost", only_if=still_lost)
    elif job.attempt >= job.max_attempts:
        job._end(JobState.FAILED, error=str(WORN_OUT), because="worker lost", only_if=still_lost)
    else:
        job._give_back(because="worker lost", only_if=still_lost)

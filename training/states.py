from django.db import models
from django.utils.translation import gettext_lazy as _

from civitai.jobs import JOB_MOVES, JobState
from civitai.states import Moves


class DatasetState(models.TextChoices):
    DRAFT = "draft", _("being put together")
    REMOVED = "removed", _("removed")


DATASET_MOVES = Moves({DatasetState.DRAFT: {DatasetState.REMOVED}})

PAUSED = "paused"


class RunState(models.TextChoices):
    """A job's, and one more: it rests with its checkpoint until its owner lets it go on."""

    QUEUED = JobState.QUEUED.value, JobState.QUEUED.label
    RUNNING = JobState.RUNNING.value, JobState.RUNNING.label
    PAUSED = PAUSED, _("paused")
    DONE = JobState.DONE.value, JobState.DONE.label
    FAILED = JobState.FAILED.value, JobState.FAILED.label
    CANCELLED = JobState.CANCELLED.value, JobState.CANCELLED.label


UNFINISHED = (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED)
RUN_MOVES = Moves(
    {
        RunState.QUEUED: JOB_MOVES.table[JobState.QUEUED] | {RunState.PAUSED},
        RunState.RUNNING: JOB_MOVES.table[JobState.RUNNING] | {RunState.PAUSED},
        RunState.PAUSED: {RunState.QUEUED, RunState.CANCELLED},
    }
)

"""Training sets, runs, their epochs, and what was published from them."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from civitai.access import ScopedQuerySet
from civitai.errors import StaleState
from civitai.jobs import Job, after_commit, job_type
from civitai.moderated import QUARANTINED, Moderated
from civitai.states import Stateful
from community.models import Picture
from models_hub.models import ModelVersion
from training.states import DATASET_MOVES, RUN_MOVES, DatasetState, RunState
from wallet.models import Hold


class OwnQuerySet(ScopedQuerySet):
    """One's own alone; moderators see what was reported through the workbench."""

    def visible_to(self, user):
        return self.filter(owner=user) if getattr(user, "is_authenticated", False) else self.none()

    editable_by = visible_to


class DatasetQuerySet(OwnQuerySet):
    def visible_to(self, user):
        return super().visible_to(user).exclude(Q(state=DatasetState.REMOVED) | Q(hidden_reason=QUARANTINED))

    editable_by = visible_to


class RunQuerySet(OwnQuerySet):
    def visible_to(self, user):
        return super().visible_to(user).exclude(dataset__hidden_reason=QUARANTINED)

    editable_by = visible_to


class Dataset(Moderated, Stateful):
    """Pictures with captions, and its owner's word that they may be used."""

    moves = DATASET_MOVES

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="datasets")
    state = models.CharField(max_length=12, choices=DatasetState, default=DatasetState.DRAFT)
    name = models.CharField(max_length=80)
    trigger = models.CharField(max_length=40, blank=True)
    # Which wording was agreed to, and when; see training.rights.
    attested_version = models.CharField(max_length=16, blank=True)
    attested_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="dataset_attested_whole",
                condition=Q(attested_at=None, attested_version="")
                | (Q(attested_at__isnull=False) & ~Q(attested_version="")),
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("dataset", args=[self.pk])


class DatasetPicture(models.Model):
    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="pictures")
    picture = models.OneToOneField(Picture, models.CASCADE, related_name="+")
    name = models.CharField(max_length=255, blank=True)
    caption = models.CharField(max_length=1000, blank=True)
    position = models.PositiveIntegerField(default=0)
    # The zip that it came in: another one may have a picture of the same name.
    unpacking = models.ForeignKey("Unpacking", models.SET_NULL, null=True, related_name="pictures")

    class Meta:
        ordering = ["position", "id"]

    def __str__(self):
        return self.name


@job_type(task="training.unpack", queue="cpu")
class Unpacking(Job):
    """A zip of pictures and captions that is being taken apart."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="unpackings")
    key = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    taken = models.PositiveIntegerField(default=0)
    # [(name, code of the reason)] of what was not taken, and of captions that were cut.
    refused = models.JSONField(default=list)


@job_type(task="training.train", queue="gpu")
class TrainingRun(Job):
    moves = RUN_MOVES

    state = models.CharField(max_length=16, choices=RunState, default=RunState.QUEUED)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="training_runs")
    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="runs")
    base = models.ForeignKey(ModelVersion, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    trigger = models.CharField(max_length=40, blank=True)
    # training.trainer.settings.Settings, and the pictures as they were when it began.
    settings = models.JSONField(default=dict)
    manifest = models.JSONField(default=dict)
    prompts = ArrayField(models.CharField(max_length=300), default=list)
    losses = models.JSONField(default=list)
    checkpoint_step = models.PositiveIntegerField(default=0)
    price = models.BigIntegerField(default=0, help_text="units")
    hold = models.OneToOneField(Hold, models.PROTECT, null=True, related_name="+")
    submission = models.CharField(max_length=40)
    # The removal case that stopped it: everything that was set aside comes back.
    withheld_for = models.CharField(max_length=12, blank=True)
    # Asked for while a worker has it; since when it rests; how long it has rested before.
    pause_requested_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    paused_s = models.PositiveIntegerField(default=0)
    # Where and when the worker that has it now began to learn: its pace is its own.
    pace_step = models.PositiveIntegerField(default=0)
    pace_at = models.DateTimeField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta(Job.Meta):
        abstract = False
        constraints = [
            *[c.clone() for c in Job.Meta.constraints if "final" not in c.name],
            models.CheckConstraint(
                name="training_trainingrun_final_is_finished",
                condition=Q(state__in=["queued", "running", "paused"]) | Q(finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="training_run_paused_whole",
                condition=Q(state="paused", paused_at__isnull=False, lease_until=None)
                | (~Q(state="paused") & Q(paused_at=None)),
            ),
            models.UniqueConstraint(fields=["owner", "submission"], name="training_submitted_once"),
        ]
        indexes = [models.Index(fields=["owner", "-created_at"], name="training_owner")]

    def get_absolute_url(self):
        return reverse("training_run", args=[self.pk])

    @property
    def checkpoint_key(self):
        return f"training/{self.pk}/checkpoint"

    def cancel(self, *, by=None):
        with transaction.atomic():
            if not self._leave_pause(RunState.CANCELLED, by=by, finished_at=timezone.now()):
                super().cancel(by=by)
                if self.state == RunState.PAUSED:  # its worker has laid it down at this very moment
                    return self.cancel(by=by)
            if self.state == RunState.CANCELLED:
                self.on_unfinished(self.state)
        return self

    def pause(self, *, by):
        """A waiting run rests at once, a running one when its worker has saved it. One that has ended stays as it is."""
        now = timezone.now()
        try:
            with transaction.atomic():
                waits = {"state": RunState.QUEUED}
                return self._move(RunState.PAUSED, by=by, because="asked", extra=waits, fields={"paused_at": now})
        except StaleState:
            type(self).objects.filter(pk=self.pk, state=RunState.RUNNING, pause_requested_at=None).update(
                pause_requested_at=now
            )
            self.refresh_from_db()
            return self

    def rest(self):
        """The worker lays it down, if that is asked of it: whether it did. What it has learnt is saved by then.

        Raises Cancelled or LostLease when that is asked of it.
        """
        asked = {"attempt": self.attempt, "pause_requested_at__isnull": False, "cancel_requested_at": None}
        fields = {"lease_until": None, "paused_at": timezone.now(), "pause_requested_at": None}
        try:
            with transaction.atomic():
                self._move(RunState.PAUSED, by=None, because="asked", extra=asked, fields=fields)
        except StaleState:
            self.beat()
            return False
        return True

    def go_on(self, *, by):
        """A resting run waits for a worker again, and a pause that was only asked for is forgotten."""
        with transaction.atomic():
            # A pause is no loss of a worker.
            more = {"max_attempts": self.max_attempts + 1, "pause_requested_at": None}
            if self._leave_pause(RunState.QUEUED, by=by, **more):
                self.enqueue()
            else:
                type(self).objects.filter(pk=self.pk).update(pause_requested_at=None)
                self.refresh_from_db()
        return self

    def _leave_pause(self, to, *, by, **fields):
        """Whether it rested, and moved."""
        self.refresh_from_db()
        if self.state != RunState.PAUSED:
            return False
        rested = self.paused_s + int((timezone.now() - self.paused_at).total_seconds())
        fields |= {"paused_at": None, "paused_s": rested}
        try:
            with transaction.atomic():
                self._move(to, by=by, because="asked", extra={"state": RunState.PAUSED}, fields=fields)
        except StaleState:
            return False
        return True

    def on_unfinished(self, state):
        """Failed or withheld: everything comes back. Cancelled: what was trained is paid."""
        from training.domain import paying

        paying.end(self, state)
        after_commit(self.forget)

    def forget(self):
        """Its checkpoint goes: nobody goes on from it any more. The step of it goes last, so that a sweeper finds what is left."""
        from civitai import storages

        storages.private().delete(self.checkpoint_key)
        type(self).objects.filter(pk=self.pk).update(checkpoint_step=0)

    def say(self, sentence, **values):
        """A line of its log, from a sentence that is marked for translation; the same line of the same attempt once."""
        values = {name: value if isinstance(value, str | int | float) else str(value) for name, value in values.items()}
        told = {"sentence": sentence[:200], "values": values}
        self.lines.get_or_create(attempt=self.attempt, text=_filled(sentence, values)[:200], defaults=told)


def _filled(sentence, values):
    """In the way of the domain ("%(step)s"), or in that of the trainer and the sampler ("{step}")."""
    return sentence % values if "%(" in sentence else sentence.format(**values)


class RunLine(models.Model):
    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="lines")
    attempt = models.PositiveSmallIntegerField(default=0)
    # In English; what it was said with makes it again in the reader's language. Of old lines nothing else is known.
    text = models.CharField(max_length=200)
    sentence = models.CharField(max_length=200, blank=True)
    values = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["run", "attempt", "text"], name="run_line_once")]

    def __str__(self):
        return _filled(gettext(self.sentence), self.values) if self.sentence else self.text


class Epoch(models.Model):
    """A LoRA as it was after an epoch."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="epochs")
    number = models.PositiveSmallIntegerField()
    step = models.PositiveIntegerField()
    loss = models.FloatField()
    key = models.CharField(max_length=200, unique=True)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    version = models.OneToOneField(ModelVersion, models.SET_NULL, null=True, related_name="trained_epoch")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="epoch_once")]

    def __str__(self):
        return f"epoch {self.number}"


class EpochSample(models.Model):
    epoch = models.ForeignKey(Epoch, models.CASCADE, related_name="samples")
    index = models.PositiveSmallIntegerField()
    picture = models.OneToOneField(Picture, models.CASCADE, related_name="+")

    class Meta:
        ordering = ["index"]
        constraints = [models.UniqueConstraint(fields=["epoch", "index"], name="epoch_sample_once")]

    def __str__(self):
        return f"{self.epoch} {self.index}"


def new_key(kind):
    return f"training/{kind}/{uuid.uuid4()}"

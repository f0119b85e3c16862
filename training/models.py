"""Training sets, runs, their epochs, and what was published from them."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from civitai.access import ScopedQuerySet
from civitai.jobs import Job, JobState, job_type
from civitai.moderated import QUARANTINED, Moderated
from civitai.states import Stateful
from community.models import Picture
from models_hub.models import ModelVersion
from training.states import DATASET_MOVES, DatasetState
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
    # [(name, code of the reason)] of what was not taken.
    refused = models.JSONField(default=list)


@job_type(task="training.train", queue="gpu")
class TrainingRun(Job):
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

    objects = RunQuerySet.as_manager()

    class Meta(Job.Meta):
        abstract = False
        constraints = [
            *[c.clone() for c in Job.Meta.constraints],
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
            super().cancel(by=by)
            if self.state == JobState.CANCELLED:
                self.on_unfinished(self.state)
        return self

    def on_unfinished(self, state):
        """Failed or withheld: everything comes back. Cancelled: what was trained is paid."""
        from training.domain import paying

        paying.end(self, state)

    def say(self, text):
        """A line of its log; the same line of the same attempt once."""
        self.lines.get_or_create(attempt=self.attempt, text=text[:200])


class RunLine(models.Model):
    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="lines")
    attempt = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["run", "attempt", "text"], name="run_line_once")]

    def __str__(self):
        return self.text


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

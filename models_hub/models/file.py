"""A file of a version, its hashes, and the check it goes through."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from civitai.access import ScopedQuerySet
from civitai.jobs import Job, job_type
from civitai.states import Stateful
from models_hub.formats.errors import sentence_for
from models_hub.models.version import ModelVersion
from models_hub.states import FILE_MOVES, FileState


class FileQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        shown = self.filter(version__in=ModelVersion.objects.visible_to(user)).exclude(state=FileState.REMOVED)
        return shown.filter(Q(state=FileState.READY) | Q(version__in=ModelVersion.objects.editable_by(user)))

    def editable_by(self, user):
        return self.filter(version__in=ModelVersion.objects.editable_by(user)).exclude(state=FileState.REMOVED)


class ModelFile(Stateful):
    moves = FILE_MOVES

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="files")
    state = models.CharField(max_length=16, choices=FileState, default=FileState.CHECKING)
    refusal = models.CharField(max_length=400, blank=True)
    upload = models.OneToOneField("civitai.Upload", models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=255)
    key = models.CharField(max_length=200, unique=True)
    size_bytes = models.BigIntegerField()
    type = models.CharField(max_length=32, default="Model")
    format = models.CharField(max_length=20, blank=True)
    precision = models.CharField(max_length=12, blank=True)
    variant = models.CharField(max_length=12, blank=True, help_text="full or pruned")
    # What its header told us; see models_hub.formats.describe.
    description = models.JSONField(default=dict)
    is_primary = models.BooleanField(default=False)
    scanned_at = models.DateTimeField(null=True)
    # When the sweeper took the object of a removed or refused file out of the store.
    swept_at = models.DateTimeField(null=True, editable=False)
    # The store that holds its object: "private", or "quarantine" while it is taken down.
    held_in = models.CharField(max_length=12, default="private", editable=False)
    # When it last went to another key: links given out before are dead.
    moved_at = models.DateTimeField(null=True, editable=False)
    downloads = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects = FileQuerySet.as_manager()

    class Meta:
        ordering = ["-is_primary", "id"]
        constraints = [
            models.CheckConstraint(
                name="file_ready_is_scanned", condition=~Q(state="ready") | Q(scanned_at__isnull=False)
            ),
            models.UniqueConstraint(fields=["version"], condition=Q(is_primary=True), name="one_primary_file"),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(state__in=["removed", "refused"], swept_at=None), name="file_to_sweep"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def refusal_sentence(self):
        """Why it was refused, in the reader's language: the worker that refused it does not know who reads."""
        kept = self.description.get("refusal")
        return sentence_for(kept["code"], **kept["values"]) if kept else self.refusal


class FileHash(models.Model):
    """Upper-case hex. One file has up to six kinds; any of them finds it."""

    file = models.ForeignKey(ModelFile, models.CASCADE, related_name="hashes")
    kind = models.CharField(max_length=8)
    value = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "kind"], name="hash_once")]
        indexes = [models.Index(fields=["value", "kind"], name="hash_value")]

    def __str__(self):
        return f"{self.kind} {self.value}"


class FormerHash(models.Model):
    """What the file had before its header was cleaned: pictures and tools that know that one still find it."""

    file = models.ForeignKey(ModelFile, models.CASCADE, related_name="former_hashes")
    kind = models.CharField(max_length=8)
    value = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "kind", "value"], name="former_hash_once")]
        indexes = [models.Index(fields=["value", "kind"], name="former_hash_value")]

    def __str__(self):
        return f"{self.kind} {self.value}"


@job_type(task="models_hub.check_file", queue="io")
class FileCheck(Job):
    """Hashes a file in one pass, reads its header, and finds out whether it may be published."""

    file = models.OneToOneField(ModelFile, models.CASCADE, related_name="check_job")

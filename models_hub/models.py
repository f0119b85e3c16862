"""Models, their versions, and the files of these with hashes."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from civitai.access import ScopedQuerySet
from civitai.jobs import Job, job_type
from civitai.moderated import Moderated
from civitai.states import Stateful
from community.models import Picture, Tag
from models_hub.formats.errors import sentence_for
from models_hub.states import FILE_MOVES, MODEL_MOVES, FileState, ModelState


def _member(user):
    return getattr(user, "is_authenticated", False)


class ModelQuerySet(ScopedQuerySet):
    def published(self):
        return self.filter(state=ModelState.PUBLISHED, hidden_at=None)

    def visible_to(self, user):
        if getattr(user, "is_moderator", False):
            return self.exclude(state=ModelState.REMOVED)
        shown = Q(state=ModelState.PUBLISHED, hidden_at=None)
        if _member(user):
            shown |= Q(owner=user) & ~Q(state=ModelState.REMOVED)
        return self.filter(shown)

    def editable_by(self, user):
        return self.filter(owner=user).exclude(state=ModelState.REMOVED) if _member(user) else self.none()


class Model(Moderated, Stateful):
    moves = MODEL_MOVES

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="models")
    state = models.CharField(max_length=16, choices=ModelState, default=ModelState.DRAFT)
    name = models.CharField(max_length=120, blank=True)
    type = models.CharField(max_length=32, default="LORA")
    checkpoint_type = models.CharField(max_length=16, blank=True)
    description = models.TextField(blank=True)
    tags = models.ManyToManyField(Tag, related_name="models", blank=True)
    cover = models.ForeignKey(Picture, models.SET_NULL, null=True, blank=True, related_name="+")
    # Union of the levels of its pictures, raised by what the owner said.
    level_mask = models.PositiveSmallIntegerField(default=1)
    is_mature = models.BooleanField(default=False)
    allow_no_credit = models.BooleanField(default=True)
    allow_derivatives = models.BooleanField(default=True)
    allow_different_license = models.BooleanField(default=True)
    allow_commercial_use = ArrayField(models.CharField(max_length=12), default=list)
    downloads = models.PositiveIntegerField(default=0)
    likes = models.PositiveIntegerField(default=0)
    images = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True)
    last_version_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ModelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="model_published_is_named",
                condition=~Q(state="published") | (Q(published_at__isnull=False) & ~Q(name="")),
            ),
        ]
        indexes = [
            models.Index(fields=["-last_version_at", "-id"], condition=Q(state="published"), name="model_newest"),
            models.Index(fields=["-downloads", "-id"], condition=Q(state="published"), name="model_downloads"),
            models.Index(fields=["-likes", "-id"], condition=Q(state="published"), name="model_likes"),
            models.Index(fields=["owner", "-created_at"], name="model_owner"),
        ]

    def __str__(self):
        return self.name or f"model {self.pk}"

    @property
    def slug(self):
        return slugify(self.name) or "model"

    def get_absolute_url(self):
        return reverse("model", args=[self.pk, self.slug])


class VersionQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        shown = Q(state=ModelState.PUBLISHED)
        if _member(user):
            shown |= Q(model__owner=user) & ~Q(state=ModelState.REMOVED)
        return self.filter(shown, model__in=Model.objects.visible_to(user))

    def editable_by(self, user):
        return self.filter(model__in=Model.objects.editable_by(user)).exclude(state=ModelState.REMOVED)


class ModelVersion(Stateful):
    moves = MODEL_MOVES

    model = models.ForeignKey(Model, models.CASCADE, related_name="versions")
    state = models.CharField(max_length=16, choices=ModelState, default=ModelState.DRAFT)
    name = models.CharField(max_length=80, blank=True)
    index = models.PositiveSmallIntegerField(default=0)
    base_model = models.CharField(max_length=40, blank=True)
    description = models.TextField(blank=True)
    trained_words = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    steps = models.PositiveIntegerField(null=True, blank=True)
    epochs = models.PositiveIntegerField(null=True, blank=True)
    clip_skip = models.PositiveSmallIntegerField(null=True, blank=True)
    weight_min = models.FloatField(null=True, blank=True)
    weight_max = models.FloatField(null=True, blank=True)
    # What it was made from: a base that is a version on this site.
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")
    # A diffusers folder or checkpoint that this site's workers may draw with.
    can_generate = models.BooleanField(default=False)
    downloads = models.PositiveIntegerField(default=0)
    images = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["index", "-id"]
        constraints = [
            models.CheckConstraint(
                name="version_published_has_base",
                condition=~Q(state="published") | (Q(published_at__isnull=False) & ~Q(base_model="") & ~Q(name="")),
            ),
        ]
        indexes = [models.Index(fields=["model", "index"], name="version_of_model")]

    def __str__(self):
        return f"{self.model} {self.name}"

    def allow_generation(self):
        """Members may draw with it from now on; its file must be a checkpoint that the sampler loads."""
        self.can_generate = True
        self.save(update_fields=["can_generate"])


class VersionPicture(models.Model):
    """A sample picture of a version, in the owner's order."""

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="samples")
    picture = models.ForeignKey(Picture, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["version", "picture"], name="sample_once")]

    def __str__(self):
        return f"sample {self.position} of {self.version_id}"


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


@job_type(task="models_hub.check_file", queue="io")
class FileCheck(Job):
    """Hashes a file in one pass, reads its header, and finds out whether it may be published."""

    file = models.OneToOneField(ModelFile, models.CASCADE, related_name="check_job")


class Download(models.Model):
    """Append-only; counters are counted from it."""

    file = models.ForeignKey(ModelFile, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    who = models.CharField(max_length=64, help_text="member, or a keyed hash of the address")
    day = models.DateField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "who", "day"], name="download_once_a_day")]

    def __str__(self):
        return f"{self.who} {self.file_id} {self.day}"

"""What members asked the workers to draw, and what came of it."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from civitai.access import ScopedQuerySet
from civitai.jobs import Job, JobState, job_type
from community.models import Picture
from gallery.models import Image
from models_hub.models import ModelVersion
from moderation.domain.cases import fees
from moderation.naming import Letters
from wallet.models import Hold


class GenerationQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(owner=user, dismissed_at=None, withheld_for="")

    editable_by = visible_to


@job_type(task="generation.draw", queue="gpu")
class Generation(Job):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="generations")
    base = models.ForeignKey(ModelVersion, models.PROTECT, related_name="generations")
    prompt = models.TextField()
    negative_prompt = models.TextField(blank=True)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    steps = models.PositiveSmallIntegerField()
    cfg_scale = models.FloatField()
    sampler = models.CharField(max_length=32)
    schedule = models.CharField(max_length=20, default="Automatic")
    seed = models.BigIntegerField()
    clip_skip = models.PositiveSmallIntegerField(default=1)
    count = models.PositiveSmallIntegerField(default=1)
    remix_of = models.ForeignKey(Image, models.SET_NULL, null=True, blank=True, related_name="+")
    # One key per press of the button: a double submit finds its first.
    submission = models.CharField(max_length=40)
    dismissed_at = models.DateTimeField(null=True)
    # Units that each picture costs, by agreement with an artist; what is set aside for it. Empty for most.
    fees = models.JSONField(default=dict)
    hold = models.OneToOneField(Hold, models.PROTECT, null=True, related_name="+")
    # The case that froze what it draws with while it ran: it finishes into nothing shown.
    withheld_for = models.CharField(max_length=12, blank=True)

    objects = GenerationQuerySet.as_manager()

    def get_absolute_url(self):
        """The form as it was, for its owner."""
        return f"{reverse('create')}?generation={self.pk}"

    def dismiss(self):
        """Out of its owner's list."""
        self.dismissed_at = timezone.now()
        self.save(update_fields=["dismissed_at"])

    def cancel(self, *, by=None):
        with transaction.atomic():
            super().cancel(by=by)
            if self.state == JobState.CANCELLED:
                self._settle()
        return self

    def finish(self, **fields):
        with transaction.atomic():
            super().finish(**fields)
            self._settle()

    def on_unfinished(self, state):
        """Pictures that are finished are kept, and paid; the rest of what was set aside goes back."""
        self._settle()

    def _settle(self):
        if self.hold_id:
            withheld = type(self).objects.filter(pk=self.pk).exclude(withheld_for="").exists()
            fees.settle(
                self.hold_id,
                self.fees,
                0 if withheld else self.results.filter(is_beyond=False).count(),
                note=str(self.pk),
            )

    class Meta(Job.Meta):
        abstract = False
        constraints = [
            *[c.clone() for c in Job.Meta.constraints],
            models.UniqueConstraint(fields=["owner", "submission"], name="generation_submitted_once"),
            models.CheckConstraint(name="generation_count", condition=Q(count__gte=1, count__lte=12)),
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="generation_owner"),
            models.Index(fields=["created_at"], condition=Q(state__in=["queued", "running"]), name="generation_line"),
            models.Index(fields=["-created_at", "-id"], name="generation_newest"),
            GinIndex(OpClass(Letters("prompt", "negative_prompt"), name="gin_trgm_ops"), name="generation_letters"),
        ]


class GenerationResource(models.Model):
    generation = models.ForeignKey(Generation, models.CASCADE, related_name="resources")
    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="+")
    weight = models.FloatField(default=1.0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["generation", "version"], name="generation_resource_once")]

    def __str__(self):
        return f"{self.version} at {self.weight}"


class GenerationResult(models.Model):
    """One picture of a generation. Unique by place: an attempt after a lost worker draws only what is missing."""

    generation = models.ForeignKey(Generation, models.CASCADE, related_name="results")
    index = models.PositiveSmallIntegerField()
    picture = models.OneToOneField(Picture, models.CASCADE, related_name="+")
    seed = models.BigIntegerField()
    seconds = models.FloatField(default=0)
    # Goes further than the licence of a style that it was drawn with: shown to nobody, and paid by nobody.
    is_beyond = models.BooleanField(default=False)
    image = models.ForeignKey(Image, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["index"]
        constraints = [models.UniqueConstraint(fields=["generation", "index"], name="result_once")]

    def __str__(self):
        return f"picture {self.index} of {self.generation_id}"

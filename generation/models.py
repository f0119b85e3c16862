"""What members asked the workers to draw, and what came of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from civitai.access import ScopedQuerySet
from civitai.jobs import Job, job_type
from community.models import Picture
from gallery.models import Image
from models_hub.models import ModelVersion


class GenerationQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(owner=user, dismissed_at=None)

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

    objects = GenerationQuerySet.as_manager()

    def dismiss(self):
        """Out of its owner's list."""
        self.dismissed_at = timezone.now()
        self.save(update_fields=["dismissed_at"])

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
    image = models.ForeignKey(Image, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["index"]
        constraints = [models.UniqueConstraint(fields=["generation", "index"], name="result_once")]

    def __str__(self):
        return f"picture {self.index} of {self.generation_id}"

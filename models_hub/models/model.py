"""A model: what a member publishes, with versions."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from civitai.access import ScopedQuerySet
from civitai.moderated import Moderated
from civitai.states import Stateful
from community.models import Picture, Tag
from models_hub.states import MODEL_MOVES, ModelState


def member(user):
    return getattr(user, "is_authenticated", False)


class ModelQuerySet(ScopedQuerySet):
    def published(self):
        return self.filter(state=ModelState.PUBLISHED, hidden_at=None)

    def visible_to(self, user):
        if getattr(user, "is_moderator", False):
            return self.exclude(state=ModelState.REMOVED)
        shown = Q(state=ModelState.PUBLISHED, hidden_at=None)
        if member(user):
            shown |= Q(owner=user) & ~Q(state=ModelState.REMOVED)
        return self.filter(shown)

    def editable_by(self, user):
        return self.filter(owner=user).exclude(state=ModelState.REMOVED) if member(user) else self.none()


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
    comments = models.PositiveIntegerField(default=0)
    # Reviews that recommend a version of it, and those that do not.
    thumbs_up = models.PositiveIntegerField(default=0)
    thumbs_down = models.PositiveIntegerField(default=0)
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

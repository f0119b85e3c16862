"""What all content shares: stored pictures, tags, reactions."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from civitai.access import ScopedQuerySet
from civitai.levels import Level
from civitai.moderated import Moderated
from civitai.states import Stateful
from community.states import PICTURE_MOVES, PictureState


class PictureQuerySet(ScopedQuerySet):
    def ready(self):
        return self.filter(state=PictureState.READY, hidden_at=None)

    def visible_to(self, user):
        """Bytes of a ready picture go to whoever knows its address and may see its level; see `media`."""
        if getattr(user, "is_moderator", False):
            return self.all()
        if not getattr(user, "is_authenticated", False):
            return self.filter(state=PictureState.READY, hidden_at=None, is_public=True)
        return self.filter(models.Q(state=PictureState.READY, hidden_at=None, is_public=True) | models.Q(owner=user))

    def editable_by(self, user):
        return self.filter(owner=user) if user.is_authenticated else self.none()


class Picture(Moderated, Stateful):
    """A stored picture: the original in the private store, derivatives in the public one once it is shown.

    Used as cover, sample, post image, avatar, result. `is_public` is set by the room that shows it.
    """

    moves = PICTURE_MOVES

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="pictures")
    state = models.CharField(max_length=16, choices=PictureState, default=PictureState.PENDING)
    refusal = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=200, unique=True)
    filename = models.CharField(max_length=255, blank=True)
    content_type = models.CharField(max_length=40, blank=True)
    size_bytes = models.BigIntegerField(default=0)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    pixels_sha256 = models.CharField(max_length=64, blank=True)
    thumbhash = models.CharField(max_length=48, blank=True)
    tone = models.CharField(max_length=7, blank=True, help_text="mean colour, #rrggbb")
    level = models.PositiveSmallIntegerField(choices=Level, default=Level.UNRATED)
    widths = ArrayField(models.PositiveIntegerField(), default=list)
    # The generation text as it stood in the file, and what tool wrote it.
    generation_text = models.TextField(blank=True)
    made_here = models.BooleanField(default=False)
    is_public = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PictureQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["sha256"], name="picture_sha256"),
            models.Index(fields=["pixels_sha256"], name="picture_pixels"),
            models.Index(fields=["owner", "-created_at"], name="picture_owner"),
        ]
        constraints = [
            models.CheckConstraint(
                name="picture_ready_is_measured",
                condition=~models.Q(state="ready") | models.Q(width__gt=0, height__gt=0, size_bytes__gt=0),
            ),
        ]

    def __str__(self):
        return str(self.pk)

    @property
    def ratio(self):
        """Height ÷ width, held to .5–2.2 for the masonry."""
        return round(min(max(self.height / self.width, 0.5), 2.2), 3) if self.width else 1

    def url(self, width=450):
        """Address of a derivative at most `width` pixels wide."""
        return f"/media/{self.pk}/width={width}/{self.pk}.webp"

    @property
    def original_url(self):
        return f"/media/{self.pk}/original=true/{self.pk}"


class Tag(models.Model):
    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=16, default="user")

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Reaction(models.Model):
    """One member's heart (or other sign) for one thing. `subject` is a model's label, `row` its key."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reactions")
    subject = models.CharField(max_length=40)
    row = models.BigIntegerField()
    kind = models.CharField(max_length=12, default="heart")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "row", "user", "kind"], name="reaction_once")]

    def __str__(self):
        return f"{self.user} {self.kind} {self.subject} {self.row}"

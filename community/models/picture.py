"""A stored picture, of any use."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.utils import timezone

from civitai.access import ScopedQuerySet
from civitai.levels import Level, viewer_mask
from civitai.moderated import QUARANTINED, Moderated
from civitai.states import Stateful
from community.refusals import sentence_for
from community.states import PICTURE_MOVES, PictureState
from moderation.naming import Letters


class PictureQuerySet(ScopedQuerySet):
    def ready(self):
        return self.filter(state=PictureState.READY, hidden_at=None, quarantined_at=None)

    def visible_to(self, user):
        """Bytes of a ready picture go to whoever knows its address and may see its level; see `media`."""
        if getattr(user, "is_moderator", False):
            return self.all() if user.is_superuser else self.not_in_quarantine()
        if not getattr(user, "is_authenticated", False):
            return self.ready().filter(is_public=True)
        shown = models.Q(state=PictureState.READY, hidden_at=None, is_public=True)
        return self.not_in_quarantine().filter(shown | models.Q(owner=user, withheld_at=None))

    def not_in_quarantine(self):
        return self.filter(quarantined_at=None).exclude(hidden_reason=QUARANTINED)

    def editable_by(self, user):
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def open_to_all(self):
        """What anybody may have without being asked who they are."""
        return self.ready().filter(is_public=True, level=Level.PG)

    def bytes_for(self, user):
        """Visible, and of a level that `user` has chosen to see; owners and moderators see all levels.

        What is not rated yet is nobody else's.
        """
        visible = self.visible_to(user)
        if getattr(user, "is_moderator", False):
            return visible
        mask = viewer_mask(user)
        shown = models.Q(level__in=[int(level) for level in Level if level & mask])
        return visible.filter(shown | models.Q(owner=user) if user.is_authenticated else shown)


class Picture(Moderated, Stateful):
    """A stored picture: the original in the private store, derivatives in the public one once it is shown.

    Used as cover, sample, post image, avatar, result. `is_public` is set by the room that shows it.
    """

    moves = PICTURE_MOVES

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="pictures")
    state = models.CharField(max_length=16, choices=PictureState, default=PictureState.PENDING)
    # A code of community.refusals.
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
    # What its text and the classifier found: nobody but a moderator puts its level below.
    least_level = models.PositiveSmallIntegerField(choices=Level, default=Level.PG)
    score = models.FloatField(null=True, help_text="of the classifier, 0 to 1; empty: not asked")
    widths = ArrayField(models.PositiveIntegerField(), default=list)
    # The generation text as it stood in the file, and what tool wrote it.
    generation_text = models.TextField(blank=True)
    made_here = models.BooleanField(default=False)
    is_public = models.BooleanField(default=False)
    # Quarantined by a removal case: its owner does not see it either.
    withheld_at = models.DateTimeField(null=True, editable=False)
    # What it shows, or a copy of it, was reported as a child: nobody's but an administrator's. See PictureQuarantine.
    quarantined_at = models.DateTimeField(null=True, editable=False)
    # The file with the text in it is its owner's alone (a hidden recipe).
    original_is_private = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PictureQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["sha256"], name="picture_sha256"),
            models.Index(fields=["pixels_sha256"], name="picture_pixels"),
            models.Index(fields=["owner", "-created_at"], name="picture_owner"),
            models.Index(fields=["created_at"], condition=models.Q(state="pending"), name="picture_pending"),
            models.Index(fields=["-created_at", "-id"], name="picture_newest"),
            GinIndex(OpClass(Letters("filename", "generation_text"), name="gin_trgm_ops"), name="picture_letters"),
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
    def is_open_to_all(self):
        """As `open_to_all` says it, of a row that is loaded."""
        is_shown = self.is_public and not self.is_hidden and self.quarantined_at is None
        return self.state == PictureState.READY and is_shown and self.level == Level.PG

    @property
    def ratio(self):
        """Height ÷ width, held to .5–2.2 for the masonry."""
        return round(min(max(self.height / self.width, 0.5), 2.2), 3) if self.width else 1

    def url(self, width=450):
        """Address of a derivative at most `width` pixels wide."""
        return f"/media/{self.pk}/width={width}/{self.pk}.webp"

    @property
    def original_url(self):
        return f"/media/{self.pk}/original=true/{self.pk}.{self.original_ending}"

    @property
    def refusal_sentence(self):
        """Why it was refused, in the reader's language."""
        return sentence_for(self.refusal)

    @property
    def original_type(self):
        """Of the file that is given out: an AVIF is given out as PNG, with the pixels it decodes to."""
        return "image/png" if self.content_type in ("image/avif", "") else self.content_type

    @property
    def original_ending(self):
        return self.original_type.removeprefix("image/").replace("jpeg", "jpg")

    @property
    def clean_key(self):
        return f"pictures/{self.created_at:%Y/%m}/{self.pk}/clean"

    def derivative_key(self, width):
        return f"pictures/{self.created_at:%Y/%m}/{self.pk}/{width}.webp"

    def step(self, width):
        """The derivative for a wish of `width` pixels: the next one above, else the widest; None when there is none."""
        return next((step for step in sorted(self.widths) if step >= width), max(self.widths, default=None))

    def is_own_or_moderated_by(self, user):
        return user.is_authenticated and (user.pk == self.owner_id or user.is_moderator)

"""A model: what a member publishes, with versions."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.queries import hidden_ids, hidden_tag_ids
from civitai import moderated
from civitai.access import ScopedQuerySet
from civitai.moderated import Moderated
from civitai.states import Stateful
from community.models import Picture, Tag
from models_hub.states import AWAY, MODEL_MOVES, ModelState

UNLISTED, FROZEN, QUARANTINED = 1, 2, 3


def member(user):
    return getattr(user, "is_authenticated", False)


class ModelQuerySet(ScopedQuerySet):
    def published(self):
        """What lists, searches and feeds show."""
        return self.filter(state=ModelState.PUBLISHED, hidden_at=None, freeze_level=0, taken_down_at=None)

    def listed_to(self, user):
        """The rows of lists: published, without what `user` chose not to see (people they blocked, tags they hid)."""
        rows = self.published()
        if people := hidden_ids(user):
            rows = rows.exclude(owner__in=people)
        if tags := hidden_tag_ids(user):
            rows = rows.exclude(tag_ids__overlap=list(tags))
        return rows

    def visible_to(self, user):
        if getattr(user, "is_moderator", False):
            rows = self.exclude(state__in=AWAY)
            return rows if user.is_superuser else rows.exclude(hidden_reason=moderated.QUARANTINED)
        # Unlisted opens by its address; frozen is its owner's alone; taken down is nobody's.
        shown = Q(state=ModelState.PUBLISHED, hidden_at=None, freeze_level__lte=UNLISTED)
        if member(user):
            own = Q(owner=user) & ~Q(state__in=AWAY)
            shown |= own & ~Q(hidden_reason=moderated.QUARANTINED)
        return self.filter(shown, taken_down_at=None)

    def editable_by(self, user):
        """While somebody's right to it is looked at, it stays as it is."""
        if not member(user):
            return self.none()
        return self.filter(owner=user, freeze_level=0, taken_down_at=None).exclude(
            Q(state__in=AWAY) | Q(hidden_reason=moderated.QUARANTINED)
        )

    def usable(self):
        """What generation and training may use, whoever asks."""
        return self.filter(freeze_level__lte=UNLISTED, taken_down_at=None).exclude(hidden_reason=moderated.QUARANTINED)


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
    # Said by its owner, or by a moderator: never public, and nothing is made with it.
    is_of_real_person = models.BooleanField(default=False)
    allow_no_credit = models.BooleanField(default=True)
    allow_derivatives = models.BooleanField(default=True)
    allow_different_license = models.BooleanField(default=True)
    allow_commercial_use = ArrayField(models.CharField(max_length=12), default=list)
    downloads = models.PositiveIntegerField(default=0)
    likes = models.PositiveIntegerField(default=0)
    images = models.PositiveIntegerField(default=0)
    comments = models.PositiveIntegerField(default=0)
    # In how many collections it lies, kept by triggers of the database; see migration 0011.
    collected = models.PositiveIntegerField(default=0, editable=False)
    # Reviews that recommend a version of it, and those that do not.
    thumbs_up = models.PositiveIntegerField(default=0)
    thumbs_down = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True)
    last_version_at = models.DateTimeField(null=True)
    # 0 normal, 1 unlisted, 2 frozen, 3 quarantined: what removal cases ask of it, and since when.
    freeze_level = models.PositiveSmallIntegerField(default=0, editable=False)
    frozen_at = models.DateTimeField(null=True, editable=False)
    taken_down_at = models.DateTimeField(null=True, editable=False)
    case_reference = models.CharField(max_length=12, blank=True, editable=False)
    # "download", or "generation" where a licence lets people draw with it and not have it.
    usage = models.CharField(max_length=12, default="download", editable=False)
    # Names that were taken out: moderators know them, and nothing of this model may carry them again.
    names_out = ArrayField(models.CharField(max_length=120), default=list, editable=False)
    gone_slugs = ArrayField(models.CharField(max_length=160), default=list, editable=False)
    # A copy of its tags, kept by triggers of the database; see migration 0007.
    tag_ids = ArrayField(models.BigIntegerField(), default=list, editable=False)
    # Its words, kept by triggers of the database; see migration 0006.
    search = SearchVectorField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ModelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="model_of_person_is_not_shown",
                condition=Q(is_of_real_person=False) | ~Q(state="published") | Q(hidden_at__isnull=False),
            ),
            models.CheckConstraint(
                name="model_published_is_named",
                condition=~Q(state="published") | (Q(published_at__isnull=False) & ~Q(name="")),
            ),
            models.CheckConstraint(
                name="model_freeze_level", condition=Q(freeze_level=0) | Q(freeze_level__lte=3, frozen_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["-last_version_at", "-id"], condition=Q(state="published"), name="model_newest"),
            models.Index(
                fields=["-downloads", "-likes", "-id"], condition=Q(state="published"), name="model_most_downloads"
            ),
            models.Index(
                fields=["-likes", "-downloads", "-id"], condition=Q(state="published"), name="model_most_liked"
            ),
            models.Index(fields=["owner", "-created_at"], name="model_owner"),
            GinIndex(fields=["search"], name="model_search"),
            GinIndex(fields=["name"], name="model_name_letters", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self):
        return self.name or f"model {self.pk}"

    @property
    def is_unlisted(self):
        return self.freeze_level == UNLISTED

    @property
    def shown_name(self):
        """Its name; a neutral one while it is unlisted: whose right is asked for may stand in the name itself."""
        return _("Model %(number)s") % {"number": self.pk} if self.is_unlisted else self.name

    @property
    def slug(self):
        return "model" if self.is_unlisted else self.named_slug

    @property
    def named_slug(self):
        return slugify(self.name) or "model"

    def get_absolute_url(self):
        return reverse("model", args=[self.pk, self.slug])

"""Posts, their images, how each was made and with what."""

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.queries import hidden_ids, hidden_tag_ids
from civitai.access import ScopedQuerySet
from civitai.levels import Level, viewer_mask
from civitai.moderated import Moderated
from civitai.states import Stateful
from community.models import Picture, Tag
from gallery.states import POST_MOVES, PostState
from models_hub.models import Model, ModelVersion
from models_hub.models.model import UNLISTED
from moderation.naming import Letters


def plain(name):
    """The text in small letters without accents, as `wording.folded` folds what is typed."""
    return Lower(models.Func(name, function="models_hub_folded", output_field=models.TextField()))


def _member(user):
    return getattr(user, "is_authenticated", False)


class PostQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        if getattr(user, "is_moderator", False):
            return self.exclude(state=PostState.REMOVED)
        # Without an image that is shown, its words are not either: they may name whom a hidden picture shows.
        is_left = models.Exists(Image.objects.in_feed().filter(post=models.OuterRef("pk")))
        shown = Q(state=PostState.PUBLISHED, hidden_at=None) & is_left
        if _member(user):
            shown |= Q(owner=user) & ~Q(state=PostState.REMOVED)
        return self.filter(shown)

    def editable_by(self, user):
        return self.filter(owner=user).exclude(state=PostState.REMOVED) if _member(user) else self.none()


class Post(Moderated, Stateful):
    moves = POST_MOVES

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="posts")
    state = models.CharField(max_length=16, choices=PostState, default=PostState.DRAFT)
    title = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    version = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, blank=True, related_name="posts")
    tags = models.ManyToManyField(Tag, related_name="posts", blank=True)
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="post_published_has_time", condition=~Q(state="published") | Q(published_at__isnull=False)
            )
        ]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="post_owner"),
            GinIndex(OpClass(plain("title"), name="gin_trgm_ops"), name="post_plain_title"),
            GinIndex(OpClass(Letters("title", "description"), name="gin_trgm_ops"), name="post_letters"),
        ]

    def __str__(self):
        return self.title or f"post {self.pk}"

    def get_absolute_url(self):
        return reverse("post", args=[self.pk])


class ImageQuerySet(ScopedQuerySet):
    def in_feed(self):
        """Published, rated, not hidden: exactly the rows of the partial indexes."""
        return self.filter(sort_at__isnull=False, hidden_at=None)

    def visible_to(self, user):
        """Those whose picture may be sent to `user`."""
        here = self.filter(removed_at=None)
        if getattr(user, "is_moderator", False):
            return here.exclude(post__state=PostState.REMOVED)
        shown = Q(sort_at__isnull=False, hidden_at=None, level__in=levels_of(user))
        if _member(user):
            shown |= Q(owner=user) & ~Q(post__state=PostState.REMOVED)
        return here.filter(shown)

    def known_to(self, user):
        """Visible, or shown with a cover because of its level alone."""
        here = self.filter(removed_at=None).exclude(post__state=PostState.REMOVED)
        if getattr(user, "is_moderator", False):
            return here
        shown = Q(sort_at__isnull=False, hidden_at=None)
        return here.filter(shown | Q(owner=user) if _member(user) else shown)

    def listed_to(self, user):
        """The rows of feeds: members get covers for what is above their level, visitors get PG alone.

        Nobody gets what they chose not to: people whom they blocked, tags that they hid. Both are filters on rows that
        an index brings in order, never a reason to read more of it than what is left out.
        """
        return _wanted(self.in_feed(), user)

    def editable_by(self, user):
        if not _member(user):
            return self.none()
        return self.filter(owner=user, removed_at=None).exclude(post__state=PostState.REMOVED)


def _wanted(rows, user):
    if not _member(user):
        return rows.filter(level=Level.PG)
    if people := hidden_ids(user):
        rows = rows.exclude(owner__in=people)
    if tags := hidden_tag_ids(user):
        rows = rows.exclude(tag_ids__overlap=list(tags))
    return rows


def levels_of(user):
    mask = viewer_mask(user)
    return [int(level) for level in Level if level and level & mask]


SAID = ("sort_at", "likes", "comments", "level", "owner", "base_model", "made_here", "tag_ids")


def places_by(*of, key, more=(), name):
    """The index of the places `of` something in the order of `key`, with all that they are filtered by."""
    rest = [field for field in SAID if field not in (key, *of)]
    return models.Index(*map(F, of), F(key).desc(), F("image").desc(), include=[*rest, *more], name=name)


def shown_by(*of, key, name):
    """The same of the images themselves that feeds show."""
    rest = [
        field
        for field in ("sort_at", "level", "owner", "base_model", "made_here", "tag_ids")
        if field not in (key, *of)
    ]
    shown = Q(sort_at__isnull=False, hidden_at=None)
    return models.Index(*map(F, of), F(key).desc(), F("id").desc(), include=rest, condition=shown, name=name)


class Image(Moderated):
    """One image of a post. `sort_at` is set while it is published and rated, and only then."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="images")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="images")
    picture = models.OneToOneField(Picture, models.CASCADE, related_name="image")
    position = models.PositiveSmallIntegerField(default=0)
    level = models.PositiveSmallIntegerField(choices=Level, default=Level.UNRATED)
    sort_at = models.DateTimeField(null=True)
    # When it came out first: what is hidden and shown again keeps its place.
    first_shown_at = models.DateTimeField(null=True, editable=False)
    # Taken out by its owner; the row stays, so that its page can say so.
    removed_at = models.DateTimeField(null=True, editable=False)
    prompt = models.TextField(blank=True)
    negative_prompt = models.TextField(blank=True)
    # The rest of the recipe under A1111's names in snake case: steps, sampler, schedule, cfg_scale, seed, clip_skip, …
    settings = models.JSONField(default=dict)
    base_model = models.CharField(max_length=40, blank=True)
    hide_recipe = models.BooleanField(default=False)
    made_here = models.BooleanField(default=False)
    shows_real_person = models.BooleanField(default=False)
    remix_of = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="remixes")
    # A copy of its post's, kept by triggers of the database; see migration 0005.
    tag_ids = ArrayField(models.BigIntegerField(), default=list, editable=False)
    likes = models.PositiveIntegerField(default=0)
    comments = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ImageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="image_in_feed_is_rated",
                condition=Q(sort_at=None) | (Q(level__gt=0) & ~Q(level=int(Level.BLOCKED))),
            ),
            # Mature and a real person together is never visible, whatever a query forgets.
            models.CheckConstraint(
                name="image_of_person_is_safe",
                condition=Q(shows_real_person=False) | Q(sort_at=None) | Q(hidden_at__isnull=False) | Q(level=1),
            ),
            models.CheckConstraint(name="image_removed_is_not_in_feed", condition=Q(removed_at=None) | Q(sort_at=None)),
        ]
        indexes = [
            models.Index(
                F("sort_at").desc(),
                F("id").desc(),
                include=["level"],
                condition=Q(sort_at__isnull=False, hidden_at=None),
                name="image_newest",
            ),
            GinIndex(OpClass(Letters("prompt", "negative_prompt"), name="gin_trgm_ops"), name="image_letters"),
            models.Index(
                F("sort_at").desc(),
                F("id").desc(),
                condition=Q(sort_at__isnull=False, hidden_at=None, level=1),
                name="image_newest_pg",
            ),
            models.Index(
                F("likes").desc(),
                F("id").desc(),
                include=["level"],
                condition=Q(sort_at__isnull=False, hidden_at=None),
                name="image_liked",
            ),
            models.Index(
                F("base_model"),
                F("sort_at").desc(),
                F("id").desc(),
                include=["level"],
                condition=Q(sort_at__isnull=False, hidden_at=None),
                name="image_base_newest",
            ),
            models.Index(
                F("base_model"),
                F("likes").desc(),
                F("id").desc(),
                include=["level"],
                condition=Q(sort_at__isnull=False, hidden_at=None),
                name="image_base_liked",
            ),
            # Words of prompts: what is looked for is any part, so letters are indexed.
            GinIndex(
                OpClass(plain("prompt"), name="gin_trgm_ops"),
                condition=Q(sort_at__isnull=False),
                name="image_plain_prompt",
            ),
            shown_by("owner", key="sort_at", name="image_owner_shown"),
            shown_by("owner", key="likes", name="image_owner_liked"),
            shown_by("owner", key="comments", name="image_owner_discussed"),
            shown_by("base_model", key="comments", name="image_base_discussed"),
            shown_by(key="comments", name="image_discussed"),
        ]

    def __str__(self):
        return f"image {self.pk}"

    def get_absolute_url(self):
        return reverse("image", args=[self.pk])

    def shows_recipe_to(self, user):
        """Whether prompt, settings, resources and the file itself may be shown."""
        return not self.hide_recipe or (_member(user) and (user.pk == self.owner_id or user.is_moderator))

    def shows_picture_to(self, user):
        """Whether its level lets the picture be sent; the rest is asked of the queryset."""
        if _member(user) and (user.pk == self.owner_id or user.is_moderator):
            return True
        return bool(self.level & viewer_mask(user))


class PlaceQuerySet(models.QuerySet):
    def in_feed(self):
        """All: no other image has a place."""
        return self

    def listed_to(self, user):
        """As of images, asked of the place alone."""
        return _wanted(self, user)


class Place(models.Model):
    """Where an image of the feed stands in a narrower feed.

    It has all that a feed orders and filters by, so that a page of it is found in one index, without a row of its images.
    Kept by the database, never written here; see migrations 0007 and 0011.
    """

    image = models.ForeignKey(Image, models.CASCADE, related_name="+")
    sort_at = models.DateTimeField()
    likes = models.PositiveIntegerField()
    comments = models.PositiveIntegerField()
    level = models.PositiveSmallIntegerField(choices=Level)
    owner = models.BigIntegerField(help_text="key of a user; goes with its image")
    base_model = models.CharField(max_length=40)
    made_here = models.BooleanField()
    tag_ids = ArrayField(models.BigIntegerField())

    objects = PlaceQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self):
        return f"place {self.pk}"


class ImageTag(Place):
    pk = models.CompositePrimaryKey("tag_id", "image_id")
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+", db_index=False)

    class Meta:
        indexes = [
            places_by("tag", key="sort_at", name="image_tag_by_time"),
            places_by("tag", key="likes", name="image_tag_by_likes"),
            places_by("tag", key="comments", name="image_tag_by_comments"),
        ]


class ImageUse(Place):
    """Of an image and a version it was made with."""

    pk = models.CompositePrimaryKey("version_id", "image_id")
    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="+", db_index=False)

    class Meta:
        indexes = [
            places_by("version", key="sort_at", name="image_use_by_time"),
            places_by("version", key="likes", name="image_use_by_likes"),
            places_by("version", key="comments", name="image_use_by_comments"),
        ]


class ImageOfModel(Place):
    """Of an image and a model, with a version of which it was made."""

    pk = models.CompositePrimaryKey("model_id", "image_id")
    model = models.ForeignKey(Model, models.CASCADE, related_name="+", db_index=False)

    class Meta:
        indexes = [
            places_by("model", key="sort_at", name="image_model_by_time"),
            places_by("model", key="likes", name="image_model_by_likes"),
            places_by("model", key="comments", name="image_model_by_comments"),
        ]


class ImagePeriod(Place):
    """Of what came out in the last so many days: the most liked of a week are not looked for among those of years.

    A feed asks for those that have not left; rows that have go when `leave_periods` comes by.
    """

    DAYS = (1, 7, 30, 365)

    pk = models.CompositePrimaryKey("days", "image_id")
    days = models.PositiveSmallIntegerField()
    leaves_at = models.DateTimeField()

    class Meta:
        indexes = [
            places_by("days", key="likes", more=["leaves_at"], name="image_period_by_likes"),
            places_by("days", key="comments", more=["leaves_at"], name="image_period_by_comments"),
            places_by("days", "owner", key="likes", more=["leaves_at"], name="image_period_owner_by_likes"),
            models.Index(fields=["leaves_at"], name="image_period_leaving"),
        ]


class ImageRising(Place):
    """Of what gets hearts at this time.

    Its order is the sum of its hearts, of which each is worth half as much after HALF: the logarithm of that sum to the base
    of two, counted from 1970, so that what time takes from all of them alike is never written, and a page has the same images
    below it an hour later. Its owner's own heart is none. It leaves when all hearts together are worth less than one is after
    LASTS; rows that have left go when `leave_periods` comes by.
    """

    HALF, LASTS = timedelta(hours=12), timedelta(hours=48)

    image = models.OneToOneField(Image, models.CASCADE, related_name="rise", primary_key=True)
    rising = models.FloatField()

    class Meta:
        indexes = [
            models.Index(F("rising").desc(), F("image").desc(), include=list(SAID), name="image_rising"),
            places_by("owner", key="rising", name="image_rising_owner"),
        ]

    @classmethod
    def least(cls, now):
        """What one heart of LASTS ago is worth."""
        return (now - cls.LASTS).timestamp() / cls.HALF.total_seconds()


class ImageResource(models.Model):
    """What an image was made with. Without `version` it is known by name and hash alone."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="resources")
    version = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, blank=True, related_name="image_uses")
    name = models.CharField(max_length=200, blank=True)
    type = models.CharField(max_length=32, blank=True)
    hash = models.CharField(max_length=64, blank=True)
    weight = models.FloatField(null=True, blank=True)
    is_detected = models.BooleanField(default=True, help_text="read from the picture, not said by its owner")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "version"], condition=Q(version__isnull=False), name="resource_once"
            )
        ]
        indexes = [
            GinIndex(OpClass(Letters("name", "type"), name="gin_trgm_ops"), name="resource_letters"),
        ]

    @property
    def public_name(self):
        """As the file or the maker calls it; of what a removal case is about, nothing that says what it was."""
        model = self.version.model if self.version_id else None
        if model is None or not (model.freeze_level or model.taken_down_at):
            return self.name
        return gettext("A model that is withheld") if model.freeze_level != UNLISTED else model.shown_name

    def __str__(self):
        return self.name or str(self.version_id)


class MadeWith(Moderated):
    """The images made with one model, as one thing that a moderator looks at; see gallery.domain.made_with."""

    model = models.OneToOneField(Model, models.CASCADE, related_name="+")

    def __str__(self):
        return f"made with {self.model_id}"

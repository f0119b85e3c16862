"""A version of a model, and its sample pictures."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from civitai.access import ScopedQuerySet
from civitai.caching import forget_after_commit
from civitai.states import Stateful
from community.models import Picture
from models_hub.catalogue.bases import POCKET_FAMILY
from models_hub.models.model import Model, member
from models_hub.states import AWAY, MODEL_MOVES, ModelState

DRAWN_BASES = "drawn-bases"  # in the cache: names of the base models that members draw with here


class VersionQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        shown = Q(state=ModelState.PUBLISHED)
        if member(user):
            shown |= Q(model__owner=user) & ~Q(state__in=AWAY)
        return self.filter(shown, model__in=Model.objects.visible_to(user))

    def drawn_by(self, user):
        """What they may draw with, as far as they see it: `visible_to`, and what they have on trial."""
        if not member(user):
            return self.visible_to(user)
        kept = Model.objects.usable().filter(owner=user).exclude(state=ModelState.REMOVED)
        return self.visible_to(user) | self.filter(state=ModelState.TRIAL, model__in=kept)

    def editable_by(self, user):
        return self.filter(model__in=Model.objects.editable_by(user)).exclude(state__in=AWAY)


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
    thumbs_up = models.PositiveIntegerField(default=0)
    thumbs_down = models.PositiveIntegerField(default=0)
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

    @property
    def shown_name(self):
        """Its name; a neutral one while its model is unlisted."""
        return _("Version %(number)s") % {"number": self.pk} if self.model.is_unlisted else self.name

    @property
    def shown_words(self):
        """Its trigger words; none while its model is unlisted: a name is often one of them."""
        return [] if self.model.is_unlisted else self.trained_words

    @property
    def shown_title(self):
        return f"{self.model.shown_name} {self.shown_name}"

    @property
    def about(self):
        """Its description; that of a version that ships with the site in the reader's language."""
        return gettext(self.description) if self.description in POCKET_FAMILY.values() else self.description

    def allow_generation(self):
        """Members may draw with it from now on; its file must be a checkpoint that the sampler loads."""
        self.can_generate = True
        self.save(update_fields=["can_generate"])
        forget_after_commit(DRAWN_BASES)


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

"""Collections: what members keep, for themselves or to show. What is saved lies in one of them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai.access import ScopedQuerySet
from civitai.moderated import QUARANTINED, Moderated


class Shown(models.TextChoices):
    PRIVATE = "private", _("Only you")
    UNLISTED = "unlisted", _("Who has the address")
    PUBLIC = "public", _("Everybody, on your profile")


class CollectionQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        if getattr(user, "is_moderator", False):
            return self.all() if user.is_superuser else self.exclude(hidden_reason=QUARANTINED)
        shown = Q(hidden_at=None) & ~Q(shown=Shown.PRIVATE)
        if getattr(user, "is_authenticated", False):
            return self.filter(
                (shown & ~Q(owner__in=user.hidden_people)) | (Q(owner=user) & ~Q(hidden_reason=QUARANTINED))
            )
        return self.filter(shown)

    def listed_to(self, user):
        """Those that stand on a profile."""
        return self.visible_to(user).filter(shown=Shown.PUBLIC, hidden_at=None)

    def editable_by(self, user):
        own = self.exclude(hidden_reason=QUARANTINED)
        return own.filter(owner=user) if getattr(user, "is_authenticated", False) else self.none()


class Collection(Moderated):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="collections")
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=1000, blank=True)
    shown = models.CharField(max_length=10, choices=Shown, default=Shown.PRIVATE)
    # The one that the bookmark fills; each member has one at most, and nobody else sees it.
    is_saved = models.BooleanField(default=False)
    items = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner"], condition=Q(is_saved=True), name="collection_one_saved"),
            models.CheckConstraint(
                name="collection_saved_is_private", condition=Q(is_saved=False) | Q(shown=Shown.PRIVATE)
            ),
            models.CheckConstraint(name="collection_named", condition=~Q(name="")),
        ]
        indexes = [models.Index(fields=["owner", "-changed_at", "-id"], name="collection_owner")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("collection", args=[self.pk])

    @property
    def title(self):
        return _("Saved") if self.is_saved else self.name


class CollectionItem(models.Model):
    """One thing in a collection, newest first. `subject` is a model's label, `row` its key."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="rows")
    subject = models.CharField(max_length=40)
    row = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "row", "collection"], name="collected_once")]
        indexes = [models.Index(fields=["collection", "subject", "-at", "-id"], name="collected_newest")]

    def __str__(self):
        return f"{self.subject} {self.row} in {self.collection_id}"

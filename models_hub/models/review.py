"""What members who tried a version say of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from civitai.access import ScopedQuerySet
from civitai.moderated import Moderated
from models_hub.models.model import Model, member
from models_hub.models.version import ModelVersion


class ReviewQuerySet(ScopedQuerySet):
    def live(self):
        return self.filter(removed_at=None, hidden_at=None)

    def visible_to(self, user):
        """Neither removed nor hidden, nor by somebody whom `user` blocked, of a model that `user` sees."""
        rows = self.filter(removed_at=None, model__in=Model.objects.visible_to(user))
        if getattr(user, "is_moderator", False):
            return rows
        if not member(user):
            return rows.filter(hidden_at=None)
        return rows.filter(Q(hidden_at=None) | Q(author=user)).exclude(author__in=user.hidden_people)

    def editable_by(self, user):
        if not member(user):
            return self.none()
        return self.live().filter(author=user, model__in=Model.objects.visible_to(user))


class Review(Moderated):
    """One by a member for a version; written anew after it was removed, the same row serves again."""

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="reviews")
    # A copy of the version's, so that a model's reviews are one index.
    model = models.ForeignKey(Model, models.CASCADE, related_name="reviews")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reviews")
    recommends = models.BooleanField()
    text = models.TextField(blank=True)
    # What the site knows of them and the version, when they wrote.
    has_downloaded = models.BooleanField(default=False)
    has_created = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "author"], name="review_once")]
        indexes = [
            models.Index(
                F("model"),
                F("at").desc(),
                F("id").desc(),
                condition=Q(removed_at=None, hidden_at=None),
                name="review_newest",
            ),
            models.Index(fields=["author", "-at"], name="review_author"),
        ]

    def __str__(self):
        return f"review {self.pk}"

    def get_absolute_url(self):
        return reverse("review", args=[self.pk])

    @property
    def owner(self):
        return self.author

    @property
    def owner_id(self):
        return self.author_id

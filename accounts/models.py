"""People: members, who follows whom, and the keys of their programs."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import usernames
from civitai.levels import Level


class UserQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(is_active=True)

    def editable_by(self, user):
        return self.filter(pk=user.pk)

    def moderatable_by(self, user):
        return self.all() if getattr(user, "is_moderator", False) else self.none()

    def named(self, username):
        """Names differ by more than case."""
        return self.filter(username__iexact=username)


class Members(UserManager.from_queryset(UserQuerySet)):
    def get_by_natural_key(self, username):
        return self.get(username__iexact=username)


class User(AbstractUser):
    first_name = None
    last_name = None
    username = models.CharField(_("name"), max_length=32, unique=True, validators=usernames.validators)
    email = models.EmailField(_("e-mail"), unique=True)
    display_name = models.CharField(_("shown as"), max_length=60, blank=True)
    bio = models.CharField(_("about you"), max_length=400, blank=True)
    # A community picture; by id, because pictures live in a room above this one.
    avatar_uuid = models.UUIDField(null=True, blank=True)
    is_moderator = models.BooleanField(default=False)
    level_mask = models.PositiveSmallIntegerField(default=int(Level.PG))
    language = models.CharField(max_length=8, blank=True)

    objects = Members()
    REQUIRED_FIELDS = ["email"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("username"), name="user_username_any_case")]

    def __str__(self):
        return self.username

    @property
    def name(self):
        return self.display_name or self.username

    def choose_level(self, mask):
        self._write(level_mask=mask)

    def choose_language(self, language):
        self._write(language=language)

    def wear(self, picture_uuid):
        """The avatar from now on; None for initials."""
        self._write(avatar_uuid=picture_uuid)

    def describe(self, *, display_name, bio):
        self._write(display_name=display_name, bio=bio)

    def _write(self, **fields):
        for name, value in fields.items():
            setattr(self, name, value)
        self.save(update_fields=list(fields))


class Follow(models.Model):
    follower = models.ForeignKey(User, models.CASCADE, related_name="follows")
    followed = models.ForeignKey(User, models.CASCADE, related_name="followed_by")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follower", "followed"], name="follow_once"),
            models.CheckConstraint(name="follow_not_oneself", condition=~models.Q(follower=models.F("followed"))),
        ]

    def __str__(self):
        return f"{self.follower} → {self.followed}"

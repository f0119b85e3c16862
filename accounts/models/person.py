"""People: members, who follows whom, and the keys of their programs."""

from datetime import timedelta

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Value
from django.db.models.functions import Lower
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import scopes, usernames
from civitai.access import ScopedQuerySet
from civitai.levels import Level

# How exact `last_used_at` is: a busy key costs one write in this time, not one a request.
USE_NOTED_EVERY = timedelta(minutes=1)


# What a removal case asks of a profile: out of lists and shown without what it says of itself, closed, closed to all.
UNLISTED, FROZEN = 1, 2


class UserQuerySet(models.QuerySet):
    def visible_to(self, user):
        if getattr(user, "is_moderator", False):
            return self.filter(is_active=True)
        return self.filter(models.Q(freeze_level__lt=FROZEN) | models.Q(pk=user.pk), is_active=True)

    def listed(self):
        """Whom searches and lists of people name."""
        return self.filter(is_active=True, freeze_level=0)

    def editable_by(self, user):
        return self.filter(pk=user.pk)

    def moderatable_by(self, user):
        return self.all() if getattr(user, "is_moderator", False) else self.none()

    def named(self, *usernames):
        """Those of any of these names, which differ by more than case: found by the index that sees to that."""
        return self.alias(plain=Lower("username")).filter(plain__in=[Lower(Value(name)) for name in usernames])


class Members(UserManager.from_queryset(UserQuerySet)):
    def get_by_natural_key(self, username):
        return self.named(username).get()

    @classmethod
    def normalize_email(cls, email):
        """Addresses are kept in lower case whole: two people never differ by case alone."""
        return (email or "").strip().lower()


class User(AbstractUser):
    first_name = None
    last_name = None
    username = models.CharField(_("name"), max_length=32, unique=True, validators=usernames.validators)
    email = models.EmailField(_("e-mail"), unique=True)
    display_name = models.CharField(_("shown as"), max_length=60, blank=True)
    bio = models.CharField(_("about you"), max_length=400, blank=True)
    # A community picture; by id, because pictures live in a room above this one.
    avatar_uuid = models.UUIDField(null=True, blank=True)
    freeze_level = models.PositiveSmallIntegerField(default=0, editable=False)
    case_reference = models.CharField(max_length=12, blank=True, editable=False)
    is_moderator = models.BooleanField(default=False)
    level_mask = models.PositiveSmallIntegerField(default=int(Level.PG))
    language = models.CharField(max_length=8, blank=True)
    # Copies beside the member, who is loaded for every page anyway: the bell and the lists ask no table of their own.
    unread_notices = models.PositiveIntegerField(default=0, editable=False)
    muted_kinds = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    # The ids of those whom this member blocked (accounts.Block is the truth), and of tags they never want to see.
    hidden_people = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    hidden_tags = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)

    objects = Members()
    REQUIRED_FIELDS = ["email"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_any_case"),
            models.CheckConstraint(name="user_freeze_level", condition=models.Q(freeze_level__lte=3)),
        ]
        # Asked for every picture that is refused or rated: is it somebody's?
        indexes = [
            models.Index(fields=["avatar_uuid"], condition=models.Q(avatar_uuid__isnull=False), name="user_avatar")
        ]

    def __str__(self):
        return self.username

    def get_absolute_url(self):
        """The profile, where its room is mounted; else the front page."""
        try:
            return reverse("profile", args=[self.username])
        except NoReverseMatch:
            return "/"

    @property
    def name(self):
        if self.freeze_level:
            return gettext("Member %(number)s") % {"number": self.pk}
        return self.display_name or self.username

    def get_full_name(self):
        """What packages call a person; Django's own would put a first and a last name together, and there is none."""
        return self.name

    def get_short_name(self):
        return self.name

    @property
    def portrait_url(self):
        """The avatar at 96 px; nothing where initials stand instead."""
        if self.freeze_level:
            return ""
        return f"/media/{self.avatar_uuid}/width=96/{self.avatar_uuid}.webp" if self.avatar_uuid else ""

    def choose_level(self, mask):
        self._write(level_mask=mask)

    def choose_language(self, language):
        self._write(language=language)

    def wear(self, picture_uuid):
        """The avatar from now on; None for initials."""
        self._write(avatar_uuid=picture_uuid)

    def describe(self, *, display_name, bio):
        self._write(display_name=display_name, bio=bio)

    def mute(self, kinds):
        """These kinds of notifications stay away from now on."""
        self._write(muted_kinds=sorted(kinds))

    def hide_tags(self, tag_ids):
        """Content with one of these tags is not listed to this member."""
        self._write(hidden_tags=sorted(tag_ids))

    def shut_out(self):
        """Sessions and keys end with the next request; nothing is deleted."""
        self._write(is_active=False)

    def let_in(self):
        self._write(is_active=True)

    def freeze(self, level, *, reference):
        """What its profile says of itself is seen less while a removal case is open; 0 sets it free."""
        self._write(freeze_level=level, case_reference=reference)

    def rename(self, username):
        self._write(username=username)

    def entrust(self):
        self._write(is_moderator=True)

    def relieve(self):
        self._write(is_moderator=False)

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


class ApiKeyQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        """One's own alone: a key is nobody else's to know of, a moderator's neither."""
        return self.filter(user_id=user.pk)

    def editable_by(self, user):
        return self.visible_to(user)

    def moderatable_by(self, user):
        return self.none()

    def usable(self):
        return self.filter(revoked_at=None).filter(models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now()))


class ApiKey(models.Model):
    """A key of a member's program. The key itself is shown once and not kept: `sha256` finds it again.

    A fast hash without salt is right here: the key has 256 random bits, so there is nothing to guess.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    name = models.CharField(_("name"), max_length=60)
    prefix = models.CharField(max_length=12)
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.PositiveIntegerField(default=scopes.READ_ONLY)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "-created_at"], name="api_key_user")]
        constraints = [
            models.CheckConstraint(
                name="api_key_scopes_known", condition=models.Q(scopes__gt=0, scopes__lte=scopes.FULL)
            ),
        ]

    def __str__(self):
        return f"{self.prefix}… ({self.name})"

    @property
    def scope_name(self):
        return scopes.preset_name(self.scopes)

    @property
    def is_expired(self):
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def may(self, scope):
        return self.scopes & int(scope) == int(scope)

    def revoke(self):
        """From the next request on it is refused. Twice is once."""
        if self.revoked_at is None:
            self.revoked_at = timezone.now()
            self.save(update_fields=["revoked_at"])

    def note_use(self):
        """Remembers that it was used, to the minute."""
        now = timezone.now()
        if self.last_used_at is None or self.last_used_at <= now - USE_NOTED_EVERY:
            type(self).objects.filter(pk=self.pk).update(last_used_at=now)
            self.last_used_at = now

"""A bounty: what somebody pays for."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.queries import hidden_ids, hidden_tag_ids
from bounties.models.withheld import UNLISTED, Withheld
from bounties.states import BOUNTY_MOVES, BountyState
from civitai.access import ScopedQuerySet
from civitai.moderated import QUARANTINED, Moderated
from civitai.states import Stateful
from community.models import Picture, Tag

LIVE = (BountyState.OPEN, BountyState.JUDGING)


class BountyType(models.TextChoices):
    LORA = "LoraCreation", _("LoRA")
    MODEL = "ModelCreation", _("Checkpoint")
    EMBEDDING = "EmbedCreation", _("Embedding")
    DATASET = "DataSetCreation", _("Training set")
    IMAGE = "ImageCreation", _("Images")
    OTHER = "Other", _("Something else")


class Rest(models.TextChoices):
    """What happens to stakes that nobody gave when the time is over."""

    REFUND = "refund", _("goes back to who gave it")
    LEADING = "leading", _("goes to the leading entry")


class BountyQuerySet(ScopedQuerySet):
    def listed_to(self, user):
        """The rows of lists: shown to all, without what `user` chose not to see."""
        rows = self.filter(hidden_at=None, freeze_level=0, taken_down_at=None)
        if people := hidden_ids(user):
            rows = rows.exclude(owner__in=people)
        if tags := hidden_tag_ids(user):
            rows = rows.exclude(tags__in=list(tags))
        return rows

    def visible_to(self, user):
        if getattr(user, "is_moderator", False):
            return self.all() if user.is_superuser else self.exclude(hidden_reason=QUARANTINED)
        # Unlisted opens by its address; frozen is its owner's alone; taken down is nobody's.
        shown = Q(hidden_at=None, freeze_level__lte=UNLISTED)
        if getattr(user, "is_authenticated", False):
            shown |= Q(owner=user) & ~Q(hidden_reason=QUARANTINED)
        return self.filter(shown, taken_down_at=None)

    def editable_by(self, user):
        """While somebody's right to it is looked at, it stays as it is."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        mine = self.filter(owner=user, state=BountyState.OPEN, freeze_level=0, taken_down_at=None)
        return mine.exclude(hidden_reason=QUARANTINED)


class Bounty(Moderated, Withheld, Stateful):
    moves = BOUNTY_MOVES

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="bounties")
    state = models.CharField(max_length=12, choices=BountyState, default=BountyState.OPEN)
    # The name stays: people staked on it.
    name = models.CharField(max_length=120)
    description = models.TextField()
    type = models.CharField(max_length=20, choices=BountyType)
    base_model = models.CharField(max_length=40, blank=True)
    tags = models.ManyToManyField(Tag, related_name="bounties", blank=True)
    examples = models.ManyToManyField(Picture, through="BountyPicture", related_name="+")
    least_stake = models.BigIntegerField(help_text="units")
    entry_limit = models.PositiveSmallIntegerField(default=3, help_text="of one member")
    rest = models.CharField(max_length=8, choices=Rest, default=Rest.REFUND)
    # Materialised from the stakes; the ledger's escrow is the truth.
    reward = models.BigIntegerField(default=0, help_text="units staked, given or not")
    comments = models.PositiveIntegerField(default=0)
    ends_at = models.DateTimeField()
    judging_until = models.DateTimeField()
    # Since when its clock stands: something in it is frozen. Its times move on by as much when it goes again.
    stopped_at = models.DateTimeField(null=True, editable=False)
    reminded_at = models.DateTimeField(null=True)
    # Backers who have not given are asked once more before their time is over.
    nudged_at = models.DateTimeField(null=True, editable=False)
    # Since when its brief or its examples say something else than what the first backers read.
    changed_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True)
    # Of names that were taken out: these addresses answer that they are gone.
    gone_slugs = ArrayField(models.CharField(max_length=160), default=list, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    submission = models.CharField(max_length=40)

    objects = BountyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="bounty_judged_after_its_end", condition=Q(judging_until__gt=models.F("ends_at"))
            ),
            models.CheckConstraint(
                name="bounty_closed_has_time", condition=Q(state__in=["open", "judging"]) | Q(closed_at__isnull=False)
            ),
            models.CheckConstraint(name="bounty_stakes", condition=Q(reward__gte=0, least_stake__gte=1)),
            models.UniqueConstraint(fields=["owner", "submission"], name="bounty_submitted_once"),
        ]
        indexes = [
            models.Index(fields=["ends_at", "id"], condition=Q(state="open", hidden_at=None), name="bounty_ending"),
            models.Index(fields=["-reward", "-id"], condition=Q(hidden_at=None), name="bounty_reward"),
            models.Index(fields=["-id"], condition=Q(hidden_at=None), name="bounty_newest"),
        ]

    def __str__(self):
        return self.name

    @property
    def is_live(self):
        return self.state in LIVE

    @property
    def is_closed_to_members(self):
        """Nobody adds, enters or gives while a moderator or a removal case holds it."""
        return self.is_hidden or self.is_withheld

    @property
    def ledger_url(self):
        """For receipts, which nobody can change: without the name, which a removal case may take out."""
        return reverse("bounty_short", args=[self.pk])

    @property
    def shown_name(self):
        return _("Bounty %(number)s") % {"number": self.pk} if self.is_unlisted else self.name

    @property
    def named_slug(self):
        return slugify(self.name) or "bounty"

    def get_absolute_url(self):
        return reverse("bounty", args=[self.pk, "bounty" if self.is_unlisted else self.named_slug])


class BountyPicture(models.Model):
    bounty = models.ForeignKey(Bounty, models.CASCADE, related_name="shown")
    picture = models.OneToOneField(Picture, models.CASCADE, related_name="+")
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["place", "pk"]

    def __str__(self):
        return str(self.picture_id)


class Following(models.Model):
    """Who wants to hear of a bounty without paying for it or entering it."""

    bounty = models.ForeignKey(Bounty, models.CASCADE, related_name="followings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "bounty"], name="bounty_followed_once")]

    def __str__(self):
        return f"{self.user_id} {self.bounty_id}"

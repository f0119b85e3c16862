"""Bounties: what members pay for together, who pays, what is entered, and who got what."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from bounties.states import BOUNTY_MOVES, ENTRY_MOVES, BountyState, EntryState
from civitai.access import ScopedQuerySet
from civitai.moderated import Moderated
from civitai.states import Stateful
from community.models import Picture, Tag
from models_hub.models import ModelVersion
from wallet.models import Transfer

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
    def visible_to(self, user):
        if getattr(user, "is_moderator", False):
            return self.all()
        shown = Q(hidden_at=None)
        return self.filter(shown | Q(owner=user) if getattr(user, "is_authenticated", False) else shown)

    def editable_by(self, user):
        return (
            self.filter(owner=user, state=BountyState.OPEN) if getattr(user, "is_authenticated", False) else self.none()
        )


class Bounty(Moderated, Stateful):
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
    entries_count = models.PositiveIntegerField(default=0)
    comments = models.PositiveIntegerField(default=0)
    ends_at = models.DateTimeField()
    judging_until = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
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

    def get_absolute_url(self):
        return reverse("bounty", args=[self.pk, slugify(self.name) or "bounty"])


class BountyPicture(models.Model):
    bounty = models.ForeignKey(Bounty, models.CASCADE, related_name="shown")
    picture = models.OneToOneField(Picture, models.CASCADE, related_name="+")

    def __str__(self):
        return str(self.picture_id)


class EntryQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        if getattr(user, "is_moderator", False):
            return self.all()
        shown = Q(hidden_at=None, state=EntryState.ENTERED, bounty__hidden_at=None)
        return self.filter(shown | Q(owner=user) if getattr(user, "is_authenticated", False) else shown)

    def editable_by(self, user):
        return (
            self.filter(owner=user, state=EntryState.ENTERED)
            if getattr(user, "is_authenticated", False)
            else self.none()
        )


class Entry(Moderated, Stateful):
    moves = ENTRY_MOVES

    bounty = models.ForeignKey(Bounty, models.PROTECT, related_name="entries")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="bounty_entries")
    state = models.CharField(max_length=12, choices=EntryState, default=EntryState.ENTERED)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    version = models.ForeignKey(ModelVersion, models.SET_NULL, null=True, blank=True, related_name="+")
    pictures = models.ManyToManyField(Picture, through="EntryPicture", related_name="+")
    given = models.BigIntegerField(default=0, help_text="units given to it")
    created_at = models.DateTimeField(default=timezone.now)
    submission = models.CharField(max_length=40)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-given", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "submission"], name="entry_submitted_once"),
            models.CheckConstraint(
                name="entry_given_stays", condition=Q(given__gte=0) & (Q(given=0) | Q(state="entered"))
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"{self.bounty.get_absolute_url()}#entry-{self.pk}"


class EntryPicture(models.Model):
    entry = models.ForeignKey(Entry, models.CASCADE, related_name="shown")
    picture = models.OneToOneField(Picture, models.CASCADE, related_name="+")

    def __str__(self):
        return str(self.picture_id)


class EntryFile(models.Model):
    """A file of an entry, in the private store: its maker's until it was awarded."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    key = models.CharField(max_length=200, unique=True)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)

    def __str__(self):
        return self.name


class Benefactor(models.Model):
    """A member's stake in a bounty, and the entry that it was given to."""

    bounty = models.ForeignKey(Bounty, models.PROTECT, related_name="benefactors")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="stakes")
    units = models.BigIntegerField()
    awarded_to = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="awards")
    awarded_at = models.DateTimeField(null=True)
    refunded_at = models.DateTimeField(null=True)
    by_clock = models.BooleanField(default=False, help_text="given to the leading entry when the time was over")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-units", "id"]
        constraints = [
            models.UniqueConstraint(fields=["bounty", "user"], name="benefactor_once"),
            models.CheckConstraint(name="benefactor_stake", condition=Q(units__gt=0)),
            models.CheckConstraint(name="benefactor_ends_once", condition=Q(awarded_at=None) | Q(refunded_at=None)),
            models.CheckConstraint(
                name="benefactor_awarded_to",
                condition=Q(awarded_at=None, awarded_to=None) | Q(awarded_at__isnull=False, awarded_to__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.user} {self.units}"


class Stake(models.Model):
    """One payment into the escrow; a benefactor may add to his stake."""

    benefactor = models.ForeignKey(Benefactor, models.PROTECT, related_name="stakes")
    transfer = models.OneToOneField(Transfer, models.PROTECT, related_name="+")

    def __str__(self):
        return str(self.transfer)

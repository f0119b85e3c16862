"""The double-entry ledger: accounts, transfers whose entries sum to zero, and what is set aside.

Transfers and entries are append-only, by a trigger in the database; a mistake is put right by another
transfer. Balances are materialised, locked in the order of their keys, and proved every night.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai.access import ScopedQuerySet
from civitai.states import Stateful
from wallet.states import HOLD_MOVES, HoldState


class Kind(models.TextChoices):
    MEMBER = "member", _("a member's")
    HELD = "held", _("set aside of a member's")
    ESCROW = "escrow", _("a bounty's")
    ARTIST = "artist", _("of an artist without an account")
    HOUSE = "house", _("the platform's")


class Colour(models.TextChoices):
    """Credits can be given to people; bonus pays for the site's own services alone."""

    CREDITS = "credits", _("credits")
    BONUS = "bonus", _("bonus")


# Where credits come from and go to; the only accounts that may owe.
SOURCES = ("issuance", "external")


class Account(models.Model):
    kind = models.CharField(max_length=12, choices=Kind)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="wallet_accounts"
    )
    reference = models.CharField(max_length=80, blank=True)
    colour = models.CharField(max_length=8, choices=Colour, default=Colour.CREDITS)
    balance = models.BigIntegerField(default=0, help_text="units")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="account_never_owes", condition=Q(balance__gte=0) | Q(kind="house", reference__in=SOURCES)
            ),
            models.CheckConstraint(
                name="account_has_owner_or_reference",
                condition=Q(kind__in=["member", "held"], owner__isnull=False, reference="")
                | (Q(kind__in=["escrow", "artist", "house"], owner__isnull=True) & ~Q(reference="")),
            ),
            models.UniqueConstraint(
                fields=["owner", "kind", "colour"], condition=Q(owner__isnull=False), name="account_of_owner"
            ),
            models.UniqueConstraint(
                fields=["kind", "reference", "colour"], condition=Q(owner__isnull=True), name="account_of_reference"
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.owner or self.reference} ({self.colour})"

    @property
    def may_owe(self):
        return self.kind == Kind.HOUSE and self.reference in SOURCES


class TransferQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        """Those that moved something of this member's."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        theirs = Entry.objects.filter(account__owner=user).values("transfer")
        return self.filter(pk__in=theirs)

    def moderatable_by(self, user):
        return self.none()


class Transfer(models.Model):
    """Something moved, once. The same key with the same body is the same transfer."""

    kind = models.CharField(max_length=32)
    key = models.CharField(max_length=160, unique=True)
    fingerprint = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    refunds = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="refunded_by")
    note = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    objects = TransferQuerySet.as_manager()

    def __str__(self):
        return f"{self.kind} {self.key}"

    def get_absolute_url(self):
        return reverse("receipt", args=[self.pk])


class Entry(models.Model):
    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, models.PROTECT, related_name="entries")
    units = models.BigIntegerField()
    # Of the account after it: receipts say what was left without adding up a life.
    balance = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="entry_moves_something", condition=~Q(units=0)),
            models.UniqueConstraint(fields=["transfer", "account"], name="entry_once"),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="entry_account")]

    def __str__(self):
        return f"{self.units:+} {self.account_id}"


class HoldQuerySet(ScopedQuerySet):
    def visible_to(self, user):
        return self.filter(owner=user) if getattr(user, "is_authenticated", False) else self.none()


class Hold(Stateful):
    """Set aside for something that is under way: paid when it is done, given back when it is not."""

    moves = HOLD_MOVES

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="holds")
    state = models.CharField(max_length=12, choices=HoldState, default=HoldState.HELD)
    key = models.CharField(max_length=160, unique=True)
    purpose = models.CharField(max_length=32)
    credits = models.BigIntegerField(default=0)
    bonus = models.BigIntegerField(default=0)
    transfer = models.OneToOneField(Transfer, models.PROTECT, related_name="hold")
    outcome = models.OneToOneField(Transfer, models.PROTECT, null=True, related_name="settled_hold")
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="hold_holds_something", condition=Q(credits__gte=0, bonus__gte=0) & ~Q(credits=0, bonus=0)
            ),
            models.CheckConstraint(
                name="hold_final_has_outcome",
                condition=Q(state="held", outcome=None) | ~Q(state="held") & ~Q(outcome=None),
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(state="held"), name="hold_open")]

    def __str__(self):
        return f"{self.purpose} {self.units}"

    @property
    def units(self):
        return self.credits + self.bonus

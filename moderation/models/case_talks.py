"""Offers in turn, and what was agreed."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from civitai.states import Stateful
from moderation.case_states import OFFER_MOVES, OfferState, Side
from moderation.models.cases import RemovalCase
from wallet.models import Hold


class Offer(Stateful):
    moves = OFFER_MOVES

    case = models.ForeignKey(RemovalCase, models.CASCADE, related_name="offers")
    number = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=8, choices=Side)
    state = models.CharField(max_length=12, choices=OfferState, default=OfferState.OPEN)
    terms = models.JSONField()
    terms_hash = models.CharField(max_length=64)
    message = models.CharField(max_length=2000, blank=True)
    # Named the other by his real name: moderators alone read it.
    is_held = models.BooleanField(default=False)
    expires_at = models.DateTimeField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state="open"), name="one_open_offer"),
            models.UniqueConstraint(fields=["case", "number"], name="offer_number"),
            models.CheckConstraint(name="offer_number_limit", condition=Q(number__gte=1, number__lte=6)),
            models.CheckConstraint(name="offer_ends_later", condition=Q(expires_at__gt=F("at"))),
        ]

    def __str__(self):
        return f"offer {self.number} of {self.case_id}"


class Agreement(models.Model):
    """The terms, frozen: no statement changes them afterwards (a trigger). Its case was `agreed` when it was made."""

    case = models.OneToOneField(RemovalCase, models.PROTECT, related_name="agreement")
    terms = models.JSONField()
    sha256 = models.CharField(max_length=64)
    claimant_hash = models.CharField(max_length=64)
    claimant_at = models.DateTimeField()
    uploader_hash = models.CharField(max_length=64)
    uploader_at = models.DateTimeField()
    units_per_image = models.BigIntegerField(default=0)
    artist_points = models.PositiveSmallIntegerField(default=10_000)
    uploader_points = models.PositiveSmallIntegerField(default=0)
    platform_points = models.PositiveSmallIntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    notice_given_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agreement_splits_whole",
                condition=Q(artist_points__gte=5000)
                & Q(artist_points=10_000 - F("uploader_points") - F("platform_points")),
            ),
            models.CheckConstraint(
                name="agreement_same_terms", condition=Q(sha256=F("claimant_hash")) & Q(sha256=F("uploader_hash"))
            ),
            models.CheckConstraint(
                name="agreement_ends_later", condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(name="agreement_fee", condition=Q(units_per_image__gte=0)),
        ]

    def __str__(self):
        return f"agreement of {self.case_id}"

    def is_alive(self, now=None):
        now = now or timezone.now()
        return self.ended_at is None and self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


class LicensedSubject(models.Model):
    """A thing whose use costs the fee of an agreement. One living agreement for each."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="subjects")
    subject = models.CharField(max_length=40)
    row = models.CharField(max_length=40)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "row"], condition=Q(ended_at=None), name="licensed_once")
        ]

    def __str__(self):
        return f"{self.subject} {self.row}"


class StyleFee(models.Model):
    """What one generation paid under an agreement, written with the transfer: the ledger knows accounts, not agreements."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="fees")
    hold = models.ForeignKey(Hold, models.PROTECT, related_name="+")
    images = models.PositiveIntegerField()
    units = models.BigIntegerField()
    artist_units = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "hold"], name="style_fee_once"),
            models.CheckConstraint(
                name="style_fee_counts",
                condition=Q(images__gte=1, units__gte=1, artist_units__gte=0, artist_units__lte=F("units")),
            ),
        ]
        indexes = [models.Index(fields=["agreement", "at"], name="style_fee_months")]

    def __str__(self):
        return f"{self.images} pictures under {self.agreement_id}"

"""Who pays for a bounty, and to whom it went."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from bounties.models.bounty import Bounty
from bounties.models.entry import Entry
from wallet.models import Transfer


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

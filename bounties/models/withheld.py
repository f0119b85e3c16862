"""What removal cases ask of bounties and entries."""

from django.db import models

UNLISTED, FROZEN, QUARANTINED = 1, 2, 3


class Withheld(models.Model):
    """0 normal, 1 unlisted, 2 frozen, 3 quarantined; taken down for good, or until the case is put back."""

    freeze_level = models.PositiveSmallIntegerField(default=0, editable=False)
    taken_down_at = models.DateTimeField(null=True, editable=False)
    case_reference = models.CharField(max_length=12, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_unlisted(self):
        """By its address alone, and under a neutral name: whose right is asked for may stand in the name itself."""
        return self.freeze_level == UNLISTED

    @property
    def is_frozen(self):
        return self.freeze_level >= FROZEN

    @property
    def is_withheld(self):
        return self.is_frozen or self.taken_down_at is not None

"""What must not come back, and what is only allowed under conditions. Entries come from people's decisions alone."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RegistryKind(models.TextChoices):
    SHA256 = "sha256", _("file")
    TENSORS = "tensors", _("weights")
    PIXELS = "pixels", _("picture")
    NAME = "name", _("name")
    TRIGGER = "trigger", _("trigger word")


class RegistryMode(models.TextChoices):
    BLOCK = "block", _("refused")
    HOLD = "hold", _("looked at first")
    LICENCE = "licence", _("under an agreement")
    NOTICE = "notice", _("noted")


class RegistryEntry(models.Model):
    kind = models.CharField(max_length=8, choices=RegistryKind)
    value = models.CharField(max_length=200)
    mode = models.CharField(max_length=8, choices=RegistryMode, default=RegistryMode.HOLD)
    source = models.CharField(max_length=80, help_text="the case or decision that it comes from")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # Each case and each decision has its own: one that is taken back leaves what others have entered.
            models.UniqueConstraint(fields=["kind", "value", "source"], name="registry_once_each"),
            models.CheckConstraint(name="registry_has_source", condition=~Q(source="") & ~Q(value="")),
        ]

    def __str__(self):
        return f"{self.kind} {self.value[:20]}: {self.mode}"

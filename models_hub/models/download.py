"""Who had which file on which day."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from models_hub.models.file import ModelFile


class Download(models.Model):
    """Append-only; counters are counted from it."""

    file = models.ForeignKey(ModelFile, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    who = models.CharField(max_length=64, help_text="member, or a keyed hash of the address")
    day = models.DateField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "who", "day"], name="download_once_a_day")]

    def __str__(self):
        return f"{self.who} {self.file_id} {self.day}"

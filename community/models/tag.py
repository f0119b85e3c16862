"""Words that members file things under."""

from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=16, default="user")

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

"""Pictures that nobody gets, and for what."""

from django.db import models

from community.models.picture import Picture


class PictureQuarantine(models.Model):
    """A picture is in quarantine as long as one thing that holds it is, itself or a copy of it."""

    picture = models.ForeignKey(Picture, models.PROTECT, related_name="quarantines")
    # "label key" of the thing.
    of = models.CharField(max_length=90)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["picture", "of"], name="picture_quarantined_once")]
        indexes = [models.Index(fields=["of"], name="picture_quarantined_of")]

    def __str__(self):
        return f"{self.picture_id} of {self.of}"

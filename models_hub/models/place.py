"""Where models stand in narrower lists."""

from datetime import UTC, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.queries import hidden_ids, hidden_tag_ids
from models_hub.models.model import Model, member

SAID = ("last_version_at", "downloads", "likes", "owner", "type", "bases", "level_mask", "tag_ids")

NEVER = datetime(9000, 1, 1, tzinfo=UTC)


class ModelPlaceQuerySet(models.QuerySet):
    def listed_to(self, user):
        """As of models, asked of the place alone."""
        rows = self
        if people := hidden_ids(user) if member(user) else ():
            rows = rows.exclude(owner__in=people)
        if tags := hidden_tag_ids(user) if member(user) else ():
            rows = rows.exclude(tag_ids__overlap=list(tags))
        return rows


def places_by(key, *, name):
    """The index of places in the order of `key`, with all else that a place says."""
    rest = [*(field for field in SAID if field != key), "leaves_at"]
    return models.Index(F("of"), F(key).desc(), F("model").desc(), include=rest, name=name)


class ModelPlace(models.Model):
    """Where a model that lists show stands among those `of` a type, a base model, a tag, or the last so many days.

    Of days, a list asks for those that have not left; rows that have go when `leave_periods` comes by.

    It has what lists order by and are narrowed by most, so that a page is found in one index, without a row of its models.
    Kept by the database, never written here; see migration 0010.
    """

    pk = models.CompositePrimaryKey("of", "model_id")
    of = models.CharField(max_length=80, help_text='"type LORA", "base SDXL 1.0", "tag 12", "days 30"')
    model = models.ForeignKey(Model, models.CASCADE, related_name="+")
    last_version_at = models.DateTimeField(null=True)
    downloads = models.PositiveIntegerField()
    likes = models.PositiveIntegerField()
    owner = models.BigIntegerField(help_text="key of a user; goes with its model")
    type = models.CharField(max_length=32)
    bases = ArrayField(models.CharField(max_length=40), help_text="of its published versions")
    level_mask = models.PositiveSmallIntegerField()
    tag_ids = ArrayField(models.BigIntegerField())
    # Of what it does not leave, a time so late that most of all places have one to come: a null would tell the planner of few.
    leaves_at = models.DateTimeField()

    objects = ModelPlaceQuerySet.as_manager()

    class Meta:
        indexes = [
            places_by("last_version_at", name="model_place_newest"),
            places_by("downloads", name="model_place_downloads"),
            places_by("likes", name="model_place_likes"),
            models.Index(fields=["leaves_at"], condition=Q(leaves_at__lt=NEVER), name="model_place_leaving"),
        ]

    def __str__(self):
        return f"model {self.model_id} of {self.of}"

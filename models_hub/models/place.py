"""Where models stand in narrower lists."""

from datetime import UTC, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.queries import hidden_ids, hidden_tag_ids
from models_hub.models.model import Model, member

SAID = ("last_version_at", "type", "bases", "marks", "level_mask", "owner", "tag_ids", "leaves_at")

# What a model is or is not, each by its bit: a place "is credit", and one thing more that any other place can be asked for.
# The database writes them, so that the order stays and new ones come last; see migration 0014.
MARKS = (
    "free of credit", "credit", "derivatives", "no derivatives", "any licence", "same licence",
    "Image", "RentCivit", "Rent", "Sell", "trained here", "Trained", "Merge",
    "SafeTensor", "PickleTensor", "GGUF", "Diffusers", "Core ML", "ONNX", "Other", "drawn",
)  # fmt: skip
KEYS = ("downloads", "likes", "thumbs_up", "comments", "collected", "images")

NEVER = datetime(9000, 1, 1, tzinfo=UTC)


def mark(*names):
    """The number that has the bits of these."""
    return sum(1 << MARKS.index(name) for name in names)


class ModelPlaceQuerySet(models.QuerySet):
    def published(self):
        """All: no other model has a place."""
        return self

    def listed_to(self, user):
        """As of models, asked of the place alone."""
        rows = self
        if people := hidden_ids(user) if member(user) else ():
            rows = rows.exclude(owner__in=people)
        if tags := hidden_tag_ids(user) if member(user) else ():
            rows = rows.exclude(tag_ids__overlap=list(tags))
        return rows


def places_by(*keys, name):
    """The index of places in the order of `keys`, with all that they are filtered by."""
    rest = [field for field in SAID if field not in keys]
    return models.Index(F("of"), *(F(key).desc() for key in keys), F("model").desc(), include=rest, name=name)


class ModelPlace(models.Model):
    """Where a model that lists show stands among all, or those `of` a type, a base model, both, a tag, a member, a level, a mark, those
    that fit a base that is drawn with here, or the last so many days.

    Of days, a list asks for those that have not left; rows that have go when `leave_periods` comes by.

    It has what lists order by and are narrowed by, so that a page is found in one index, without a row of its models.
    Kept by the database, never written here; see migrations 0010 and 0014.
    """

    pk = models.CompositePrimaryKey("of", "model_id")
    of = models.CharField(
        max_length=120, help_text='"all", "type LORA", "base SDXL 1.0", "tag 12", "is Merge", "days 30"'
    )
    model = models.ForeignKey(Model, models.CASCADE, related_name="+")
    last_version_at = models.DateTimeField(null=True)
    downloads = models.PositiveIntegerField()
    likes = models.PositiveIntegerField()
    thumbs_up = models.PositiveIntegerField()
    comments = models.PositiveIntegerField()
    collected = models.PositiveIntegerField()
    images = models.PositiveIntegerField()
    owner = models.BigIntegerField(help_text="key of a user; goes with its model")
    type = models.CharField(max_length=32)
    bases = ArrayField(models.CharField(max_length=40), help_text="of its published versions")
    marks = models.IntegerField(help_text="bits of MARKS")
    level_mask = models.PositiveSmallIntegerField()
    tag_ids = ArrayField(models.BigIntegerField())
    # Of what it does not leave, a time so late that most of all places have one to come: a null would tell the planner of few.
    leaves_at = models.DateTimeField()

    objects = ModelPlaceQuerySet.as_manager()

    class Meta:
        indexes = [
            places_by("last_version_at", name="model_place_of_newest"),
            places_by("downloads", "likes", name="model_place_of_downloads"),
            *(places_by(key, "downloads", name=f"model_place_of_{key}") for key in KEYS[1:]),
            models.Index(fields=["leaves_at"], condition=Q(leaves_at__lt=NEVER), name="model_place_leaving"),
        ]

    def __str__(self):
        return f"model {self.model_id} of {self.of}"

"""Models that moderators chose for the front page."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from models_hub.models.model import Model

LASTS = timedelta(days=7)


class ChoiceQuerySet(models.QuerySet):
    def of_this_week(self):
        return self.filter(at__gt=timezone.now() - LASTS)


class Choice(models.Model):
    """The last one of a model; those before it are in the moderators' log. After a week it stands nowhere any more."""

    model = models.OneToOneField(Model, models.CASCADE, related_name="choice")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    words = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = ChoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="choice_is_one_line", condition=~Q(words__contains="\n")),
        ]

    def __str__(self):
        return f"choice of model {self.model_id}"

    @property
    def is_of_this_week(self):
        return self.at > timezone.now() - LASTS

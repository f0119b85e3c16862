from django.db import models
from django.utils.translation import gettext_lazy as _

from civitai.states import Moves


class DatasetState(models.TextChoices):
    DRAFT = "draft", _("being put together")
    REMOVED = "removed", _("removed")


DATASET_MOVES = Moves({DatasetState.DRAFT: {DatasetState.REMOVED}})

from django.db import models
from django.utils.translation import gettext_lazy as _

from civitai.states import Moves


class ModelState(models.TextChoices):
    """Of a model and of each of its versions."""

    DRAFT = "draft", _("draft")
    # Drawn with by its owner, who may make a draft of it: no page, no list and no count knows it.
    TRIAL = "trial", _("on trial")
    PUBLISHED = "published", _("published")
    UNPUBLISHED = "unpublished", _("unpublished")
    REMOVED = "removed", _("removed")


AWAY = (ModelState.TRIAL, ModelState.REMOVED)
MODEL_MOVES = Moves(
    {
        ModelState.TRIAL: {ModelState.DRAFT, ModelState.REMOVED},
        ModelState.DRAFT: {ModelState.PUBLISHED, ModelState.REMOVED},
        ModelState.PUBLISHED: {ModelState.UNPUBLISHED, ModelState.REMOVED},
        ModelState.UNPUBLISHED: {ModelState.PUBLISHED, ModelState.REMOVED},
    }
)


class FileState(models.TextChoices):
    CHECKING = "checking", _("being checked")
    READY = "ready", _("here")
    REFUSED = "refused", _("refused")
    REMOVED = "removed", _("removed")


FILE_MOVES = Moves(
    {
        FileState.CHECKING: {FileState.READY, FileState.REFUSED, FileState.REMOVED},
        FileState.READY: {FileState.REMOVED, FileState.REFUSED},
        FileState.REFUSED: {FileState.REMOVED},
    }
)

from django.db import models
from django.utils.translation import gettext_lazy as _

from civitai.states import Moves


class PictureState(models.TextChoices):
    """A picture is looked at in a worker before anybody else sees it."""

    PENDING = "pending", _("being prepared")
    READY = "ready", _("ready")
    REFUSED = "refused", _("refused")


PICTURE_MOVES = Moves(
    {
        PictureState.PENDING: {PictureState.READY, PictureState.REFUSED},
        PictureState.READY: {PictureState.REFUSED, PictureState.PENDING},
    }
)

from django.db import models
from django.utils.translation import gettext_lazy as _

from civitai.states import Moves


class HoldState(models.TextChoices):
    HELD = "held", _("set aside")
    SETTLED = "settled", _("paid")
    RELEASED = "released", _("given back")
    EXPIRED = "expired", _("run out, given back")


HOLD_MOVES = Moves({HoldState.HELD: {HoldState.SETTLED, HoldState.RELEASED, HoldState.EXPIRED}})

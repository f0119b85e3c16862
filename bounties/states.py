from django.db import models
from django.utils.translation import gettext_lazy as _

from civitai.states import Moves


class BountyState(models.TextChoices):
    OPEN = "open", _("running")
    JUDGING = "judging", _("being judged")
    AWARDED = "awarded", _("awarded")
    REFUNDED = "refunded", _("given back")
    CANCELLED = "cancelled", _("called off")


BOUNTY_MOVES = Moves(
    {
        BountyState.OPEN: {BountyState.JUDGING, BountyState.AWARDED, BountyState.REFUNDED, BountyState.CANCELLED},
        BountyState.JUDGING: {BountyState.AWARDED, BountyState.REFUNDED, BountyState.CANCELLED},
    }
)


class EntryState(models.TextChoices):
    ENTERED = "entered", _("entered")
    WITHDRAWN = "withdrawn", _("taken back")


ENTRY_MOVES = Moves({EntryState.ENTERED: {EntryState.WITHDRAWN}})

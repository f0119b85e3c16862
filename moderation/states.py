from django.db import models
from django.utils.translation import gettext_lazy as _

from civitai.states import Moves


class ItemState(models.TextChoices):
    OPEN = "open", _("open")
    DECIDED = "decided", _("decided")


ITEM_MOVES = Moves({ItemState.OPEN: {ItemState.DECIDED}, ItemState.DECIDED: {ItemState.OPEN}})


class AppealState(models.TextChoices):
    OPEN = "open", _("waiting")
    UPHELD = "upheld", _("granted")
    REJECTED = "rejected", _("not granted")


APPEAL_MOVES = Moves({AppealState.OPEN: {AppealState.UPHELD, AppealState.REJECTED}})


class ProposalState(models.TextChoices):
    OPEN = "open", _("waiting")
    AGREED = "agreed", _("agreed")
    DECLINED = "declined", _("not agreed")
    OVER = "over", _("over")


PROPOSAL_MOVES = Moves({ProposalState.OPEN: {ProposalState.AGREED, ProposalState.DECLINED, ProposalState.OVER}})

"""What a model's owner allows, in plain sentences.

The four flags are the published ones. Commercial uses form a ladder: who may sell the file may also
run it for money, and who may do that may sell pictures; tools that store only the top step mean the
steps below it too.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .bases import find_base


class CommercialUse(TextChoices):
    NONE = "None", _("No commercial use")
    IMAGE = "Image", _("Sell pictures made with it")
    RENT_CIVIT = "RentCivit", _("Run it for credits on this site")
    RENT = "Rent", _("Run it on any paid service")
    SELL = "Sell", _("Sell the file itself")


_LADDER = (CommercialUse.IMAGE, CommercialUse.RENT_CIVIT, CommercialUse.RENT, CommercialUse.SELL)


@dataclass(frozen=True)
class LicenceFlags:
    """Defaults are the published ones: everything is allowed."""

    allow_no_credit: bool = True
    allow_derivatives: bool = True
    allow_different_license: bool = True
    allow_commercial_use: frozenset = field(default=frozenset({CommercialUse.SELL}))


class LicenceLine(NamedTuple):
    allowed: bool
    sentence: str


def granted_uses(chosen, base_model=None):
    """The commercial uses that `chosen` (any iterable of CommercialUse values) comes to, lower steps included.

    Empty for a base model (name or None) whose own licence is non-commercial: the owner cannot give
    what they were not given.
    """
    base = find_base(base_model) if base_model else None
    if base and base.is_non_commercial:
        return frozenset()
    steps = [step for step, use in enumerate(_LADDER, start=1) if use in set(chosen)]
    return frozenset(_LADDER[: max(steps, default=0)])


def steps_to(use):
    """The choices that come to `use`: itself and the steps above it."""
    return [str(step.value) for step in _LADDER[_LADDER.index(use) :]]


def published_uses(chosen, base_model=None):
    """allowCommercialUse as the API publishes it: a list in ladder order, ["None"] when nothing is granted."""
    granted = granted_uses(chosen, base_model)
    return [str(use.value) for use in _LADDER if use in granted] or [CommercialUse.NONE.value]


def licence_lines(flags, base_model=None):
    """Four lines (allowed, sentence) for the reader, the base model's licence taken into account."""
    uses = granted_uses(flags.allow_commercial_use, base_model)
    return [
        LicenceLine(CommercialUse.IMAGE in uses, _("Sell pictures you make with it")),
        LicenceLine(flags.allow_derivatives, _merging(flags)),
        _running(uses),
        LicenceLine(CommercialUse.SELL in uses, _("Sell the file itself")),
    ]


def base_note(base_model):
    """What the base model's own licence adds, as a sentence, or None."""
    base = find_base(base_model) if base_model else None
    if not base:
        return None
    if base.is_non_commercial and base.forbids_mature:
        text = _(
            "The licence of {base} allows no commercial use and no mature pictures. That comes with yours, whatever you choose."
        )
    elif base.is_non_commercial:
        text = _("The licence of {base} allows no commercial use. That comes with yours, whatever you choose.")
    elif base.forbids_mature:
        text = _(
            "The licence of {base} forbids mature pictures and some other uses. That comes with yours, whatever you choose."
        )
    elif base.licence.restricts_use:
        text = _("The licence of {base} forbids some uses. They come with yours, whatever you choose.")
    else:
        return None
    return format_lazy(text, base=base.name)


def _merging(flags):
    if not flags.allow_derivatives:
        return _("Merge it or build on it")
    if flags.allow_no_credit and flags.allow_different_license:
        return _("Merge it, without naming the author")
    if flags.allow_different_license:
        return _("Merge it, if you name the author")
    if flags.allow_no_credit:
        return _("Merge it, if you keep these terms")
    return _("Merge it, if you name the author and keep these terms")


def _running(uses):
    if CommercialUse.RENT in uses:
        return LicenceLine(True, _("Run it on a paid service"))
    if CommercialUse.RENT_CIVIT in uses:
        return LicenceLine(True, _("Run it for credits here, but on no other paid service"))
    return LicenceLine(False, _("Run it on a paid service, this one included"))

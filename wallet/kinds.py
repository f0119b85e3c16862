"""What each kind of transfer is called on a receipt. A room above registers its own when it is loaded."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Words:
    """For who paid, and for who received."""

    out: str
    into: str


_words = {}


def register(kind, *, out, into):
    _words[kind] = Words(out, into)


def words_of(entry):
    """The line of a receipt for this entry of a transfer."""
    words = _words.get(entry.transfer.kind)
    if words is None:
        return entry.transfer.kind
    said = words.out if entry.units < 0 else words.into
    hold = getattr(entry.transfer, "hold", None) or getattr(entry.transfer, "settled_hold", None)
    purpose = purpose_name(hold.purpose) if hold and entry.transfer.kind in ("hold", "release") else ""
    return f"{said}: {purpose}" if purpose else said


def purpose_name(purpose):
    """What something is set aside for, as its receipt will call it."""
    return _words[purpose].out if purpose in _words else purpose


register("grant", out=_("Grant"), into=_("A gift to begin with"))
register("reward", out=_("Reward"), into=_("Given for coming by today"))
register("tip", out=_("Tip given"), into=_("Tip received"))
register("hold", out=_("Set aside"), into=_("Set aside"))
register("release", out=_("Given back"), into=_("Given back"))
register("refund", out=_("Taken back"), into=_("Refund"))

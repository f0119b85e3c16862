"""What each kind of transfer is called on a receipt. A room above registers its own when it is loaded."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Words:
    """For who paid, and for who received. `among_people`: each may know who the other was; the note is a member's."""

    out: str
    into: str
    group: str
    among_people: bool


# What the receipts can be sorted out by, in this order. What goes aside and back is of the group of what it is for.
GROUPS = {
    "gifts": _("Gifts"),
    "tips": _("Tips"),
    "bounties": _("Bounties"),
    "work": _("Creating and training"),
}

_words = {}


def register(kind, *, out, into, group="work", among_people=False):
    """Without `among_people` a receipt names nobody else: who draws in a style, and whose style it is, stays theirs."""
    if group and group not in GROUPS:
        raise ValueError(f"no such group of receipts: {group}")
    _words[kind] = Words(out, into, group, among_people)


def words_of(entry):
    """The line of a receipt for this entry of a transfer."""
    transfer = entry.transfer
    words = _words.get(transfer.kind)
    if words is None:
        return transfer.kind
    hold = hold_of(transfer)
    if hold and transfer.kind != "hold" and entry.units > 0 and entry.account.owner_id == hold.owner_id:
        words = _words["release"]  # what was paid went on; to who had set it aside comes what was left
    said = words.out if entry.units < 0 else words.into
    if hold and words in (_words["hold"], _words["release"]):
        return f"{said}: {purpose_name(hold.purpose)}"
    if transfer.kind == "refund" and transfer.refunds and transfer.refunds.kind in _words:
        return f"{said}: {_words[transfer.refunds.kind].out}"
    return said


def hold_of(transfer):
    """What a transfer set aside, or how that ended."""
    return getattr(transfer, "hold", None) or getattr(transfer, "settled_hold", None)


def purpose_name(purpose):
    """What something is set aside for, as its receipt will call it."""
    return _words[purpose].out if purpose in _words else purpose


def is_among_people(kind):
    return kind in _words and _words[kind].among_people


def of_group(group):
    return [kind for kind, words in _words.items() if words.group == group]


register("grant", out=_("Grant"), into=_("A gift to begin with"), group="gifts")
register("reward", out=_("Reward"), into=_("Given for coming by today"), group="gifts")
register("tip", out=_("Tip given"), into=_("Tip received"), group="tips", among_people=True)
register("hold", out=_("Set aside"), into=_("Set aside"), group="")
register("release", out=_("Given back"), into=_("Given back"), group="")
register("refund", out=_("Taken back"), into=_("Refund"), group="")

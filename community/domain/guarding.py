"""What is asked of members' words before others read them: the policy, and what becomes of what it doubts."""

from django.utils.translation import gettext_noop

from moderation.domain import queueing, striking
from moderation.policy import people

HELD = gettext_noop("held until a moderator has looked")


def judge(text, *, by, field="text"):
    """The Verdict on `by`'s words that are shown to all; true when they must be held.

    Raises Refused for what never is, and for whom a moderator has silenced for a time. `by` is None for words that
    their writer alone reads.
    """
    if by is not None:
        striking.require_voice(by, field=field)
    return people.require("text", [text], field=field)


def hold(row, verdict, *, hide):
    """Out of sight until a moderator has looked. `hide(row, by=…, reason=…)` of its room."""
    hide(row, by=None, reason=HELD)
    queueing.raise_item(
        (row._meta.label, row.pk),
        queue="policy",
        because=gettext_noop("Held until somebody looks"),
        clause=verdict.clause,
        severity="P2",
    )

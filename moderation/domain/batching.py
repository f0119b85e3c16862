"""Several things of one kind decided in one go: a row, a statement and a way back for each, and one way back for all."""

import uuid
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from moderation import subjects
from moderation.domain import deciding, log
from moderation.models import Decision
from moderation.policy.conduct import conduct


@dataclass
class Batch:
    """`refusals` are (item, sentence): those were left alone, the others are decided."""

    key: uuid.UUID = field(default_factory=uuid.uuid4)
    decisions: list = field(default_factory=list)
    refusals: list = field(default_factory=list)


def decide_many(items, by, *, second=None, strike=False, **what):
    """The Batch of the same decision on open items of one kind. Nobody gets more than one strike from it.

    Raises Refused when nothing of it can be, or a second moderator has to agree (code "second").
    """
    if len({item.subject for item in items}) != 1:
        raise Refused(_("Choose things of one kind."), code="kinds")
    if len(items) > conduct.second.items and second is None:
        raise Refused(_("That many at once."), code="second")
    described = subjects.describe([(item.subject, item.row) for item in items])
    batch, struck = Batch(), set()
    for item in items:
        thing = described.get((item.subject, item.row))
        owner = thing.owner if thing else None
        try:
            made = deciding.decide(
                item, by, second=second, batch=batch.key, strike=strike and owner not in struck, **what
            )
        except Refused as refused:
            # What is missing in the form is missing for all of them; what needs a second one is asked for by itself.
            if refused.field or (refused.code == "second" and not batch.decisions):
                raise
            batch.refusals.append((item, refused.sentence))
        else:
            batch.decisions.append(made)
            struck.add(owner)
    if batch.decisions:
        log.record(
            "batch", by=by, because=what.get("reason", ""), clause=what.get("clause", ""),
            after={"batch": str(batch.key), "decided": len(batch.decisions), "left": len(batch.refusals)},
        )  # fmt: skip
    return batch


def undo_batch(key, by):
    """(how many are as they were, sentences of those that are not). By who decided them or agreed. Twice is once."""
    rows = list(Decision.objects.filter(batch=key, undone_at=None).order_by("at"))
    if any(by.pk not in (row.by_id, row.second_id) for row in rows):
        raise Refused(_("Somebody else decided these. Take them back one by one."), code="conflict")
    refusals = []
    for row in rows:
        try:
            deciding.undo(row, by)
        except Refused as refused:
            refusals.append(refused.sentence)
    return len(rows) - len(refusals), refusals

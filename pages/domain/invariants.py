"""What must never be, looked for every night in all rooms. What is seen and must not be is hidden before anybody is asked.

The queries here are their own and lean on no queryset of the rooms: they must not share the mistake that they look for.
"""

import logging
from dataclasses import dataclass, field

from django.db.models import F, Q
from django.utils.translation import gettext_noop

from gallery.models import Image
from models_hub.models import Model
from moderation import subjects
from moderation.domain import heads, log, queueing
from wallet.domain import proof

call = logging.getLogger("pages.invariants")
HELD = "held until a moderator has looked"
AT_ONCE = 500


@dataclass
class Result:
    says: str
    hits: list = field(default_factory=list)

    def __str__(self):
        if not self.hits:
            return f"holds   {self.says}"
        return f"BROKEN  {self.says}: {len(self.hits)} ({', '.join(map(str, self.hits[:5]))})"


def check():
    """[Result] in a fixed order. Content that is seen against a rule is hidden, and stands in a queue as P0."""
    shown = Image.objects.filter(sort_at__isnull=False, hidden_at=None, removed_at=None)
    people = Q(shows_real_person=True)
    made_of_people = Q(resources__version__model__is_of_real_person=True)
    models = Model.objects.filter(is_of_real_person=True, state="published", hidden_at=None)
    results = [
        _hidden("no image of a real person above PG is seen", shown.filter(people).exclude(level=1)),
        _hidden(
            "no image above PG made with a model of a real person is seen",
            shown.filter(made_of_people).exclude(level=1),
        ),
        _hidden("no model of a real person is seen", models),
        _hidden("no image is shown that was not rated", shown.exclude(picture__state="ready", picture__level__gt=0)),
        _hidden(
            "no image is shown below what was found in its picture", shown.filter(level__lt=F("picture__least_level"))
        ),
        Result(
            "the ledger sums to zero and is its entries", [f"{says}: {keys}" for says, keys in proof.prove().items()]
        ),
        Result("each event of the moderation log follows from the one before", _broken()),
        Result("every kept head of the moderation log is in it", _lost()),
    ]
    for result in results:
        if result.hits:
            call.critical("%s", result)
    return results


def _hidden(says, rows):
    hits = []
    for row in rows.distinct().order_by("pk")[:AT_ONCE]:
        label, pk = subjects.named(row)
        subjects.kind_of(label).hide(row, by=None, reason=HELD)
        queueing.raise_item((label, pk), queue="policy", because=BECAUSE, clause="2.1", severity="P0")
        hits.append(f"{label} {pk}")
    return Result(says, hits)


BECAUSE = gettext_noop("The nightly check found it seen by all: a real person")


def _broken():
    at = log.broken_at()
    return [] if at is None else [f"event {at}"]


def _lost():
    try:
        return heads.lost([one["hash"] for one in heads.kept()])
    except Exception as error:  # a store that can't be asked proves nothing: that is no "holds"
        return [f"the heads could not be read: {error!r}"]

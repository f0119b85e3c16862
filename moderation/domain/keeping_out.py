"""What people decided to show a child does not come back: its bytes stand in the registry as long as the decision does.

The registry refuses at every door that a file or a picture comes in by. Rooms say which bytes a thing has, by the slots
"hashes_of" (its files) and "hashes_within" (its pictures, with their copies); of what gets its hashes later they tell
"hashes_known". A decision that is taken back, or reversed on objection, takes out its own entries and no others.
"""

from collections import defaultdict

from django.db import DatabaseError
from django.utils.translation import gettext_noop

from civitai import adapters
from moderation import subjects
from moderation.domain import quarantining, queueing, registry
from moderation.models import Action, Decision
from moderation.policy.conduct import conduct

AGAIN = gettext_noop("Sent again what was decided to show a child")
COPY = gettext_noop("It holds the same file as what was decided to show a child")
HIDING = (Action.HIDE, Action.PERSON, Action.SUSPEND)


def enter(decision):
    """How many entries it made. Twice is once."""
    if not _keeps_out(decision):
        return 0
    key, found = (decision.subject, decision.row), defaultdict(set)
    for slot in ("hashes_of", "hashes_within"):
        for told in adapters.slot(slot, [key]).get(key, []):
            for kind, values in told.items():
                found[kind].update(values)
    count = registry.enter_hashes(found, mode="block", source=_source(decision), by=decision.by)
    _hold_copies(key, sorted(found["sha256"]))
    return count


def _hold_copies(key, hashes):
    """Things of others that hold the same file and are still seen: in quarantine until somebody has looked at them.

    A hash proves a file, not a person: nothing is decided about who has it. Copies of pictures went with their quarantine.
    """
    found = adapters.slot("find_by_sha256", hashes, hidden=True)
    copies = {(label, str(pk)) for lists in found.values() for told in lists for label, pk in told} - {key}
    for label, pk in sorted(copies):
        kind = subjects.kind_of(label)
        row = kind.row(pk)
        if getattr(row, "hidden_at", True) is None:
            quarantining.impose(kind, row)
            queueing.raise_item((label, pk), queue="minors", because=COPY, clause="2.3", severity="P0")


def hashes_known(*, subject, pk):
    """Listens to "hashes_known": a worker was still looking at it when it was decided about."""
    for decision in Decision.objects.filter(subject=subject, row=str(pk), undone_at=None):
        enter(decision)


def withdraw(decision, *, by):
    return registry.withdraw(_source(decision), by=by, because=f"{_source(decision)} taken back")


def came_again(hashes, owner):
    """For the doors, which have just refused {kind: hash} of a member: somebody looks at who sent it, whoever it is."""
    try:
        found = registry.found_of(hashes)
    except DatabaseError:
        return  # refused already, because it could not be asked
    if owner is not None and any(entry.source.startswith(SOURCE) for entry in found):
        queueing.raise_item(("accounts.User", owner.pk), queue="minors", because=AGAIN, clause="2.3", severity="P0")


SOURCE = "decision "


def _source(decision):
    return f"{SOURCE}{decision.pk}"


def _keeps_out(decision):
    rule = conduct.clauses.get(decision.clause)
    return bool(rule and rule.quarantine and decision.action in HIDING)

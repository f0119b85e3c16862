"""What administrators do from their lists, as a moderator would at the workbench: a decision, a statement, a way back."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from moderation import subjects
from moderation.domain import deciding, queueing
from moderation.models import Action, Decision, Item
from moderation.states import ItemState


def decide_at_once(subject, by, *, action, clause, reason):
    """The Decision about `subject` ((label, key)), on an item of its own where none waits. Raises Refused."""
    with transaction.atomic():
        item = queueing.raise_item(subject, queue="reports", because=reason, clause=clause, by=by, source="notice")
        return deciding.decide(item, by, action=action, clause=clause, reason=reason)


def take_back(subject, by, *, reason):
    """Undoes the newest decision that stands about `subject`, and keeps the thing. Raises Refused when there is none.

    What a rule holds and nobody has decided yet is released.
    """
    if len(reason.strip()) < 3:
        raise Refused(_("Say in a few words why. It goes to the log."), field="reason")
    label, row = subject[0], str(subject[1])
    with transaction.atomic():
        about = Decision.objects.filter(subject=label, row=row, undone_at=None).exclude(action=Action.KEEP)
        if decision := about.order_by("-at").first():
            item = deciding.undo(decision, by, because=reason).item
        else:
            item = Item.objects.filter(subject=label, row=row, state=ItemState.OPEN, source="rule").first()
        if item is None and decision is None:
            raise Refused(_("No decision stands about it."), code="none")
        if item is not None:
            item.refresh_from_db()
            if item.state == ItemState.OPEN:
                deciding.decide(item, by, action=Action.KEEP, reason=reason)
        return subjects.kind_of(label).row(row)

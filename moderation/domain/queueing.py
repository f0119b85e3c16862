"""Puts things before a moderator, and gives each to one of them at a time."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from civitai.moderated import QUARANTINED
from moderation.models import Item, Note
from moderation.policy.conduct import conduct
from moderation.states import ItemState

CLAIM = timedelta(minutes=15)
# Why something is hidden that nobody has decided on yet: a rule's doubt, or a report of what can't wait.
HELD = "held until a moderator has looked"
REPORTED = "held after a report until a moderator has looked"
UNTIL_LOOKED_AT = (HELD, REPORTED, QUARANTINED)


def raise_item(subject, *, queue, because="", clause="", by=None, severity="P3", source="rule", weight=1):
    """The open Item of `subject` ((label, key)) in `queue`; one that is there already is raised, never doubled."""
    label, row = subject
    due = timezone.now() + conduct.decide[severity]
    try:
        with transaction.atomic():
            return Item.objects.create(
                subject=label,
                row=str(row),
                queue=queue,
                severity=severity,
                clause=clause,
                because=str(because)[:500],
                source=source,
                weight=weight,
                due_at=due,
            )
    except IntegrityError:
        item = Item.objects.select_for_update().get(subject=label, row=str(row), queue=queue, state=ItemState.OPEN)
        item.weight += weight
        item.due_at = min(item.due_at, due)
        item.severity = min(item.severity, severity)
        item.because = item.because or str(because)[:500]
        item.save(update_fields=["weight", "due_at", "severity", "because"])
        return item


def settle(subject, *, because):
    """What it was about is over: its open items wait no more."""
    label, row = subject
    for item in Item.objects.filter(subject=label, row=str(row), state=ItemState.OPEN):
        item.move(ItemState.DECIDED, because=because, decided_at=timezone.now())


def claim(item, by):
    """For a quarter of an hour it is this moderator's; his again extends it. Raises Refused with who has it."""
    now = timezone.now()
    free = Q(claimed_by=None) | Q(claimed_until__lt=now) | Q(claimed_by=by)
    if not Item.objects.filter(free, pk=item.pk, state=ItemState.OPEN).update(claimed_by=by, claimed_until=now + CLAIM):
        item = Item.objects.select_related("claimed_by").get(pk=item.pk)
        if item.state != ItemState.OPEN:
            raise Refused(_("This is decided already."), code="decided")
        raise Refused(_("%(name)s is looking at it.") % {"name": item.claimed_by.name}, code="claimed")
    item.refresh_from_db()
    return item


def let_go(item, by):
    Item.objects.filter(pk=item.pk, claimed_by=by).update(claimed_by=None, claimed_until=None)


def note(item, by, text):
    text = text.strip()
    if not text:
        raise Refused(_("Write something."), field="text")
    return Note.objects.create(item=item, by=by, text=text[:1000])

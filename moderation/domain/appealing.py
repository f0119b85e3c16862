"""Objections to decisions: by the person concerned, or by who reported it; decided by another moderator."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused
from moderation.domain import deciding, log, queueing, telling
from moderation.models import Action, Appeal, Decision
from moderation.policy.conduct import conduct
from moderation.states import AppealState, ItemState

SUBJECT = "moderation.Appeal"


def side_of(decision, user):
    """ "author", "reporter", or None for a third person."""
    if decision.owner_id == user.pk:
        return "author"
    if decision.item_id and decision.item.reports.filter(reporter=user).exists():
        return "reporter"
    return None


def may_appeal(decision, user):
    """Each side once, while the window is open: the author against an act, the reporter against none."""
    side = side_of(decision, user) if user.is_authenticated else None
    if side is None or decision.undone_at or (side == "author") == (decision.action == Action.KEEP):
        return False
    until = decision.appeal_until or decision.at + conduct.appeal_window
    return timezone.now() <= until and not decision.appeals.filter(side=side).exists()


def appeal(decision, user, text):
    """Raises Refused for third persons, a second time, too late, or without a word."""
    if not may_appeal(decision, user):
        raise Refused(_("You can't object to this, or not any more."), code="appeal")
    if len(text.strip()) < 10:
        raise Refused(_("Say in a sentence or two what we got wrong."), field="text")
    try:
        with transaction.atomic():
            row = Appeal.objects.create(
                decision=decision,
                by=user,
                side=side_of(decision, user),
                text=text.strip()[:2000],
                first_decided_by=decision.by,
            )
            queueing.raise_item((SUBJECT, row.pk), queue="appeals", because=text[:200], source="notice")
            log.record(
                "appeal",
                by=user,
                subject=(decision.subject, decision.row),
                title=decision.title,
                clause=decision.clause,
            )
            return row
    except IntegrityError:
        raise Refused(_("You have objected to this already."), code="appeal") from None


def resolve(row, by, *, upheld, answer):
    """Grants or refuses. Granted, an author's appeal undoes the decision; a reporter's opens the item again."""
    # Who agreed to it has decided it as well.
    if by.pk in (row.first_decided_by_id, row.decision.second_id, row.by_id, row.decision.owner_id):
        raise Refused(_("Another moderator decides on this."), code="conflict")
    if len(answer.strip()) < 3:
        raise Refused(_("Say why, in a sentence the person reads."), field="answer")
    with transaction.atomic():
        row.move(
            AppealState.UPHELD if upheld else AppealState.REJECTED,
            by=by,
            decided_by=by,
            decided_at=timezone.now(),
            answer=answer.strip()[:1000],
        )
        if upheld:
            deciding.undo(Decision.objects.get(pk=row.decision_id), by, because=answer, appeal=row)
        item = row.decision.item
        if upheld and row.side == "author" and item:
            # It was looked at twice: nothing is left to decide.
            item.refresh_from_db()
            if item.state == ItemState.OPEN:
                item.move(ItemState.DECIDED, by=by, because="appeal", decided_at=timezone.now())
        close_item(row, by)
        log.record(
            "appeal granted" if upheld else "appeal refused",
            by=by,
            subject=(row.decision.subject, row.decision.row),
            title=row.decision.title,
            because=answer,
            clause=row.decision.clause,
        )
        telling.appeal_decided(row)
    return row


def close_item(row, by):
    from moderation.models import Item

    for item in Item.objects.filter(subject=SUBJECT, row=str(row.pk), state=ItemState.OPEN):
        item.move(ItemState.DECIDED, by=by, because="appeal", decided_at=timezone.now())

"""What one moderator alone does not do, and how a second one agrees to it or not."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from civitai.errors import Refused
from civitai.moderated import QUARANTINED
from moderation.domain import log, queueing
from moderation.models import Action, Item, Proposal
from moderation.policy.conduct import conduct
from moderation.states import ItemState, ProposalState

SUBJECT = "moderation.Proposal"


def needed_for(row, action, owner):
    """Why one alone does not decide this, or ""."""
    if action == Action.SUSPEND and owner is not None:
        followers = owner.followed_by.count()
        if followers >= conduct.second.followers:
            return _("Many follow this member.")
    if action in (Action.KEEP, Action.LEVEL) and getattr(row, "hidden_reason", "") == QUARANTINED:
        return _("It was reported as a child in a sexual way.")
    return ""


def check_second(by, second, owner):
    """Raises Refused for a second one who is none."""
    if second == by:
        raise Refused(_("Another moderator has to agree."), code="conflict")
    if owner is not None and second == owner:
        raise Refused(_("It is about you. Another moderator decides."), code="conflict")


def propose(item, by, *, why="", **says):
    """An open Proposal on an open item, before the other moderators. Raises Refused where one waits already."""
    item = queueing.claim(item, by)
    try:
        with transaction.atomic():
            row = Proposal.objects.create(
                item=item,
                by=by,
                why=str(why)[:200],
                says=says,
                expires_at=timezone.now() + timedelta(hours=conduct.second.hours),
            )
            queueing.raise_item(
                (SUBJECT, row.pk), queue="second", because=gettext_noop("A second moderator is asked"),
                clause=says.get("clause") or item.clause, severity=item.severity, source="notice",
            )  # fmt: skip
            queueing.let_go(item, by)
            log.record(
                "proposal", by=by, subject=(item.subject, item.row), because=says.get("reason", ""),
                clause=says.get("clause", ""), after={"action": says["action"]},
            )  # fmt: skip
            return row
    except IntegrityError:
        raise Refused(_("A second moderator is asked about it already."), code="proposed") from None


def answer(row, by, *, agreed, answer=""):
    """The second one's word. Agreed, it is decided in the first one's name; returns the Decisions. Raises Refused."""
    from moderation.domain import batching, deciding

    if by.pk == row.by_id:
        raise Refused(_("You proposed it. Another moderator has to agree."), code="conflict")
    if not agreed and len(answer.strip()) < 3:
        raise Refused(_("Say in a few words why. It goes to the log."), field="answer")
    with transaction.atomic():
        row = Proposal.objects.select_for_update().get(pk=row.pk)
        if row.state != ProposalState.OPEN or row.expires_at < timezone.now():
            raise Refused(_("It waits no more."), code="over")
        state = ProposalState.AGREED if agreed else ProposalState.DECLINED
        row.move(state, by=by, second=by, decided_at=timezone.now(), answer=answer.strip()[:1000])
        _close(row, by)
        if not agreed:
            queueing.note(row.item, by, answer)
            log.record(
                "proposal declined", by=by, subject=(row.item.subject, row.item.row), because=answer,
                clause=row.says.get("clause", ""),
            )  # fmt: skip
            return []
        says = {name: value for name, value in row.says.items() if name != "also"}
        if also := row.says.get("also"):
            items = list(
                Item.objects.filter(pk__in=[row.item_id, *also], state=ItemState.OPEN).order_by("due_at", "id")
            )
            return batching.decide_many(items, row.by, second=by, **says).decisions
        return [deciding.decide(row.item, row.by, second=by, **says)]


def over(item, by=None):
    """It was decided otherwise meanwhile, or nobody answered: what was proposed about it waits no more."""
    for row in Proposal.objects.filter(item=item, state=ProposalState.OPEN):
        row.move(ProposalState.OVER, by=by)
        _close(row, by)


def keep(*, now=None):
    """Called by beat: what nobody agreed to in a day is over; its item still waits in its own queue."""
    late = Proposal.objects.filter(state=ProposalState.OPEN, expires_at__lt=now or timezone.now()).select_related(
        "item"
    )
    count = 0
    for row in late:
        with transaction.atomic():
            over(row.item)
        count += 1
    return count


def _close(row, by):
    for item in Item.objects.filter(subject=SUBJECT, row=str(row.pk), state=ItemState.OPEN):
        item.move(ItemState.DECIDED, by=by, because="proposal", decided_at=timezone.now())

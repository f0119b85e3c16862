"""The one way in which a case goes on: its row locked, its version compared, state, event and letters in one transaction."""

from django.db import transaction
from django.utils import timezone

from accounts.domain import notices
from civitai.errors import StaleState
from moderation.case_states import ACTS, CLOSED, OUTCOME_OF, CaseState, Side
from moderation.domain import log
from moderation.models import CaseEvent, CaseMail, Item, RemovalCase
from moderation.states import ItemState

SUBJECT = "moderation.RemovalCase"


def named(case):
    return SUBJECT, str(case.pk)


def locked(case):
    return RemovalCase.objects.select_for_update().get(pk=case.pk)


def act(case, what, *, to=None, by=None, side="", expected=None, kind="", facts=None, letters=(), because="", **fields):
    """Does `what` (a name of ACTS) and returns its CaseEvent; `case` carries the new state.

    `to` may be left out where there is one way only. `letters` are (side, kind, facts). Raises StaleState when it is
    not lawful from where the case stands, or when the case is not at the version `expected` any more.
    """
    with transaction.atomic():
        row = locked(case)
        targets = ACTS[what].get(row.state, set())
        if to is None and len(targets) == 1:
            (to,) = targets
        if to not in targets or expected not in (None, row.version):
            raise StaleState
        was = row.state
        row.move(to, by=by, because=because or what, version=row.version + 1, **_implied(row, to), **fields)
        if was in CLOSED or to in CLOSED:
            row.targets.update(is_open=to not in CLOSED)
        event = note(row, kind or what, by=by, side=side, was=was, now=to, facts=facts, letters=letters)
        if by is not None and getattr(by, "is_moderator", False):
            log.record(f"case.{what}", by=by, subject=named(row), title=row.reference, because=because)
    for name in row._meta.concrete_fields:
        setattr(case, name.attname, getattr(row, name.attname))
    return event


def _implied(row, to):
    """What a state brings with it."""
    fields = {}
    if to != CaseState.NEGOTIATING:
        fields |= {"turn": "", "turn_due": None}
    if to in CLOSED:
        fields |= {"outcome": OUTCOME_OF[to], "closed_at": timezone.now()}
    elif row.state in CLOSED:
        fields |= {"outcome": None, "closed_at": None}
    if to != CaseState.SUSPENDED:
        fields |= {"rests_until": None}
    return fields


def note(case, kind, *, by=None, side="", was="", now="", facts=None, letters=(), internal=False):
    """Something that happened without moving the case."""
    event = CaseEvent.objects.create(
        case=case,
        kind=kind,
        side=side,
        by_number=by.pk if by else None,
        by_name=by.username if by else "",
        was=was,
        now=now,
        facts=facts or {},
        is_internal=internal,
    )
    for to_side, letter_kind, letter_facts in letters:
        write(event, case, to_side, letter_kind, letter_facts)
    return event


def write(event, case, side, kind, facts):
    """A letter in the outbox: once for each event and recipient."""
    parties = case.parties.filter(side=side, user__isnull=False).select_related("user")
    users = [party.user_id for party in parties]
    notices.notify(users, "case", url=case.get_absolute_url(), about=case.reference, key=f"case:{event.pk}")
    if side == Side.CLAIMANT:
        recipients = [("claimant", case.language)]
    else:
        recipients = [(f"user:{party.user_id}", party.user.language or "en") for party in parties]
    CaseMail.objects.bulk_create(
        [
            CaseMail(case=case, event=event, recipient=recipient, kind=kind, language=language, facts=facts or {})
            for recipient, language in recipients
        ],
        ignore_conflicts=True,
    )


def both(kind, facts):
    return [(Side.CLAIMANT, kind, facts), (Side.UPLOADER, kind, facts)]


def close_items(case):
    """What waited for a moderator about it does not wait any more."""
    for item in Item.objects.filter(subject=SUBJECT, row=str(case.pk), state=ItemState.OPEN):
        item.move(ItemState.DECIDED, decided_at=timezone.now())

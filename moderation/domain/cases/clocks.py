"""No state waits for ever: what beat does with cases, every minute, anywhere, twice without harm."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from civitai.errors import StaleState
from moderation.case_policy import policy
from moderation.case_states import CaseState, Side
from moderation.domain.cases import (
    acting,
    appealing,
    boxes,
    evidence,
    executing,
    fees,
    freezing,
    statements,
    talking,
    verifying,
)
from moderation.models import ClaimantSecret, Execution, RemovalCase

log = logging.getLogger("moderation.cases")
REMINDERS = (timedelta(days=3), timedelta(days=1))
PROOF_REMINDERS = (timedelta(days=3), timedelta(days=10))  # after it was asked for


def keep(*, now=None):
    now = now or timezone.now()
    cases = RemovalCase.objects
    _each(cases.filter(state=CaseState.NEGOTIATING, turn_due__lte=now), lambda case: talking.run_out(case, now=now))
    _each(cases.filter(state=CaseState.NEGOTIATING, talks_until__lte=now), lambda case: talking.run_out(case, now=now))
    _each(cases.filter(state=CaseState.SUSPENDED, rests_until__lte=now), _wake)
    unproven = cases.filter(state=CaseState.VERIFYING)
    _each(unproven.filter(proof_due__lte=now), lambda case: talking.rest(case, now=now))
    late = now + policy.clocks.proof_days - PROOF_REMINDERS[0]
    _each(unproven.filter(proof_due__gt=now, proof_due__lte=late), lambda case: _remind_of_proof(case, now))
    _each(cases.filter(state=CaseState.INCOMPLETE, created_at__lte=now - policy.clocks.incomplete_days), _give_up)
    _each(cases.filter(state=CaseState.NEGOTIATING, turn_due__gt=now), lambda case: _remind(case, now))
    _each(cases.filter(state=CaseState.EXECUTING), _check_execution)
    appealing.put_back_due(now=now)
    fees.end_overdue(now=now)
    statements.send_due(now=now)
    freezing.thaw_overdue(now=now)
    _forget(now)
    evidence.erase_overdue(now=now)


def _each(cases, do):
    for case in cases.order_by("id")[:500]:
        try:
            do(case)
        except StaleState:
            pass  # it went on at this very moment
        except Exception:
            # One broken case must not stop the clocks of the others.
            log.exception("case %s: its clock could not be kept", case.reference)


def _wake(case):
    """At the end of its rest: the name goes, if there was proof and a name; else the case is let go."""
    if case.is_proven and case.names:
        executing.start(case, "renamed", because="the rest is over")
    else:
        _give_up(case)


def _give_up(case):
    acting.act(case, "withdraw", side="system", because="nothing came", letters=acting.both("withdrawn", {}))
    freezing.freeze_all(case, 0, reason="withdrawn")


def _remind(case, now):
    standing = case.offers.filter(state="open").first()
    if standing is None:
        return
    facts = {
        "number": standing.number,
        "terms": ["terms", standing.terms],
        "until": ["date", case.turn_due.isoformat()],
        "silence": ["silence", case.if_silent if case.turn == Side.UPLOADER else "rest"],
    }
    marks = [f"{standing.number}:{before.days}" for before in REMINDERS if case.turn_due - before <= now]
    _once(case, marks, (case.turn, "offer_waits", facts))


def _remind_of_proof(case, now):
    asked = case.proof_due - policy.clocks.proof_days
    marks = [f"proof:{after.days}:{asked:%y%m%d}" for after in PROOF_REMINDERS if asked + after <= now]
    facts = {"words": verifying.words_of(case), "until": ["date", case.proof_due.isoformat()]}
    _once(case, marks, (Side.CLAIMANT, "proof_waits", facts))


def _once(case, marks, letter):
    """One letter for all of `marks` that were not told yet: after a night without beat nobody gets two at once."""
    with transaction.atomic():
        row = acting.locked(case)
        if row.state == case.state and set(marks) - set(row.reminded):
            reminded = [*row.reminded, *(mark for mark in marks if mark not in row.reminded)]
            RemovalCase.objects.filter(pk=row.pk).update(reminded=reminded)
            acting.note(row, "reminded", side="system", letters=[letter], internal=True)


def _check_execution(case):
    """A case that is being carried out and has no job that does it: people are called."""
    if not Execution.objects.filter(case=case, state__in=["queued", "running"]).exists():
        executing.alarm(case)


def _forget(now):
    """A year after the end nobody needs to know who asked; a licence ends when it ends, not when its case was closed."""
    over = now - policy.clocks.secret_days
    ended = Q(case__agreement=None) | Q(case__agreement__ends_at=None) | Q(case__agreement__ended_at__lte=over)
    old = ClaimantSecret.objects.filter(ended, erased_at=None, case__closed_at__lte=over)
    ClaimantSecret.objects.filter(pk__in=list(old.values_list("pk", flat=True))).update(
        box=boxes.sealed({}), erased_at=now
    )

"""No state waits for ever: what beat does with cases, every minute, anywhere, twice without harm."""

import logging
from datetime import timedelta

from django.utils import timezone

from civitai.errors import StaleState
from moderation.case_policy import policy
from moderation.case_states import CaseState, Side
from moderation.domain.cases import acting, appealing, boxes, executing, fees, freezing, talking
from moderation.models import ClaimantSecret, Execution, RemovalCase

log = logging.getLogger("moderation.cases")
REMINDERS = (timedelta(days=3), timedelta(days=1))


def keep(*, now=None):
    now = now or timezone.now()
    cases = RemovalCase.objects
    _each(cases.filter(state=CaseState.NEGOTIATING, turn_due__lte=now), lambda case: talking.run_out(case, now=now))
    _each(cases.filter(state=CaseState.NEGOTIATING, talks_until__lte=now), lambda case: talking.run_out(case, now=now))
    _each(cases.filter(state=CaseState.SUSPENDED, rests_until__lte=now), _wake)
    unproven = cases.filter(state=CaseState.VERIFYING, created_at__lte=now - policy.clocks.proof_days)
    _each(unproven.filter(resting_from=""), lambda case: talking.rest(case, now=now))
    _each(cases.filter(state=CaseState.INCOMPLETE, created_at__lte=now - policy.clocks.incomplete_days), _give_up)
    _each(cases.filter(state=CaseState.NEGOTIATING, turn_due__gt=now), lambda case: _remind(case, now))
    _each(cases.filter(state=CaseState.EXECUTING), _check_execution)
    appealing.put_back_due(now=now)
    fees.end_overdue(now=now)
    freezing.thaw_overdue(now=now)
    _forget(now)


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
    for before in REMINDERS:
        mark = f"{standing.number}:{before.days}"
        if case.turn_due - before <= now and mark not in case.reminded:
            silence = ["silence", case.if_silent if case.turn == Side.UPLOADER else "rest"]
            facts = {
                "number": standing.number,
                "terms": ["terms", standing.terms],
                "until": ["date", case.turn_due.isoformat()],
                "silence": silence,
            }
            RemovalCase.objects.filter(pk=case.pk).update(reminded=[*case.reminded, mark])
            acting.note(case, "reminded", side="system", letters=[(case.turn, "offer", facts)], internal=True)
            return


def _check_execution(case):
    """A case that is being carried out and has no job that does it: people are called."""
    if not Execution.objects.filter(case=case, state__in=["queued", "running"]).exists():
        executing.alarm(case)


def _forget(now):
    """A year after the end nobody needs to know who asked."""
    old = ClaimantSecret.objects.filter(erased_at=None, case__closed_at__lte=now - policy.clocks.secret_days)
    old.update(box=boxes.sealed({}), erased_at=now)

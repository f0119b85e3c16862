"""Objections by both sides, free, decided by somebody else; and the counter-notice of copyright law."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused, StaleState
from moderation.case_policy import policy
from moderation.case_states import CLOSED_AS, OUTCOME_OF, Side, Track
from moderation.domain.cases import acting, boxes, executing, freezing
from moderation.models import CaseAppeal, CaseDecision, CounterNotice, RemovalCase


def appeal(case, side, text, *, by=None, expected=None):
    """closed → appealed, within 184 days. Raises Refused, StaleState."""
    if not text.strip():
        raise Refused(_("Say what we should look at again."), field="text")
    try:
        with transaction.atomic():
            row = acting.locked(case)
            if row.closed_at and timezone.now() > row.closed_at + policy.clocks.appeal_days:
                raise Refused(_("The time to object is over."), code="late")
            was = OUTCOME_OF.get(row.state)
            acting.act(case, "appeal", side=side, by=by, expected=expected, letters=acting.both("appealed", {}))
            found = CaseAppeal.objects.create(case=case, side=side, text=text[:2000], was=was)
            from moderation.domain.cases.filing import put_before_moderators

            put_before_moderators(case, "P2", because=_("An objection"))
            return found
    except IntegrityError as error:
        raise Refused(_("You have objected to this once; it was looked at."), code="once") from error


def has_decided(case, moderator):
    """Whether this moderator had a hand in the outcome: then another one looks."""
    by_event = case.events.filter(
        by_number=moderator.pk, kind__in=["decided", "carry_out", "keep", "put_to_decision"]
    ).exists()
    return by_event or case.decisions.filter(by=moderator).exists()


def resolve(found, *, by, outcome, because):
    """appealed → what it shall be instead, or what it was. Raises Refused for who decided before.

    "kept" after a removal or a renaming puts everything back.
    """
    case = found.case
    if has_decided(case, by):
        raise Refused(_("You decided this. Another moderator looks at the objection."), code="same_moderator")
    if not because.strip():
        raise Refused(_("Give the reason: both sides read it."), field="because")
    with transaction.atomic():
        row = CaseAppeal.objects.select_for_update().get(pk=found.pk)
        if row.decided_at is not None:
            raise StaleState
        CaseAppeal.objects.filter(pk=row.pk).update(result=outcome, decided_by=by, decided_at=timezone.now())
        CaseDecision.objects.create(case=case, what=outcome, because=because[:2000], ground=case.track, by=by)
        told = {"outcome": ["outcome", outcome], "because": because}
        if outcome == row.was:
            acting.act(
                case,
                "uphold",
                to=CLOSED_AS[outcome],
                by=by,
                because=because,
                kind="appeal_decided",
                facts=told,
                letters=acting.both("appeal_decided", told),
            )
        else:
            acting.note(case, "appeal_decided", by=by, facts=told, letters=acting.both("appeal_decided", told))
            executing.start(case, outcome, by=by, because=because)
        acting.close_items(case)
    return case


def business_day(start, days):
    """The day that is `days` business days after `start`; Saturdays, Sundays, New Year and the other US federal holidays are none."""
    day = start
    while days:
        day += timedelta(days=1)
        if day.weekday() < 5 and not _is_holiday(day):
            days -= 1
    return day


def _is_holiday(day):
    if (day.month, day.day) in {(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)}:
        return True
    nth = (day.day - 1) // 7 + 1
    floating = {(1, 0): 3, (2, 0): 3, (9, 0): 1, (10, 0): 2, (11, 3): 4}
    if floating.get((day.month, day.weekday())) == nth:
        return True
    return (day.month, day.weekday()) == (5, 0) and (day + timedelta(days=7)).month == 6


def counter_notice(case, told, *, by):
    """The uploader of a removed work objects as the law provides; the claimant is sent a copy. Raises Refused with its field."""
    if case.track != Track.COPYRIGHT:
        raise Refused(_("A counter-notice answers a copyright notice. You may object instead."), code="track")
    for name in ("name", "address", "phone", "signature"):
        if not told.get(name, "").strip():
            raise Refused(_("The law wants this in a counter-notice."), field=name)
    for name in ("good_faith", "jurisdiction"):
        if not told.get(name):
            raise Refused(_("The law wants this in a counter-notice."), field=name)
    today = timezone.localdate()
    first, last = (business_day(today, days) for days in policy.put_back)
    text = "\n".join(f"{name}: {told[name]}" for name in ("name", "address", "phone", "signature"))
    facts = {"from": ["date", first.isoformat()], "by": ["date", last.isoformat()]}
    letter = (Side.CLAIMANT, "counter_notice", facts | {"counter": {"sealed": boxes.sealed(text)}})
    with transaction.atomic():
        acting.act(case, "counter", side=Side.UPLOADER, by=by, facts=facts, letters=[letter])
        return CounterNotice.objects.create(
            case=case, by=by, box=boxes.sealed(told), put_back_from=first, put_back_by=last
        )


def suit(case):
    """The claimant has gone to court: the material stays away."""
    with transaction.atomic():
        CounterNotice.objects.filter(case=case).update(suit_at=timezone.now())
        acting.act(case, "let_stand", side=Side.CLAIMANT)


def put_back_due(*, now=None):
    """Counter-notices whose window is open and that no suit answered: the material is put back."""
    today = timezone.localdate(now)
    due = CounterNotice.objects.filter(
        suit_at=None, put_back_from__lte=today, case__state="counter_noticed"
    ).select_related("case")
    for row in due:
        executing.start(row.case, "kept", because="counter-notice")


def reopen(case, *, by, because):
    """closed → triage. A moderator's act, with its reason."""
    if not because.strip():
        raise Refused(_("Give the reason."), field="because")
    with transaction.atomic():
        acting.act(case, "reopen", by=by, because=because, facts={"because": because})
        RemovalCase.objects.filter(pk=case.pk).update(moderator=None, claimed_until=None)
        freezing.freeze_all(case, 0, reason="reopened", by=by)

"""Who asks is who he says: by words on a page of his, or because a moderator has heard from his official account."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai import fetching, limits
from civitai.errors import Refused, StaleState
from moderation.case_policy import policy
from moderation.case_states import CaseState, Side
from moderation.domain import queueing
from moderation.domain.cases import acting, boxes, freezing
from moderation.models import RemovalCase, Verification

PAGE, OFFICIAL, WORK = "page", "official", "work"
LOOK_EVERY = timedelta(hours=1)
LOOKS_AT_ONCE = 40


def ask(case):
    """submitted → verifying, with words of 128 random bits."""
    words = boxes.new_words()
    Verification.objects.create(case=case, method=PAGE, challenge=words)
    until = timezone.now() + policy.clocks.proof_days
    facts = {"words": words, "until": ["date", until.isoformat()]}
    letters = [(Side.CLAIMANT, "verify", facts)]
    acting.act(case, "await_proof", side="system", letters=letters, proof_due=until)


def words_of(case):
    row = case.verifications.filter(method=PAGE).first()
    return row.challenge if row else ""


def check_page(case, url, *, get=fetching.get):
    """Looks for the words at `url`; found, the case goes on. Raises Refused with what was there instead, TooMany.

    A page that could be read is looked at again every hour for a week: many show new words only after a while.
    """
    limits.allow(f"proof:{case.pk}", most=policy.limits.proofs_an_hour, seconds=3600)
    row = case.verifications.filter(method=PAGE).first()
    if row is None:
        raise Refused(_("This case does not wait for proof."), code="no_proof")
    Verification.objects.filter(pk=row.pk).update(page=url[:500], at=timezone.now())
    try:
        page = _look(row, url, get)
    except fetching.NotFetched as error:
        raise Refused(error.sentence, field="page", code="not_fetched") from error
    if page is None:
        if looks_until(case) is None:
            acting.note(case, "page_named", side=Side.CLAIMANT)
        raise Refused(_("We read the page, and the words are not on it yet. We look again every hour for a week."), field="page", code="no_words")  # fmt: skip
    return prove(case, method=PAGE, place=page.host)


def _look(row, url, get):
    """The page, if the words are on it; what was found is noted. Raises NotFetched."""
    try:
        page = get(url)
    except fetching.NotFetched as error:
        Verification.objects.filter(pk=row.pk).update(result=str(error)[:200])
        raise
    found = row.challenge in page.text.casefold()
    Verification.objects.filter(pk=row.pk).update(result="found" if found else "not found", is_good=found)
    return page if found else None


def looks_until(case):
    """Until when the page that was named is looked at again by itself; None where none is."""
    named = case.events.filter(kind="page_named").order_by("-id").first()
    if named is None or case.state != CaseState.VERIFYING:
        return None
    until = min(named.at + policy.clocks.look_days, case.proof_due or named.at)
    return until if until > timezone.now() else None


def look_again(*, now=None, get=fetching.get):
    """Pages that should carry the words by now, each once an hour. Anywhere, twice without harm. How many were proven."""
    now = now or timezone.now()
    waiting = Verification.objects.filter(
        method=PAGE,
        is_good=False,
        at__lte=now - LOOK_EVERY,
        case__state=CaseState.VERIFYING,
        case__proof_due__gt=now,
        case__events__kind="page_named",
        case__events__at__gt=now - policy.clocks.look_days,
    ).exclude(page="")
    rows = waiting.select_related("case").order_by("at", "pk").distinct()[:LOOKS_AT_ONCE]
    return sum(_look_once_more(row, now, get) for row in rows)


def _look_once_more(row, now, get):
    if not Verification.objects.filter(pk=row.pk, at=row.at).update(at=now):
        return 0  # another worker is at it
    try:
        page = _look(row, row.page, get)
        if page is not None:
            prove(row.case, method=PAGE, place=page.host)
    except (fetching.NotFetched, StaleState):
        return 0
    return int(page is not None)


def tick(case, *, by, because, method=OFFICIAL):
    """A moderator has a message from the official account, or has looked at a work that only its maker has.

    Raises Refused without a reason, or for a work where none was sent.
    """
    if not because.strip():
        raise Refused(_("Say where the message came from."), field="because")
    if method not in (OFFICIAL, WORK) or method == WORK and not case.evidence.exclude(kind="picture").exists():
        raise Refused(_("No such work was sent."), field="method")
    with transaction.atomic():
        Verification.objects.create(case=case, method=method, challenge="", is_good=True, by=by, result=because[:200])
        return prove(case, method=method, by=by, because=because)


def prove(case, *, method, place="", by=None, because=""):
    """verifying → triage: what the track pauses for a proven claim is paused now."""
    from moderation.domain.cases.filing import QUEUE

    rule = policy.tracks[case.track]
    with transaction.atomic():
        facts = {"method": method, "place": place}
        acting.act(case, "prove", by=by, side="" if by else Side.CLAIMANT, because=because, facts=facts, letters=[(Side.CLAIMANT, "verified", {})])  # fmt: skip
        RemovalCase.objects.filter(pk=case.pk).update(is_proven=True)
        case.is_proven = True
        freezing.freeze_all(case, rule.freeze_proven, reason=f"{case.track}:proven")
        queueing.raise_item(
            acting.named(case),
            queue=QUEUE,
            severity=rule.severity,
            because=case.get_track_display(),
            source="notice",
        )
    return case


def reject(case, *, by, because):
    """A claim without ground: closed, and what was paused is free. A moderator's act."""
    if not because.strip():
        raise Refused(_("Give the reason."), field="because")
    with transaction.atomic():
        facts = {"because": because, "appeal_days": policy.clocks.appeal_days.days}
        acting.act(
            case, "call_unfounded", by=by, because=because, facts=facts, letters=[(Side.CLAIMANT, "unfounded", facts)]
        )
        freezing.freeze_all(case, 0, reason="unfounded")
        acting.close_items(case)
    return case

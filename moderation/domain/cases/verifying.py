"""Who asks is who he says: by words on a page of his, or because a moderator has heard from his official account."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai import fetching
from civitai.errors import Refused
from moderation.case_policy import policy
from moderation.case_states import Side
from moderation.domain import queueing
from moderation.domain.cases import acting, boxes, freezing, limits
from moderation.models import RemovalCase, Verification

PAGE, OFFICIAL = "page", "official"


def ask(case):
    """submitted → verifying, with words of 128 random bits."""
    words = boxes.new_words()
    Verification.objects.create(case=case, method=PAGE, challenge=words)
    until = timezone.now() + policy.clocks.proof_days
    facts = {"words": words, "until": ["date", until.isoformat()]}
    acting.act(case, "await_proof", side="system", letters=[(Side.CLAIMANT, "verify", facts)])


def words_of(case):
    row = case.verifications.filter(method=PAGE).first()
    return row.challenge if row else ""


def check_page(case, url, *, get=fetching.get):
    """Looks for the words at `url`; found, the case goes on. Raises Refused with what was there instead, TooMany."""
    limits.allow(f"proof:{case.pk}", most=policy.limits.proofs_an_hour, seconds=3600)
    row = case.verifications.filter(method=PAGE).first()
    if row is None:
        raise Refused(_("This case does not wait for proof."), code="no_proof")
    try:
        page = get(url)
    except fetching.NotFetched as error:
        Verification.objects.filter(pk=row.pk).update(page=url[:500], result=str(error)[:200], at=timezone.now())
        raise Refused(error.sentence, field="page", code="not_fetched") from error
    found = row.challenge in page.text.casefold()
    Verification.objects.filter(pk=row.pk).update(
        page=url[:500], result="found" if found else "not found", is_good=found, at=timezone.now()
    )
    if not found:
        raise Refused(_("We read the page, and the words are not on it. Some pages show them only after a while."), field="page", code="no_words")  # fmt: skip
    return prove(case, method=PAGE, place=page.host)


def tick(case, *, by, because):
    """A moderator has a message from the official account or address. Raises Refused without a reason."""
    if not because.strip():
        raise Refused(_("Say where the message came from."), field="because")
    with transaction.atomic():
        Verification.objects.create(case=case, method=OFFICIAL, challenge="", is_good=True, by=by, result=because[:200])
        return prove(case, method=OFFICIAL, by=by, because=because)


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

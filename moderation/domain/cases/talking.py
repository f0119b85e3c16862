"""Offers and counter-offers, in turn; an acceptance is of the very terms that were read, or it is none."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai.errors import Refused, StaleState
from moderation.case_policy import policy
from moderation.case_states import CaseState, OfferState, Side, other
from moderation.domain.cases import acting, boxes, executing, freezing, masking
from moderation.domain.cases.terms import DEFAULTS, checked_terms, hash_of
from moderation.models import Agreement, Offer

MONTH = timedelta(days=30)


def open_talks(case, *, by):
    """triage → negotiating: a moderator has read it. The claimant's wish is the first offer; it is the uploader's turn."""
    if not policy.tracks[case.track].talks:
        raise Refused(_("Nobody bargains about this."), code="no_talks")
    if not case.parties.filter(side=Side.UPLOADER, user__isnull=False).exists():
        raise Refused(_("There is nobody to talk to; decide it."), code="nobody")
    first = _first_terms(case)
    now = timezone.now()
    with transaction.atomic():
        acting.act(case, "open_talks", by=by, talks_until=now + policy.clocks.talks_days, **_turn(Side.UPLOADER, now))
        _write(case, Side.CLAIMANT, first, "", now)
        acting.close_items(case)
    return case


def _first_terms(case):
    if case.wish != "licensed":
        return checked_terms({"outcome": case.wish})
    units = boxes.open_secret(case, purpose="the first offer").get("units") or 0
    return checked_terms(
        {"outcome": "licensed", **DEFAULTS, "units_per_image": int(units) or 1000, "fallback": case.if_silent}
    )


def _turn(side, now):
    return {"turn": side, "turn_due": now + policy.clocks.turn_days}


def offer(case, side, told, *, message="", expected=None, by=None):
    """The side whose turn it is answers with other terms. Raises Refused with the field, StaleState."""
    wanted = checked_terms(told)
    now = timezone.now()
    with transaction.atomic():
        row = acting.locked(case)
        _may_speak(row, side, now)
        if row.offers.count() >= policy.limits.offers:
            raise Refused(_("That was the last offer: accept it, or decline and a moderator decides."), code="offers")
        standing = row.offers.filter(state=OfferState.OPEN).first()
        if standing is not None:
            if standing.terms_hash == hash_of(wanted):
                raise Refused(_("These are the terms on the table. Accept them instead."), code="same")
            standing.move(OfferState.SUPERSEDED, by=by)
        number = row.offers.count() + 1
        acting.act(case, "offer", side=side, by=by, expected=expected, facts={"number": number, "terms": ["terms", wanted]}, **_turn(other(side), now))  # fmt: skip
        return _write(case, side, wanted, message, now)


def _write(case, side, wanted, message, now):
    text, is_held = masking.masked(case, message, most=policy.limits.message) if message else ("", False)
    row = Offer.objects.create(
        case=case,
        number=case.offers.count() + 1,
        side=side,
        terms=wanted,
        terms_hash=hash_of(wanted),
        message=text,
        is_held=is_held,
        at=now,
        expires_at=now + policy.clocks.turn_days,
    )
    if is_held:
        from moderation.domain.cases.filing import put_before_moderators

        put_before_moderators(case, "P2", because=_("A message named the other side; it is held back"))
    silence = ["silence", case.if_silent if side == Side.CLAIMANT else "rest"]
    facts = {
        "number": row.number,
        "terms": ["terms", wanted],
        "until": ["date", row.expires_at.isoformat()],
        "silence": silence,
    }
    acting.note(case, "told", side="system", letters=[(other(side), "offer", facts)], internal=True)
    return row


def _may_speak(case, side, now):
    if case.state != CaseState.NEGOTIATING:
        raise StaleState
    if case.turn != side:
        raise Refused(_("It is the other side's turn."), code="turn", field=None)
    if now >= case.turn_due or (case.talks_until and now >= case.talks_until):
        raise Refused(_("The time for this has run out."), code="late")


def accept(case, side, *, offer_id, terms_hash, by=None):
    """Both have accepted the same terms: they are frozen, and carried out. Raises Refused, StaleState.

    The offer must be the open one, of the other side, not run out, and its terms those whose hash was read.
    """
    now = timezone.now()
    with transaction.atomic():
        row = acting.locked(case)
        standing = row.offers.filter(pk=offer_id).first()
        if standing is None or standing.state != OfferState.OPEN or standing.side == side:
            raise Refused(_("This offer is not on the table any more."), code="superseded")
        if standing.terms_hash != terms_hash or hash_of(standing.terms) != terms_hash:
            raise Refused(_("The terms are not those that you read. Look at them again."), code="other_terms")
        if now >= standing.expires_at:
            raise Refused(_("This offer has run out."), code="expired")
        _may_speak(row, side, now)
        standing.move(OfferState.ACCEPTED, by=by)
        facts = {"hash": terms_hash, "terms": ["terms", standing.terms]}
        acting.act(case, "agree", side=side, by=by, facts=facts, letters=acting.both("agreed", facts))
        _agreement(case, standing, side, now)
        executing.start(case, standing.terms["outcome"])
    return case


def _agreement(case, standing, side, now):
    terms, licensed = standing.terms, standing.terms["outcome"] == "licensed"
    at = {side: now, other(side): standing.at}
    return Agreement.objects.create(
        case=case,
        terms=terms,
        sha256=standing.terms_hash,
        claimant_hash=standing.terms_hash,
        claimant_at=at[Side.CLAIMANT],
        uploader_hash=standing.terms_hash,
        uploader_at=at[Side.UPLOADER],
        starts_at=now,
        ends_at=now + terms["months"] * MONTH if licensed else None,
        units_per_image=terms["units_per_image"] if licensed else 0,
        **({name: terms[name] for name in ("artist_points", "uploader_points", "platform_points")} if licensed else {}),
    )


def decline(case, side, *, expected=None, by=None):
    """No further offers: a moderator decides."""
    with transaction.atomic():
        row = acting.locked(case)
        _may_speak(row, side, timezone.now())
        _end_offers(row, OfferState.REJECTED)
        _to_decision(case, side=side, expected=expected, by=by)
    return case


def _to_decision(case, *, side="system", expected=None, by=None):
    from moderation.domain.cases.filing import put_before_moderators

    facts = {"until": ["date", case.decide_due.isoformat()]} if case.decide_due else {}
    acting.act(
        case,
        "put_to_decision",
        side=side,
        expected=expected,
        by=by,
        facts=facts,
        letters=acting.both("deciding", facts),
    )
    put_before_moderators(case, policy.tracks[case.track].severity, because=_("The talks ended without agreement"))


def _end_offers(case, state):
    for standing in case.offers.filter(state=OfferState.OPEN):
        standing.move(state)


def run_out(case, *, now=None):
    """A turn or the talks are over. Silence has its price for the silent side. Twice is once."""
    now = now or timezone.now()
    with transaction.atomic():
        row = acting.locked(case)
        if row.state != CaseState.NEGOTIATING:
            return
        if row.talks_until and now >= row.talks_until and now < row.turn_due:
            _end_offers(row, OfferState.EXPIRED)
            _to_decision(case)
        elif now >= row.turn_due:
            _end_offers(row, OfferState.EXPIRED)
            if row.turn == Side.UPLOADER:
                acting.note(row, "silent", side=Side.UPLOADER, facts={"silence": ["silence", row.if_silent]})
                executing.start(case, row.if_silent)
            else:
                rest(case, now=now)


def rest(case, *, now=None):
    """The claimant is silent: the case rests, what was paused is eased, and in the end the name goes all the same."""
    now = now or timezone.now()
    until = now + policy.clocks.rest_days
    end = "renamed" if case.is_proven and case.names else "closed"
    facts = {"until": ["date", until.isoformat()], "silence": ["silence", end]}
    with transaction.atomic():
        was = case.state
        acting.act(case, "rest", side="system", facts=facts, letters=[(Side.CLAIMANT, "resting", facts)], rests_until=until, resting_from=was)  # fmt: skip
        eased = min(1, max([target.level for target in case.targets.all()], default=0))
        freezing.freeze_all(case, eased, reason="resting")


def come_back(case, *, expected=None):
    """The claimant speaks again: the case is where it was, with a new clock."""
    now = timezone.now()
    with transaction.atomic():
        row = acting.locked(case)
        if row.state != CaseState.SUSPENDED:
            raise StaleState
        to = row.resting_from
        if to == CaseState.NEGOTIATING:
            until = max(row.talks_until or now, now + policy.clocks.turn_days)
            fields = {**_turn(Side.CLAIMANT, now), "talks_until": until}
        else:
            fields = {"proof_due": now + policy.clocks.proof_days}
        acting.act(case, "come_back", to=to, side=Side.CLAIMANT, expected=expected, **fields)
        level = policy.tracks[case.track].freeze_proven if case.is_proven else policy.tracks[case.track].freeze_claimed
        freezing.freeze_all(case, level, reason="resumed")
    return case

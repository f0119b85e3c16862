"""What the page of a case says, to each side what is its own. Nothing of the other party's secrets comes in here."""

from datetime import timedelta

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from civitai import adapters
from civitai.errors import Refused
from moderation import subjects
from moderation.case_policy import policy
from moderation.case_states import DECIDED, CaseState, OfferState, Side, Track
from moderation.case_timeline import timeline_of
from moderation.domain.cases import fees, filing, statements, verifying, wording
from moderation.models import Agreement, RemovalCase
from moderation.subjects import Described

MOST_LISTED = 100
# What such a case is about is not shown again on its page, to nobody.
NEVER_PICTURED = (Track.INTIMATE, Track.CHILD)


def page_of(case, side, viewer):
    """The context of the page, for one side. Of the other party only what is public comes along.

    `viewer` is whose eyes they are: pictures are shown as anywhere else to them, or covered.
    """
    offers = list(case.offers.order_by("number"))
    standing = next((one for one in offers if one.state == OfferState.OPEN), None)
    is_turn = case.state == CaseState.NEGOTIATING and case.turn == side
    agreement = Agreement.objects.filter(case=case).first()
    found = {
        "case": case,
        "side": side,
        "title": _title(case, side),
        "badges": _badges(case),
        "offer": _offer(standing, offers, side) if standing else None,
        "is_turn": is_turn,
        "may_call": case.state == CaseState.NEGOTIATING,
        "offers_left": policy.limits.offers - len(offers),
        "clock": _left(case.turn_due) if case.state == CaseState.NEGOTIATING else "",
        "items": _items(case, viewer),
        "next": next_of(case, side),
        "timeline": timeline_of(case, side),
        "may_appeal": case.state in DECIDED and not case.appeals.filter(side=side, was=case.outcome).exists(),
        "agreement": _agreement(case, agreement, side) if agreement else None,
        "other": other_name(case, side),
    }
    if side == Side.CLAIMANT:
        found |= {
            "missing": [wording.element(code) for code in filing.missing_of(case)]
            if case.state == CaseState.INCOMPLETE
            else [],
            "missing_codes": filing.missing_of(case) if case.state == CaseState.INCOMPLETE else [],
            "words": verifying.words_of(case) if case.state == CaseState.VERIFYING else "",
            "looks_until": verifying.looks_until(case),
            "may_keep": not case.parties.filter(side=Side.CLAIMANT, user__isnull=False).exists(),
            "may_withdraw": not case.is_closed
            and case.state
            not in (CaseState.EXECUTING, CaseState.AGREED, CaseState.APPEALED, CaseState.COUNTER_NOTICED),
            "rests": case.state == CaseState.SUSPENDED,
            "may_sue": case.state == CaseState.COUNTER_NOTICED,
        }
    else:
        found["may_counter"] = case.track == "copyright" and case.state == CaseState.REMOVED
    return found


def cases_of(user):
    """Rows of the list of cases that `user` is a side of: what waits for him first, then the newest. Three queries."""
    rows = RemovalCase.objects.of(user).prefetch_related("targets", "parties").order_by("-id")[:MOST_LISTED]
    found = []
    for case in rows:
        sides = {party.side for party in case.parties.all() if party.user_id == user.pk}
        side = Side.UPLOADER if Side.UPLOADER in sides else Side.CLAIMANT
        is_turn = case.state == CaseState.NEGOTIATING and case.turn == side
        is_turn |= side == Side.CLAIMANT and case.state in (CaseState.INCOMPLETE, CaseState.VERIFYING)
        due = case.turn_due if case.turn == side else case.proof_due if is_turn else None
        title = ", ".join(target.title for target in case.targets.all())
        found.append({"case": case, "side": side, "is_turn": is_turn, "due": due, "title": title})
    return sorted(found, key=lambda row: not row["is_turn"])


def other_name(case, side):
    """How the other side is called: the artist by the name that he chose to show, else by none."""
    if side == Side.UPLOADER:
        return case.public_name or (_("a verified artist") if case.is_proven else _("somebody who asks"))
    party = case.parties.filter(side=Side.UPLOADER, user__isnull=False).select_related("user").first()
    return f"@{party.user.username}" if party else _("the uploader")


def _title(case, side):
    theirs = other_name(case, side)
    first = case.targets.first()
    if side == Side.CLAIMANT and not case.public_name:
        return _("Your request about “%(what)s”") % {"what": first.title} if first else _("Your request")
    name = case.public_name if side == Side.CLAIMANT else theirs[:1].upper() + theirs[1:]
    return _("%(who)s and “%(what)s”") % {"who": name, "what": first.title} if first else name


def _badges(case):
    kinds = {CaseState.NEGOTIATING: "running", CaseState.EXECUTING: "running"}
    most = max((target.level for target in case.targets.all()), default=0)
    return {
        "state": case.get_state_display(),
        "kind": "done" if case.is_closed else kinds.get(case.state, "queued"),
        "is_proven": case.is_proven,
        "paused": wording.paused(most),
    }


def _items(case, viewer):
    targets = list(case.targets.all())
    described = subjects.describe([(target.subject, target.row) for target in targets])
    found = [described.get((target.subject, target.row)) for target in targets]
    addresses = {} if case.track in NEVER_PICTURED else small_pictures(found, viewer)
    return [
        _item(case, target) | {"has_picture": bool(one and one.pictures), "src": addresses.get(id(one), "")}
        for target, one in zip(targets, found, strict=True)
    ]


def small_pictures(described, viewer):
    """{id() of a Described: address of its first picture}, where `viewer` may have it."""
    first = {one.pictures[0]: one for one in described if one and one.pictures}
    told = adapters.slot("small_pictures", list(first), user=viewer)
    return {id(first[pk]): urls[0] for pk, urls in told.items()}


def looked_at(case):
    """[(target, ids of its pictures)] for a moderator, who uncovers them one by one; of a child nothing is shown here."""
    targets = list(case.targets.select_related("owner"))
    if case.track == Track.CHILD:
        return [(target, ()) for target in targets]
    described = subjects.describe([(target.subject, target.row) for target in targets])
    found = [described.get((target.subject, target.row)) for target in targets]
    return [(target, one.pictures[:6] if one else ()) for target, one in zip(targets, found, strict=True)]


def _item(case, target):
    outcome = wording.outcome(target.outcome) if target.outcome else ""
    return {
        "title": target.title,
        "kind": subjects.kind_of(target.subject).name if subjects.is_known(target.subject) else "",
        "url": target.url if not target.outcome else "",
        "paused": wording.paused(target.level),
        "outcome": outcome,
        "wish": wording.wish(case.wish),
    }


def _offer(standing, offers, side):
    before = [one for one in offers if one.number < standing.number]
    mine = next((one for one in reversed(before) if one.side != standing.side), None)
    new = wording.terms(standing.terms)
    old = dict(wording.terms(mine.terms)) if mine else {}
    gone = (
        [{"term": term, "old": text, "new": "—"} for term, text in old.items() if term not in dict(new)] if mine else []
    )
    rows = [
        {"term": term, "old": old.get(term, "") if mine else text, "new": text if mine else ""} for term, text in new
    ]
    return {
        "row": standing,
        "rows": rows + gone,
        "is_mine": standing.side == side,
        "message": standing.message if not standing.is_held or standing.side == side else "",
        "is_held": standing.is_held,
        "left": (_("Yours") if standing.side != side else _("Theirs")) if mine else "",
        "left_small": _offer_on(mine) if mine else "",
        "right": (_("Theirs, now") if standing.side != side else _("Yours, now")),
        "right_small": _offer_on(standing),
    }


def _offer_on(offer):
    return _("Offer %(n)s, %(day)s") % {"n": offer.number, "day": wording.day(timezone.localdate(offer.at))}


def _agreement(case, agreement, side):
    found = {
        "rows": wording.terms(agreement.terms),
        "sha256": agreement.sha256,
        "is_licence": agreement.terms["outcome"] == "licensed",
        "is_alive": agreement.terms["outcome"] == "licensed"
        and agreement.is_alive()
        and case.state == CaseState.LICENSED,
        "ends_at": agreement.ends_at,
        "notice_given_at": agreement.notice_given_at,
    }
    if side == Side.CLAIMANT and found["is_licence"]:
        found |= {
            "earned": fees.total_earned(case),
            "waiting": fees.earned(case),
            "months": statements.months_of(agreement),
            "samples": _samples(case, agreement),
        }
    return found


def _samples(case, agreement):
    """Some of what was made under it, without who made it."""
    keys = [(target.subject, target.row) for target in case.targets.all()]
    told = adapters.slot("made_under_licence", keys, since=agreement.starts_at)
    return [address for found in told.values() for addresses in found for address in addresses][:6]


def _left(until):
    seconds = max(0, int((until - timezone.now()).total_seconds()))
    days, hours = seconds // 86400, seconds % 86400 // 3600
    if days:
        return _("%(d)s d %(h)s h to answer") % {"d": days, "h": hours}
    return _("%(h)s h %(m)s min to answer") % {"h": hours, "m": seconds % 3600 // 60}


def next_of(case, side):
    """What happens next, and when: one or two sentences."""
    day, now_is = wording.day, case.state
    mine = side == Side.CLAIMANT
    if now_is == CaseState.INCOMPLETE:
        until = case.created_at + policy.clocks.incomplete_days
        return [_("Add what is missing by %(until)s; then we go on at once.") % {"until": day(until)}]
    if now_is == CaseState.VERIFYING:
        until = case.proof_due
        return [
            (
                _("Show that it is you by %(until)s. It is out of lists until then.")
                if case.track == Track.LIKENESS
                else _("Show that it is you by %(until)s. Nothing is paused before.")
            )
            % {"until": day(until)}
            if mine
            else (
                _("The one who asks must show who he is by %(until)s. Until then it is out of lists, and stays open.")
                if case.track == Track.LIKENESS
                else _("The one who asks must show who he is by %(until)s. Until then nothing of yours is paused.")
            )
            % {"until": day(until)},
            _("After the proof: it is paused within minutes, and a person reads it within %(n)s hours.")
            % {"n": policy.tracks[case.track].read_h},
        ]
    if now_is in (CaseState.SUBMITTED, CaseState.TRIAGE):
        return [
            _("A person reads it by %(read)s.") % {"read": day(case.read_due)},
            (
                _("It is decided, or talks have begun, by %(decide)s at the latest.")
                if policy.tracks[case.track].talks
                else _("It is decided by %(decide)s at the latest. Nobody bargains about it.")
            )
            % {"decide": day(case.decide_due)},
        ]
    if now_is == CaseState.NEGOTIATING:
        return _next_in_talks(case, side)
    if now_is == CaseState.DECIDING:
        return [_("A moderator decides by %(until)s, with reasons for both of you.") % {"until": day(case.decide_due)}]
    if now_is in (CaseState.AGREED, CaseState.EXECUTING):
        return [_("It is being carried out now; this takes minutes.")]
    if now_is == CaseState.SUSPENDED:
        return [
            _("The case rests. On %(until)s your name is taken out all the same, if we know that it is you.")
            % {"until": day(case.rests_until)}
        ]
    if now_is == CaseState.APPEALED:
        return [_("Another moderator than before looks at the objection within 7 days.")]
    if now_is == CaseState.COUNTER_NOTICED:
        notice = case.counter_notice
        told = {"from": day(notice.put_back_from), "by": day(notice.put_back_by)}
        return [_("It is put back between %(from)s and %(by)s, unless we are told of a court action.") % told]
    until = case.closed_at + policy.clocks.appeal_days
    return [_("This case is closed. Both of you may object until %(until)s, at no cost.") % {"until": day(until)}]


def _next_in_talks(case, side):
    due, is_turn = wording.day(case.turn_due), case.turn == side
    silence = wording.silence(case.if_silent if case.turn == Side.UPLOADER else "rest")
    first = (
        _("You have until %(due)s. If you say nothing: %(silence)s.") % {"due": due, "silence": silence}
        if is_turn
        else _("The other side has until %(due)s. If it says nothing: %(silence)s.") % {"due": due, "silence": silence}
    )
    return [
        first,
        _("Talks end on %(until)s at the latest. Then a moderator decides.") % {"until": wording.day(case.talks_until)},
    ]


def queue():
    """Open cases for the moderators' list, closest to their hour first, with their things along."""
    rows = RemovalCase.objects.open().select_related("moderator").prefetch_related("targets")
    order = [CaseState.TRIAGE, CaseState.DECIDING, CaseState.APPEALED, CaseState.EXECUTING]
    rows = list(rows.order_by("decide_due")[:200])
    rows.sort(key=lambda row: (order.index(row.state) if row.state in order else len(order), row.decide_due))
    return rows


def endings():
    """[(outcome in words, per cent)] of the cases that ended within a year; nothing while they are too few to say much."""
    since = timezone.now() - timedelta(days=365)
    rows = RemovalCase.objects.filter(closed_at__gte=since, outcome__in=["removed", "renamed", "licensed", "kept"])
    counted = dict(rows.values_list("outcome").annotate(n=Count("pk")))
    total = sum(counted.values())
    if total < 20:
        return None
    shares = [
        (wording.outcome(code), round(100 * counted.get(code, 0) / total))
        for code in ("removed", "renamed", "licensed", "kept")
    ]
    return {"total": total, "shares": shares}


def describe(keys):
    """Cases as things in the workbench: {pk: Described}."""
    rows = RemovalCase.objects.filter(pk__in=[key for key in keys if str(key).isdecimal()]).prefetch_related("targets")
    return {
        str(row.pk): Described(
            title=f"{row.reference} · {', '.join(target.title for target in row.targets.all())[:80]}",
            url=f"/moderation/cases/{row.reference}/",
            text=f"{row.get_track_display()} · {row.get_state_display()}\n\n{row.statement}",
        )
        for row in rows
    }


def not_here(row, **facts):
    raise Refused(_("Decide it on the page of the case: %(reference)s.") % {"reference": row.reference})

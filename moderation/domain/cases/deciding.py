"""What moderators do with a case: read it, decide it with reasons, move it to another track."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai import adapters
from civitai.errors import Refused, StaleState
from moderation.case_policy import policy
from moderation.case_states import STRICTEST, CaseState
from moderation.domain.cases import acting, executing, freezing
from moderation.models import CaseDecision, CaseTarget, RemovalCase
from moderation.naming import Names

CLAIM = timedelta(minutes=30)
OUTCOMES = ("removed", "renamed", "kept")


def claim(case, by):
    """For half an hour it is this moderator's. Raises Refused with who has it."""
    now = timezone.now()
    free = Q(moderator=None) | Q(claimed_until=None) | Q(claimed_until__lt=now) | Q(moderator=by)
    if not RemovalCase.objects.filter(free, pk=case.pk).update(moderator=by, claimed_until=now + CLAIM):
        row = RemovalCase.objects.select_related("moderator").get(pk=case.pk)
        raise Refused(_("%(name)s is looking at it.") % {"name": row.moderator.name}, code="claimed")
    case.refresh_from_db()
    return case


def decide(case, *, by, outcome, because, per_item=None, ground="", expected=None):
    """triage or deciding → carried out, or kept with reasons. Raises Refused without a reason, StaleState.

    `per_item` ({target's key: outcome}) are those of the things that are decided otherwise than the rest.
    """
    outcome, per_item = _outcomes(case, outcome, per_item or {})
    if not because.strip():
        raise Refused(_("Give the reason: both sides read it."), field="because")
    if "renamed" in {outcome, *per_item.values()} and not case.names:
        raise Refused(_("The case names no name to take out."), field="outcome")
    with transaction.atomic():
        row = acting.locked(case)
        if expected not in (None, row.version):
            raise StaleState
        if row.state == CaseState.TRIAGE:
            acting.act(case, "put_to_decision", by=by, because=because)
        told = {
            "outcome": ["outcome", outcome],
            "item": _items_told(row, outcome, per_item),
            "because": because,
            "ground": ["ground", row.track],
            "appeal_days": policy.clocks.appeal_days.days,
        }
        CaseDecision.objects.create(
            case=case, what=outcome, because=because[:2000], ground=ground or row.track, by=by, facts=per_item
        )
        if outcome == "kept":
            acting.act(
                case, "keep", by=by, because=because, kind="decided", facts=told, letters=acting.both("decided", told)
            )
            CaseTarget.objects.filter(case=case).update(outcome="kept")
            freezing.freeze_all(case, 0, reason="kept", by=by)
        else:
            acting.note(case, "decided", by=by, facts=told, letters=acting.both("decided", told))
            executing.start(case, outcome, by=by, because=because, per_item=per_item)
        acting.close_items(case)
    return case


def _outcomes(case, outcome, per_item):
    """("partial", {every target's key as text: outcome}) where they differ; else (the one outcome, {})."""
    keys = [str(pk) for pk in case.targets.values_list("pk", flat=True)]
    chosen = {key: per_item.get(key, per_item.get(int(key))) or outcome for key in keys}
    if set(chosen.values()) - set(OUTCOMES) or not chosen:
        raise Refused(_("Choose what shall happen."), field="outcome")
    first, *others = set(chosen.values())
    return ("partial", chosen) if others else (first, {})


def _items_told(row, outcome, per_item):
    """What a letter says that it concerns: a name that was to go is not repeated."""
    if outcome == "renamed":
        return row.reference
    names = Names(row.names)
    if not per_item:
        return ", ".join(row.targets.values_list("title", flat=True))[:400]
    rows = []
    for target in row.targets.all():
        code = per_item[str(target.pk)]
        rows.append([names.out_of(target.title) or target.row if code == "renamed" else target.title, code])
    return ["items", rows]


def hide_now(case, *, by, because):
    """A person has looked at what came in numbers: now it is hidden, as it would have been at once."""
    if not because.strip():
        raise Refused(_("Give the reason."), field="because")
    freezing.freeze_all(case, policy.tracks[case.track].freeze_proven, reason="looked at", by=by)


def is_milder(track, than):
    return STRICTEST.index(track) > STRICTEST.index(than)


def change_track(case, track, *, by, because):
    """To a stricter track at once; to a milder one when another moderator agrees. Returns whether it is done."""
    if track not in STRICTEST or track == case.track:
        raise Refused(_("Choose another track."), field="track")
    if not because.strip():
        raise Refused(_("Give the reason."), field="because")
    with transaction.atomic():
        row = acting.locked(case)
        if row.is_closed:
            raise StaleState
        what = f"track:{track}"
        if is_milder(track, row.track):
            first = row.decisions.filter(what=what, second=None, at__gte=timezone.now() - timedelta(days=7)).first()
            if first is None or first.by_id == by.pk:
                if first is None:
                    CaseDecision.objects.create(case=row, what=what, because=because[:2000], ground=row.track, by=by)
                    acting.note(row, "milder_asked", by=by, facts={"track": track}, internal=True)
                return False
            CaseDecision.objects.filter(pk=first.pk).update(second=by)
        _set_track(row, track, by, because)
    case.refresh_from_db()
    return True


def _set_track(row, track, by, because):
    rule, now = policy.tracks[track], timezone.now()
    was = row.track
    RemovalCase.objects.filter(pk=row.pk).update(
        track=track, version=row.version + 1, decide_due=now + timedelta(hours=rule.decide_h)
    )
    row.targets.update(track=track)
    row.refresh_from_db()
    acting.note(row, "track", by=by, facts={"was": was, "now": track, "because": because}, internal=True)
    freezing.freeze_all(
        row, rule.freeze_proven if row.is_proven else rule.freeze_claimed, reason=f"{track}:moved", by=by
    )


def put_back(case):
    """Everything that this case changed is as it was: told by an appeal or a counter-notice that was granted."""
    return [
        part
        for target in case.targets.all()
        for part in adapters.tell("restored", subject=target.subject, pk=target.row, case=case)
    ]

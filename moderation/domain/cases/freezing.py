"""What is paused while a case is open. Rooms above hear "frozen" in the same transaction and act on it."""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from civitai import adapters
from moderation.case_policy import policy
from moderation.case_states import Side, Track
from moderation.domain.cases import acting
from moderation.models import CaseTarget, Freeze


def freeze_all(case, level, *, reason, by=None):
    """Every thing of the case at `level`, 0 to set it free. Twice is once. The uploaders are told what and why."""
    changed = [target for target in case.targets.select_related("owner") if _set(case, target, level, reason, by)]
    if not changed:
        return []
    facts = {"level": ["level", level], "items": [target.title for target in changed]}
    until = timezone.now() + policy.clocks.freeze_days
    letters = []
    if level >= 1 and case.track != Track.CHILD:  # whoever it is, is not warned before a person has looked
        told = {
            "item": ", ".join(target.title for target in changed)[:400],
            "wish": ["wish", case.wish],
            "level": ["level", level],
            "until": ["date", until.isoformat()],
            "ground": ["ground", case.track],
        }
        letters = [(Side.UPLOADER, "frozen", told)]
    acting.note(case, "frozen" if level else "freed", by=by, facts=facts, letters=letters)
    return changed


def _set(case, target, level, reason, by):
    with transaction.atomic():
        target = CaseTarget.objects.select_for_update().get(pk=target.pk)
        if target.level == level:
            return False
        was = effective(target.subject, target.row)
        Freeze.objects.filter(target=target, lifted_at=None).update(lifted_at=timezone.now(), lifted_by=by)
        if level:
            until = timezone.now() + policy.clocks.freeze_days
            Freeze.objects.create(target=target, level=level, reason=reason, until=until)
        CaseTarget.objects.filter(pk=target.pk).update(level=level)
        now = effective(target.subject, target.row)
        if now != was:
            adapters.tell("frozen", subject=target.subject, pk=target.row, level=now, was=was, case=case)
    return True


def effective(subject, row):
    """The strictest level that any case asks for a thing: two artists may ask about one model."""
    held = Freeze.objects.filter(target__subject=subject, target__row=str(row), lifted_at=None)
    return held.aggregate(most=Max("level"))["most"] or 0


def thaw_overdue(*, now=None):
    """A freeze ends when its time is up, whatever became of its case."""
    over = list(Freeze.objects.filter(lifted_at=None, until__lte=now or timezone.now()).select_related("target__case"))
    for row in over:
        _set(row.target.case, row.target, 0, "until", None)
    return len(over)

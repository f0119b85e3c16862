"""An outcome is carried out: a job of steps that may run twice, each leaving an event with what was changed."""

import logging
from collections import Counter

from django.db import transaction
from django.utils import timezone

from civitai import adapters
from civitai.jobs import claim, kept_alive
from moderation.case_policy import policy
from moderation.case_states import CLOSED_AS, Side
from moderation.domain import queueing
from moderation.domain.cases import acting, freezing, register
from moderation.models import CaseTarget, Execution, LicensedSubject

log = logging.getLogger("moderation.cases")
TOLD = {"removed": "taken_down", "renamed": "name_taken_out", "licensed": "licensed", "kept": "restored"}


def start(case, outcome, *, by=None, because="", side="system", per_item=None):
    """→ executing, with a job for a worker; in the caller's transaction. `per_item` where the outcome is "partial"."""
    acting.act(case, "carry_out", by=by, side=side, because=because, facts={"outcome": ["outcome", outcome]})
    job = Execution.objects.create(
        case=case, outcome=outcome, per_item=per_item or {}, progress_total=case.targets.count()
    )
    job.enqueue()
    return job


def execute(job_id):
    """Works on a queued Execution. A failure leaves the case `executing`, and moderators are called."""
    with claim(Execution, job_id) as job:
        if job is None:
            return
        try:
            _run(job)
        except Exception:
            log.exception("case %s: carrying out broke off", job.case.reference)
            if job.attempt >= job.max_attempts or job.state != "running":
                alarm(job.case)
            raise


def alarm(case):
    queueing.raise_item(
        acting.named(case), queue="cases", severity="P0", because="The outcome could not be carried out"
    )


def _run(job):
    case = job.case
    # A step may copy gigabytes: the lease is extended beside it, and the row is locked only to write the step down.
    with kept_alive(job):
        # What is kept comes first: it takes back all that the case had entered, and the others enter theirs anew.
        targets = sorted(case.targets.all(), key=lambda target: _outcome_of(job, target) != "kept")
        for done, target in enumerate(targets):
            outcome = _outcome_of(job, target)
            name = f"{outcome}:{target.pk}"
            if name not in job.steps:
                with transaction.atomic():
                    changed = _step(case, target, outcome)
                    with job.owned():
                        job.steps = [*job.steps, name]
                        Execution.objects.filter(pk=job.pk).update(steps=job.steps)
                        facts = {"changed": ["changed", changed]}
                        acting.note(case, "step", side="system", facts=facts, internal=True)
            job.beat(done=done + 1)
    with job.owned():
        _close(case, job.outcome)
        job.finish()


def _outcome_of(job, target):
    return job.per_item.get(str(target.pk), job.outcome)


def _step(case, target, outcome):
    """One thing: rooms do their part within this transaction and say [(what, how many)] of it."""
    facts = {"subject": target.subject, "pk": target.row, "case": case}
    if outcome == "renamed":
        facts["names"] = list(case.names)
    if outcome == "licensed":
        facts = {"subject": target.subject, "pk": target.row, "agreement": case.agreement}
        LicensedSubject.objects.get_or_create(
            agreement=case.agreement, subject=target.subject, row=target.row, ended_at=None
        )
    if outcome in ("removed", "renamed", "kept"):
        LicensedSubject.objects.filter(
            agreement__case=case, subject=target.subject, row=target.row, ended_at=None
        ).update(ended_at=timezone.now())
    told = [part for part in adapters.tell(TOLD[outcome], **facts) if part]
    changed = Counter()
    for part in told:
        for what, count in part:
            changed[what] += count
    registered = register.enter(case, target, outcome)
    if registered:
        changed["registered"] += registered
    CaseTarget.objects.filter(pk=target.pk).update(outcome=outcome)
    return sorted([what, count] for what, count in changed.items() if count)


def _close(case, outcome):
    changed = Counter()
    since = case.events.filter(now="executing").order_by("-id").values_list("id", flat=True).first() or 0
    for event in case.events.filter(kind="step", id__gt=since):
        for what, count in event.facts["changed"][1]:
            changed[what] += count
    facts = {
        "outcome": ["outcome", outcome],
        "changed": ["changed", sorted([what, count] for what, count in changed.items())],
        "appeal_days": policy.clocks.appeal_days.days,
    }
    with transaction.atomic():
        acting.act(
            case,
            "finish",
            to=CLOSED_AS[outcome],
            side="system",
            kind="executed",
            facts=facts,
            letters=acting.both("executed", facts),
        )
        freezing.freeze_all(case, 0, reason=outcome)
        forget_titles(case)


def forget_titles(case):
    """The case itself must not say the name that was to go to those who open it by the model's side."""
    from moderation.naming import Names

    names = Names(case.names)
    for target in case.targets.filter(outcome="renamed"):
        title = names.out_of(target.title) or target.row
        CaseTarget.objects.filter(pk=target.pk).update(title=title, url="")


def parties_of(case):
    return list(case.parties.filter(side=Side.UPLOADER).values_list("user_id", flat=True))

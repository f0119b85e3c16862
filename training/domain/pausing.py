"""A run rests at its checkpoint, costs nothing meanwhile, and goes on where it was: for a week at most.

What was set aside for it stays so: its hold lives longer than a pause (see training.domain.paying).
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain import notices
from civitai.errors import Refused, TooMany
from civitai.jobs import JobState
from training.domain import asking
from training.models import TrainingRun
from training.states import RunState

log = logging.getLogger("training.pausing")
LASTS = timedelta(days=7)
PAUSED_AT_ONCE = 5


def pause(run, *, by):
    """Raises Refused: one that has ended, one too many, or one whose credits would run out before the pause does."""
    if run.is_final:
        raise Refused(_("This run has ended."), code="ended")
    if TrainingRun.objects.filter(owner=run.owner, state=RunState.PAUSED).exclude(pk=run.pk).count() >= PAUSED_AT_ONCE:
        raise TooMany(_("Five of yours are paused already. Let one go on, or stop it."), retry_after_s=60)
    if run.hold and run.hold.expires_at < timezone.now() + LASTS:
        raise Refused(
            _("It has rested too long to be paused again. Stop it, and what is finished is kept."), code="long"
        )
    return run.pause(by=by)


def go_on(run, *, by):
    """Raises Refused, with what stands in its way: the run stays paused, and may be stopped with what it has."""
    if run.is_final:
        raise Refused(_("This run has ended."), code="ended")
    if run.state == RunState.PAUSED:
        _check(run)
    return run.go_on(by=by)


def _check(run):
    if run.dataset.is_hidden:
        raise Refused(_("This set is held until a moderator has looked."), code="held")
    there = {row.picture.sha256 for row in asking.usable(run.dataset)}
    if not there.issuperset(run.manifest["pictures"]):
        raise Refused(_("A picture that it learns from was taken out or is held: it can't go on."), code="pictures")
    if not asking.bases(run.owner).filter(pk=run.base_id).exists():
        raise Refused(_("This base may not be trained on any more."), code="base")
    waiting = TrainingRun.objects.filter(owner=run.owner, state__in=[JobState.QUEUED, JobState.RUNNING]).count()
    if waiting >= asking.RUNNING_AT_ONCE:
        raise TooMany(_("Two of yours are in the works already. Wait for one, or stop it."), retry_after_s=60)


def end_long_ones(*, now=None):
    """Stops what has rested for a week and tells its owner; returns how many. One that fails stops no other."""
    count = 0
    for run in TrainingRun.objects.filter(state=RunState.PAUSED, paused_at__lte=(now or timezone.now()) - LASTS):
        try:
            with transaction.atomic():
                if run.cancel().state == RunState.CANCELLED:
                    notices.notify(
                        [run.owner_id],
                        "training_pause_over",
                        url=run.get_absolute_url(),
                        about=run.name,
                        key=f"pause over:{run.pk}",
                    )
                    count += 1
        except Exception:
            log.exception("the pause of run %s could not be ended", run.pk)
    return count

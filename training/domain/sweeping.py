"""What nobody needs any more, and what a worker that was killed could not clear away itself."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from civitai import adapters
from models_hub.domain import trying
from models_hub.states import ModelState
from training.models import Epoch, TrainingRun
from training.states import UNFINISHED, DatasetState

# Since something was last drawn with an epoch on trial; and when its training set is gone.
TRIED_FOR, TRIED_AFTER = timedelta(days=7), timedelta(hours=1)


def checkpoints():
    """Of runs that have ended; returns how many."""
    left = list(TrainingRun.objects.exclude(state__in=UNFINISHED).filter(checkpoint_step__gt=0)[:200])
    for run in left:
        run.forget()
    return len(left)


def trials(*, now=None):
    """Ends epochs on trial that nobody draws with any more; returns how many. Trying one again brings it back."""
    now = now or timezone.now()
    gone = Q(run__dataset__state=DatasetState.REMOVED)
    old = Q(version__created_at__lt=now - TRIED_FOR) | (gone & Q(version__created_at__lt=now - TRIED_AFTER))
    epochs = Epoch.objects.filter(old, version__state=ModelState.TRIAL).select_related("version", "run__dataset")
    count = 0
    for epoch in epochs.order_by("pk").iterator():
        lasts = TRIED_AFTER if epoch.run.dataset.state == DatasetState.REMOVED else TRIED_FOR
        count += trying.end(epoch.version, unless=_drawn_since(now - lasts))
    return count


def _drawn_since(when):
    def is_drawn(version):
        return any(last is None or last > when for last in adapters.slot("last_drawn", [version.pk])[version.pk])

    return is_drawn

"""What nobody needs any more and what a worker that was killed could not clear away itself."""

from training.models import TrainingRun
from training.states import UNFINISHED


def checkpoints():
    """Of runs that have ended; returns how many."""
    left = list(TrainingRun.objects.exclude(state__in=UNFINISHED).filter(checkpoint_step__gt=0)[:200])
    for run in left:
        run.forget()
    return len(left)

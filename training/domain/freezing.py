"""A removal request reaches training: nothing is trained on what is frozen."""

from civitai.jobs import JobState
from training.models import TrainingRun


def frozen(*, subject, pk, level, **facts):
    """Runs on a frozen model's versions are stopped; what they had set aside comes back."""
    if subject != "models_hub.Model" or level < 2:
        return
    running = TrainingRun.objects.filter(base__model=pk, state__in=[JobState.QUEUED, JobState.RUNNING])
    for run in running:
        run.cancel()

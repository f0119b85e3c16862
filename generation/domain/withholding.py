"""What a freeze does to work under way: what waits is cancelled and paid back, what runs finishes into nothing shown."""

from django.db.models import Q

from civitai.jobs import JobState
from generation.models import Generation

MODEL, FROZEN = "models_hub.Model", 2


def _with(pk):
    drawn = Q(base__model=pk) | Q(resources__version__model=pk)
    return Generation.objects.filter(drawn, state__in=[JobState.QUEUED, JobState.RUNNING]).distinct()


def frozen(*, subject, pk, level, was, case, **facts):
    if subject != MODEL:
        return
    if level >= FROZEN > was:
        _stop(pk, case)
    elif was >= FROZEN > level:
        Generation.objects.filter(withheld_for=case.reference).update(withheld_for="")


def taken_down(*, subject, pk, case, **facts):
    return [("cancelled", _stop(pk, case))] if subject == MODEL else None


def _stop(pk, case):
    """How many. A running one is told to end; what it has finished by then is not shown and costs nothing."""
    ids = list(_with(pk).values_list("pk", flat=True))
    Generation.objects.filter(pk__in=ids, state=JobState.RUNNING).update(withheld_for=case.reference)
    for generation in Generation.objects.filter(pk__in=ids):
        generation.cancel()
    return len(ids)


def model_marked(*, model, value, by):
    """Listens to "model_of_person": what waits or runs with it ends; what it has finished can't be posted."""
    if value:
        _end(model.pk)


def quarantined(*, subject, pk):
    """Listens to "quarantined": nothing more is drawn with it, and what that had set aside comes back."""
    if subject == MODEL:
        _end(pk)


def _end(pk):
    for generation in _with(pk):
        generation.cancel()

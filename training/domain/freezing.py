"""A removal case reaches training: nothing is trained on a base that is frozen or taken down, and nothing new comes of it."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.domain import notices
from civitai.errors import Refused
from models_hub.models import Model
from moderation.domain import queueing
from training.models import DatasetPicture, EpochSample, TrainingRun
from training.states import UNFINISHED

MODEL, FROZEN, QUARANTINED = "models_hub.Model", 2, 3


def frozen(*, subject, pk, level, was, case, **facts):
    """Runs on it are stopped; what they had set aside comes back whole. A thaw starts none of them again."""
    if subject == MODEL and level >= FROZEN > was:
        _stop(pk, case)


def taken_down(*, subject, pk, case, **facts):
    return [("cancelled", _stop(pk, case))] if subject == MODEL else None


def model_marked(*, model, value, by):
    """Listens to "model_of_person": runs on it end."""
    if value:
        for run in TrainingRun.objects.filter(base__model=model.pk, state__in=UNFINISHED):
            run.cancel()


def _stop(pk, case):
    runs = list(TrainingRun.objects.filter(base__model=pk, state__in=UNFINISHED))
    for run in runs:
        with transaction.atomic():
            # Before it ends, so that whoever ends it gives everything back.
            TrainingRun.objects.filter(pk=run.pk).update(withheld_for=case.reference)
            run.cancel()
        notices.notify(
            [run.owner_id], "training_stopped", url=run.get_absolute_url(), about=run.name, key=f"stopped:{run.pk}"
        )
    return len(runs)


def require_free(run):
    """Raises Refused when nothing may come of a run: its base is not to be used, or what was published from it is withheld."""
    if not Model.objects.usable().filter(pk=run.base.model_id, is_of_real_person=False).exists():
        raise Refused(_("Its base is under a removal case: nothing is published from it now."), code="frozen")
    published = Model.objects.filter(versions__trained_epoch__run=run)
    if published.exclude(pk__in=Model.objects.usable()).exists():
        raise Refused(_("What was published from this run is under a removal case."), code="frozen")


def require_file(epoch):
    """Raises Refused when the file of an epoch is nobody's: it is what a case took down or quarantined."""
    model = epoch.version and Model.objects.filter(pk=epoch.version.model_id).first()
    if model and (model.taken_down_at or model.freeze_level >= QUARANTINED):
        raise Refused(_("This file is under a removal case."), code="frozen")


# A set that was reported as a child.

SET = "training.Dataset"
LEARNED = gettext_noop("Learned from a set that was reported as a child")


def within(keys):
    """Fills "pictures_within": of a set, with the samples that came of it."""
    found = {}
    for label, pk in keys:
        if label == SET:
            samples = EpochSample.objects.filter(epoch__run__dataset=pk).values_list("picture", flat=True)
            found[label, pk] = [
                *DatasetPicture.objects.filter(dataset=pk).values_list("picture", flat=True),
                *samples,
            ]
    return found


def quarantined(*, subject, pk):
    """Listens to "quarantined": nothing more is learned from it, and what that had set aside comes back.

    What was published from such a set comes before a moderator.
    """
    if subject not in (SET, MODEL):
        return
    about = {"dataset": pk} if subject == SET else {"base__model": pk}
    for run in TrainingRun.objects.filter(**about, state__in=UNFINISHED):
        run.cancel()
    if subject == SET:
        for model in Model.objects.filter(versions__trained_epoch__run__dataset=pk).distinct():
            queueing.raise_item(
                ("models_hub.Model", model.pk), queue="minors", because=LEARNED, clause="2.3", severity="P0"
            )

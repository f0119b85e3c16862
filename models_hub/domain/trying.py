"""What its owner tries before it is a model: drawn with by them alone, on no page, gone when nobody needs it."""

from django.db import transaction

from models_hub.domain import files, publishing, samples
from models_hub.models import Model, ModelVersion
from models_hub.states import ModelState


def begin_model(owner):
    return Model.objects.create(owner=owner, state=ModelState.TRIAL, allow_commercial_use=publishing.USUAL_USES)


def begin(owner, *, model, name):
    """A version on trial: of a model that is, or of one that is on trial itself."""
    return ModelVersion.objects.create(model=model, state=ModelState.TRIAL, name=name[:80])


def keep(version, by):
    """On trial → draft, with its model; what is more than that already stays so. Raises Refused for very many drafts."""
    with transaction.atomic():
        model = Model.objects.select_for_update().get(pk=version.model_id)
        version = ModelVersion.objects.select_for_update().get(pk=version.pk)
        version.model = model
        if version.state != ModelState.TRIAL:
            return version
        version.move(ModelState.DRAFT, by=by)
        if model.state == ModelState.TRIAL:
            publishing.require_room(model.owner)
            model.move(ModelState.DRAFT, by=by)
            name = "v1"
        else:
            name = publishing.next_name(model, but=version)
        publishing.describe_version(version, name=name)
        samples.refresh(model)
    return version


def end(version, *, unless=lambda version: False):
    """On trial → removed, with its file, and with its model when nothing else is in it. Whether it went.

    `unless` is asked when nobody can begin to draw with it any more. While a case looks at its model, it stays.
    """
    with transaction.atomic():
        model = Model.objects.select_for_update().get(pk=version.model_id)
        version = ModelVersion.objects.select_for_update().get(pk=version.pk)
        if version.state != ModelState.TRIAL or model.freeze_level or unless(version):
            return False
        version.move(ModelState.REMOVED)
        files.remove_all(version, by=None)
        samples.conceal(samples.of_version(version))
        if model.state == ModelState.TRIAL and not model.versions.exclude(state=ModelState.REMOVED).exists():
            model.move(ModelState.REMOVED)
    return True

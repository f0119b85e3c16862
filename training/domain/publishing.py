"""An epoch becomes a version of a model, with its lineage: base, pictures, words, samples."""

import tempfile
from pathlib import Path

from django.db import transaction
from django.utils.translation import ngettext

from civitai import storages
from models_hub.domain import importing, publishing, samples
from models_hub.formats.naming import filenamize
from models_hub.models import Model
from models_hub.states import ModelState
from training.domain import freezing
from training.models import Epoch


def to_draft(epoch, by):
    """The draft version of an epoch, ready for the review step; asked for again it is the same. Raises Refused."""
    run = epoch.run
    freezing.require_free(run)
    with transaction.atomic():
        epoch = Epoch.objects.select_for_update().get(pk=epoch.pk)
        if epoch.version and epoch.version.state != "removed":
            return epoch.version
        version = _place(run, by)
        publishing.describe_version(
            version,
            base_model=run.base.base_model,
            trained_words=[run.trigger] if run.trigger else [],
            steps=epoch.step,
            epochs=epoch.number,
        )
        type(version).objects.filter(pk=version.pk).update(parent=run.base)
        with tempfile.TemporaryDirectory(prefix="epoch-") as folder:
            path = Path(folder) / f"{filenamize(run.name) or 'lora'}.safetensors"
            storages.private().download(epoch.key, path)
            importing.add_file_from_path(version, path)
        for sample in epoch.samples.select_related("picture"):
            samples.add_picture(version, sample.picture)
        Epoch.objects.filter(pk=epoch.pk).update(version=version)
    version.refresh_from_db()
    return version


def _place(run, by):
    """An empty version: of the model that another epoch of the run is in already, or of a new one."""
    others = Model.objects.editable_by(by).filter(versions__trained_epoch__run=run).exclude(state=ModelState.REMOVED)
    if model := others.order_by("pk").first():
        return publishing.add_version(model, by)
    model = publishing.start(by)
    publishing.describe(model, name=run.name, description=_about(run), tags=["trained here"])
    version = model.versions.get()
    publishing.describe_version(version, name="v1")
    return version


def _about(run):
    count = len(run.manifest["pictures"])
    # Its base is named by its page as long as it may be named; here it would stay.
    return ngettext("Trained here on %(count)s picture.", "Trained here on %(count)s pictures.", count) % {
        "count": count
    }

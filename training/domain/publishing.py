"""An epoch becomes a version of a model, on trial first, with its lineage: base, pictures, words, samples."""

import tempfile
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext, ngettext

from civitai import storages
from models_hub.domain import importing, publishing, renaming, samples, trying
from models_hub.formats import safetensors
from models_hub.formats.naming import filenamize
from models_hub.formats.ranged import ranged
from models_hub.models import Model
from models_hub.states import ModelState
from moderation.domain import registry
from training.domain import freezing
from training.models import Epoch


def to_draft(epoch, by):
    """The draft version of an epoch, ready for the review step; asked for again it is the same. Raises Refused."""
    return trying.keep(to_trial(epoch, by), by)


def to_trial(epoch, by):
    """The version of an epoch that its owner alone draws with; what is a draft or more already stays that. Raises Refused."""
    run = epoch.run
    freezing.require_free(run)
    # What a private set says is its owner's; names that were taken out since stay behind when something of it leaves.
    names = registry.names_held()
    with transaction.atomic():
        epoch = Epoch.objects.select_for_update().get(pk=epoch.pk)
        if epoch.version and epoch.version.state != "removed":
            return epoch.version
        version = trying.begin(
            by, model=_model_of(run, by, names), name=gettext("epoch %(number)s") % {"number": epoch.number}
        )
        publishing.describe_version(
            version,
            base_model=run.base.base_model,
            trained_words=[run.trigger] if run.trigger and not names.are_in(run.trigger) else [],
            steps=epoch.step,
            epochs=epoch.number,
        )
        type(version).objects.filter(pk=version.pk).update(parent=run.base)
        with tempfile.TemporaryDirectory(prefix="epoch-") as folder:
            path = Path(folder) / f"{filenamize(names.out_of(run.name)) or 'lora'}.safetensors"
            storages.private().download(epoch.key, path)
            importing.add_file_from_path(version, _without(names, path), name=path.name)
        for sample in epoch.samples.select_related("picture"):
            if not names.are_in(sample.picture.generation_text):
                samples.add_picture(version, sample.picture)
        Epoch.objects.filter(pk=epoch.pk).update(version=version)
    version.refresh_from_db()
    return version


def _model_of(run, by, names):
    """The model that another epoch of the run is in already, or a new one."""
    others = Model.objects.usable().filter(owner=by, freeze_level=0, versions__trained_epoch__run=run)
    if model := others.exclude(state=ModelState.REMOVED).order_by("pk").first():
        return model
    model = trying.begin_model(by)
    publishing.describe(model, name=names.out_of(run.name) or "LoRA", description=_about(run), tags=["trained here"])
    return model


def _without(names, path):
    """The same tensors under a header that says none of the names."""
    with path.open("rb") as file:
        size_bytes = path.stat().st_size
        header = safetensors.read_header(ranged(file), size_bytes=size_bytes)
        changes = renaming.metadata_changes(header.metadata, names)
        if not changes:
            return path
        clean = path.with_suffix(".clean")
        with clean.open("wb") as out:
            safetensors.rewrite_metadata(ranged(file), out, changes, size_bytes=size_bytes)
    return clean


def _about(run):
    count = len(run.manifest["pictures"])
    # Its base is named by its page as long as it may be named; here it would stay.
    return ngettext("Trained here on %(count)s picture.", "Trained here on %(count)s pictures.", count) % {
        "count": count
    }

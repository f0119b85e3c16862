"""What is asked before a model is public, and again when it is edited: real people, and the registry."""

import json

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from civitai import adapters
from civitai.errors import Refused
from models_hub.domain import hiding
from models_hub.models import FileHash, Model, ModelFile
from models_hub.states import AWAY, FileState
from moderation.domain import queueing, registry
from moderation.policy import people

HELD = "held until a moderator has looked"


def look(model, versions=None):
    """The clause for which it must be held, or "". Raises Refused for what is never published."""
    versions = list(model.versions.exclude(state__in=AWAY)) if versions is None else versions
    words = [word for version in versions for word in version.trained_words]
    texts = [model.name, model.description, *model.tags.values_list("name", flat=True), *words]
    texts += [text for version in versions for text in (version.name, version.description)]
    verdict = people.require("model", texts, field="name", person=model.is_of_real_person)
    held = registry.hold_or_refuse("name", [model.name, *words, *(version.name for version in versions)], field="name")
    hashes = FileHash.objects.filter(Q(file__state=FileState.READY), file__version__in=versions, kind="SHA256")
    held = registry.hold_or_refuse("sha256", hashes.values_list("value", flat=True)) or held
    # The same weights under another header, and names that only the file has.
    files = ModelFile.objects.filter(version__in=versions, state=FileState.READY)
    tensors = FileHash.objects.filter(file__in=files, kind="AutoV3").values_list("value", flat=True)
    held = registry.hold_or_refuse("tensors", tensors) or held
    # What its header says comes with it: a file may be older than the case that took the name out.
    inside = [json.dumps(told, ensure_ascii=False) for told in files.values_list("description", flat=True) if told]
    held = registry.hold_or_refuse("name", [*files.values_list("name", flat=True), *inside]) or held
    return verdict.clause if verdict else "registry" if held else ""


def hold(model, clause):
    """Published, but seen by nobody else before a moderator has looked. What one of them let out once stays out."""
    if hiding.hide(model, by=None, reason=HELD):
        queueing.raise_item(
            ("models_hub.Model", model.pk),
            queue="policy",
            because=gettext_noop("Held until somebody looks"),
            clause="2.1" if clause != "registry" else "4.1",
            severity="P1",
        )


def mark_person(model, value, *, by):
    """A moderator's word; returns what was. A marked model is hidden first: the database allows nothing else."""
    was = Model.objects.values_list("is_of_real_person", flat=True).get(pk=model.pk)
    Model.objects.filter(pk=model.pk).update(is_of_real_person=value)
    model.is_of_real_person = value
    if was != value:
        tell_of_person(model, by=by)
    return was


def tell_of_person(model, *, by):
    """Rooms above: nothing is made with it, and what was made with it is seen no more, or again."""
    adapters.tell("model_of_person", model=model, value=model.is_of_real_person, by=by)


def require_own_word(model, fields):
    """A moderator's word that it shows a real person is not its owner's to take back. Raises Refused."""
    if model.is_of_real_person and fields.get("is_of_real_person") is False and model.hidden_by_id is not None:
        raise Refused(
            _("A moderator has said that it shows a real person. You can object to the decision."),
            field="is_of_real_person",
            code="locked",
        )

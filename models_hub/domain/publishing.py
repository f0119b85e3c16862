"""The life of a model and its versions: drafted, described, published, taken back, removed."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civitai import adapters
from civitai.errors import Refused
from community.domain import pictures, tagging
from models_hub.catalogue.kinds import ModelType
from models_hub.domain import files, guarding, samples, withholding
from models_hub.domain.files import add_file  # noqa: F401 - one door for who publishes
from models_hub.models import Model, ModelVersion
from models_hub.states import AWAY, FileState, ModelState
from moderation.policy import people

MOST_DRAFTS = 50
# What most people choose; the licence step says it in words and changes it.
USUAL_USES = ["Image", "RentCivit"]
MODEL_FIELDS = frozenset(
    {
        "name", "type", "checkpoint_type", "description", "is_mature", "is_of_real_person",
        "allow_no_credit", "allow_derivatives", "allow_different_license", "allow_commercial_use",
    }
)  # fmt: skip
VERSION_FIELDS = frozenset(
    {
        "name", "base_model", "description", "trained_words", "steps", "epochs", "clip_skip", "weight_min", "weight_max", "parent",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Lack:
    """What publishing waits for: the step where it is mended, and a sentence."""

    step: str
    sentence: str


class Unfinished(Refused):
    """`lacks` lists everything that is missing, not the first of it."""

    def __init__(self, lacks):
        super().__init__(_("A few things are missing before it can be published."), code="unfinished")
        self.lacks = lacks


def start(owner, *, type=ModelType.LORA):
    """A new draft with one draft version. Raises Refused for a member with very many drafts."""
    require_room(owner)
    with transaction.atomic():
        model = Model.objects.create(owner=owner, type=type, allow_commercial_use=USUAL_USES)
        ModelVersion.objects.create(model=model, name="v1")
    return model


def require_room(owner):
    if Model.objects.filter(owner=owner, state=ModelState.DRAFT).count() >= MOST_DRAFTS:
        raise Refused(_("You have many drafts. Publish or delete some of them first."), code="too_many_drafts")


def describe(model, *, by=None, tags=None, **fields):
    """Write what is given of MODEL_FIELDS; `tags` are names. Raises Refused for what a published model may not lose."""
    _known(fields, MODEL_FIELDS)
    if model.state == ModelState.PUBLISHED and not fields.get("name", model.name).strip():
        raise Refused(_("A published model keeps a name."), field="name")
    if model.state == ModelState.PUBLISHED and fields.get("is_of_real_person"):
        people.require("model", "", field="is_of_real_person", person=True)
    guarding.require_own_word(model, fields)
    was_of_person = model.is_of_real_person
    with transaction.atomic():
        _write(model, fields)
        if model.is_of_real_person != was_of_person:
            guarding.tell_of_person(model, by=by)
        if tags is not None:
            withholding.require_without_names(model, {"tags": list(tags)})
            model.tags.set(tagging.named(tags))
        if "is_mature" in fields:
            samples.refresh(model)
        _look_again(model)
    return model


def describe_version(version, *, by=None, **fields):
    """Write what is given of VERSION_FIELDS. Raises Refused for what a published version may not lose."""
    _known(fields, VERSION_FIELDS)
    if version.state == ModelState.PUBLISHED:
        if not fields.get("name", version.name).strip():
            raise Refused(_("A published version keeps a name."), field="name")
        if not fields.get("base_model", version.base_model):
            raise Refused(_("A published version keeps its base model."), field="base_model")
    with transaction.atomic():
        _write(version, fields)
        _look_again(version.model)
    return version


def _look_again(model):
    """What was published and is edited is asked anew; a moderator's earlier yes was for what stood there then."""
    if model.state == ModelState.PUBLISHED:
        clause = guarding.look(model)
        if clause and not model.is_hidden:
            guarding.hold(model, clause)


def toggle_trigger_word(version, word, *, by=None):
    """Put a word among the trigger words, or take it out. Returns whether it is in now."""
    with transaction.atomic():
        version = ModelVersion.objects.select_for_update().get(pk=version.pk)
        words = list(version.trained_words)
        is_in = word not in words
        words = [*words, word] if is_in else [kept for kept in words if kept != word]
        if len(words) > MOST_WORDS:
            raise Refused(_("A version has at most %(count)s trigger words.") % {"count": MOST_WORDS})
        _write(version, {"trained_words": words})
        _look_again(version.model)
    return is_in


MOST_WORDS = 50


def add_version(model, by):
    """A new draft version, or the empty draft that is there already. It stands first."""
    with transaction.atomic():
        Model.objects.select_for_update().get(pk=model.pk)
        drafts = model.versions.filter(state=ModelState.DRAFT, files=None, samples=None).order_by("-id")
        if drafts.exists():
            return drafts.first()
        last = model.versions.exclude(state__in=AWAY).order_by("-id").first()
        return ModelVersion.objects.create(
            model=model,
            name=next_name(model),
            base_model=last.base_model if last else "",
        )


def next_name(model, *, but=None):
    """v1, v2 …: what was removed has had its number, what is on trial has none."""
    there = model.versions.exclude(state=ModelState.TRIAL).exclude(pk=but and but.pk)
    return f"v{there.count() + 1}"


def lacks(model, version):
    """Everything that publishing this version still waits for, as a list of Lack."""
    found = []
    if not model.name.strip():
        found.append(Lack("what", _("It has no name.")))
    if model.type not in ModelType.values:
        found.append(Lack("what", _("Say what kind of model it is.")))
    if not version.name.strip():
        found.append(Lack("version", _("The version has no name.")))
    if not version.base_model:
        found.append(Lack("version", _("Say which base model it was made for.")))
    states = list(version.files.exclude(state=FileState.REMOVED).values_list("state", flat=True))
    if FileState.READY not in states:
        checking = FileState.CHECKING in states
        found.append(Lack("files", _("Its file is still being checked.") if checking else _("It has no file yet.")))
    if not samples.ready(version).exists():
        pending = version.samples.filter(picture__state="pending").exists()
        found.append(
            Lack(
                "pictures",
                _("Its picture is still being prepared.") if pending else _("It has no picture yet; one at least."),
            )
        )
    return found


def publish(model, by, version=None, *, now=None):
    """Makes the version (the newest unpublished one) and its model public, with cover and samples.

    draft or unpublished → published; what is published stays so. Raises Unfinished with all that is missing.
    """
    with transaction.atomic():
        model = Model.objects.select_for_update().get(pk=model.pk)
        version = version or model.versions.exclude(state__in=AWAY).order_by("state", "-id").first()
        if version is None:
            raise Refused(_("It has no version."), code="no_version")
        version = ModelVersion.objects.select_for_update().get(pk=version.pk, model=model)
        missing = lacks(model, version)
        if missing:
            raise Unfinished(missing)
        clause = guarding.look(model, [version])
        now = now or timezone.now()
        first = version.published_at is None
        if version.state != ModelState.PUBLISHED:
            version.move(ModelState.PUBLISHED, by=by, published_at=version.published_at or now)
            if first:
                Model.objects.filter(pk=model.pk).update(last_version_at=now)
                model.last_version_at = now
        if model.state != ModelState.PUBLISHED:
            model.move(
                ModelState.PUBLISHED,
                by=by,
                published_at=model.published_at or now,
                last_version_at=model.last_version_at or now,
            )
        samples.refresh(model)
        pictures.show(samples.shown(model))
        if clause:
            guarding.hold(model, clause)
        if first:
            adapters.tell("version_published", version=version, model=model)
    return model


def unpublish(model, by):
    """published → unpublished: nobody but the owner sees it; nothing is lost, publishing again brings it back."""
    withholding.require_free(model)
    with transaction.atomic():
        model.move(ModelState.UNPUBLISHED, by=by)
        samples.conceal(samples.of(model))
    return model


def unpublish_version(version, by):
    """As unpublish, for one version of several. Raises Refused for the only published one."""
    with transaction.atomic():
        model = Model.objects.select_for_update().get(pk=version.model_id)
        withholding.require_free(model)
        others = model.versions.filter(state=ModelState.PUBLISHED).exclude(pk=version.pk)
        if model.state == ModelState.PUBLISHED and not others.exists():
            raise Refused(_("This is the only published version. Unpublish the whole model instead."))
        version.move(ModelState.UNPUBLISHED, by=by)
        samples.refresh(model)
        samples.conceal(samples.of_version(version))
    return version


def remove(model, by):
    """Any state → removed, with versions and files. A draft leaves nothing; what was published leaves a tombstone."""
    withholding.require_free(model)
    with transaction.atomic():
        for version in model.versions.exclude(state=ModelState.REMOVED):
            version.move(ModelState.REMOVED, by=by)
            files.remove_all(version, by=by)
        model.move(ModelState.REMOVED, by=by)
        samples.conceal(samples.of(model))
    return model


def remove_version(version, by):
    """As remove, for one version. Raises Refused for the last one that a published model shows."""
    with transaction.atomic():
        model = Model.objects.select_for_update().get(pk=version.model_id)
        withholding.require_free(model)
        shown = model.versions.filter(state=ModelState.PUBLISHED).exclude(pk=version.pk)
        rest = model.versions.exclude(state__in=AWAY).exclude(pk=version.pk)
        if (model.state == ModelState.PUBLISHED and not shown.exists()) or not rest.exists():
            raise Refused(_("This is its last version. Remove the whole model instead."))
        version.move(ModelState.REMOVED, by=by)
        files.remove_all(version, by=by)
        samples.conceal(samples.of_version(version))
        samples.refresh(model)
    return version


def _known(fields, allowed):
    unknown = set(fields) - allowed
    if unknown:
        raise TypeError(f"not a field to describe: {sorted(unknown)}")


def _write(row, fields):
    model = row if isinstance(row, Model) else row.model
    withholding.require_free(model)
    withholding.require_without_names(model, fields)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=[*fields, "updated_at"])

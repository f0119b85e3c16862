"""Which file somebody gets, the address it is got from, and who is counted."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import Http404
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from civitai import storages
from civitai.errors import Gone, Refused
from models_hub.catalogue.kinds import EXTENSIONS, PRIMARY_FILE_TYPES, FileFormat, FileType
from models_hub.formats.described import from_json
from models_hub.formats.naming import content_disposition, download_name
from models_hub.models import Download, Model, ModelFile, ModelVersion
from models_hub.models.model import FROZEN, QUARANTINED, UNLISTED
from models_hub.states import FileState, ModelState

LINK_S = 300
# Weights decide between files when a request asks for nothing in particular, or for several things at once.
_PREFERRED = {"format": FileFormat.SAFETENSOR, "variant": "pruned", "precision": "fp16"}
_WEIGHTS = {"format": 100, "variant": 10, "precision": 1}
_PRIMARY_TYPE_WEIGHT, _PRIMARY_WEIGHT = 1000, 500


class FileNotFound(Http404):
    pass


class Withheld(Refused):
    """Frozen or taken down by a removal case: there is such a file, and nobody gets it."""

    status = 404

    def __init__(self):
        super().__init__(_("This is withheld while a removal case about it is open."), code="withheld")


class NotForDownload(Refused):
    """Licensed to be drawn with here, and not to be had."""

    status = 403

    def __init__(self):
        super().__init__(_("This may be used for generation here; it is not for download."), code="generation_only")


@dataclass(frozen=True)
class Wanted:
    """What a request asks for: "" means anything. Compared without regard to case."""

    type: str = ""
    format: str = ""
    size: str = ""
    fp: str = ""
    file_id: int | None = None

    @property
    def is_empty(self):
        return not (self.type or self.format or self.size or self.fp or self.file_id)


def find_file(version_id, user, wanted):
    """The best visible ready file of a version.

    Raises Http404 for what `user` can't see, Gone for what was removed, Withheld and NotForDownload for cases' sake.
    """
    version = ModelVersion.objects.visible_to(user).filter(pk=version_id).select_related("model").first()
    if version is None:
        if is_withheld(version_id):
            raise Withheld
        if _was_published(version_id):
            raise Gone(_("This model was removed and can no longer be downloaded."), code="gone")
        raise FileNotFound("no such version")
    _check_case(version.model, user)
    ready = list(ModelFile.objects.filter(version=version, state=FileState.READY).order_by("id"))
    fitting = [file for file in ready if _is(file, wanted)]
    if not fitting:
        raise FileNotFound("no such file")
    file = max(fitting, key=lambda one: (_score(one, wanted), -one.pk))
    file.version = version
    return file


def _check_case(model, user):
    is_own = getattr(user, "pk", None) == model.owner_id
    if model.taken_down_at or model.freeze_level >= QUARANTINED or (model.freeze_level == FROZEN and not is_own):
        raise Withheld
    if model.usage == "generation" and not is_own:
        raise NotForDownload


def is_withheld(version_id):
    """Published, and closed by a removal case."""
    rows = ModelVersion.objects.filter(pk=version_id, state=ModelState.PUBLISHED, model__state=ModelState.PUBLISHED)
    return rows.exclude(model__freeze_level__lt=FROZEN, model__taken_down_at=None).exists()


def _is(file, wanted):
    """Each thing that was asked for must hold."""
    if wanted.file_id:
        return file.pk == wanted.file_id
    asked = (
        (wanted.type, file.type),
        (wanted.format, file.format),
        (wanted.size, file.variant),
        (wanted.fp, file.precision),
    )
    return all(not want or want.casefold() == has.casefold() for want, has in asked)


def _score(file, wanted):
    score = _PRIMARY_TYPE_WEIGHT * (file.type in PRIMARY_FILE_TYPES)
    if file.is_primary:
        # Without a wish the owner's choice stands; with one it only breaks ties between equals.
        score += 10 * _PRIMARY_TYPE_WEIGHT if wanted.is_empty else _PRIMARY_WEIGHT
    return score + sum(weight * (getattr(file, name) == _PREFERRED[name]) for name, weight in _WEIGHTS.items())


def _was_published(version_id):
    """Removed after people could see it. A draft that was deleted never was."""
    gone = ModelVersion.objects.filter(pk=version_id).exclude(published_at=None)
    return gone.filter(state=ModelState.REMOVED).exists() or gone.filter(model__state=ModelState.REMOVED).exists()


def link(file):
    """A presigned address for five minutes, that names the file. It serves ranges; it must not be cached."""
    return storages.private().presigned_get(
        file.key,
        seconds=LINK_S,
        disposition=content_disposition(name_of(file)),
        content_type="application/octet-stream",
    )


def name_of(file):
    """What it is called when it arrives, by the published rule."""
    version, model = file.version, file.version.model
    told = from_json(file.description)
    extension = EXTENSIONS.get(file.format) or file.name.rpartition(".")[2] or "bin"
    if model.freeze_level == UNLISTED:
        return f"model-{model.pk}-{file.pk}.{extension}"
    return download_name(
        model_name=model.name,
        version_name=version.name,
        model_type=model.type,
        extension=extension,
        uploaded_name=file.name,
        file_type=file.type or FileType.MODEL,
        base_model_type=told.base_model_type if told else "Standard",
        trained_word=version.trained_words[0] if version.trained_words else "",
    )


def count(file, user, *, address, now=None):
    """Counts one download for each person, file and day; a visitor is a keyed hash of the address.

    Only what is published counts, and not its owner's own. Returns whether it counted.
    """
    version = file.version
    if version.state != ModelState.PUBLISHED or version.model.state != ModelState.PUBLISHED:
        return False
    member = user if getattr(user, "is_authenticated", False) else None
    if member and member.pk == version.model.owner_id:
        return False
    who = f"user:{member.pk}" if member else salted_hmac("models_hub.download", address, algorithm="sha256").hexdigest()
    now = now or timezone.now()
    try:
        with transaction.atomic():
            Download.objects.create(file=file, user=member, who=who, day=now.date(), at=now)
            for rows in (
                ModelFile.objects.filter(pk=file.pk),
                ModelVersion.objects.filter(pk=version.pk),
                Model.objects.filter(pk=version.model_id),
            ):
                rows.update(downloads=F("downloads") + 1)
    except IntegrityError:
        return False
    return True

"""Reads that several pages, the API and higher rooms share."""

from datetime import timedelta

from django.db.models import OuterRef, Prefetch, Q, Subquery
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from civitai.levels import highest, viewer_mask
from community.models import Picture
from community.pixels import thumbhash
from models_hub.catalogue.bases import BASE_MODELS, find_base, fits
from models_hub.catalogue.kinds import ADAPTERS, ModelType
from models_hub.formats.described import from_json
from models_hub.models import FileHash, FormerHash, Model, ModelFile, ModelVersion
from models_hub.models.model import UNLISTED
from models_hub.states import FileState, ModelState

NEW_FOR = timedelta(days=2)
NEW = pgettext_lazy("badge of a model", "New")


def published_versions():
    """Versions that everybody sees."""
    return ModelVersion.objects.filter(
        state=ModelState.PUBLISHED,
        model__state=ModelState.PUBLISHED,
        model__hidden_at=None,
        model__freeze_level__lte=UNLISTED,
        model__taken_down_at=None,
    )


def generation_bases(user):
    """Versions that this site's workers may draw with and `user` sees, most used first; model and cover come along."""
    shown = ModelVersion.objects.visible_to(user).filter(can_generate=True, model__in=Model.objects.usable())
    return shown.select_related("model", "model__cover", "model__owner").order_by("-images", "-downloads", "id")


def loras_for(version, user, text=""):
    """Versions whose tensors fit the base `version` and that have a file, most downloaded first; `text` is in the name.

    LoRA, LyCORIS and DoRA. The caller slices; model and cover come along.
    """
    fitting = [name for name in BASE_MODELS if fits(name, version.base_model)]
    shown = ModelVersion.objects.visible_to(user).filter(
        model__type__in=ADAPTERS,
        base_model__in=fitting,
        files__state=FileState.READY,
        files__is_primary=True,
        model__in=Model.objects.usable(),
    )
    if text:
        shown = shown.filter(Q(model__name__icontains=text) | Q(name__icontains=text))
    return shown.select_related("model", "model__cover", "model__owner").order_by("-downloads", "-id")


def versions_by_hash(hashes):
    """{HASH in upper case: ModelVersion} for those hashes, of any kind, that a published file has.

    Where several versions hold the same file, the one that was published first.
    """
    wanted = {str(value).strip().upper() for value in hashes}
    wanted = {value for value in wanted if 8 <= len(value) <= 64}
    if not wanted:
        return {}
    found = {}
    for hashes in (FileHash, FormerHash):
        rows = (
            hashes.objects.filter(value__in=wanted, file__state=FileState.READY, file__version__in=published_versions())
            .select_related("file__version__model")
            .order_by("file__version__published_at", "file__version_id")
        )
        for row in rows:
            found.setdefault(row.value, row.file.version)
        wanted -= set(found)
        if not wanted:
            break
    return found


def is_withheld(model_id):
    """Published, and closed by a removal case."""
    rows = Model.objects.filter(pk=model_id, state=ModelState.PUBLISHED)
    return rows.exclude(freeze_level__lte=UNLISTED, taken_down_at=None).exists()


def withheld_by_hash(value):
    """The version of a file that is frozen or taken down, or None."""
    value = str(value).strip().upper()
    if not 8 <= len(value) <= 64 or not value.isalnum():
        return None
    versions = ModelVersion.objects.filter(state=ModelState.PUBLISHED).exclude(
        model__freeze_level__lte=UNLISTED, model__taken_down_at=None
    )
    for hashes in (FileHash, FormerHash):
        row = (
            hashes.objects.filter(value=value, file__version__in=versions)
            .select_related("file__version__model")
            .first()
        )
        if row is not None:
            return row.file.version
    return None


def primary_file(version):
    """Its ready primary file, or None. Needs no query where files are prefetched."""
    return next((file for file in version.files.all() if file.is_primary and file.state == FileState.READY), None)


def same_elsewhere(files, user):
    """{file's key: the published version that holds the same bytes} for ready files of others and of the owner."""
    mine = {row.value: row.file_id for row in FileHash.objects.filter(file__in=files, kind="SHA256")}
    others = (
        FileHash.objects.filter(kind="SHA256", value__in=mine, file__state=FileState.READY)
        .filter(file__version__in=ModelVersion.objects.visible_to(user))
        .exclude(file__in=files)
        .select_related("file__version__model")
        .order_by("file__version__published_at", "file__version_id")
    )
    found = {}
    for row in others:
        found.setdefault(mine[row.value], row.file.version)
    return found


def version_files(version, user):
    """All files of a version that its owner sees, newest last, each with what the files step shows of it.

    `told` (Description or None), `auto_v2`, `twin` (the version that holds the same bytes, or None), `job`.
    """
    files = list(
        version.files.exclude(state=FileState.REMOVED)
        .select_related("check_job")
        .prefetch_related("hashes")
        .order_by("id")
    )
    ready = [file for file in files if file.state == FileState.READY]
    twins = same_elsewhere(ready, user) if ready else {}
    for file in files:
        file.version = version
        file.told = from_json(file.description) if file.state == FileState.READY else None
        file.auto_v2 = next((row.value for row in file.hashes.all() if row.kind == "AutoV2"), "")
        file.twin = twins.get(file.pk)
        file.job = getattr(file, "check_job", None)
        file.disagrees = bool(file.told and file.told.base_model and version.base_model) and not fits(
            file.told.base_model, version.base_model
        )
        file.is_other_kind = (
            bool(file.told)
            and file.is_primary
            and file.told.kind
            not in (
                version.model.type,
                ModelType.OTHER,
            )
        )
    return files


def with_card(models):
    """A queryset of Model with what its card shows: `model_cards` asks nothing more."""
    newest = ModelVersion.objects.filter(model=OuterRef("pk"), state=ModelState.PUBLISHED).order_by("index", "-id")
    return models.select_related("cover", "owner").annotate(card_base=Subquery(newest.values("base_model")[:1]))


def model_card(model, user=None):
    return model_cards([model], user)[0]


def model_cards(models, user=None):
    """Dicts for components/model_card.html, in order. `user` decides what is covered; without one, PG alone is shown.

    At most two queries, none for rows from `with_card`.
    """
    models = list(models)
    bases = _bases_of([model for model in models if not hasattr(model, "card_base")])
    covers = _covers_of([model for model in models if not Model.cover.is_cached(model)])
    mask = viewer_mask(user)
    fresh = timezone.now() - NEW_FOR
    return [
        _card(
            model,
            cover=covers.get(model.cover_id) if model.cover_id in covers else _cached_cover(model),
            base=getattr(model, "card_base", None) or bases.get(model.pk, ""),
            mask=mask,
            fresh=fresh,
            is_owner=getattr(user, "pk", None) == model.owner_id,
        )
        for model in models
    ]


def _card(model, *, cover, base, mask, fresh, is_owner):
    card = {
        "id": model.pk,
        "url": model.get_absolute_url(),
        "name": model.name,
        "kind": type_label(model.type),
        "base": base,
        "downloads": model.downloads,
        "likes": model.likes,
        "cover": None,
        "badge": "",
    }
    if model.published_at and model.published_at > fresh:
        card["badge"] = NEW
    if cover is None or cover.state != "ready":
        return card
    if not is_owner and not (cover.level & mask and model.level_mask & mask):
        card["covered"] = int(highest(model.level_mask | cover.level))
        card["hash"] = thumbhash.data_url(cover.thumbhash)
        return card
    card["cover"] = picture_card(cover)
    return card


def picture_card(picture, *, alt=""):
    """url, srcset, width, height, tone: what an <img> of a picture needs."""
    widths = [width for width in (320, 450, 800) if width <= picture.width] or [320]
    return {
        "url": picture.url(450),
        "srcset": ", ".join(f"{picture.url(width)} {width}w" for width in widths),
        "width": picture.width,
        "height": picture.height,
        "tone": picture.tone,
        "alt": alt,
    }


def type_label(value):
    return ModelType(value).label if value in ModelType.values else value


def base_label(name):
    base = find_base(name)
    return base.name if base else name


def _bases_of(models):
    if not models:
        return {}
    rows = ModelVersion.objects.filter(model__in=models, state=ModelState.PUBLISHED).order_by("-index", "id")
    return dict(rows.values_list("model_id", "base_model"))


def _covers_of(models):
    ids = {model.cover_id for model in models if model.cover_id}
    return Picture.objects.in_bulk(ids) if ids else {}


def _cached_cover(model):
    return model.cover if model.cover_id and Model.cover.is_cached(model) else None


def files_with_hashes():
    """Prefetch of a version's files that can be downloaded, primary first, hashes along."""
    ready = ModelFile.objects.filter(state=FileState.READY).prefetch_related("hashes")
    return Prefetch("files", queryset=ready, to_attr="ready_files")

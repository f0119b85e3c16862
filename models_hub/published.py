"""Models as published clients know them: the JSON of the API. Keys, types and absences are the contract.

What is undefined is absent, never null, unless clients look for the key. Counts are always whole numbers.
"""

from datetime import UTC

from django.db.models import Prefetch
from django.urls import reverse

from civitai import adapters
from civitai.levels import SAFE, SHOWABLE, Level
from civitai.prose import render
from community.domain import linking
from community.pixels import blurhash
from models_hub.catalogue.air import air_of
from models_hub.catalogue.kinds import BaseModelType, UploadType
from models_hub.catalogue.licences import published_uses
from models_hub.domain.samples import READY
from models_hub.models import ModelVersion, VersionPicture
from models_hub.queries import files_with_hashes
from models_hub.showing import can_draw, query_of
from models_hub.states import ModelState
from moderation.domain.cases import fees
from wallet.money import CREDIT

MOST_IMAGES = 10


def with_all(models):
    """A queryset of Model with everything that `item` reads: five queries for any number of rows."""
    return models.select_related("owner").prefetch_related(
        "tags", Prefetch("versions", shown_versions(), "shown_versions")
    )


def shown_versions():
    """Published versions, newest first, with files, hashes and samples. Their `model` comes from the caller."""
    pictures = VersionPicture.objects.select_related("picture").filter(**READY)
    return (
        ModelVersion.objects.filter(state=ModelState.PUBLISHED)
        .prefetch_related(files_with_hashes(), Prefetch("samples", pictures, "shown_samples"))
        .order_by("index", "-id")
    )


def item(model, request, *, mask=int(SHOWABLE), primary_only=False, is_single=False):
    """A model in a list, or alone. `mask` is the levels of pictures that are shown."""
    versions = [version for version in model.shown_versions if primary_of(version)]
    for version in versions:
        version.model = model
    neutral(model, versions)
    made_by = creator(model.owner, request)
    return {
        "id": model.pk,
        "name": model.name,
        "description": render(model.description) or None,
        "type": model.type,
        "nsfw": not model.level_mask & int(SAFE),
        "nsfwLevel": model.level_mask,
        "minor": False,
        "sfwOnly": False,
        "poi": False,
        "allowNoCredit": model.allow_no_credit,
        "allowCommercialUse": published_uses(model.allow_commercial_use),
        "allowDerivatives": model.allow_derivatives,
        "allowDifferentLicense": model.allow_different_license,
        "availability": "Public",
        "supportsGeneration": any(can_draw(version) for version in versions),
        "cosmetic": None,
        "baseModels": list(dict.fromkeys(version.base_model for version in versions)),
        "stats": {
            "downloadCount": model.downloads,
            "thumbsUpCount": model.thumbs_up,
            "thumbsDownCount": model.thumbs_down,
            "commentCount": model.comments,
            "tippedAmountCount": 0,
        },
        **({"creator": made_by} if made_by else {}),
        "tags": [] if model.is_unlisted else [tag.name for tag in model.tags.all()],
        "modelVersions": [
            _in_list(version, at, request, mask=mask, primary_only=primary_only, is_single=is_single)
            for at, version in enumerate(versions)
        ],
    }


def creator(user, request):
    """None for those who are named nowhere any more."""
    if not user.is_active or user.freeze_level:
        return None
    image = getattr(user, "portrait_url", None) or getattr(user, "avatar_url", None)
    image = image() if callable(image) else image
    return {"username": user.username, "image": request.build_absolute_uri(image) if image else None}


def _in_list(version, at, request, *, mask, primary_only, is_single):
    files = [file for file in _had(version) if file.is_primary or not primary_only]
    found = {
        "id": version.pk,
        "index": at,
        "name": version.name,
        "baseModel": version.base_model,
        "baseModelType": base_type(version),
        "paidAccess": None,
        "publishedAt": moment(version.published_at),
        "createdAt": moment(version.created_at),
        "availability": "Public",
        "nsfwLevel": _level_of(version),
        "description": render(version.description) or None,
        "trainedWords": version.trained_words,
        "supportsGeneration": can_draw(version),
        "stats": {
            "downloadCount": version.downloads,
            "thumbsUpCount": version.thumbs_up,
            "thumbsDownCount": version.thumbs_down,
        },
        "files": [_file(file, version, request, says_not_primary=False) for file in files],
        "images": [_image(sample, request, with_id=not is_single) for sample in _images(version, mask)],
        "downloadUrl": download_url(version, request),
    }
    if is_single:
        found |= {"status": "Published", "covered": can_draw(version)}
        # Alone, what is empty is not there; lists say it.
        return {key: value for key, value in found.items() if value is not None and value != []}
    return found


def neutral(model, versions):
    """While somebody's right to it is looked at, numbers and no words: theirs may be the very name in any of them.

    Of these instances alone, which nobody saves.
    """
    if model.is_unlisted:
        model.name, model.description = f"Model {model.pk}", ""
        for version in versions:
            version.name, version.description, version.trained_words = f"Version {version.pk}", "", []


def primary_of(version):
    return next((file for file in version.ready_files if file.is_primary), None)


def version_item(version, request):
    """A version by itself, as by its number or a hash. `version` comes from `whole_versions`."""
    model, primary = version.model, primary_of(version)
    neutral(model, [version])
    samples = _images(version, int(SHOWABLE))
    said = adapters.slot("picture_recipes", [sample.picture for sample in samples])
    return {
        "id": version.pk,
        "modelId": model.pk,
        "name": version.name,
        "nsfwLevel": _level_of(version),
        "createdAt": moment(version.created_at),
        "updatedAt": moment(version.updated_at),
        "status": "Published",
        "publishedAt": moment(version.published_at),
        "trainedWords": version.trained_words,
        "trainingStatus": None,
        "trainingDetails": None,
        "baseModel": version.base_model,
        "baseModelType": base_type(version),
        "description": render(version.description) or None,
        "uploadType": UploadType.TRAINED.value if version.parent_id else UploadType.CREATED.value,
        "usageControl": "Generation" if model.usage == "generation" else "Download",
        "licensingFee": _fee_of(version),
        "paidAccess": None,
        "availability": "Public",
        "earlyAccessEndsAt": None,
        "earlyAccessConfig": {},
        "air": air_of(
            model_type=model.type,
            base_model=version.base_model,
            model_id=model.pk,
            version_id=version.pk,
            primary_file_type=primary.type if primary else None,
        ),
        "stats": {"downloadCount": version.downloads, "thumbsUpCount": version.thumbs_up},
        "model": {
            "name": model.name,
            "type": model.type,
            "nsfw": not model.level_mask & int(SAFE),
            "poi": False,
        },
        "files": [_file(file, version, request, says_not_primary=True) for file in _had(version)],
        "images": [
            {**_image(sample, request), **_made(sample, next(iter(said.get(sample.picture_id, [])), None))}
            for sample in samples
        ],
        "downloadUrl": download_url(version, request),
    }


def _fee_of(version):
    """Credits for each image, to the artist whose style it is; None where nothing is agreed."""
    if version.model.usage != "generation":
        return None
    fee = fees.fees_for([version.pk]).get(version.pk)
    return fee.units_per_image / CREDIT if fee else None


def mini(version, file, request):
    """The flat form for generators, of one of its files."""
    whole = version_item(version, request)
    address = download_url(version, request) + query_of(file)
    return {
        "air": whole["air"],
        "versionName": version.name,
        "modelName": version.model.name,
        "userId": version.model.owner_id,
        "baseModel": version.base_model,
        "availability": "Public",
        "publishedAt": whole["publishedAt"],
        "size": file.size_bytes / 1024,
        "fileType": file.type,
        "fileName": _file_name(file, version),
        "hashes": {row.kind: row.value for row in file.hashes.all()},
        "downloadUrls": [address] if whole["files"] else [],
        "format": file.format,
        "canGenerate": can_draw(version),
        "isFeatured": False,
        "requireAuth": False,
        "checkPermission": False,
        "additionalResourceCharge": False,
        "minor": False,
        "sfwOnly": False,
        "fees": [],
        "payoutEnabled": False,
    }


def _had(version):
    """Files that can be had: none of what is licensed to be drawn with alone."""
    return [] if version.model.usage == "generation" else version.ready_files


def tombstone(version):
    """What by-hash answers of a file that was taken down: which one it was, no file, and no name that was to go."""
    return {
        "id": version.pk,
        "modelId": version.model_id,
        "name": "",
        "mode": "TakenDown",
        "baseModel": version.base_model,
        "description": None,
        "trainedWords": [],
        "model": {"name": "", "type": version.model.type, "nsfw": False, "poi": False, "mode": "TakenDown"},
        "files": [],
        "images": [],
    }


def download_url(version, request):
    return request.build_absolute_uri(reverse("download", args=[version.pk]))


def base_type(version):
    primary = version.ready_files[0] if version.ready_files else None
    return (primary.description.get("base_model_type") if primary else None) or BaseModelType.STANDARD.value


def _file(file, version, request, *, says_not_primary):
    metadata = {"format": file.format, "size": file.variant or "full", "fp": file.precision}
    found = {
        "id": file.pk,
        # Unrounded: clients multiply it back and compare it with what they got.
        "sizeKB": file.size_bytes / 1024,
        "name": _file_name(file, version),
        "type": file.type,
        "pickleScanResult": "Success",
        "pickleScanMessage": None,
        "virusScanResult": "Success",
        "virusScanMessage": None,
        "scannedAt": moment(file.scanned_at),
        "metadata": {key: value for key, value in metadata.items() if value},
        "hashes": {row.kind: row.value for row in file.hashes.all()},
        "downloadUrl": download_url(version, request) + query_of(file),
    }
    if file.is_primary or says_not_primary:
        found["primary"] = file.is_primary
    return found


def _file_name(file, version):
    if not version.model.is_unlisted:
        return file.name
    return f"{file.pk}.{file.name.rpartition('.')[2]}"  # the name that the model is not shown by may stand in it


def _images(version, mask):
    return [sample for sample in version.shown_samples if sample.picture.level & mask][:MOST_IMAGES]


def _image(sample, request, *, with_id=False):
    picture = sample.picture
    # The last part is the number that clients read; the part before it is what they replace to get another size.
    transform = f"width={picture.width}" if picture.original_is_private else "original=true"
    ending = "webp" if picture.original_is_private else picture.original_ending
    said = bool(picture.generation_text) and not picture.original_is_private
    return {
        **({"id": sample.pk} if with_id else {}),
        "url": linking.address(request, picture, transform, f"{sample.pk}.{ending}"),
        "nsfwLevel": picture.level,
        "width": picture.width,
        "height": picture.height,
        "hash": blurhash.of_thumbhash(picture.thumbhash),
        "type": "image",
        "minor": False,
        "poi": False,
        "hasMeta": said,
        "hasPositivePrompt": said,
        "onSite": picture.made_here,
        "remixOfId": None,
    }


def _made(sample, recipe):
    """What an image of a version by itself says more: how it was made, where its file says so."""
    picture = sample.picture
    return {
        "metadata": {
            "hash": blurhash.of_thumbhash(picture.thumbhash),
            "width": picture.width,
            "height": picture.height,
        },
        "meta": recipe,
        "availability": "Public",
        "hasMeta": bool(recipe),
        "hasPositivePrompt": bool(recipe and recipe.get("prompt")),
    }


def _level_of(version):
    mask = 0
    for sample in version.shown_samples:
        mask |= sample.picture.level
    return mask & int(SHOWABLE) or int(Level.PG)


def moment(value):
    """ISO 8601 with milliseconds and Z."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if value else None

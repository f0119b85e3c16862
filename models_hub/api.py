"""/api/v1: models, versions, versions by hash, tags, creators. Addresses and answers are those that tools know."""

import json
import re
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q
from django.http import JsonResponse
from ninja import Router

from accounts.models import User
from civitai import paging
from civitai.openapi import body, query
from community.models import Tag
from models_hub import asking, published
from models_hub.asking import BadQuery
from models_hub.catalogue.bases import BASE_MODELS
from models_hub.catalogue.kinds import BaseModelType, FileType, ModelType
from models_hub.domain.downloading import is_withheld as version_is_withheld
from models_hub.models import Model
from models_hub.queries import is_withheld, published_versions, versions_by_hash, withheld_by_hash
from models_hub.states import ModelState

router = Router(tags=["models"])
prefix = "/v1/"


def _json(body, *, status=200, request=None):
    response = JsonResponse(body, status=status, safe=False)
    # A visitor's answer is the same for all visitors; five minutes at the edge, never an answer for a key.
    anonymous = request is not None and not request.user.is_authenticated and status == 200
    response["Cache-Control"] = "public, s-maxage=300, stale-while-revalidate=150" if anonymous else "no-store"
    return response


_PAGES = {"limit": (int, "1 to 200, else 20"), "page": (int, "from 1")}
_MODELS = query(
    limit=(int, "0 to 100, else 100"),
    cursor=(str, "of the page before; lasts as long as you like"),
    page=(int, "instead of a cursor, for the first 1,000 rows"),
    query=(str, "words, best first; goes on by cursor alone"),
    types=(list, "of /api/v1/enums"),
    baseModels=(list, "of /api/v1/enums"),
    tag=str,
    username=str,
    ids=list,
    modelVersionIds=list,
    sort=[name.title() for name in asking.SORTS],
    period=["Day", "Week", "Month", "Year", "AllTime"],
    nsfw=(bool, "all levels, else PG"),
    browsingLevel=(int, asking.LEVELS_TOLD),
    checkpointType=["Trained", "Merge"],
    fileFormats=list,
    supportsGeneration=(bool, "drawn with here"),
    fromPlatform=(bool, "trained here"),
    primaryFileOnly=bool,
    allowNoCredit=bool,
    allowDerivatives=bool,
    allowDifferentLicense=bool,
    allowCommercialUse=(list, "Image, RentCivit, Rent, Sell"),
    favorites=(bool, "what you keep; needs a key"),
    hidden=(bool, "what you chose not to see; needs a key"),
    followed=(bool, "of people whom you follow"),
    collectionId=int,
)


@router.get("models", openapi_extra=_MODELS)
def models(request):
    """Published models. `cursor` is `a|b|id`; `nextPage` keeps every parameter; neither is there on the last page."""
    asked = request.GET
    if ("favorites" in asked or "hidden" in asked) and not request.user.is_authenticated:
        return _json({"error": "Unauthorized"}, status=401)
    if asking.one(asked, "query") and "page" in asked:
        return _json({"error": "Cannot use page param with query search. Use cursor-based pagination."}, status=400)
    try:
        limit = asking.number(asked, "limit", 100, least=0, most=100)
        page = asking.number(asked, "page", None, least=1, most=10**8)
        if page and page * (limit or 1) > asking.MOST_ROWS:
            text = "You've requested too many pages, please use cursors instead"
            return _json({"error": text}, status=429)
        mask = asking.mask_of(asked)
        if text := asking.one(asked, "query"):
            rows = published.with_all(asking.filtered(asked, mask, request.user))
            rows, cursor = asking.searched(rows, text, limit, asked.get("cursor", ""))
        else:
            found = asking.found(asked, mask, request.user)
            rows, cursor = asking.paged(found, published.with_all, limit, page, asked.get("cursor", ""))
        primary_only = bool(asking.flag(asked, "primaryFileOnly"))
    except BadQuery as bad:
        return _json(bad.told, status=400)
    except paging.BadCursor:
        return _json(BadQuery("cursor", "Invalid cursor").told, status=400)
    metadata = {"currentPage": page, "pageSize": limit} if page else {}
    if cursor:
        metadata |= {"nextCursor": cursor, "nextPage": _next_page(request, cursor=cursor, **next_number(page, limit))}
    items = [published.item(row, request, mask=mask, primary_only=primary_only) for row in rows]
    return _json({"items": items, "metadata": metadata}, request=request)


def next_number(page, limit):
    """The next page's number beside its cursor; where numbers end, the cursor goes on alone."""
    if not page:
        return {}
    return {"page": page + 1 if (page + 1) * limit <= asking.MOST_ROWS else None}


def _next_page(request, **changes):
    pairs = [(key, value) for key, values in request.GET.lists() for value in values if key not in changes and value]
    pairs = [(key, value) for key, value in pairs if key != "token"]
    changes = {key: value for key, value in changes.items() if value is not None}
    return request.build_absolute_uri(f"{request.path}?{urlencode([*pairs, *changes.items()])}")


def _id(text):
    return int(text) if re.fullmatch(r"\d{1,10}", text, re.ASCII) and 0 < int(text) < 2**31 else None


@router.get("models/{number}")
def model(request, number: str):
    pk = _id(number)
    if pk is None:
        return _json({"error": "Invalid model id"}, status=400)
    open_by_address = Model.objects.visible_to(AnonymousUser())
    row = published.with_all(open_by_address).filter(pk=pk).first()
    if row is None and is_withheld(pk):
        return _json(WITHHELD, status=404)
    if row is None:
        return _json({"error": f"No model with id {pk}"}, status=404)
    return _json(published.item(row, request, is_single=True), request=request)


def _whole(rows):
    """Versions with what `version_item` reads."""
    return published.shown_versions().filter(pk__in=rows).select_related("model", "model__owner")


def _asked_hashes(request, most):
    try:
        values = json.loads(request.body)
    except ValueError:
        values = None
    good = isinstance(values, list) and len(values) <= most
    if not good or not all(isinstance(value, str) and re.fullmatch(r"[0-9A-Fa-f]{64}", value) for value in values):
        return None
    return {value.upper() for value in values}


WITHHELD = {"error": "Model not found", "reason": "withheld"}
NO_FILE = {"error": "Missing model file"}
NOT_HASHES = {"error": "Request must include an array of SHA256 Hashes."}


@router.post("model-versions/by-hash", openapi_extra=body("SHA-256 of files", ["0" * 64]))
def by_hashes(request):
    """Up to 100 SHA-256; unknown ones are left out."""
    wanted = _asked_hashes(request, 100)
    if wanted is None:
        return _json(NOT_HASHES, status=400)
    pks = {version.pk for version in versions_by_hash(wanted).values()}
    return _json([published.version_item(version, request) for version in _whole(pks)])


@router.post("model-versions/by-hash/ids", openapi_extra=body("SHA-256 of files", ["0" * 64]))
def ids_by_hashes(request):
    """Up to 10,000 SHA-256 → numbers alone."""
    wanted = _asked_hashes(request, 10_000)
    if wanted is None:
        return _json(NOT_HASHES, status=400)
    found = versions_by_hash(wanted)
    return _json([{"modelVersionId": v.pk, "modelId": v.model_id, "hash": value} for value, v in found.items()])


@router.get("model-versions/mini/{number}", openapi_extra=query(modelFileId=int))
def mini_version(request, number: str):
    """What a generator needs of a version, in one flat object; `modelFileId` names another file than the primary one."""
    pk = _id(number)
    version = _whole(published_versions().filter(pk=pk)).first() if pk else None
    if version is None:
        return _json({"error": "Model not found"}, status=404)
    asked = request.GET.get("modelFileId", "")
    wanted = next((file for file in version.ready_files if str(file.pk) == asked), None)
    file = wanted if asked else published.primary_of(version)
    if file is None:
        return _json(NO_FILE, status=404)
    return _json(published.mini(version, file, request), request=request)


@router.get("model-versions/by-hash", include_in_schema=False)
@router.get("model-versions/by-hash/", include_in_schema=False)
def by_no_hash(request):
    return _json({"error": "Missing hash"}, status=400)


# After `by-hash/ids`, which it would swallow.
@router.get("model-versions/by-hash/{value}")
def by_hash(request, value: str):
    """Any of the six hashes, in any letter case; where several versions hold the file, the first published."""
    version = next(iter(versions_by_hash([value]).values()), None)
    if version is None and (held := withheld_by_hash(value)):
        if held.model.taken_down_at:
            return _json(published.tombstone(held), request=request)
        return _json(WITHHELD, status=404)
    if version is None:
        return _json({"error": "Model not found"}, status=404)
    return _json(published.version_item(_whole([version.pk]).get(), request), request=request)


@router.get("model-versions/{number}")
def model_version(request, number: str):
    pk = _id(number)
    if pk is None:
        text = "Missing modelVersionId" if number.strip("0") == "" else "Invalid model version id"
        return _json({"error": text}, status=400)
    version = _whole(published_versions().filter(pk=pk)).first()
    if version is None and version_is_withheld(pk):
        return _json(WITHHELD, status=404)
    if version is None:
        return _json({"error": "Model not found"}, status=404)
    if not published.primary_of(version):
        return _json(NO_FILE, status=404)
    return _json(published.version_item(version, request), request=request)


@router.get("tags", openapi_extra=query(query=(str, "how the name begins"), **_PAGES))
def tags(request):
    """Tags of published models, most used first; `query` is how the name begins."""
    rows = Tag.objects.filter(models__in=Model.objects.published())
    if text := asking.one(request.GET, "query"):
        rows = rows.filter(name__istartswith=text[:60])
    rows = rows.annotate(n=Count("models", distinct=True)).order_by("-n", "name")
    link = request.build_absolute_uri("/api/v1/models")
    return _numbered(request, rows, 0, lambda tag: {"name": tag.name, "link": f"{link}?{urlencode({'tag': tag.name})}"})


@router.get("creators", openapi_extra=query(query=(str, "a part of the name"), **_PAGES))
def creators(request):
    """Members with published models, most models first; `query` is part of the name."""
    shown = Q(
        models__state=ModelState.PUBLISHED,
        models__hidden_at=None,
        models__freeze_level=0,
        models__taken_down_at=None,
    )
    rows = User.objects.listed().filter(shown)
    if text := asking.one(request.GET, "query"):
        rows = rows.filter(username__icontains=text[:64])
    rows = rows.annotate(n=Count("models", filter=shown, distinct=True)).order_by("-n", "username")
    link = request.build_absolute_uri("/api/v1/models")

    def item(user):
        found = published.creator(user, request)
        image = {"image": found["image"]} if found["image"] else {}
        return {
            "username": user.username,
            "modelCount": user.n,
            "link": f"{link}?{urlencode({'username': user.username})}",
            **image,
        }

    return _numbered(request, rows, 1, item)


def _numbered(request, rows, least, item):
    try:
        limit = asking.number(request.GET, "limit", 20, least=least, most=200)
        page = asking.number(request.GET, "page", 1, least=1, most=10**6)
    except BadQuery as bad:
        return _json(bad.told, status=400)
    total = rows.count()
    found = rows[(page - 1) * limit : page * limit] if limit else []
    pages = -(-total // limit) if limit else 0
    metadata = {"totalItems": total, "currentPage": page, "pageSize": limit, "totalPages": pages}
    if page < pages:
        metadata["nextPage"] = _next_page(request, page=page + 1)
    if 1 < page <= pages + 1:
        metadata["prevPage"] = _next_page(request, page=page - 1)
    return _json({"items": [item(row) for row in found], "metadata": metadata}, request=request)


@router.get("enums")
def enums(request):
    return _json(
        {
            "ModelType": ModelType.values,
            "ModelFileType": FileType.values,
            "ActiveBaseModel": [name for name, base in BASE_MODELS.items() if base.is_active],
            "BaseModel": list(BASE_MODELS),
            "BaseModelType": BaseModelType.values,
        },
        request=request,
    )

"""/api/v1: models, versions, versions by hash, tags, creators. Addresses and answers are those that tools know."""

import json
import re
from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import Count, F, Q
from django.http import JsonResponse
from django.utils import timezone
from ninja import Router

from accounts.models import User
from civitai import paging
from civitai.levels import SHOWABLE, Level
from community.models import Tag
from models_hub import published
from models_hub.browsing import has_word
from models_hub.catalogue.bases import BASE_MODELS
from models_hub.catalogue.kinds import BaseModelType, FileType, ModelType
from models_hub.catalogue.licences import granted_uses
from models_hub.models import Model, ModelVersion
from models_hub.queries import published_versions, versions_by_hash
from models_hub.states import ModelState

router = Router(tags=["models"])
prefix = "/v1/"

MOST_ROWS = 1000
YES, NO = {"true", "1", "yes", "on", "y", "enabled"}, {"false", "0", "no", "off", "n", "disabled"}
SORTS = {
    "highest rated": ("-likes", "-downloads", "-id"),
    "most liked": ("-likes", "-downloads", "-id"),
    "most downloaded": ("-downloads", "-likes", "-id"),
    "most images": ("-images", "-downloads", "-id"),
    "newest": ("-last_version_at", "-id"),
    "oldest": ("last_version_at", "id"),
}
PERIODS = {"day": 1, "week": 7, "month": 30, "year": 365}


class BadQuery(Exception):
    def __init__(self, name, text):
        super().__init__(text)
        self.name, self.text = name, text

    def answer(self):
        """Lists tell it as a text that holds JSON, since that is what clients parse."""
        issues = json.dumps([{"code": "invalid", "path": [self.name], "message": self.text}])
        return _json({"error": {"name": "ZodError", "message": issues}}, status=400)


def _json(body, *, status=200, request=None):
    response = JsonResponse(body, status=status, safe=False)
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Headers"] = "*"
    # A visitor's answer is the same for all visitors; five minutes at the edge, never an answer for a key.
    anonymous = request is not None and not request.user.is_authenticated and status == 200
    response["Cache-Control"] = "public, s-maxage=300, stale-while-revalidate=150" if anonymous else "no-store"
    return response


# Reading an address. Lists come repeated or joined by commas; booleans as any of their words.


def _many(query, *names):
    found = []
    for name in names:
        for value in query.getlist(name) + query.getlist(f"{name}[]"):
            found += [part.strip() for part in value.split(",") if part.strip()]
    return found


def _numbers(query, name):
    values = _many(query, name)
    if not all(re.fullmatch(r"\d{1,10}", value, re.ASCII) for value in values):
        raise BadQuery(name, "Expected a list of numbers")
    return [int(value) for value in values]


def _number(query, name, default, *, least, most):
    value = query.get(name, "")
    if value == "":
        return default
    if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not least <= int(value) <= most:
        raise BadQuery(name, f"Expected a number from {least} to {most}")
    return int(value)


def _flag(query, name):
    value = query.get(name, "").strip().lower()
    if value == "":
        return None
    if value not in YES | NO:
        raise BadQuery(name, "Expected true or false")
    return value in YES


def _one(query, *names):
    return next((query[name].strip().replace("\x00", "") for name in names if query.get(name, "").strip()), "")


@router.get("models")
def models(request):
    """Published models. `cursor` is `a|b|id`; `nextPage` keeps every parameter; neither is there on the last page."""
    query = request.GET
    if ("favorites" in query or "hidden" in query) and not request.user.is_authenticated:
        return _json({"error": "Unauthorized"}, status=401)
    if _one(query, "query") and "page" in query:
        return _json({"error": "Cannot use page param with query search. Use cursor-based pagination."}, status=400)
    try:
        limit = _number(query, "limit", 100, least=0, most=100)
        page = _number(query, "page", None, least=1, most=10**8)
        if page and page * (limit or 1) > MOST_ROWS:
            text = "You've requested too many pages, please use cursors instead"
            return _json({"error": text}, status=429)
        order = SORTS.get(_one(query, "sort").lower(), SORTS["highest rated"])
        mask = int(SHOWABLE) if _flag(query, "nsfw") else int(Level.PG)
        rows = published.with_all(_filtered(query, mask))
        found, cursor = _paged(rows, order, limit, page, query.get("cursor", ""))
        primary_only = bool(_flag(query, "primaryFileOnly"))
    except BadQuery as bad:
        return bad.answer()
    except paging.BadCursor:
        return BadQuery("cursor", "Invalid cursor").answer()
    metadata = {"currentPage": page, "pageSize": limit} if page else {}
    if cursor:
        changes = {"cursor": cursor, **({"page": page + 1} if page else {})}
        metadata |= {"nextCursor": cursor, "nextPage": _next_page(request, **changes)}
    items = [published.item(row, request, mask=mask, primary_only=primary_only) for row in found]
    return _json({"items": items, "metadata": metadata}, request=request)


def _filtered(query, mask):
    rows = Model.objects.published().annotate(seen=F("level_mask").bitand(mask)).filter(seen__gt=0)
    shown = ModelVersion.objects.filter(state=ModelState.PUBLISHED)
    if ids := _numbers(query, "ids"):
        rows = rows.filter(pk__in=ids)
    if version_ids := _numbers(query, "modelVersionIds"):
        rows = rows.filter(pk__in=shown.filter(pk__in=version_ids).values("model"))
    if types := _many(query, "types"):
        rows = rows.filter(type__in=types)
    if kind := _one(query, "checkpointType"):
        rows = rows.filter(checkpoint_type__iexact=kind)
    if bases := _many(query, "baseModels"):
        rows = rows.filter(pk__in=shown.filter(base_model__in=bases).values("model"))
    if text := _one(query, "query"):
        for word in text[:200].split()[:8]:
            rows = rows.filter(has_word(word))
    if tag := _one(query, "tag", "tagname"):
        rows = rows.filter(tags__name=tag.lower()[:60])
    if username := _one(query, "username", "user"):
        rows = rows.filter(owner__username__iexact=username[:64])
    if days := PERIODS.get(_one(query, "period").lower()):
        rows = rows.filter(last_version_at__gte=timezone.now() - timedelta(days=days))
    for name, field in (
        ("allowNoCredit", "allow_no_credit"),
        ("allowDerivatives", "allow_derivatives"),
        ("allowDifferentLicense", "allow_different_license"),
        ("allowDifferentLicenses", "allow_different_license"),
    ):
        if (wanted := _flag(query, name)) is not None:
            rows = rows.filter(**{field: wanted})
    for use in _many(query, "allowCommercialUse"):
        # Who may do more may do less: every choice that comes to this use.
        above = [
            one for one in ("Image", "RentCivit", "Rent", "Sell") if use in {str(g.value) for g in granted_uses([one])}
        ]
        rows = rows.filter(allow_commercial_use__overlap=above) if above else rows.none()
    return rows


def _paged(rows, order, limit, page, cursor):
    """(rows, cursor of what follows or None). Pages are numbered to a thousand rows; cursors go on for ever."""
    if limit == 0:
        return [], None
    names = [name.lstrip("-") for name in order]
    if page and not cursor:
        found = list(rows.order_by(*order)[(page - 1) * limit : page * limit + 1])
        more = len(found) > limit
        found = found[:limit]
        return found, _cursor([getattr(found[-1], name) for name in names]) if more else None
    opaque = paging.encode(_unpack(cursor, len(names))) if cursor else None
    found = paging.keyset(rows, order=order, cursor=opaque, limit=limit)
    return found.rows, _cursor([getattr(found.rows[-1], name) for name in names]) if found.has_more else None


def _cursor(values):
    return "|".join(value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values)


def _unpack(cursor, count):
    parts = cursor[:300].split("|")
    if len(parts) != count:
        raise paging.BadCursor
    return parts


def _next_page(request, **changes):
    pairs = [(key, value) for key, values in request.GET.lists() for value in values if key not in changes and value]
    pairs = [(key, value) for key, value in pairs if key != "token"]
    return request.build_absolute_uri(f"{request.path}?{urlencode([*pairs, *changes.items()])}")


def _id(text):
    return int(text) if re.fullmatch(r"\d{1,10}", text, re.ASCII) and 0 < int(text) < 2**31 else None


@router.get("models/{number}")
def model(request, number: str):
    pk = _id(number)
    if pk is None:
        return _json({"error": "Invalid model id"}, status=400)
    row = published.with_all(Model.objects.published()).filter(pk=pk).first()
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


NOT_HASHES = {"error": "Request must include an array of SHA256 Hashes."}


@router.post("model-versions/by-hash")
def by_hashes(request):
    """Up to 100 SHA-256; unknown ones are left out."""
    wanted = _asked_hashes(request, 100)
    if wanted is None:
        return _json(NOT_HASHES, status=400)
    pks = {version.pk for version in versions_by_hash(wanted).values()}
    return _json([published.version_item(version, request) for version in _whole(pks)])


@router.post("model-versions/by-hash/ids")
def ids_by_hashes(request):
    """Up to 10,000 SHA-256 → numbers alone."""
    wanted = _asked_hashes(request, 10_000)
    if wanted is None:
        return _json(NOT_HASHES, status=400)
    found = versions_by_hash(wanted)
    return _json([{"modelVersionId": v.pk, "modelId": v.model_id, "hash": value} for value, v in found.items()])


# After `by-hash/ids`, which it would swallow.
@router.get("model-versions/by-hash/{value}")
def by_hash(request, value: str):
    """Any of the six hashes, in any letter case; where several versions hold the file, the first published."""
    version = next(iter(versions_by_hash([value]).values()), None)
    if version is None:
        return _json({"error": "Model not found"}, status=404)
    return _json(published.version_item(_whole([version.pk]).get(), request), request=request)


@router.get("model-versions/{number}")
def model_version(request, number: str):
    pk = _id(number)
    if pk is None:
        return _json({"error": "Missing modelVersionId"}, status=400)
    version = _whole(published_versions().filter(pk=pk)).first()
    if version is None:
        return _json({"error": "Model not found"}, status=404)
    return _json(published.version_item(version, request), request=request)


@router.get("tags")
def tags(request):
    """Tags of published models, most used first; `query` is how the name begins."""
    rows = Tag.objects.filter(models__state=ModelState.PUBLISHED, models__hidden_at=None)
    if text := _one(request.GET, "query"):
        rows = rows.filter(name__istartswith=text[:60])
    rows = rows.annotate(n=Count("models", distinct=True)).order_by("-n", "name")
    link = request.build_absolute_uri("/api/v1/models")
    return _numbered(request, rows, lambda tag: {"name": tag.name, "link": f"{link}?{urlencode({'tag': tag.name})}"})


@router.get("creators")
def creators(request):
    """Members with published models, most models first; `query` is part of the name."""
    shown = Q(models__state=ModelState.PUBLISHED, models__hidden_at=None)
    rows = User.objects.filter(shown, is_active=True)
    if text := _one(request.GET, "query"):
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

    return _numbered(request, rows, item)


def _numbered(request, rows, item):
    try:
        limit = _number(request.GET, "limit", 20, least=0, most=200)
        page = _number(request.GET, "page", 1, least=1, most=10**6)
    except BadQuery as bad:
        return bad.answer()
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

"""/api/v1/images: the feed for programs."""

from urllib.parse import urlencode

from django.db.models import Prefetch, Q
from django.http import JsonResponse
from ninja import Router

from civitai import openapi, paging
from civitai.levels import SAFE, SHOWABLE, Level, up_to
from gallery import published, queries
from gallery.models import ImageResource
from models_hub import asking
from models_hub.asking import BadQuery

router = Router(tags=["images"])
prefix = "/v1/"
ALL = {int(level) for level in Level if level & SHOWABLE}
_LISTS = ("imageId", "postId", "modelId", "modelVersionId", "userId", "tags")
NSFW = {"none": Level.PG, "soft": Level.PG13, "mature": Level.R, "x": Level.XXX}
SORTS = {
    "most reactions": queries.MOST_LIKED,
    "most comments": queries.DISCUSSED,
    "newest": queries.NEWEST,
    "oldest": queries.OLDEST,
}
MOST = 200


_IMAGES = openapi.query(
    limit=(int, "0 to 200, else 100"),
    cursor=(str, "of the page before"),
    page=(int, "instead of a cursor, for the first 1,000 rows"),
    imageId=list,
    postId=list,
    modelId=list,
    modelVersionId=list,
    userId=list,
    username=str,
    tags=(list, "numbers of tags"),
    baseModels=(list, "of /api/v1/enums"),
    sort=[name.title() for name in SORTS],
    period=["Day", "Week", "Month", "Year", "AllTime"],
    nsfw=(["None", "Soft", "Mature", "X", "true", "false"], "up to this level; a bare true: mature alone"),
    browsingLevel=(int, asking.LEVELS_TOLD),
    withMeta=(bool, "how each was made"),
    withTags=bool,
    requiringMeta=(bool, "those alone that say how they were made"),
)


@router.get("images", openapi_extra=_IMAGES)
def images(request):
    """Published images. Without nsfw or browsingLevel PG alone; `meta` only with withMeta=true."""
    query = request.GET
    try:
        limit = asking.number(query, "limit", 100, least=0, most=MOST)
        page = asking.number(query, "page", None, least=1, most=10**8)
        if page and page * (limit or 1) > asking.MOST_ROWS:
            return _json({"error": "You've requested too many pages, please use cursors instead"}, status=429)
        rows, cursor = asking.paged(found(query), _with_all, limit, page, query.get("cursor", ""))
        with_meta, with_tags = bool(asking.flag(query, "withMeta")), bool(asking.flag(query, "withTags"))
    except BadQuery as bad:
        return _json(bad.told, status=400)
    except paging.BadCursor:
        return _json(BadQuery("cursor", "Invalid cursor").told, status=400)
    metadata = {"currentPage": page, "pageSize": limit} if page else {}
    if cursor:
        numbered = page and (page + 1) * limit <= asking.MOST_ROWS and "cursor" not in query
        changes = {"page": page + 1, "cursor": None} if numbered else {"cursor": cursor, "page": None}
        metadata |= {"nextCursor": cursor, "nextPage": _next(request, changes)}
    items = [published.item(row, request, with_meta=with_meta, with_tags=with_tags, user=request.user) for row in rows]
    return _json({"items": items, "metadata": metadata}, is_public=not request.user.is_authenticated)


def _mask(query):
    """browsingLevel wins over nsfw; both mean a set of levels."""
    if asking.one(query, "browsingLevel"):
        return asking.mask_of(query)
    text = asking.one(query, "nsfw").lower()
    if text in NSFW:
        return int(up_to(NSFW[text]))
    if text == "blocked":
        return 0
    # As it has always been here: a bare "true" asks for what is mature alone.
    return int(SHOWABLE & ~SAFE) if asking.flag(query, "nsfw") else int(Level.PG)


def found(query):
    """The images that an address asks for, to take pages of."""
    levels = {int(level) for level in Level if level and level & _mask(query)}
    ids = {name: tuple(dict.fromkeys(asking.numbers(query, name))) for name in _LISTS}
    username = asking.one(query, "username")

    def seen(rows):
        rows = rows.in_feed()
        # All of them is no condition: it would only be asked in vain.
        return rows if levels >= ALL else rows.filter(level__in=sorted(levels))

    owners = ids["userId"]
    if username:
        named = asking.named(username)
        owners = (named.filter(pk__in=owners) if owners else named).values("pk")
    said, kinds = Q(), asking.many(query, "type")
    if ids["imageId"]:
        said &= Q(pk__in=ids["imageId"])
    if ids["postId"]:
        said &= Q(post__in=ids["postId"])
    if kinds and "image" not in kinds:
        said &= Q(pk__in=[])
    if asking.flag(query, "requiringMeta"):
        said &= ~Q(prompt="", settings={})
    return queries.along(
        seen,
        SORTS.get(asking.one(query, "sort").lower(), queries.MOST_LIKED),
        days=asking.PERIODS.get(asking.one(query, "period").lower()),
        tags=ids["tags"],
        versions=ids["modelVersionId"],
        models=ids["modelId"],
        owners=owners,
        bases=tuple(dict.fromkeys(asking.many(query, "baseModels"))),
        said=said,
    )


def _with_all(images):
    """With what `published.item` reads."""
    shown = Prefetch("resources", ImageResource.objects.select_related("version__model").order_by("pk"))
    # A post is hidden with its images; should one of them be forgotten, it is not shown here either.
    images = images.filter(post__hidden_at=None).select_related("picture", "owner", "post")
    return images.prefetch_related(shown, "post__tags")


def _next(request, changes):
    pairs = [(key, value) for key, values in request.GET.lists() for value in values if key not in changes and value]
    changes = {key: value for key, value in changes.items() if value is not None}
    return request.build_absolute_uri(f"{request.path}?{urlencode([*pairs, *changes.items()])}")


def _json(body, *, status=200, is_public=False):
    response = JsonResponse(body, status=status)
    cached = is_public and status == 200
    response["Cache-Control"] = "public, s-maxage=300, stale-while-revalidate=150" if cached else "no-store"
    return response

"""The wall of images."""

from django.http import Http404
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from gallery import queries
from models_hub.models import ModelVersion

LONGEST = 60


@require_safe
def images(request):
    """Filters live in the address: sort, period, base, tag, made=here, version. htmx gets the next cards alone."""
    asked = request.GET
    sort = asked.get("sort") if asked.get("sort") in queries.SORTS else queries.NEWEST
    fallback = "month" if sort == queries.MOST_LIKED else "all"
    period = asked.get("period") if asked.get("period") in queries.PERIODS else fallback
    if sort == queries.RISING:
        period = "all"  # its time is now
    chosen = {
        "sort": sort,
        "period": period,
        "base": asked.get("base", "")[:LONGEST],
        "tag": asked.get("tag", "")[:LONGEST].casefold(),
        "following": asked.get("from") == "following" and request.user.is_authenticated,
        "made_here": asked.get("made") == "here",
        "version": _version(request, asked.get("version")),
    }
    cursor, is_more = asked.get("cursor"), request.htmx and not request.htmx.boosted
    if is_more:
        page, total = queries.feed(request.user, cursor=cursor, **chosen), None
    else:
        # What is popular may have to be asked for now: that is enough for one look.
        warm = queries.is_popular_known()
        page, total = queries.feed_with_total(request.user, cursor=cursor, may_estimate=warm, **chosen)
    # Only the first page has pictures to load before anything else.
    cards = queries.image_cards(page.rows, request.user, eager=0 if cursor else 8)
    context = {"cards": cards, "next_url": _next(request, page.next_cursor)}
    if is_more:
        response = render(request, "gallery/_cards.html", context)
    else:
        response = render(request, "gallery/images.html", {**context, **chosen, "total": total, **_choices()})
    # Two answers live at one address; nothing between us and the browser may mix them up.
    patch_vary_headers(response, ["HX-Request"])
    return response


def _version(request, text):
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Http404
    version = ModelVersion.objects.visible_to(request.user).select_related("model").filter(pk=int(text)).first()
    if version is None:
        raise Http404
    return version


def _next(request, cursor):
    if cursor is None:
        return ""
    params = request.GET.copy()
    params["cursor"] = cursor
    return f"{request.path}?{params.urlencode()}"


def _choices():
    bases, tags = queries.popular()
    return {
        "nav_current": "images",
        "bases": bases,
        "tags": tags,
        "sorts": [
            (queries.MOST_LIKED, pgettext("sort", "Top")),
            (queries.RISING, pgettext("sort", "Rising")),
            (queries.NEWEST, pgettext("sort", "New")),
        ],
        "periods": [
            ("day", _("Day")),
            ("week", _("Week")),
            ("month", _("Month")),
            ("year", _("Year")),
            ("all", pgettext("period", "All")),
        ],
    }

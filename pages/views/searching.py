"""Search over pictures, models and people. One address, no script needed."""

from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from civitai import paging
from civitai.templatetags.ui import number
from gallery.queries import image_cards, popular
from models_hub import browsing, wording
from models_hub.queries import model_cards
from pages.queries import found
from pages.views.more import next_url

KINDS = ("all", "pictures", "models", "people")
FEW_PICTURES, FEW_MODELS, FEW_PEOPLE = 12, 6, 6
PAGE_OF_PICTURES, PAGE_OF_MODELS, PAGE_OF_PEOPLE = 40, 24, 36


@require_safe
def search(request):
    text = found.clean(request.GET.get("q", ""))
    kind = request.GET.get("in") if request.GET.get("in") in KINDS else "all"
    if not text:
        return render(request, "pages/search.html", {"text": "", "tags": popular()[1]})
    rows = {
        "pictures": (found.images(text, request.user), ("-sort_at", "-id")),
        "models": (found.models(text, request.user), ("-downloads", "-id")),
        "people": (found.members(text, request.user), ("username",)),
    }
    content = _few(request, rows) if kind == "all" else _page(request, kind, *rows[kind])
    context = {"text": text, "search_text": text, "kind": kind, "problems": wording.read(text).problems, **content}
    if kind == "pictures" and request.htmx and not request.htmx.boosted:
        response = render(request, "gallery/_cards.html", {**context, "cards": content["pictures"]})
    else:
        counts = {name: found.count(some) for name, (some, _order) in rows.items()}
        tabs = _tabs(request, text, kind, counts)
        meant = browsing.meant(text, request.user) if not counts["models"] else ""
        told = {**context, "tabs": tabs, "is_empty": not any(counts.values()), "meant": meant}
        response = render(request, "pages/search.html", told)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _few(request, rows):
    limits = {"pictures": FEW_PICTURES, "models": FEW_MODELS, "people": FEW_PEOPLE}
    few = {
        name: list(some.order_by(*order)[: limits[name]]) for name, (some, order) in rows.items() if name != "models"
    }
    few["models"] = found.best_models(request.GET.get("q", ""), request.user, FEW_MODELS)
    return {
        "pictures": image_cards(few["pictures"], request.user),
        "models": model_cards(few["models"], request.user),
        "people": few["people"],
    }


def _page(request, kind, rows, order):
    limit = {"pictures": PAGE_OF_PICTURES, "models": PAGE_OF_MODELS, "people": PAGE_OF_PEOPLE}[kind]
    page = paging.keyset(rows, order=order, cursor=request.GET.get("cursor"), limit=limit)
    cards = {
        "pictures": lambda: image_cards(page.rows, request.user),
        "models": lambda: model_cards(page.rows, request.user),
        "people": lambda: page.rows,
    }[kind]()
    return {kind: cards, "next_url": next_url(request, page.next_cursor)}


def _tabs(request, text, kind, counts):
    names = [("all", _("All")), ("pictures", _("Pictures")), ("models", _("Models")), ("people", _("People"))]
    return [
        {
            "url": f"{request.path}?{urlencode({'q': text} if key == 'all' else {'q': text, 'in': key})}",
            "label": label,
            "small": "" if key == "all" else _shown(counts[key]),
            "current": key == kind,
        }
        for key, label in names
    ]


def _shown(count):
    return f"{number(found.MOST_COUNTED)}+" if count > found.MOST_COUNTED else number(count)

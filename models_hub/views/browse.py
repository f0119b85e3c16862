"""The list of models, and one's own."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import QueryDict
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from civitai import paging
from civitai.levels import viewer_mask
from civitai.preferences import LEVELS
from models_hub import browsing, wizard
from models_hub.browsing import BEST, LICENCES, MOST_COUNTED, PAGE, PERIODS, SORTS, Asked
from models_hub.catalogue.bases import grouped_choices
from models_hub.catalogue.kinds import ACCEPTED_FORMATS
from models_hub.forms import OFFERED_TYPES
from models_hub.models import Model
from models_hub.queries import model_cards, type_label, with_card
from models_hub.showing import FORMATS
from models_hub.states import AWAY, ModelState

LAST_PAGE = 20


@require_safe
def models(request):
    """Numbered pages to 20, then "more" by keyset; at most three queries beside the viewer's own."""
    asked = Asked.of(request.GET)
    listed = browsing.listed(asked, request.user)
    found = browsing.counted(listed, viewer_mask(request.user))
    page, shown, more = _page(request, listed, found.count)
    context = {
        "nav_current": "models",
        "asked": asked,
        "chips": [(chip, _changed(request.GET, q=chip.rest or None)) for chip in asked.wording.chips],
        "cards": model_cards(shown, request.user),
        "page": page,
        "more_url": _changed(request.GET, cursor=more, page=None) if more else "",
        "count": min(found.count, MOST_COUNTED),
        "is_capped": found.is_capped,
        "meant": browsing.meant(asked.text, request.user) if asked.text and not found.count else "",
        "above": found.above,
        "sorts": _sorts(request, asked),
        "menus": _menus(request, asked),
        # Filters go first; without any, the words.
        "clear_url": _changed(QueryDict(), **({"q": asked.text} if asked.text and asked.filters else {})),
    }
    return render(request, "models_hub/models.html", context)


def _page(request, listed, count):
    """(numbered page or None, rows, cursor of what follows or None)."""
    cursor = request.GET.get("cursor")
    if cursor:
        page = listed.page(with_card, cursor=cursor, limit=PAGE)
        return None, page.rows, page.next_cursor
    pages = Paginator(range(min(count, LAST_PAGE * PAGE)), PAGE)
    number = request.GET.get("page", "1")
    number = (
        min(int(number), LAST_PAGE, pages.num_pages) if number.isdecimal() and len(number) < 4 and int(number) else 1
    )
    page = listed.page(with_card, limit=PAGE, start=(number - 1) * PAGE)
    return pages.page(number), page.rows, page.next_cursor if number == LAST_PAGE else None


def _changed(query, **changes):
    """The address with changes; None takes a key out. Paging belongs to the old list and goes."""
    changes = {"cursor": None, "page": None, **changes}
    params = query.copy()
    for key, value in changes.items():
        if value is None or value == []:
            params.pop(key, None)
        elif isinstance(value, list):
            params.setlist(key, value)
        else:
            params[key] = value
    text = params.urlencode()
    return f"?{text}" if text else "?"


def _choices(request, key, choices, current, default=""):
    """One of a few: links, the default without a parameter."""
    return [
        {
            "label": label,
            "url": _changed(request.GET, **{key: None if value == default else value}),
            "current": value == current,
            "value": value,
        }
        for value, label in choices
    ]


def _sorts(request, asked):
    named = {"best": BEST, **SORTS} if asked.text else SORTS
    choices = [(key, label) for key, (label, _order) in named.items()]
    sorts = _choices(request, "sort", choices, asked.sort, next(iter(named)))
    # Four do not fit beside the filters of a phone.
    return [{**one, "wide": asked.text and one["value"] == "likes" and not one["current"]} for one in sorts]


def _toggles(request, key, choices, chosen):
    """Any of many: each link puts its value in or takes it out."""
    return [
        {
            "label": label,
            "url": _changed(
                request.GET, **{key: [*(v for v in chosen if v != value), *([] if value in chosen else [value])]}
            ),
            "current": value in chosen,
            "icon": "check" if value in chosen else "",
        }
        # What is chosen stands first: some lists are long.
        for value, label in sorted(choices, key=lambda choice: choice[0] not in chosen)
    ]


def _menus(request, asked):
    bases = [(name, name) for _group, names in grouped_choices() for name, _label in names]
    levels = [
        ("", _("Any level")),
        *[(str(value), _("up to %(level)s") % {"level": label}) for value, label, _what in LEVELS],
    ]
    period = PERIODS[asked.period][0]
    return [
        {
            "id": "m-type",
            "set": bool(asked.types),
            "label": _("Type: %(what)s") % {"what": _several(asked.types, type_label)} if asked.types else _("Type"),
            "items": _toggles(request, "type", [(kind.value, kind.label) for kind in OFFERED_TYPES], asked.types),
        },
        {
            "id": "m-base",
            "set": bool(asked.bases),
            "label": _("Base: %(what)s") % {"what": _several(asked.bases, str)} if asked.bases else _("Base model"),
            "items": _toggles(request, "base", bases, asked.bases),
        },
        {
            "id": "m-period",
            "set": bool(asked.period),
            "label": _("Published: %(when)s") % {"when": str(period).lower()},
            "items": _choices(request, "period", [(key, label) for key, (label, _d) in PERIODS.items()], asked.period),
        },
        {
            "id": "m-licence",
            "set": bool(asked.licences),
            "label": _("Licence: %(what)s")
            % {"what": _several(asked.licences, lambda key: str(LICENCES[key][0]).lower())}
            if asked.licences
            else _("Licence"),
            "items": _toggles(
                request, "licence", [(key, label) for key, (label, _q) in LICENCES.items()], asked.licences
            ),
        },
        {
            "id": "m-format",
            "set": bool(asked.formats),
            "label": _("Format: %(what)s") % {"what": _several(asked.formats, _format_label)}
            if asked.formats
            else _("Format"),
            "items": _toggles(
                request,
                "format",
                [(key, _format_label(key)) for key in sorted(ACCEPTED_FORMATS, reverse=True)],
                asked.formats,
            ),
        },
        {
            "id": "m-level",
            "set": bool(asked.level),
            "label": _("Level"),
            "items": _choices(request, "level", levels, str(asked.level or "")),
        },
    ]


def _format_label(value):
    return str(FORMATS.get(value, value))


def _several(values, label):
    if len(values) == 1:
        return label(values[0])
    return ngettext("%(count)s kind", "%(count)s kinds", len(values)) % {"count": len(values)}


@login_required
@require_safe
def my_models(request):
    """Drafts, published and unpublished models of one's own, newest first."""
    rows = Model.objects.filter(owner=request.user).exclude(state__in=AWAY)
    page = paging.keyset(
        with_card(rows).prefetch_related("versions"), order=("-id",), cursor=request.GET.get("cursor"), limit=PAGE
    )
    cards = model_cards(page.rows, request.user)
    for card, model in zip(cards, page.rows, strict=True):
        version = next((one for one in model.versions.all() if one.state not in AWAY), None)
        card["name"] = card["name"] or _("Without a name")
        if model.state != ModelState.PUBLISHED or model.is_hidden:
            card["badge"] = _("Hidden") if model.is_hidden else capfirst(model.get_state_display())
            card["badge_kind"] = "glass"
            card["base"] = card["base"] or (version.base_model if version else "")
        if model.state == ModelState.DRAFT and version:
            card["url"] = wizard.url_of(model, version, "what")
    context = {
        "nav_current": "models",
        "cards": cards,
        "more_url": f"?cursor={page.next_cursor}" if page.has_more else "",
    }
    return render(request, "models_hub/my_models.html", context)

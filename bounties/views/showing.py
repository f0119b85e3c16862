"""The list of bounties, the page of one, and the page of an entry."""

import uuid

from django.http import Http404, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bounties import queries
from bounties.forms import CallOffForm, StakeForm
from bounties.models import Bounty, BountyType, Entry
from bounties.states import BountyState
from civitai import failures
from civitai.access import fetch
from wallet.context import balance_of

# How many backers stand in the table by name, and how many entries on the page, until all are asked for.
BACKERS = 12
ENTRIES = 12


@require_safe
def bounties(request):
    whose = request.GET.get("whose") if request.GET.get("whose") in queries.WHOSE else ""
    whose = whose if request.user.is_authenticated else ""
    show = request.GET.get("show") if request.GET.get("show") in queries.SHOWN else "all" if whose else "open"
    # What is over ends no more.
    usual = "newest" if show in ("closed", "all") else "ending"
    sort = request.GET.get("sort") if request.GET.get("sort") in queries.SORTS else usual
    type = request.GET.get("type") if request.GET.get("type") in BountyType.values else ""
    page = queries.listed(request.user, show=show, sort=sort, type=type, whose=whose, cursor=request.GET.get("cursor"))
    context = {
        "nav_current": "bounties",
        "cards": queries.cards(page.rows, queries.pictures_of(page.rows, request.user)),
        "next_cursor": page.next_cursor,
        "show": show,
        "type": type,
        "types": BountyType.choices,
        "shows": [
            *([("all", _("All"))] if whose else []),
            ("open", _("Running")),
            ("judging", _("Being judged")),
            ("closed", _("Over")),
        ],
        **_sorts(request, sort),
        "whose": whose,
        "whoses": [
            ("following", _("I follow")),
            ("backed", _("I back")),
            ("entered", _("I entered")),
            ("own", _("I put up")),
        ],
    }
    return render(request, "bounties/bounties.html", context)


def _sorts(request, current):
    names = {
        "ending": _("Ending soon"),
        "reward": _("Highest"),
        "newest": _("Newest"),
        "entries": _("Most entries"),
        "discussed": _("Most discussed"),
    }
    items = []
    for key, name in names.items():
        address = request.GET.copy()
        address.pop("cursor", None)
        address["sort"] = key
        items.append({"url": f"?{address.urlencode()}", "label": name, "current": key == current})
    return {"sorts": items, "sort_label": names[current]}


@require_safe
def bounty(request, pk, slug=""):
    try:
        row = fetch(queries.for_page(request.user), request.user, pk=pk)
    except Http404:
        return _absent(request, Bounty, pk)
    if slug and slug in row.gone_slugs:
        return failures.gone(request, title=_("This address is gone"), url=reverse("bounties"), label=_("All bounties"))
    if slug != row.named_slug and request.path != row.get_absolute_url():
        # Who has the address with the name of what is unlisted by now stays where he is, and is sent from nowhere to it.
        return HttpResponsePermanentRedirect(row.get_absolute_url())
    return page_of(request, row)


def page_of(request, row, *, stake_form=None, off_form=None, status=200):
    entries, backers = queries.entries_of(row, request.user), queries.backers_of(row)
    queries.neutral(row, [], request.user)
    mine = next((one for one in backers if one.user_id == request.user.pk), None)
    shares, open_units, open_backers = queries.shares(entries, backers)
    shown = _shown_of(request, entries, mine)
    all_backers = request.GET.get("backers") == "all"
    context = _acts(request, row, mine) | {
        "nav_current": "bounties",
        "bounty": row,
        "entries": shown,
        "more_entries": len(entries) - len(shown),
        "is_newest_first": _is_newest_first(request),
        "entries_count": sum(not one.is_alone for one in entries),
        "backers": backers if all_backers else backers[:BACKERS],
        "backers_count": len(backers),
        **_more_of([] if all_backers else backers[BACKERS:]),
        "left": row.ends_at - timezone.now(),
        "is_soon": row.ends_at - timezone.now() < queries.SOON,
        "shares": shares,
        "open_units": open_units,
        "open_backers": open_backers,
        "examples": queries.examples_of(row, request.user),
        "is_own": row.owner_id == request.user.pk,
        "is_open": row.state == BountyState.OPEN and not row.is_closed_to_members,
        "stake_form": stake_form or StakeForm(initial={"submission": uuid.uuid4().hex}),
        "off_form": off_form or CallOffForm(),
        "balance": balance_of(request) if request.user.is_authenticated else None,
    }
    return render(request, "bounties/bounty.html", context, status=status)


def _more_of(backers):
    """How many stand below the table, and between what they gave."""
    if not backers:
        return {"more_backers": 0}
    return {"more_backers": len(backers), "more_most": backers[0].units, "more_least": backers[-1].units}


def _is_newest_first(request):
    return request.GET.get("order") == "new"


def _shown_of(request, entries, mine):
    """The first of them in the order asked for, with all that this viewer has made or given to; or all."""
    if _is_newest_first(request):
        entries = sorted(entries, key=lambda entry: (not entry.is_alone, -entry.pk))
    if request.GET.get("entries") == "all":
        return entries
    theirs = mine.awarded_to_id if mine else None
    return [
        entry
        for place, entry in enumerate(entries)
        if place < ENTRIES or entry.pk == theirs or entry.owner_id == request.user.pk
    ]


def _acts(request, row, mine):
    """What this viewer may do with entries: give a stake that is still theirs."""
    has_stake = mine is not None and not mine.awarded_at and not mine.refunded_at
    return {"mine": mine, "may_give": has_stake and row.is_live and not row.is_closed_to_members}


@require_safe
def entry(request, pk):
    try:
        row = fetch(queries.entry_rows(request.user).select_related("bounty__owner"), request.user, pk=pk)
    except Http404:
        return _absent(request, Entry, pk)
    mine = row.bounty.benefactors.filter(user=request.user).first() if request.user.is_authenticated else None
    is_own = row.owner_id == request.user.pk
    row.is_ready = queries.is_ready(row, row.bounty)
    queries.neutral(row.bounty, [row], request.user)
    context = _acts(request, row.bounty, mine) | {
        "nav_current": "bounties",
        "entry": row,
        "bounty": row.bounty,
        "is_own": is_own,
        "may_edit": is_own and row.bounty.is_live and not row.given and not row.is_withheld,
        "is_empty": is_own and row.bounty.is_live and not row.is_ready,
    }
    return render(request, "bounties/entry.html", context)


def _absent(request, kind, pk):
    """What a removal case holds says so, without a word of what stood here; anything else never was."""
    row = kind.objects.filter(pk=pk, hidden_at=None).first()
    held = row if row is None or row.is_withheld else getattr(row, "bounty", None)
    if held is None or not held.is_withheld:
        raise Http404
    why = _("Somebody whose right it is asked for this to be taken down. Case %(reference)s.")
    return failures.withheld(
        request,
        title=_("This was taken down") if held.taken_down_at else "",
        why=why % {"reference": held.case_reference},
        url=reverse("bounties"),
        label=_("All bounties"),
    )

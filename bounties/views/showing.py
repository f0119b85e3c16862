"""The list of bounties, and the page of one."""

import uuid

from django.http import HttpResponsePermanentRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bounties import queries
from bounties.domain import entry_files
from bounties.forms import StakeForm
from bounties.models import Bounty
from bounties.states import BountyState
from civitai.access import fetch, may
from wallet.queries import balance


@require_safe
def bounties(request):
    show = request.GET.get("show") if request.GET.get("show") in queries.SHOWN else "open"
    sort = request.GET.get("sort") if request.GET.get("sort") in queries.SORTS else "ending"
    page = queries.listed(request.user, show=show, sort=sort, cursor=request.GET.get("cursor"))
    context = {
        "nav_current": "bounties",
        "cards": queries.cards(page.rows),
        "next_cursor": page.next_cursor,
        "show": show,
        "sort": sort,
    }
    return render(request, "bounties/bounties.html", context)


@require_safe
def bounty(request, pk, slug):
    row = fetch(Bounty.objects.select_related("owner"), request.user, pk=pk)
    if request.path != row.get_absolute_url():
        return HttpResponsePermanentRedirect(row.get_absolute_url())
    return page_of(request, row)


def page_of(request, row, *, stake_form=None, status=200):
    entries, backers = queries.entries_of(row, request.user), queries.backers_of(row)
    mine = next((one for one in backers if one.user_id == request.user.pk), None)
    shares, open_units = queries.shares(row, entries, backers)
    context = {
        "nav_current": "bounties",
        "bounty": row,
        "entries": entries,
        "backers": backers,
        "mine": mine,
        "shares": shares,
        "open_units": open_units,
        "examples": queries.examples_of(row, request.user),
        "files_open": set(entry_files.open_to(request.user).filter(entry__bounty=row).values_list("pk", flat=True)),
        "tags": list(row.tags.all()),
        "is_own": row.owner_id == request.user.pk,
        "is_open": row.state == BountyState.OPEN,
        "may_edit": request.user.pk == row.owner_id and may(row, request.user, "edit"),
        "stake_form": stake_form or StakeForm(initial={"submission": uuid.uuid4().hex}),
        "balance": balance(request.user) if request.user.is_authenticated else None,
    }
    return render(request, "bounties/bounty.html", context, status=status)

"""Stakes, entries, awards: one noun each."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bounties import queries
from bounties.domain import entry_files, publishing, staking
from bounties.forms import EntryForm, StakeForm, told
from bounties.models import Bounty, Entry
from bounties.views.showing import page_of
from civitai.access import fetch
from civitai.errors import Refused


@login_required
@require_POST
def stakes(request, pk):
    bounty = fetch(Bounty.objects.select_related("owner"), request.user, pk=pk)
    form = StakeForm(request.POST)
    if form.is_valid():
        try:
            staking.contribute(bounty, request.user, form.cleaned_data["amount"], key=form.cleaned_data["submission"])
        except Refused as refused:
            told(form, refused)
        else:
            messages.success(request, _("Your stake is in. You alone decide who gets it."))
            return redirect(bounty)
    return page_of(request, bounty, stake_form=form, status=400)


@login_required
@require_http_methods(["GET", "POST"])
def entries(request, pk):
    bounty = fetch(Bounty.objects.select_related("owner"), request.user, pk=pk)
    form = EntryForm(
        *((request.POST, request.FILES) if request.method == "POST" else ()),
        versions=list(queries.own_versions(request.user)),
        initial={"submission": uuid.uuid4().hex},
    )
    if request.method == "POST" and form.is_valid():
        try:
            entry = publishing.enter(bounty, request.user, **form.cleaned_data)
        except Refused as refused:
            told(form, refused)
        else:
            messages.success(request, _("Entered. Good luck."))
            return redirect(entry)
    context = {"form": form, "bounty": bounty, "nav_current": "bounties"}
    return render(request, "bounties/enter.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def award(request, pk):
    entry = fetch(Entry.objects.select_related("bounty"), request.user, pk=pk)
    _told(request, lambda: staking.award(entry, request.user), _("Given. It is theirs now."))
    return redirect(entry)


@login_required
@require_POST
def withdrawal(request, pk):
    entry = fetch(Entry.objects.select_related("bounty"), request.user, to="edit", pk=pk)
    _told(request, lambda: publishing.withdraw(entry, request.user), _("Your entry was taken back."))
    return redirect(entry.bounty)


@login_required
@require_POST
def cancellation(request, pk):
    bounty = fetch(Bounty.objects, request.user, to="moderate" if request.user.is_moderator else "edit", pk=pk)
    _told(request, lambda: publishing.call_off(bounty, request.user), _("Called off. Every stake went back."))
    return redirect(bounty)


@require_safe
def file(request, pk):
    """A short-lived address, for those to whom the file is open."""
    row = entry_files.open_to(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    response = HttpResponseRedirect(entry_files.link(row))
    response["Cache-Control"] = "private, no-store"
    return response


def _told(request, act, said):
    try:
        act()
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)

"""A bounty is put up and its brief changed."""

import uuid

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bounties import queries
from bounties.domain import publishing
from bounties.forms import BountyForm, ChangeForm, told
from bounties.models import Bounty
from civitai import unsaid
from civitai.access import fetch
from civitai.errors import Refused
from wallet.context import balance_of


@unsaid.login_keeping
@require_http_methods(["GET", "POST"])
def new(request):
    form = BountyForm(
        *((request.POST, request.FILES) if request.method == "POST" else ()),
        initial={"submission": uuid.uuid4().hex} | unsaid.in_form(request),
    )
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        files, ends_at = said.pop("examples"), said.pop("ends_on")
        try:
            bounty = publishing.put_up(request.user, files=files, ends_at=ends_at, **said)
        except Refused as refused:
            told(form, refused)
        else:
            messages.success(request, _("It is up. Your stake is held for who does it best."))
            return redirect(bounty)
    context = {"form": form, "balance": balance_of(request), "nav_current": "bounties"}
    return render(request, "bounties/new.html", context, status=400 if form.errors else 200)


@unsaid.login_keeping
@require_http_methods(["GET", "POST"])
def edit(request, pk):
    bounty = fetch(Bounty.objects, request.user, to="edit", pk=pk)
    form = ChangeForm(
        *((request.POST, request.FILES) if request.method == "POST" else ()),
        initial={"description": bounty.description} | unsaid.in_form(request),
    )
    status = 400 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            publishing.change(bounty, request.user, **form.cleaned_data)
        except Refused as refused:
            status = told(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("bounty_edit", bounty.pk) if form.is_moving else redirect(bounty)
    context = {"form": form, "bounty": bounty, "shown": queries.arranged(bounty), "nav_current": "bounties"}
    return render(request, "bounties/edit.html", context, status=status)

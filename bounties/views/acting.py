"""Stakes, entries, awards: one noun each."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bounties import queries
from bounties.domain import entering, entry_files, publishing, staking
from bounties.domain import following as follow
from bounties.forms import AwardForm, CallOffForm, EntryChangeForm, EntryForm, StakeForm, told
from bounties.models import Bounty, Entry, EntryFile
from bounties.views.showing import page_of
from civitai.access import fetch
from civitai.errors import Refused
from models_hub.states import FileState


@login_required
@require_POST
def stakes(request, pk):
    bounty = fetch(queries.for_page(request.user), request.user, pk=pk)
    form, status = StakeForm(request.POST), 400
    if form.is_valid():
        try:
            staking.contribute(bounty, request.user, form.cleaned_data["amount"], key=form.cleaned_data["submission"])
        except Refused as refused:
            status = told(form, refused)
        else:
            messages.success(request, _("Your stake is in. You alone decide who gets it."))
            return redirect(bounty)
    return page_of(request, bounty, stake_form=form, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def entries(request, pk):
    bounty = fetch(Bounty.objects.select_related("owner"), request.user, pk=pk)
    queries.neutral(bounty, [], request.user)
    form = EntryForm(
        *((request.POST, request.FILES) if request.method == "POST" else ()),
        owner=request.user,
        versions=list(queries.own_versions(request.user)),
        initial={"submission": uuid.uuid4().hex},
    )
    if request.method == "POST" and form.is_valid():
        try:
            entry = entering.enter(bounty, request.user, **form.cleaned_data)
        except Refused as refused:
            told(form, refused)
        else:
            messages.success(request, _("Entered. Good luck."))
            return redirect(entry)
    context = {
        "form": form,
        "bounty": bounty,
        "nav_current": "bounties",
        "left": bounty.ends_at - timezone.now(),
        "purpose": entry_files.PURPOSE,
        "max_bytes": entry_files.MAX_BYTES,
    }
    return render(request, "bounties/enter.html", context, status=400 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def entry_edit(request, pk):
    rows = Entry.objects.select_related("bounty", "version__model").prefetch_related("files")
    entry = fetch(rows, request.user, to="edit", pk=pk)
    versions = list(queries.own_versions(request.user))
    if entry.version and entry.version not in versions:
        versions.append(entry.version)
    initial = {
        "name": entry.name,
        "description": entry.description,
        "version": entry.version_id,
        "seen": entry.revision,
    }
    form = EntryChangeForm(
        *((request.POST, request.FILES) if request.method == "POST" else ()),
        owner=request.user, versions=versions, initial=initial,
    )  # fmt: skip
    status = 400 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            entering.change(entry, request.user, **form.cleaned_data)
        except Refused as refused:
            status = told(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("entry_edit", entry.pk) if form.is_moving else redirect(entry)
    context = {
        "form": form,
        "entry": entry,
        "shown": queries.arranged(entry),
        "files": [file for file in entry.files.all() if file.state != FileState.REMOVED],
        "takes_content": entering.takes_content(entry),
        "purpose": entry_files.PURPOSE,
        "max_bytes": entry_files.MAX_BYTES,
        "nav_current": "bounties",
    }
    return render(request, "bounties/entry_edit.html", context, status=status)


@login_required
@require_POST
def award(request, pk):
    entry = fetch(Entry.objects.select_related("bounty"), request.user, pk=pk)
    form = AwardForm(request.POST)
    if form.is_valid():
        seen = form.cleaned_data["seen"]
        _told(request, lambda: staking.award(entry, request.user, seen=seen), _("Given. It is theirs now."))
    else:
        messages.error(request, _("Open the entry and look at it before you give."))
    return redirect(f"{entry.bounty.get_absolute_url()}#entry-{entry.pk}")


@login_required
@require_POST
def following(request, pk):
    """POST with wanted=1 follows, without it follows no more."""
    bounty = fetch(Bounty.objects, request.user, pk=pk)
    if request.POST.get("wanted") == "1":
        _told(request, lambda: follow.follow(bounty, request.user), _("You will hear of entries and of its end."))
    else:
        _told(request, lambda: follow.unfollow(bounty, request.user), _("You follow it no more."))
    return redirect(bounty)


@login_required
@require_POST
def withdrawal(request, pk):
    entry = fetch(Entry.objects.select_related("bounty"), request.user, to="edit", pk=pk)
    _told(request, lambda: entering.withdraw(entry, request.user), _("Your entry was taken back."))
    return redirect(entry.bounty)


@login_required
@require_POST
def cancellation(request, pk):
    """Its author's, while nobody joined; a moderator's with a reason."""
    bounty = fetch(
        queries.for_page(request.user), request.user, to="moderate" if request.user.is_moderator else "edit", pk=pk
    )
    form, status = CallOffForm(request.POST), 400
    if form.is_valid():
        try:
            publishing.call_off(bounty, request.user, because=form.cleaned_data["because"])
        except Refused as refused:
            status = told(form, refused)
        else:
            messages.success(request, _("Called off. Every stake that was not given went back."))
            return redirect(bounty)
    if not request.user.is_moderator:
        messages.error(request, " ".join(form.non_field_errors()))
        return redirect(bounty)
    return page_of(request, bounty, off_form=form, status=status)


@require_safe
def file(request, pk):
    """A short-lived address, for those to whom the file is open."""
    row = EntryFile.objects.visible_to(request.user).filter(pk=pk).first()
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

"""Saving things, putting them into collections, and the pages of collections."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from civitai.access import fetch
from civitai.errors import Refused
from civitai.paging import keyset
from community import queries
from community.domain import collecting
from community.forms import CollectionForm, KeepingForm
from community.models import Collection, CollectionItem

PAGE = 40


@require_POST
def saving(request):
    """`on=0` takes it out of "Saved", anything else puts it in. htmx gets the button anew."""
    label, row_id = request.POST.get("subject", ""), _number(request.POST.get("row"))
    back = _back(request)
    if not request.user.is_authenticated:
        to_login = redirect_to_login(back)
        return HttpResponseClientRedirect(to_login.url) if request.htmx else to_login
    is_on = collecting.keep(request.user, label, row_id, wanted=request.POST.get("on") != "0")
    if not request.htmx:
        return redirect(back)
    saved = is_on or queries.is_saved(request.user, label, row_id)
    context = {"subject": label, "row_id": row_id, "is_saved": saved, "back": back}
    return render(request, "community/_bookmark.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def keeping(request, subject, row):
    """In which of one's collections it lies."""
    thing = collecting.seen(request.user, subject, row)
    mine = list(queries.collections_for(request.user, subject, row))
    form = KeepingForm(request.POST or None, mine=mine)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            collecting.choose(
                request.user, subject, row, ids=set(said["collections"]), name=said["name"], shown=said["shown"]
            )
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Your collections are up to date."))
            return redirect(thing)
    context = {"form": form, "mine": mine, "thing": thing, "subject": subject, "row_id": row}
    return render(request, "community/keeping.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def collections(request):
    """One's own, "Saved" first; POST makes another."""
    form = CollectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(collecting.begin(request.user, **form.cleaned_data))
        except Refused as refusal:
            form.add_error(refusal.field, str(refusal))
    rows = Collection.objects.filter(owner=request.user).order_by("-is_saved", "-changed_at", "-id")
    return render(
        request,
        "community/collections.html",
        {"form": form, "collections": collecting.with_covers(rows[: collecting.MOST], request.user)},
        status=422 if form.is_bound else 200,
    )


@require_safe
def collection(request, pk):
    """`show=` chooses a kind of thing. What the viewer may not see listed is not in it."""
    found = fetch(Collection.objects.select_related("owner"), request.user, pk=pk)
    kinds = set(CollectionItem.objects.filter(collection=found).values_list("subject", flat=True).distinct())
    known = [subject for subject in collecting.subjects() if subject.label in kinds]
    chosen = next((one for one in known if one.label == request.GET.get("show")), known[0] if known else None)
    context = {"collection": found, "is_own": request.user.pk == found.owner_id, "chosen": chosen}
    if chosen is not None:
        items = CollectionItem.objects.filter(collection=found, subject=chosen.label)
        page = keyset(items, order=("-at", "-id"), cursor=request.GET.get("cursor"), limit=PAGE)
        cards = collecting.cards_of(page.rows, request.user)
        context |= {"cards": cards, "template": chosen.template, "next_url": _next(request, page.next_cursor)}
        context["tabs"] = [{"url": f"?show={one.label}", "label": one.name, "current": one is chosen} for one in known]
    part = request.htmx and not request.htmx.boosted and chosen is not None
    response = render(request, chosen.template if part else "community/collection.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def editing(request, pk):
    found = fetch(Collection.objects, request.user, to="edit", pk=pk)
    initial = {"name": found.name, "description": found.description, "shown": found.shown}
    form = CollectionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(collecting.describe(found, **form.cleaned_data))
        except Refused as refusal:
            form.add_error(refusal.field, str(refusal))
    context = {"collection": found, "form": form}
    return render(request, "community/collection_edit.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def removal(request, pk):
    collecting.remove(fetch(Collection.objects.filter(is_saved=False), request.user, to="edit", pk=pk))
    messages.success(request, _("The collection was removed. What was in it is where it was."))
    return redirect("collections")


@login_required
@require_POST
def item_removal(request, pk):
    found = fetch(Collection.objects, request.user, to="edit", pk=pk)
    collecting.take_out(found, request.POST.get("subject", ""), _number(request.POST.get("row")), by=request.user)
    return redirect(found)


def _number(text):
    text = str(text or "")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Http404
    return int(text)


def _back(request):
    back = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return back if ours else "/"


def _next(request, cursor):
    if cursor is None:
        return ""
    params = request.GET.copy()
    params["cursor"] = cursor
    return f"{request.path}?{params.urlencode()}"

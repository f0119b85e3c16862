"""A training set: its pictures, captions and checks, and the form that starts a run."""

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from civitai.access import fetch
from civitai.errors import Refused
from models_hub.catalogue.bases import POCKET
from training import queries
from training.domain import asking, collecting, paying
from training.forms import CaptionsForm, FilesForm, NewForm, RunForm, SetForm, start_of
from training.models import Dataset, DatasetPicture, TrainingRun
from training.refusals import sentence_for
from wallet.queries import balance

PROMPTS = ("a red circle on a blue background", "a yellow star in the night sky", "a green house on a white background")


@login_required
@require_http_methods(["GET", "POST"])
def new(request):
    form = NewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(collecting.start(request.user, name=form.cleaned_data["name"]))
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
    return render(
        request, "training/new.html", {"form": form, "nav_current": "train"}, status=400 if form.errors else 200
    )


@login_required
@require_GET
def dataset(request, pk):
    row = fetch(Dataset.objects, request.user, pk=pk)
    part = request.headers.get("HX-Target")
    if part == "pictures":
        return _part(request, row)
    if part == "set-checks":
        return render(request, "training/_checks.html", _pictures(request, row))
    if part == "price":
        return _price_part(request, row)
    if part == "settings":
        return _settings_part(request, row)
    return _page(request, row)


def _page(request, row, *, form=None, set_form=None, captions_form=None, status=200):
    bases = queries.bases(request.user)
    start = {"base": bases[0]["version"].pk if bases else None, "submission": uuid.uuid4().hex, **_plain(row)}
    start |= _again(request, row)
    runs = list(row.runs.order_by("-created_at")[:5])
    context = _pictures(request, row) | {
        "nav_current": "train",
        "captions_form": captions_form or CaptionsForm(),
        "set_form": set_form or SetForm(initial={"name": row.name, "trigger": row.trigger}),
        "form": form or RunForm(initial=start, bases=bases),
        "files_form": FilesForm(),
        "bases": bases,
        "not_trainable": asking.not_trainable(request.user),
        "balance": balance(request.user),
        "runs": runs,
        "in_work": next((run for run in runs if not run.is_final), None),
    }
    context |= _price(context["form"], context["rows"], bases)
    return render(request, "training/dataset.html", context, status=status)


def _plain(row):
    """What the form begins with beside the fields' own defaults."""
    return {"prompts": "\n".join(f"{row.trigger}, {prompt}" if row.trigger else prompt for prompt in PROMPTS)}


def _settings_part(request, row):
    """The parameters as they are by themselves; the price follows them."""
    form = RunForm(initial=_plain(row), bases=[])
    response = render(request, "training/_settings.html", {"dataset": row, "form": form})
    response["HX-Trigger-After-Settle"] = "set-ready"
    return response


def _again(request, row):
    """`?again=<run>`: with the settings of an earlier run of this set."""
    try:
        run = row.runs.visible_to(request.user).select_related("base").get(pk=uuid.UUID(request.GET.get("again", "")))
    except (ValueError, TrainingRun.DoesNotExist):
        return {}
    return start_of(run)


def _pictures(request, row):
    """The pictures that the address asks for (?show=, ?word=, ?all=1), and what is said of all of them."""
    rows = queries.marked(list(row.pictures.select_related("picture")))
    show, word = request.GET.get("show", ""), request.GET.get("word", "")
    shown, more = queries.chosen(rows, show=show, word=word, whole=bool(request.GET.get("all")))
    kept = {key: request.GET[key] for key in ("show", "word", "all") if request.GET.get(key)}
    unpackings = queries.unpackings_of(row)
    for one in unpackings:
        one.told = [(name, sentence_for(code)) for name, code in one.refused if code != "cut"]
        one.cut = [name for name, code in one.refused if code == "cut"]
    moving = any(not one.is_final for one in unpackings) or any(one.picture.state == "pending" for one in rows)
    return {
        "dataset": row,
        "rows": rows,
        "shown": shown,
        "more": more,
        "show": show,
        "word": word,
        "asked": f"?{urlencode(kept)}" if kept else "",
        "shapes": queries.shapes(rows),
        "checks": queries.checks(rows),
        "captioned": queries.captioned(rows),
        "words": queries.words(rows),
        "unpackings": unpackings,
        "is_moving": moving,
    }


def _part(request, row):
    """The pictures with their checks; with the last of them the price is asked for again."""
    context = _pictures(request, row) | {"is_part": True}
    response = render(request, "training/_pictures.html", context, status=200 if context["is_moving"] else 286)
    if not context["is_moving"]:
        response["HX-Trigger"] = "set-ready"
    return response


def _price_part(request, row):
    """What the form would cost as it stands now: asked for whenever a number in it changes."""
    bases = queries.bases(request.user)
    form = RunForm(request.GET, bases=bases)
    rows = list(row.pictures.select_related("picture"))
    context = {"dataset": row, "rows": rows, "balance": balance(request.user)} | _price(form, rows, bases)
    return render(request, "training/_price.html", context)


def _price(form, rows, bases):
    """Steps, price and time of the form as it stands, and how many runs are before it."""
    chosen = next((c["version"] for c in bases if str(c["version"].pk) == str(form["base"].value())), None)
    base_model = chosen.base_model if chosen else POCKET.name
    settings = form.settings_so_far(base_model)
    ready = sum(one.picture.state == "ready" and not one.picture.hidden_at for one in rows)
    steps = settings.steps(ready) if ready else 0
    seconds = asking.estimate_s(settings, ready, base_model) if ready else None
    return {
        "steps": steps,
        "price": paying.price_of(steps),
        "minutes": seconds and max(1, round(seconds / 60)),
        "before": queries.in_line(),
        "may_start": ready >= asking.LEAST_PICTURES,
    }


@login_required
@require_POST
def details(request, pk):
    row = fetch(Dataset.objects, request.user, to="edit", pk=pk)
    form = SetForm(request.POST)
    if form.is_valid():
        try:
            collecting.describe(row, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
        else:
            return redirect(row)
    return _page(request, row, set_form=form, status=400)


@login_required
@require_POST
def pictures(request, pk):
    """Files of a form, or `upload`, the id of one that the uploader has brought."""
    row = fetch(Dataset.objects, request.user, to="edit", pk=pk)
    if upload := request.POST.get("upload"):
        try:
            collecting.add_upload(row, uuid.UUID(upload))
        except ValueError:
            return HttpResponse(status=404)
        return JsonResponse({"added": True}, status=201)
    for sentence in collecting.add_files(row, request.FILES.getlist("files")):
        messages.error(request, sentence)
    return redirect(row)


@login_required
@require_POST
def trigger(request, pk):
    row = fetch(Dataset.objects, request.user, to="edit", pk=pk)
    try:
        collecting.put_trigger(row, on=request.POST.get("on") == "1")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(row)


@login_required
@require_POST
def captions(request, pk):
    row = fetch(Dataset.objects, request.user, to="edit", pk=pk)
    form = CaptionsForm(request.POST)
    if form.is_valid():
        try:
            count = collecting.rewrite(row, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
        else:
            said = ngettext("%(count)s caption changed.", "%(count)s captions changed.", count) % {"count": count}
            messages.success(request, said)
            return redirect(row)
    return _page(request, row, captions_form=form, status=400)


@login_required
@require_POST
def removal(request, pk):
    collecting.remove(fetch(Dataset.objects, request.user, to="edit", pk=pk), by=request.user)
    messages.success(request, _("The training set was removed."))
    return redirect("train")


def _own_picture(user, pk):
    row = (
        DatasetPicture.objects.filter(pk=pk, dataset__in=Dataset.objects.editable_by(user))
        .select_related("dataset", "picture")
        .first()
    )
    if row is None:
        raise Http404
    return row


@login_required
@require_POST
def caption(request, pk):
    """Saved while it is typed; without a script by its button."""
    row = _own_picture(request.user, pk)
    collecting.caption(row, request.POST.get("caption", ""))
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": "captions-changed"})
    return redirect(row.dataset)


@login_required
@require_POST
def picture_removal(request, pk):
    row = _own_picture(request.user, pk)
    collecting.take_out(row)
    return _part(request, row.dataset) if request.htmx else redirect(row.dataset)


@login_required
@require_POST
def runs(request, pk):
    """Starts a run with what the form says."""
    row = fetch(Dataset.objects, request.user, to="edit", pk=pk)
    bases = queries.bases(request.user)
    form = RunForm(request.POST, bases=bases)
    if form.is_valid():
        base = next(card["version"] for card in bases if card["version"].pk == form.cleaned_data["base"])
        try:
            collecting.attest(row)
            run = asking.ask(
                row,
                request.user,
                base=base,
                settings=form.settings(base.base_model),
                prompts=form.cleaned_data["prompts"],
                submission=form.cleaned_data["submission"],
                quoted=form.cleaned_data["quoted"],
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
        else:
            return redirect(run)
    return _page(request, row, form=form, status=400)

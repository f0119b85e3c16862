"""Runs: the list, one live, its epochs as files and as models."""

import hashlib
import json
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from civitai import storages
from civitai.access import fetch
from civitai.errors import Refused
from models_hub import wizard
from models_hub.models import ModelVersion
from training import queries
from training.domain import asking, freezing, pausing, paying, publishing
from training.models import Epoch, TrainingRun
from training.states import RunState

STOP_POLLING = 286


@require_safe
def training(request):
    """What training is, and, signed in, one's own sets and runs."""
    user = request.user
    context = {
        "nav_current": "train",
        "runs": queries.runs_of(user) if user.is_authenticated else [],
        "datasets": queries.sets_of(user) if user.is_authenticated else [],
        "bases": queries.bases(user),
        "not_trainable": asking.not_trainable(user),
    }
    return render(request, "training/training.html", context)


@login_required
@require_safe
def run(request, pk):
    """The page; htmx gets the part that moves, and 304 while nothing did."""
    row = fetch(TrainingRun.objects.select_related("base__model", "dataset"), request.user, pk=pk)
    whole = "all" in request.GET
    if request.headers.get("HX-Target") != "run":
        return render(request, "training/run.html", _context(row, whole=whole))
    told = [
        row.state,
        str(row.pause_requested_at),
        row.progress_done,
        len(row.losses),
        row.epochs.count(),
        row.lines.count(),
        request.LANGUAGE_CODE,
    ]
    etag = quote_etag(hashlib.blake2s(json.dumps(told).encode(), digest_size=12).hexdigest())
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    response = render(
        request, "training/_run.html", _context(row, whole=whole), status=STOP_POLLING if _is_still(row) else 200
    )
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


def _is_still(row):
    """Nothing moves until somebody moves it."""
    return row.is_final or row.state == RunState.PAUSED


def _context(row, *, whole):
    epochs = queries.epochs_of(row)
    best = min(epochs, key=lambda epoch: epoch.loss, default=None)
    shown = queries.shown_epochs(epochs, best, whole=whole)
    lines = list(row.lines.all()[:200])
    speed, left_s = queries.pace(row)
    return {
        "nav_current": "train",
        "run": row,
        "epochs": epochs,
        "shown": shown,
        "coming": queries.coming_epochs(row, epochs) if epochs else [],
        "whole": whole,
        "best": best,
        "grid": [
            (prompt, [(epoch, next((s for s in epoch.samples.all() if s.index == index), None)) for epoch in shown])
            for index, prompt in enumerate(row.prompts)
        ],
        "chart": queries.chart(
            row.losses, steps=row.progress_total, epochs=row.settings["epochs"], best=best and best.number
        ),
        "speed": speed,
        "left_s": left_s,
        "took": row.finished_at
        and row.started_at
        and row.finished_at - row.started_at - timedelta(seconds=row.paused_s),
        "is_still": _is_still(row),
        "rests_until": row.paused_at and row.paused_at + pausing.LASTS,
        "epoch_now": min(len(epochs) + 1, row.settings["epochs"]),
        "thumbs": queries.thumbs_of(row.dataset),
        "back": paying.back_of(row) if row.price else 0,
        "lines": lines if whole else lines[: queries.SHOWN_LINES],
        "lines_count": len(lines),
        "count": len(row.manifest.get("pictures", [])),
    }


@login_required
@require_POST
def cancellation(request, pk):
    row = fetch(TrainingRun.objects, request.user, to="edit", pk=pk)
    row.cancel(by=request.user)
    messages.success(request, _("It stops. What was finished is kept."))
    return redirect(row)


@login_required
@require_POST
def pause(request, pk):
    row = fetch(TrainingRun.objects.select_related("hold"), request.user, to="edit", pk=pk)
    try:
        row = pausing.pause(row, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        if row.state != RunState.PAUSED and not row.is_final:
            messages.success(request, _("It pauses at the next step. What it has learnt is kept."))
    return redirect(row)


@login_required
@require_POST
def continuation(request, pk):
    row = fetch(TrainingRun.objects.select_related("dataset"), request.user, to="edit", pk=pk)
    try:
        pausing.go_on(row, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(row)


def _own_epoch(user, pk):
    row = (
        Epoch.objects.filter(pk=pk, run__in=TrainingRun.objects.visible_to(user))
        .select_related("run__base__model", "version")
        .first()
    )
    if row is None:
        raise Http404
    return row


@login_required
@require_safe
def epoch_file(request, pk):
    epoch = _own_epoch(request.user, pk)
    try:
        freezing.require_file(epoch)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(epoch.run)
    name = f"{epoch.run.name}-{epoch.number}.safetensors"
    response = HttpResponseRedirect(storages.private().presigned_get(epoch.key, filename=name))
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def manifest(request, pk):
    """What a version was trained on, as a file to keep: whoever sees the version sees it."""
    version = fetch(ModelVersion.objects, request.user, pk=pk)
    if (told := queries.manifest_of(version)) is None:
        raise Http404
    response = JsonResponse(told, json_dumps_params={"indent": 1})
    response["Content-Disposition"] = f'inline; filename="manifest-{version.pk}.json"'
    response["Cache-Control"] = "private, no-cache"
    return response


@login_required
@require_POST
def trial(request, pk):
    """Create with an epoch that nobody else sees, and that is no model yet."""
    return _as_version(request, pk, publishing.to_trial, lambda version: f"{reverse('create')}?version={version.pk}")


@login_required
@require_POST
def publication(request, pk):
    """A draft of this epoch; the wizard's last step shows what is missing and publishes it."""
    return _as_version(
        request, pk, publishing.to_draft, lambda version: wizard.url_of(version.model, version, "review")
    )


def _as_version(request, pk, become, page_of):
    epoch = _own_epoch(request.user, pk)
    try:
        return redirect(page_of(become(epoch, request.user)))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(epoch.run)

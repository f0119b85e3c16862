"""Files and sample pictures of a version, one noun each. Answers are fragments for the page, or go back to the step."""

import hashlib
import json
import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from civitai.access import fetch
from civitai.errors import Refused
from civitai.ordering import moved
from civitai.preferences import LEVELS
from models_hub import wizard
from models_hub.domain import files as files_of
from models_hub.domain import publishing, samples
from models_hub.models import ModelFile, ModelVersion, VersionPicture
from models_hub.queries import version_files

STOP_POLLING = 286


def _version(request, pk):
    return fetch(ModelVersion.objects.select_related("model"), request.user, to="edit", pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def files(request, pk):
    """POST takes over an upload (`upload`, its id) or a file of a plain form (`file`). GET is the list, for polling."""
    version = _version(request, pk)
    if request.method == "POST":
        try:
            _add_files(request, version)
        except Refused as refused:
            if _wants_part(request):
                raise
            messages.error(request, str(refused))
    if _wants_part(request):
        return _file_list(request, version)
    return _to(version, "files")


def _add_files(request, version):
    for upload_id in _uuids(request.POST.getlist("upload")):
        publishing.add_file(version, upload_id, by=request.user)
    for file in request.FILES.getlist("file"):
        files_of.add_plain_file(version, file, name=file.name, by=request.user)


def _file_list(request, version):
    """While something is checked it is polled; a list that has not changed costs a few bytes."""
    found = version_files(version, request.user)
    is_checking = any(file.state == "checking" and file.job and not file.job.is_final for file in found)
    told = [(f.pk, f.state, f.is_primary, f.job and (f.job.state, f.job.progress_done, f.job.queue)) for f in found]
    told += [version.trained_words, version.base_model, request.LANGUAGE_CODE]
    etag = quote_etag(hashlib.blake2s(json.dumps(told, default=str).encode(), digest_size=12).hexdigest())
    if request.method == "GET" and request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    status = 200 if is_checking or request.method == "POST" else STOP_POLLING
    context = {"version": version, "model": version.model, "files": found, "is_checking": is_checking}
    response = render(request, "models_hub/_file_list.html", context, status=status)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


@login_required
@require_POST
def file_removal(request, pk):
    file = fetch(ModelFile.objects.select_related("version__model"), request.user, to="edit", pk=pk)
    return _changed(request, file.version, lambda: files_of.remove_file(file, by=request.user))


@login_required
@require_POST
def file_primacy(request, pk):
    """This file is what people get who do not choose."""
    file = fetch(ModelFile.objects.select_related("version__model"), request.user, to="edit", pk=pk)
    return _changed(request, file.version, lambda: files_of.make_primary(file, by=request.user))


@login_required
@require_POST
def file_check(request, pk):
    """Another check, after one that broke off."""
    file = fetch(ModelFile.objects.select_related("version__model"), request.user, to="edit", pk=pk)
    return _changed(request, file.version, lambda: files_of.check_again(file, by=request.user))


@login_required
@require_POST
def trigger_word(request, pk):
    """A caption word of the header becomes a trigger word, or stops being one."""
    version = _version(request, pk)
    word = request.POST.get("word", "").strip()[:120]
    if not word:
        raise Refused(_("Choose a word."), field="word")
    return _changed(request, version, lambda: publishing.toggle_trigger_word(version, word, by=request.user))


def _changed(request, version, act):
    try:
        act()
    except Refused as refused:
        if _wants_part(request):
            raise
        messages.error(request, str(refused))
    if _wants_part(request):
        version.refresh_from_db(fields=["trained_words", "base_model"])
        return _file_list(request, version)
    return _to(version, "files")


@login_required
@require_http_methods(["GET", "POST"])
def pictures(request, pk):
    """POST adds samples: uploads (`upload`) or pictures of a plain form (`picture`). GET is the list, for polling."""
    version = _version(request, pk)
    if request.method == "POST":
        try:
            for upload_id in _uuids(request.POST.getlist("upload")):
                samples.add_upload(version, upload_id, by=request.user)
            for file in request.FILES.getlist("picture"):
                samples.add_file(version, file, filename=file.name, by=request.user)
        except Refused as refused:
            if _wants_part(request):
                raise
            messages.error(request, str(refused))
    if _wants_part(request):
        return _picture_list(request, version)
    return _to(version, "pictures")


def _picture_list(request, version):
    rows = list(version.samples.select_related("picture"))
    is_pending = any(row.picture.state == "pending" for row in rows)
    status = 200 if is_pending or request.method == "POST" else STOP_POLLING
    context = {"version": version, "model": version.model, "samples": rows, "is_pending": is_pending, "levels": LEVELS}
    response = render(request, "models_hub/_picture_list.html", context, status=status)
    response["Cache-Control"] = "private, no-cache"
    return response


@login_required
@require_POST
def picture_order(request, pk):
    """JSON {"ids": […]} from dragging, or a form's `move` ("12 up", "12 down", "12 first")."""
    version = _version(request, pk)
    if request.content_type == "application/json":
        samples.reorder(version, _ids(request.body), by=request.user)
        return JsonResponse({"saved": True})
    ids = list(version.samples.values_list("pk", flat=True))
    samples.reorder(version, moved(ids, request.POST.get("move", "")), by=request.user)
    if _wants_part(request):
        return _picture_list(request, version)
    return _to(version, "pictures")


@login_required
@require_POST
def picture_removal(request, pk):
    sample, version = _sample(request, pk)
    return _picture_changed(request, version, lambda: samples.take_out(sample, by=request.user))


@login_required
@require_POST
def picture_level(request, pk):
    """How far the picture goes, as its owner says."""
    sample, version = _sample(request, pk)
    level = request.POST.get("level", "")
    level = int(level) if level.isdecimal() and len(level) < 3 else 0
    return _picture_changed(request, version, lambda: samples.rate(sample, level, by=request.user))


def _sample(request, pk):
    sample = VersionPicture.objects.select_related("version__model").filter(pk=pk).first()
    return sample, _version(request, sample.version_id if sample else 0)


def _picture_changed(request, version, act):
    try:
        act()
    except Refused as refused:
        if _wants_part(request):
            raise
        messages.error(request, str(refused))
    if _wants_part(request):
        return _picture_list(request, version)
    return _to(version, "pictures")


def _ids(body):
    try:
        asked = json.loads(body)["ids"]
        return [int(pk) for pk in asked][:200]
    except (ValueError, TypeError, KeyError) as error:
        raise Refused(_("The page sent something that we can’t read. Load it again."), code="json") from error


def _uuids(values):
    try:
        return [uuid.UUID(value) for value in values if value]
    except ValueError as error:
        raise Refused(_("This file has not arrived completely."), code="incomplete") from error


def _wants_part(request):
    return bool(getattr(request, "htmx", False)) or "X-Part" in request.headers


def _to(version, step):
    return redirect(wizard.url_of(version.model, version, step))

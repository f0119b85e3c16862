"""JSON for multipart-upload.js. Answers are small; bytes never pass here.

POST   /uploads/                     {purpose, filename, size, fingerprint}  → status
GET    /uploads/<id>/                                                        → status
POST   /uploads/<id>/parts/          {numbers: [≤ 20]}                       → {urls: {number: address}}
POST   /uploads/<id>/completion/                                             → status
DELETE /uploads/<id>/                                                        → status

status = {id, state, filename, size, part_size, parts, received: [numbers]}; errors = {error, code}.
"""

import json

from django.http import JsonResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from civitai import uploads
from civitai.access import fetch
from civitai.errors import Refused
from civitai.uploads import Upload


class SignInFirst(Refused):
    status = 401


def _member(request):
    if not request.user.is_authenticated:
        raise SignInFirst(_("Sign in to upload files."), code="sign_in")
    return request.user


def _asked(request):
    try:
        asked = json.loads(request.body)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise Refused(_("The page sent something that we can't read. Load it again."), code="json")
    return asked


def _status(upload, *, status=200):
    return JsonResponse(
        {
            "id": str(upload.pk),
            "state": upload.state,
            "filename": upload.filename,
            "size": upload.size_bytes,
            "part_size": upload.part_size,
            "parts": upload.parts,
            "received": uploads.received(upload),
        },
        status=status,
    )


@require_POST
def create(request):
    member, asked = _member(request), _asked(request)
    upload = uploads.begin(
        member,
        purpose=str(asked.get("purpose", "")),
        filename=str(asked.get("filename", "")),
        size=asked.get("size"),
        fingerprint=str(asked.get("fingerprint", "")),
    )
    return _status(upload, status=201)


@require_http_methods(["GET", "DELETE"])
def detail(request, pk):
    upload = fetch(Upload.objects, _member(request), to="edit", pk=pk)
    if request.method == "DELETE":
        uploads.abort(upload, by=request.user)
    return _status(upload)


@require_POST
def parts(request, pk):
    upload = fetch(Upload.objects, _member(request), to="edit", pk=pk)
    return JsonResponse({"urls": uploads.sign(upload, _asked(request).get("numbers"))})


@require_POST
def completion(request, pk):
    upload = fetch(Upload.objects, _member(request), to="edit", pk=pk)
    return _status(uploads.complete(upload))


urlpatterns = [
    path("uploads/", create, name="uploads"),
    path("uploads/<uuid:pk>/", detail, name="upload"),
    path("uploads/<uuid:pk>/parts/", parts, name="upload_parts"),
    path("uploads/<uuid:pk>/completion/", completion, name="upload_completion"),
]

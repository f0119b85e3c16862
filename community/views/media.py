"""Pictures by address. The address of a mature picture is worth nothing to those who may not see it."""

import re

from django.http import HttpResponse, HttpResponseNotModified, HttpResponseRedirect, StreamingHttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from civitai.levels import LADDER
from community.domain import linking, pictures
from community.models import Picture

PUBLIC_S = 3600
OWN_S = 300
# Programs follow a redirect at once: the store's own address outlives a decision by no more than this.
STORE_S = 30


@require_safe
def media(request, pk, transform, name):
    """`width=N` (snapped to the ladder, never scaled up) or `original=true` (a download)."""
    # Most requests are for what everybody sees: they are answered without asking who asks.
    picture = Picture.objects.open_to_all().filter(pk=pk).first()
    is_open = picture is not None
    picture = picture or Picture.objects.bytes_for(request.user).filter(pk=pk).first()
    if picture is None and "once" in request.GET:
        picture = _asked_once(request, pk)
    if picture is None:
        return _missing()
    return _transformed(request, picture, transform, is_open)


@require_safe
def linked(request, word, pk, transform, name):
    """The same for a program that was given this address in an answer to its key; nobody keeps what it gets."""
    picture = linking.linked(word, pk)
    if picture is None:
        return _missing()
    response = _transformed(request, picture, transform, is_open=False, link_s=STORE_S)
    response["Cache-Control"] = "private, no-store"
    return response


def _transformed(request, picture, transform, is_open, link_s=OWN_S):
    if transform == "original=true":
        return _original(request, picture, link_s)
    width = re.fullmatch(r"width=([0-9]{1,5})", transform)
    return _derivative(request, picture, int(width[1]), is_open) if width else _missing()


def _asked_once(request, pk):
    """Shown, rated, above the member's level; and this member asked for this very picture on its page."""
    rated = [int(level) for level in LADDER]
    picture = Picture.objects.visible_to(request.user).filter(pk=pk, level__in=rated).first()
    if picture is None or not pictures.is_once_for(request.user, picture, request.GET["once"]):
        return None
    return picture


def _original(request, picture, link_s):
    if picture.original_is_private and not picture.is_own_or_moderated_by(request.user):
        return _missing()
    address = pictures.original_address(picture, seconds=link_s)
    if not address:
        return _missing()
    response = HttpResponseRedirect(address)
    response["Cache-Control"] = "private, no-store"
    return response


def _derivative(request, picture, width, is_open):
    etag = f'"{picture.pk.hex}-{picture.step(width)}"'
    if etag in request.headers.get("If-None-Match", ""):
        response = HttpResponseNotModified()
    else:
        key, body = pictures.derivative(picture, width)
        if key is None:
            return _missing()
        response = StreamingHttpResponse(_chunks(body), content_type="image/webp")
        if length := getattr(body, "_content_length", None):
            response["Content-Length"] = length
    response["ETag"] = etag
    if is_open:
        patch_cache_control(response, public=True, max_age=PUBLIC_S)
    else:
        patch_cache_control(response, private=True, max_age=OWN_S)
        patch_vary_headers(response, ["Cookie"])
    return response


def _chunks(body):
    try:
        yield from body.iter_chunks(64 * 1024)
    finally:
        body.close()


def _missing():
    return HttpResponse(
        _("There is no such picture, or it is not for you."),
        status=404,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "private, no-store"},
    )

"""/api/download/models/<version id>: what people and their tools press."""

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from civitai import adapters, limits
from civitai.errors import Gone, TooMany
from models_hub.domain import downloading
from models_hub.domain.downloading import FileNotFound, Wanted
from models_hub.formats.naming import content_disposition

LONGEST_WISH = 64
PER_HOUR = 1000
# What published programs show or look for.
DISABLED = "The creator of this asset has disabled downloads on this file"
UNUSUAL = "We have detected an unusual amount of downloading. Try again later."


class TemporaryRedirect(HttpResponseRedirect):
    """Keeps the method, and says "not the place for good"."""

    status_code = 307


@never_cache
@require_safe
def download(request, version_id):
    """307 to a presigned link that lives five minutes; never cached, since links must not outlive a removal.

    HEAD answers here, with size and name: a presigned link is good for one method. A file that can't be seen
    is a 404, a removed one 410, one to be drawn with alone 401, a bad key 401 (the accounts room raises it).
    """
    for user in adapters.tell("api_user", request=request):
        if user is not None:
            request.user = user
    number = int(version_id) if version_id.isascii() and version_id.isdigit() and len(version_id) < 20 else 0
    if not 0 < number < 2**63:
        return _refuse(request, 400, {"error": "Missing modelVersionId"}, _("This address names no version."))
    try:
        file = downloading.find_file(number, request.user, _wanted(request.GET))
        if request.method == "HEAD":
            return _head(file)
        _limit(request)
    except BadWish as bad:
        return _refuse(request, 400, {"error": str(bad)}, _("This address is damaged."))
    except FileNotFound:
        return _refuse(request, 404, {"error": "File not found"}, _("There is no such file, or it is not public."))
    except downloading.Withheld as refusal:
        return _refuse(request, 404, {"error": "File not found", "reason": "withheld"}, refusal)
    except downloading.NotForDownload as refusal:
        body = {"error": "Unauthorized", "message": DISABLED, "reason": "generation_only"}
        return _refuse(request, 401, body, refusal)
    except Gone as refusal:
        return _refuse(request, 410, {"error": str(refusal), "code": refusal.code}, refusal)
    except TooMany as refusal:
        response = _refuse(request, 429, {"error": UNUSUAL}, refusal)
        response["Retry-After"] = str(refusal.retry_after_s)
        return response
    downloading.count(file, request.user, address=limits.network_of(request))
    return TemporaryRedirect(downloading.link(file))


def _refuse(request, status, body, sentence):
    """Programs get JSON, people a page."""
    if "text/html" in request.headers.get("Accept", ""):
        return render(request, "errors/refused.html", {"sentence": sentence}, status=status)
    return JsonResponse(body, status=status)


def _limit(request):
    """Raises TooMany. One link is given for each request, whatever of the file is then read."""
    user = request.user
    who = f"user:{user.pk}" if user.is_authenticated else limits.network_of(request)
    limits.allow(f"download:{who}", most=PER_HOUR, seconds=3600)


class BadWish(Exception):
    pass


def _wanted(query):
    """Raises BadWish."""
    long = [name for name in ("type", "format", "size", "fp", "quantType") if len(query.get(name, "")) > LONGEST_WISH]
    if long:
        raise BadWish(f"{long[0]}: at most {LONGEST_WISH} characters")
    file_id = query.get("fileId", "")
    if file_id and not (file_id.isascii() and file_id.isdigit() and len(file_id) < 19):
        raise BadWish("fileId: expected a number")
    asked = {name: query.get(name, "") for name in ("type", "format", "size", "fp")}
    return Wanted(**asked, file_id=int(file_id) if file_id else None)


def _head(file):
    response = HttpResponse(content_type="application/octet-stream")
    response["Content-Length"] = str(file.size_bytes)
    response["Content-Disposition"] = content_disposition(downloading.name_of(file))
    response["Accept-Ranges"] = "bytes"
    if file.scanned_at:
        response["Last-Modified"] = http_date(file.scanned_at.timestamp())
    return response

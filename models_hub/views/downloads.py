"""/api/download/models/<version id>: what people and their tools press."""

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.http import http_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from civitai import adapters, limits
from models_hub.domain import downloading
from models_hub.domain.downloading import FileNotFound, Wanted
from models_hub.formats.naming import content_disposition

LONGEST_WISH = 64


class TemporaryRedirect(HttpResponseRedirect):
    """Keeps the method, and says "not the place for good"."""

    status_code = 307


@never_cache
@require_safe
def download(request, version_id):
    """307 to a presigned link that lives five minutes; never cached, since links must not outlive a removal.

    HEAD answers here, with size and name: a presigned link is good for one method. A file that can't be seen
    is a 404, a removed one 410, a bad key 401 (the accounts room raises it); all in JSON.
    """
    for user in adapters.tell("api_user", request=request):
        if user is not None:
            request.user = user
    try:
        file = downloading.find_file(version_id, request.user, _wanted(request.GET))
    except FileNotFound:
        return JsonResponse({"error": "File not found"}, status=404)
    except downloading.Withheld:
        return JsonResponse({"error": "File not found", "reason": "withheld"}, status=404)
    except downloading.NotForDownload as refusal:
        return JsonResponse({"error": str(refusal), "reason": "generation_only"}, status=403)
    if request.method == "HEAD":
        return _head(file)
    downloading.count(file, request.user, address=limits.network_of(request))
    return TemporaryRedirect(downloading.link(file))


def _wanted(query):
    def wish(name):
        return query.get(name, "")[:LONGEST_WISH]

    file_id = query.get("fileId", "")
    return Wanted(
        type=wish("type"),
        format=wish("format"),
        size=wish("size"),
        fp=wish("fp"),
        file_id=int(file_id) if file_id.isdecimal() and len(file_id) < 12 else None,
    )


def _head(file):
    response = HttpResponse(content_type="application/octet-stream")
    response["Content-Length"] = str(file.size_bytes)
    response["Content-Disposition"] = content_disposition(downloading.name_of(file))
    response["Accept-Ranges"] = "bytes"
    if file.scanned_at:
        response["Last-Modified"] = http_date(file.scanned_at.timestamp())
    return response

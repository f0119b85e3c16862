"""Pages for what went wrong. `civitai.urls` names these as handler400 … handler500.

They must work when little else does: 500 and 503 touch neither database, session nor context processors.
"""

import logging
import secrets
import sys

from django.http import HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext

log = logging.getLogger("civitai.failures")


def reference_of(request):
    """Eight letters that stand in the page and in the log; the request's own id where there is one."""
    return str(getattr(request, "id", "") or secrets.token_hex(4))


def bad_request(request, exception=None):
    return _plain(request, 400)


def permission_denied(request, exception=None):
    return _framed(request, 403, {"why": _sentence(exception)})


def page_not_found(request, exception=None):
    return _framed(request, 404, {})


def csrf_failure(request, reason=""):
    """CSRF_FAILURE_VIEW: nearly always a page that stood open for too long."""
    return _framed(request, 403, {"stale": True})


def server_error(request):
    reference = reference_of(request)
    log.error("reference %s: %s %s", reference, request.method, request.path, exc_info=sys.exc_info()[0] is not None)
    return _plain(request, 500, reference=reference)


def unavailable(request, *, retry_after_s=30):
    """For a middleware or a view that knows that a part is down."""
    response = _plain(request, 503)
    response["Retry-After"] = str(retry_after_s)
    return response


def gone(request, *, title="", why="", url="", label=""):
    """A tombstone: what stood here, why it went. 410."""
    return _framed(request, 410, {"title": title, "why": why, "url": url, "label": label})


def withheld(request, *, title="", why="", url="", label=""):
    """Frozen or removed for a legal reason. 451."""
    return _framed(request, 451, {"title": title, "why": why, "url": url, "label": label})


def _sentence(exception):
    """Refused and Forbidden carry a sentence for the user; other exceptions carry none."""
    from civitai.errors import Refused

    return getattr(exception, "sentence", str(exception)) if isinstance(exception, Refused) else ""


def _framed(request, status, context):
    if _wants_json(request):
        return _json(status)
    return render(request, f"errors/{status}.html", context, status=status)


def _plain(request, status, **context):
    if _wants_json(request):
        return _json(status, **context)
    try:
        theme = "light" if request.COOKIES.get("theme") == "light" else "dark"
        text = loader.render_to_string(f"errors/{status}.html", {"theme": theme, **context})
    except Exception:  # the page of last resort: templates or static files are missing
        log.exception("the error page itself failed")
        reference = context.get("reference", "")
        text = f"<!doctype html><title>{status}</title><p>{gettext('Something broke on our side.')} {reference}</p>"
    return HttpResponse(text, status=status)


def _wants_json(request):
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or ("application/json" in accept and "text/html" not in accept)


def _json(status, **context):
    from django.http import JsonResponse

    names = {
        400: "bad request",
        403: "forbidden",
        404: "not found",
        410: "gone",
        451: "withheld",
        500: "internal error",
        503: "unavailable",
    }
    return JsonResponse({"error": names[status], **context}, status=status)

"""A reference for every request, whom it comes from, and an answer for every refusal."""

import ipaddress
import logging
import re
import secrets

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from civitai.errors import Refused

log = logging.getLogger("civitai.requests")


def request_id(get_response):
    """`request.id`: the proxy's X-Request-ID where it is sane, else our own. Sent back to the browser."""

    def middleware(request):
        given = request.headers.get("X-Request-ID", "")
        request.id = given if re.fullmatch(r"[A-Za-z0-9-]{8,64}", given) else secrets.token_hex(4)
        response = get_response(request)
        response["X-Request-ID"] = request.id
        return response

    return middleware


def client_address(get_response):
    """REMOTE_ADDR is the visitor's, also behind TRUSTED_PROXIES proxies, each of which adds whom it saw.

    Only that many words of X-Forwarded-For are believed, from its end: what stands before them anybody can write.
    """

    def middleware(request):
        count = settings.TRUSTED_PROXIES
        told = request.headers.get("X-Forwarded-For", "").split(",")
        if 0 < count <= len(told):
            try:
                request.META["REMOTE_ADDR"] = str(ipaddress.ip_address(told[-count].strip()))
            except ValueError:
                log.warning("X-Forwarded-For carries no address at place -%s; the proxy's own is taken.", count)
        return get_response(request)

    return middleware


def open_api(get_response):
    """The API is read from pages of other sites too, which bring a key or nothing: no cookie goes with `*`.

    Their browsers ask first (OPTIONS). /me is for programs alone. A wrong method is told in JSON, as everything is.
    """

    def middleware(request):
        if not request.path.startswith("/api/") or request.path.rstrip("/") == "/api/v1/me":
            return get_response(request)
        response = HttpResponse() if request.method == "OPTIONS" else get_response(request)
        if response.status_code == 405:
            response = JsonResponse({"error": "Method not allowed"}, status=405)
        # What a cache between us keeps for visitors is not the answer to a key.
        patch_vary_headers(response, ["Authorization"])
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Allow-Headers"] = "*"
        response["Access-Control-Allow-Methods"] = "GET"
        return response

    return middleware


class RefusedMiddleware:
    """A view may let `Refused` fly: people get the sentence, programs get JSON, htmx gets a toast.

    Forms catch it themselves, to show it beside its field and keep what was typed.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, error):
        if not isinstance(error, Refused):
            return None
        response = _answer(request, error)
        if retry := getattr(error, "retry_after_s", None):
            response["Retry-After"] = str(retry)
        return response


def _answer(request, error):
    if request.path.startswith(("/api/", "/uploads/")) or "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"error": str(error), "code": error.code}, status=error.status)
    if getattr(request, "htmx", False):
        return HttpResponse(
            render(request, "components/toast.html", {"text": str(error), "kind": "error"}).content,
            status=error.status,
            headers={"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"},
        )
    return render(request, "errors/refused.html", {"sentence": str(error)}, status=error.status)

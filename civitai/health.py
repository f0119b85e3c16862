"""/livez: this process answers. /readyz: what it stands on answers too."""

from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse, JsonResponse

from civitai import storages


def livez(request):
    return HttpResponse("ok", content_type="text/plain")


def readyz(request):
    """503 with the name of what does not answer. Never says how it failed: that is for the log."""
    parts = {"database": _database, "cache": _cache, "store": _store}
    state = {name: _answers(check) for name, check in parts.items()}
    return JsonResponse(state, status=200 if all(state.values()) else 503)


def _answers(check):
    try:
        check()
    except Exception:
        # Each client raises its own kinds; to whoever asks, all of them mean that it does not answer.
        return False
    return True


def _database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache():
    cache.get("readyz")


def _store():
    storages.private().exists("readyz")

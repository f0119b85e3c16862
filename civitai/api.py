"""The one API, at /api/. Each room's `api.py` names a `router` and, optionally, a `prefix`."""

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.http import Http404
from ninja import NinjaAPI

from civitai import adapters
from civitai.errors import Refused


def by_key(request):
    """Who the API key names, or the session's member; None is a visitor. Keys are the accounts room's."""
    for user in adapters.tell("api_user", request=request):
        if user is not None:
            request.user = user
    return True  # visitors may read; views ask scopes


ABOUT = """
Programs that know the published API work here by changing the address alone.

* Reading needs no key. A key (Settings → API keys) goes as `Authorization: Bearer …`, or as `?token=…`.
* Lists may be repeated (`types=LORA&types=VAE`) or joined by commas; what is unknown is ignored.
* `metadata.nextPage` is followed until it is not there any more.
* `url` of a picture is fetched without the key; of a mature one it is good for an hour, and yours alone.
* A file: `GET /api/download/models/{version id}?type=&format=&size=&fp=`, answered with a redirect that lives five minutes.
"""
api = NinjaAPI(
    title="Civitai API",
    version="1",
    description=ABOUT,
    auth=by_key,
    docs_url="v1/docs",
    openapi_url="v1/openapi.json",
)


@api.exception_handler(Refused)
def refused(request, error):
    return api.create_response(request, {"error": str(error), "code": error.code}, status=error.status)


@api.exception_handler(Http404)
def not_found(request, error):
    return api.create_response(request, {"error": "Not found"}, status=404)


for _app in settings.LOCAL_APPS:
    if _app != "civitai" and find_spec(f"{_app}.api"):
        _module = import_module(f"{_app}.api")
        api.add_router(getattr(_module, "prefix", "/v1/"), _module.router)

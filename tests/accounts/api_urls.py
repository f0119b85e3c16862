"""An API of two lines behind the kernel's door, for the tests of keys; all the site's addresses besides."""

from django.urls import path
from ninja import NinjaAPI

from accounts.keys import require_scope
from accounts.scopes import Scope
from civitai import api as kernel
from civitai import urls
from civitai.errors import Refused

api = NinjaAPI(urls_namespace="keys-test", auth=kernel.by_key, docs_url=None, openapi_url=None)
api.add_exception_handler(Refused, kernel.refused)


@api.get("/who")
def who(request):
    return {"name": request.user.username or None, "query": request.META["QUERY_STRING"]}


@api.post("/models")
def models(request):
    require_scope(request, Scope.MODELS_WRITE)
    return {"name": request.user.username}


urlpatterns = [path("api/keys-test/", api.urls), *urls.urlpatterns]
handler404 = urls.handler404

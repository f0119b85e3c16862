"""The kernel's addresses, and each room's `urls` mounted by name."""

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from civitai import health, preferences, uploads_views
from civitai.api import api

handler400 = "civitai.failures.bad_request"
handler403 = "civitai.failures.permission_denied"
handler404 = "civitai.failures.page_not_found"
handler500 = "civitai.failures.server_error"


urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/", api.urls),
    *preferences.urlpatterns,
    *uploads_views.urlpatterns,
    *[path("", include(f"{app}.urls")) for app in settings.LOCAL_APPS if app != "civitai" and find_spec(f"{app}.urls")],
]

if settings.DEVELOPMENT and find_spec("civitai.styleguide"):
    from civitai import styleguide

    urlpatterns += [path("styleguide/", include(styleguide))]

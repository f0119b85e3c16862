"""For search engines: where they may look, and what there is."""

from django.conf import settings
from django.contrib.sitemaps import views
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from pages.sitemaps import SECTIONS

# Of one person, or without an end.
CLOSED = (
    "/accounts/", "/admin/", "/api/", "/cases/", "/collecting/", "/create/", "/media/*/original", "/moderation/items/",
    "/notifications/", "/report/", "/search/", "/settings/", "/tips/", "/training/", "/uploads/", "/wallet/",
)  # fmt: skip


@require_safe
def robots(request):
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED), "", f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}"]  # fmt: skip
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def index(request):
    return views.index(request, sitemaps=SECTIONS, sitemap_url_name="sitemap_section")


@require_safe
def section(request, section):
    return views.sitemap(request, sitemaps=SECTIONS, section=section)

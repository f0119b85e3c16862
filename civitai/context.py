"""What base.html needs on every page; no queries beyond the user that is loaded anyway."""

from urllib.parse import quote

from django.conf import settings

from civitai import adapters, nav
from civitai.levels import Level, highest, viewer_mask
from civitai.preferences import theme_of


def site(request):
    user = getattr(request, "user", None)
    mask = viewer_mask(user)
    facts = {
        "site_name": settings.SITE_NAME,
        "theme": theme_of(request),
        "nav_entries": nav.entries(),
        "own_entries": nav.entries("own") if getattr(user, "is_authenticated", False) else [],
        "foot_entries": nav.entries("foot"),
        "viewer_mask": mask,
        "viewer_level_label": Level(highest(mask)).label,
        "is_development": settings.DEVELOPMENT,
        "come_back": _come_back(request),
    }
    for more in adapters.tell("page_context", request=request):
        facts |= more
    return facts


def _come_back(request):
    """For links to the doors: the query that leads back to this page; where one stands at a door, what that one was given."""
    path = request.GET.get("next", "") if request.path.startswith("/accounts/") else request.get_full_path()
    return f"?next={quote(path, safe='/')}" if path not in ("", "/") else ""

"""What base.html needs on every page; no queries beyond the user that is loaded anyway."""

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
    }
    for more in adapters.tell("page_context", request=request):
        facts |= more
    return facts

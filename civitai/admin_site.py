"""The administrators' site: who comes in, what their browser may run there, and what stands beside the lists."""

from allauth.account.decorators import secure_admin_login
from allauth.mfa.utils import is_mfa_enabled
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

# For these pages alone: their widgets are evaluated attributes and style sheets in the page. See docs/decisions/0007.
CSP = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}
ICONS = {
    "civitai": "history",
    "accounts": "group",
    "wallet": "account_balance",
    "moderation": "gavel",
    "community": "forum",
    "models_hub": "deployed_code",
    "gallery": "image",
    "generation": "brush",
    "training": "model_training",
    "bounties": "trophy",
}


class AdminSite(UnfoldAdminSite):
    def has_permission(self, request):
        return super().has_permission(request) and not self._lacks_second_factor(request)

    def _lacks_second_factor(self, request):
        if not settings.ADMIN_SECOND_FACTOR:
            return False
        # Asked several times for a page; one query answers.
        if not hasattr(request, "_has_second_factor"):
            request._has_second_factor = is_mfa_enabled(request.user)
        return not request._has_second_factor

    def get_app_list(self, request, app_label=None):
        return [{**room, "name": capfirst(room["name"])} for room in super().get_app_list(request, app_label)]

    def admin_view(self, view, cacheable=False):
        return csp_update(CSP)(super().admin_view(view, cacheable))

    def login(self, request, extra_context=None):
        """The members' own door, which knows second factors and counts wrong tries."""
        if super().has_permission(request) and self._lacks_second_factor(request):
            messages.warning(request, _("Administrators need a second step. Add one here first."))
            return redirect("mfa_index")
        return secure_admin_login(super().login)(request, extra_context)


def environment(request):
    """The label beside the site's name: nobody should take one for the other."""
    return [_("Development"), "warning"] if settings.DEVELOPMENT else [_("Production"), "danger"]


def icon(request):
    return static("favicon.svg")


def sidebar(request):
    """What moderators use first; then each room with its lists."""
    from django.contrib import admin

    daily = [
        (_("Workbench"), "workbench", "gavel"),
        (_("Moderation log"), "moderation_log", "shield"),
        (_("The site"), "home", "home"),
    ]
    # They lead away from here; their addresses are parts of addresses here, and would seem to be where one is.
    away = [{"title": title, "icon": icon, "link": reverse(name), "active": False} for title, name, icon in daily]
    rooms = [
        {
            "title": room["name"],
            "separator": True,
            "collapsible": True,
            "items": [
                {"title": row["name"], "icon": ICONS.get(room["app_label"], "list"), "link": row["admin_url"]}
                for row in room["models"]
            ],
        }
        for room in admin.site.get_app_list(request)
    ]
    return [{"items": away}, *rooms]

"""The administrators' site: who comes in, what their browser may run there, and what stands beside the lists."""

from allauth.account.decorators import secure_admin_login
from allauth.mfa.utils import is_mfa_enabled
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.sites import UnfoldAdminSite

from civitai.preferences import theme_of

# For these pages alone: their widgets are evaluated attributes and style sheets in the page. See docs/decisions/0007.
CSP = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}
ROOMS = {
    "civitai": (gettext_lazy("Site"), "history"),
    "accounts": (gettext_lazy("Members"), "group"),
    "wallet": (gettext_lazy("Wallet"), "account_balance"),
    "moderation": (gettext_lazy("Moderation"), "gavel"),
    "community": (gettext_lazy("Community"), "forum"),
    "models_hub": (gettext_lazy("Models"), "deployed_code"),
    "gallery": (gettext_lazy("Images"), "image"),
    "generation": (gettext_lazy("Create"), "brush"),
    "training": (gettext_lazy("Train"), "model_training"),
    "bounties": (gettext_lazy("Bounties"), "trophy"),
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
        rooms = super().get_app_list(request, app_label)
        return [{**room, "name": ROOMS[room["app_label"]][0]} for room in rooms if room["app_label"] in ROOMS]

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


def theme(request):
    """What the member chose for the site holds here too, and one switch is enough."""
    return theme_of(request)


def theme_script(request):
    return static("js/admin-theme.js")


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
                {"title": row["name"], "icon": ROOMS[room["app_label"]][1], "link": row["admin_url"]}
                for row in room["models"]
            ],
        }
        for room in admin.site.get_app_list(request)
    ]
    return [{"items": away}, *rooms]

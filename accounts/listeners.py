"""What this room does when the kernel or a room above tells of something."""

from django.utils.translation import gettext_lazy as _

from accounts import keys, kinds
from accounts.context import page_context
from accounts.domain import blocking, profiles
from civitai import adapters
from civitai.nav import register_nav


def register():
    adapters.on("level_chosen", lambda user, mask: user.choose_level(mask))
    adapters.on("language_chosen", lambda user, language: user.choose_language(language))
    adapters.on("api_user", keys.api_user)
    adapters.on("picture_ready", lambda picture: profiles.take_off(picture))
    adapters.on("picture_refused", lambda picture: profiles.take_off(picture))
    kinds.register()
    adapters.on("followed", kinds.followed)
    adapters.on("may_give", blocking.may_give)
    adapters.on("tipped", kinds.tipped)
    adapters.on("page_context", page_context)
    register_nav("notifications", _("Notifications"), "notifications", "bell", 70, menu="own")
    register_nav("api", _("API"), "api-1:openapi-view", "code", 70, menu="foot")
    register_nav("settings", _("Settings"), "settings", "settings", 80, menu="own")
    # The pages inside the settings; rooms above add theirs.
    register_nav("profile", _("Profile"), "settings", "user", 10, menu="settings")
    register_nav("security", _("Security"), "settings_security", "shield-check", 20, menu="settings")
    register_nav("keys", _("API keys"), "settings_keys", "key-round", 30, menu="settings")
    register_nav("following", _("Following"), "settings_following", "users", 40, menu="settings")
    register_nav("notices", _("Notifications"), "settings_notices", "bell", 50, menu="settings")
    register_nav("blocked", _("Blocked people"), "settings_blocked", "user-x", 60, menu="settings")

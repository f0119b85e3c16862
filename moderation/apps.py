from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModerationConfig(AppConfig):
    name = "moderation"
    verbose_name = _("moderation")

    def ready(self):
        from civitai import adapters
        from civitai.nav import register_nav
        from moderation import appeals_described, people, subjects

        subjects.register(
            "accounts.User", name=_("Member"), describe=people.describe, hide=people.hide, restore=people.restore
        )
        subjects.register("moderation.Appeal", name=_("Appeal"), describe=appeals_described.describe)
        register_nav("moderation_log", _("Moderation log"), "moderation_log", "shield-check", 60, menu="foot")
        adapters.on("username_chosen", people.username_chosen)

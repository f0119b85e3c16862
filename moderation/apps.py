from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModerationConfig(AppConfig):
    name = "moderation"
    verbose_name = _("moderation")

    def ready(self):
        from moderation import people, subjects

        subjects.register(
            "accounts.User", name=_("Member"), describe=people.describe, hide=people.hide, restore=people.restore
        )

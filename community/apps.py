from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommunityConfig(AppConfig):
    name = "community"
    verbose_name = _("community")

    def ready(self):
        from community.domain import pictures

        pictures.register_upload_purpose()

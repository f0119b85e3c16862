from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommunityConfig(AppConfig):
    name = "community"
    verbose_name = _("community")

    def ready(self):
        from civitai import adapters
        from community.domain import pictures, portraits

        pictures.register_upload_purpose()
        adapters.on("portrait_given", portraits.portrait_given)

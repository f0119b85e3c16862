from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommunityConfig(AppConfig):
    name = "community"
    verbose_name = _("community")

    def ready(self):
        from civitai import adapters
        from civitai.nav import register_nav
        from community import kinds, looked_at, queries, subjects
        from community.domain import pictures, portraits, quarantining

        pictures.register_upload_purpose()
        adapters.on("portrait_given", portraits.portrait_given)
        adapters.on("frozen", portraits.frozen)
        adapters.on("quarantined", quarantining.quarantined)
        adapters.on("quarantine_lifted", quarantining.quarantine_lifted)
        adapters.on("pictures_out_of_quarantine", portraits.out_of_quarantine)
        adapters.fill("pictures_within", quarantining.portraits_and_kept)
        adapters.fill("hashes_within", quarantining.hashes_within)
        adapters.on("restored", portraits.restored)
        adapters.fill("hashes_of", portraits.hashes_of)
        adapters.fill("picture_covers", queries.covers_of)
        adapters.on("decode_picture", pictures.decode_picture)
        adapters.fill("small_pictures", queries.small_pictures)
        kinds.register()
        subjects.register()
        looked_at.register()
        register_nav("collections", _("Collections"), "collections", "bookmark", 35, menu="own")
        register_nav("hidden_tags", _("Hidden tags"), "settings_hidden_tags", "eye-off", 70, menu="settings")

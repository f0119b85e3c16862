from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GenerationConfig(AppConfig):
    name = "generation"

    def ready(self):
        from civitai import adapters
        from civitai.nav import register_nav
        from generation import queries
        from generation.domain import renaming, withholding

        adapters.fill("created_with", queries.created_with)
        adapters.fill("last_drawn", queries.last_drawn)
        adapters.fill("named_by_url", queries.names_by_url)
        adapters.fill("gone_by_url", queries.gone_by_url)
        adapters.on("frozen", withholding.frozen)
        adapters.on("taken_down", withholding.taken_down)
        adapters.on("model_of_person", withholding.model_marked)
        adapters.on("quarantined", withholding.quarantined)
        adapters.on("name_taken_out", renaming.name_taken_out)
        adapters.on("restored", renaming.restored)
        register_nav("create", _("Create"), "create", "wand-sparkles", 30)
        register_nav("creations", _("Your creations"), "create", "wand-sparkles", 30, menu="own")

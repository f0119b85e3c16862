from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GenerationConfig(AppConfig):
    name = "generation"

    def ready(self):
        from civitai import adapters
        from civitai.nav import register_nav
        from generation import queries
        from generation.domain import withholding

        adapters.fill("created_with", queries.created_with)
        adapters.on("frozen", withholding.frozen)
        adapters.on("taken_down", withholding.taken_down)
        adapters.on("model_of_person", withholding.model_marked)
        register_nav("create", _("Create"), "create", "wand-sparkles", 30)
        register_nav("creations", _("Your creations"), "create", "wand-sparkles", 30, menu="own")

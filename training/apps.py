from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = _("training")

    def ready(self):
        from accounts.domain import notices
        from civitai import adapters, nav
        from training import queries, subjects
        from training.domain import freezing
        from wallet import kinds

        subjects.register()
        adapters.fill("version_origin", queries.origins_of)
        adapters.fill("named_by_url", queries.names_by_url)
        adapters.fill("gone_by_url", queries.gone_by_url)
        adapters.on("frozen", freezing.frozen)
        adapters.on("quarantined", freezing.quarantined)
        adapters.fill("pictures_within", freezing.within)
        adapters.on("taken_down", freezing.taken_down)
        adapters.on("model_of_person", freezing.model_marked)
        kinds.register("training", out=_("Training"), into=_("Training"))
        notices.register_kind("trained", text=_("%(about)s is trained: pick an epoch"), icon="graduation-cap")
        notices.register_kind(
            "training_stopped",
            text=_("%(about)s was stopped: its base is under a removal case. It costs nothing."),
            icon="circle-alert",
        )
        notices.register_kind(
            "training_pause_over",
            text=_("%(about)s rested for a week, so it was stopped. What was finished is kept."),
            icon="circle-pause",
        )
        nav.register_nav("train", _("Train"), "train", "graduation-cap", 40)

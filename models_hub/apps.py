from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModelsHubConfig(AppConfig):
    name = "models_hub"
    verbose_name = _("models")

    def ready(self):
        from civitai import adapters, nav, uploads
        from community.domain import reacting
        from models_hub import among, subjects
        from models_hub.domain import files, samples, withholding

        uploads.register_purpose(files.PURPOSE, max_bytes=files.MAX_BYTES, check=files.check_name)
        adapters.on("picture_ready", samples.picture_changed)
        adapters.on("picture_released", samples.picture_changed)
        adapters.on("picture_refused", samples.picture_changed)
        adapters.fill("pictures_within", samples.within)
        adapters.on("pictures_quarantined", samples.followed)
        adapters.on("pictures_out_of_quarantine", samples.followed)
        reacting.register_subject("models_hub.Model", "models_hub.Model", counter="likes", name=str)
        among.register()
        subjects.register()
        _hear_of_cases(adapters, withholding)
        nav.register_nav("models", _("Models"), "models", "layers", 20)
        nav.register_nav("my_models", _("Your models"), "my_models", "box", 20, menu="own")


def _hear_of_cases(adapters, withholding):
    for event in ("frozen", "taken_down", "name_taken_out", "licensed", "restored"):
        adapters.on(event, getattr(withholding, event))
    adapters.fill("resolve_url", withholding.resolve)
    adapters.fill("case_snapshot", withholding.snapshots)
    adapters.fill("hashes_of", withholding.hashes_of)
    adapters.fill("find_by_sha256", withholding.find_by_sha256)
    adapters.fill("case_files", withholding.case_files)
    adapters.fill("licensed_above", withholding.licensed_above)

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModelsHubConfig(AppConfig):
    name = "models_hub"
    verbose_name = _("models")

    def ready(self):
        from civitai import adapters, uploads
        from models_hub.domain import files

        uploads.register_purpose(files.PURPOSE, max_bytes=files.MAX_BYTES, check=files.check_name)
        adapters.on("picture_ready", _picture_changed)
        adapters.on("picture_refused", _picture_changed)


def _picture_changed(*, picture, **facts):
    from models_hub.domain import samples

    samples.picture_changed(picture)

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GalleryConfig(AppConfig):
    name = "gallery"
    verbose_name = _("gallery")

    def ready(self):
        from civitai import adapters
        from gallery.metadata import clean, reader

        adapters.on("picture_text", lambda file: getattr(reader.read(file), "text", ""))
        adapters.on("picture_cleaned", lambda data: clean.cleaned(data))

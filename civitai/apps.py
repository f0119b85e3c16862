from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "civitai"
    label = "civitai"

    def ready(self):
        # Binds @shared_task to our application in the web process too, which only sends.
        from civitai import celery  # noqa: F401

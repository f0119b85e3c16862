from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class KernelConfig(AppConfig):
    default = True
    name = "civitai"
    label = "civitai"

    def ready(self):
        # Binds @shared_task to our application in the web process too, which only sends.
        from civitai import celery  # noqa: F401


class AdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "civitai.admin_site.AdminSite"

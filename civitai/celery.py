"""The Celery application. Rooms' `tasks` modules are found by name; see civitai.tasks for the decorators."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "civitai.settings.dev")

app = Celery("civitai")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def fill_the_schedule(sender, **facts):
    from civitai.schedule import gathered

    sender.conf.beat_schedule = gathered()

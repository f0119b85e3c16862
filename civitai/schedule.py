"""What beat sends, and how often. A room's own list is its `schedule.py`; all of them are gathered here by name."""

from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings

EVERY = {
    "civitai.reap_jobs": timedelta(seconds=10),
    "civitai.sweep_uploads": timedelta(hours=1),
}


def gathered():
    """Celery's beat_schedule of all installed rooms: {task: {task, schedule}}; a task's queue is its own."""
    rooms = [f"{app}.schedule" for app in settings.LOCAL_APPS]
    found = [import_module(room).EVERY for room in rooms if find_spec(room)]
    return {task: {"task": task, "schedule": every} for part in found for task, every in part.items()}

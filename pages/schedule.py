"""What beat sends for this room."""

from celery.schedules import crontab

EVERY = {"pages.check_invariants": crontab(hour=3, minute=40)}

"""`manage.py up`: see civitai.services.up."""

import sys

from django.core.management.base import BaseCommand

from civitai.services import up


class Command(BaseCommand):
    help = "Start the whole site on this machine: services, web, workers, beat. Ctrl+C stops it."
    requires_system_checks = []

    def handle(self, *args, **options):
        sys.exit(up.run())

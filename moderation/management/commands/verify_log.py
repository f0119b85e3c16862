"""Walks the moderation log from its beginning and says whether each event follows from the one before."""

from django.core.management.base import BaseCommand, CommandError

from moderation.domain import log


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        broken = log.broken_at()
        if broken is not None:
            raise CommandError(f"Event {broken} does not follow from the one before it.")
        self.stdout.write(f"The log holds. Its head: {log.head()}")

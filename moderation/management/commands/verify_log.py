"""Walks the moderation log from its beginning: each event must follow from the one before, and no head that was kept
may be missing. --head HASH names heads that you have kept yourself, of the log's public page say."""

from django.core.management.base import BaseCommand, CommandError

from moderation.domain import heads, log


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--head", action="append", default=[], metavar="HASH")
        parser.add_argument("--no-store", action="store_true", help="Don't ask the store for the heads of each day.")

    def handle(self, *, head, no_store, **options):
        broken = log.broken_at()
        if broken is not None:
            raise CommandError(f"Event {broken} does not follow from the one before it.")
        kept = [] if no_store else [one["hash"] for one in heads.kept()]
        lost = heads.lost([*kept, *head])
        if lost:
            raise CommandError(f"The log was cut off or replaced: it does not hold {', '.join(lost)}.")
        self.stdout.write(f"The log holds, with {len(kept) + len(head)} kept heads. Its head: {log.head()}")

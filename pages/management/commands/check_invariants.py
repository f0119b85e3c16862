"""Says of each invariant whether it holds; ends with 1 when one does not. Beat asks the same every night."""

import sys

from django.core.management.base import BaseCommand

from pages.domain import invariants


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        results = invariants.check()
        for result in results:
            self.stdout.write(str(result))
        if any(result.hits for result in results):
            sys.exit(1)

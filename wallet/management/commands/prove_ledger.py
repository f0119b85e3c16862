"""Reads the whole ledger and says whether it holds: sums, balances, floors, what is set aside."""

from django.core.management.base import BaseCommand, CommandError

from wallet.domain.proof import CHECKS, prove


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options):
        wrong = prove()
        if wrong:
            raise CommandError("\n".join(f"{says}: {rows}" for says, rows in wrong.items()))
        self.stdout.write(f"The ledger holds ({len(CHECKS)} proofs).")

"""Makes a site worth looking at: people, models, pictures. The same each time, without downloads; twice is once."""

import os
import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

WORDS = {"base": "the base model", "pictures": "pictures", "drawings": "drawings", "done": "done"}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--scale", choices=["s", "m", "l", "xs"], default="s", metavar="{s,m,l}", help="how much")

    def handle(self, *, scale, **options):
        # They speak of what they could not find, which is not asked for here.
        for library in ("TRANSFORMERS", "DIFFUSERS"):
            os.environ.setdefault(f"{library}_VERBOSITY", "error")
        from pages.demo import site

        if not settings.DEMO:
            raise CommandError(
                "The demo site has sign-ins that everybody knows. It is not for this site (DEMO is off)."
            )
        made = site.build(scale, progress=self._progress)
        if not made:
            self.stdout.write("The demo site is there already.")
            return
        self.stdout.write(
            f"{made.people} people, {made.models} models, {made.pictures} pictures, {made.drawings} drawings "
            f"by the pocket model, {made.likes} likes."
        )

    def _progress(self, done, total, what):
        if not sys.stderr.isatty():
            if what == "done" or done % 20 == 0:
                self.stderr.write(f"  {done}/{total} {WORDS[what]}")
            return
        bar = "█" * (30 * done // total)
        self.stderr.write(f"\r  {bar:<30} {done}/{total} {WORDS[what]:<16}", ending="\n" if what == "done" else "")
        self.stderr.flush()

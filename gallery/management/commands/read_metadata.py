"""Prints how pictures were made, as JSON with the API's keys: one object for each file. Ends with 1 when a file can't be read."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand

from gallery.metadata import reader
from gallery.published import meta_of_recipe


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *, files, **options):
        told = [self._of(path) for path in files]
        self.stdout.write(json.dumps(told[0] if len(told) == 1 else told, indent=2, ensure_ascii=False))
        if any("error" in one for one in told):
            raise SystemExit(1)

    def _of(self, path):
        try:
            with path.open("rb") as file:
                found = reader.read(file)
        except OSError as error:
            return {"file": path.name, "error": error.strerror or str(error)}
        if found is None:
            return {"file": path.name, "meta": None}
        return {"file": path.name, "tool": found.tool, "meta": meta_of_recipe(found.recipe)}

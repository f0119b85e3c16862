"""One stylesheet for the browser, many files for us, no build step.

`css/site.css` does not lie in static/: this staticfiles finder joins the parts whenever one of them
is newer, so that a page costs one request in development and in production alike, and
`collectstatic` hashes and compresses it like any other file.
"""

import os
import tempfile
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

NAME = "css/site.css"
SOURCE = Path(__file__).resolve().parent.parent / "static" / "css"
# tokens.css names the order of the layers, so it must come first; the rest is ordered by layer anyway.
FIRST = ("tokens", "reset", "base", "layout", "utilities")


def parts():
    return [SOURCE / f"{name}.css" for name in FIRST] + sorted((SOURCE / "components").glob("*.css"))


def joined():
    return "\n".join(path.read_text(encoding="utf-8") for path in parts())


def _folder():
    return Path(getattr(settings, "DATA_DIR", None) or settings.BASE_DIR / "var") / "stylesheet"


def build():
    """Write the joined stylesheet if a part is newer than it; safe to run in many processes at once."""
    target = _folder() / NAME
    newest = max(path.stat().st_mtime for path in [*parts(), SOURCE / "components"])
    if not target.exists() or target.stat().st_mtime < newest:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=target.parent, delete=False) as draft:
            draft.write(joined())
        os.chmod(draft.name, 0o644)
        os.replace(draft.name, target)
    return target


class SiteStylesheetFinder(BaseFinder):
    """Stands before the other finders in STATICFILES_FINDERS."""

    def check(self, **kwargs):
        return []

    def find(self, path, find_all=False, **kwargs):
        if path.replace(os.sep, "/") != NAME:
            return []
        found = str(build())
        return [found] if find_all or kwargs.get("all") else found

    def list(self, ignore_patterns):
        build()
        yield NAME, FileSystemStorage(location=_folder())

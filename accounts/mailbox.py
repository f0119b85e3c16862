"""Mails that were written to files because there is no mail server: read-only, for development."""

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

NAME = re.compile(r"\A[\w-]+(\.[\w-]+)*\.log\Z")
LONGEST_NAME = 200  # what every file system takes, with room to spare
# Django writes this line after each message of a file.
BETWEEN = "\n" + "-" * 79 + "\n"
CODE = re.compile(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", re.M)


@dataclass(frozen=True)
class Letter:
    name: str
    number: int
    at: datetime
    to: str
    subject: str
    text: str

    @property
    def code(self):
        """The code alone on its line, where the letter brings one."""
        found = CODE.search(self.text)
        return found.group(1) if found else ""


def letters(limit=100):
    """The newest first."""
    folder = Path(settings.EMAIL_FILE_PATH)
    if not folder.is_dir():
        return []
    files = sorted(
        (path for path in folder.iterdir() if NAME.match(path.name) and path.is_file() and not path.is_symlink()),
        key=lambda path: path.stat().st_mtime_ns,
        reverse=True,
    )
    return [letter for path in files[:limit] for letter in reversed(_read(path))][:limit]


def letter(name, number):
    """The letter of that number in the file of that name; None for any name that is not a file of the folder itself."""
    path = Path(settings.EMAIL_FILE_PATH) / name
    if len(name) > LONGEST_NAME or not NAME.match(name) or path.is_symlink() or not path.is_file():
        return None
    found = _read(path)
    return found[number] if number < len(found) else None


def _read(path):
    """All letters of a file: Django takes the same file for two that it sends within a second."""
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    written = path.read_bytes().decode("utf-8", "replace").split(BETWEEN)
    return [_parsed(path.name, number, at, text) for number, text in enumerate(written) if text.strip()]


def _parsed(name, number, at, written):
    message = email.message_from_string(written.lstrip("\n"), policy=email.policy.default)
    body = message.get_body(preferencelist=("plain", "html"))
    try:
        text = body.get_content() if body else ""
    except (LookupError, ValueError):
        text = written
    return Letter(name, number, at, str(message["To"] or ""), str(message["Subject"] or ""), text)

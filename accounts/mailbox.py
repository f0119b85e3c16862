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
    return [_read(path) for path in files[:limit]]


def letter(name):
    """The letter in the file of that name; None for any name that is not a file of the folder itself."""
    path = Path(settings.EMAIL_FILE_PATH) / name
    if len(name) > LONGEST_NAME or not NAME.match(name) or path.is_symlink() or not path.is_file():
        return None
    return _read(path)


def _read(path):
    first = path.read_bytes().decode("utf-8", "replace").split(BETWEEN)[0]
    message = email.message_from_string(first, policy=email.policy.default)
    body = message.get_body(preferencelist=("plain", "html"))
    try:
        text = body.get_content() if body else ""
    except (LookupError, ValueError):
        text = first
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Letter(path.name, at, str(message["To"] or ""), str(message["Subject"] or ""), text)

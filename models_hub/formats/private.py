"""What trainers write into a header about the machine they ran on, and a header without it.

Folders, computers, accounts and addresses help nobody who downloads a model and may name a person.
Only the private part goes; what the line says about the model stays.
"""

import json
import re
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

LONGEST_LOOKED_AT = 4 << 20
MOST_SHOWN = 300


class PrivateKind(StrEnum):
    FOLDER = "folder"
    COMPUTER = "computer"
    PERSON = "person"
    ADDRESS = "address"


KIND_LABELS = {
    PrivateKind.FOLDER: _("a folder path"),
    PrivateKind.COMPUTER: _("the name of a computer"),
    PrivateKind.PERSON: _("a user name"),
    PrivateKind.ADDRESS: _("an e-mail address"),
}


@dataclass(frozen=True)
class PrivateLine:
    """One metadata entry with something private: `found` is that part, `replacement` the whole new value, None to drop the entry."""

    key: str
    kind: PrivateKind
    found: str
    replacement: str | None

    @property
    def label(self):
        return KIND_LABELS[self.kind]


# Bounded classes and fixed starts only: a header is untrusted text, and may be megabytes of it.
_PATH = re.compile(
    r"""(?<![A-Za-z0-9:/.])            # not inside a word or an address
    (?: \\\\[^\\/\s"'<>|]{1,64}\\      # \\computer\share\
      | //(?=[A-Za-z0-9_-]{1,64}/[^\s/])   # //computer/share/
      | [A-Za-z]:[\\/]                 # C:\
      | ~[A-Za-z0-9_.-]{0,32}/
      | \.{1,2}[\\/]
      | /(?:home|Users|root|mnt|media|Volumes|workspace|content|kaggle|data|datasets|opt|srv|tmp|var|notebooks|storage|project|projects|app|usr|run|scratch|gpfs|lustre|teamspace|runpod-volume|blue|cluster|home\d)/
    )
    [^"'<>|\r\n,;]{0,400}""",
    re.VERBOSE,
)  # fmt: skip
_UNC = re.compile(r"^(?:\\\\|//)[^\\/]+[\\/]")
# A home folder's last part is its owner's name.
_HOME = re.compile(r"^(?:[A-Za-z]:)?[\\/](?:home|Users)[\\/][^\\/]+[\\/]?$", re.IGNORECASE)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,128}\.[A-Za-z]{2,24}")
_PERSON_KEYS = re.compile(r"(?:^|[_.])(?:user|username|user_name|owner_login|login|account)$", re.IGNORECASE)
_COMPUTER_KEYS = re.compile(
    r"(?:^|[_.])(?:hostname|host_name|host|computer|computer_name|machine|machine_name|node)$", re.IGNORECASE
)
# An author's own contact and licence links are there to be read.
_MEANT_TO_BE_READ = frozenset(
    {"modelspec.author", "modelspec.license", "modelspec.usage_hint", "modelspec.thumbnail", "modelspec.description"}
)


def private_lines(metadata):
    """Every metadata entry with something private in it, one PrivateLine each, in the header's order."""
    lines = []
    for key, value in metadata.items():
        if key in _MEANT_TO_BE_READ or len(value) > LONGEST_LOOKED_AT or value in ("", "None"):
            continue
        if _COMPUTER_KEYS.search(key):
            lines.append(PrivateLine(key, PrivateKind.COMPUTER, value[:MOST_SHOWN], None))
        elif _PERSON_KEYS.search(key):
            lines.append(PrivateLine(key, PrivateKind.PERSON, value[:MOST_SHOWN], None))
        elif (line := _line(key, value)) is not None:
            lines.append(line)
    return tuple(lines)


def changes_without(lines):
    """The `changes` for safetensors.rewrite_metadata that take these lines' private parts out."""
    return {line.key: line.replacement for line in lines}


def _line(key, value):
    found = []
    cleaned = _clean_value(value, found)
    if not found:
        return None
    kind, text = found[0]
    return PrivateLine(key, kind, text[:MOST_SHOWN], cleaned)


def _clean_value(value, found):
    """Texts inside JSON are cleaned one by one, so that what is left is JSON still."""
    if value[:1] in "{[":
        try:
            return json.dumps(_clean_json(json.loads(value), found), ensure_ascii=False)
        except (ValueError, RecursionError):
            pass
    return _clean_text(value, found)


def _clean_json(value, found):
    if isinstance(value, str):
        return _clean_text(value, found)
    if isinstance(value, list):
        return [_clean_json(item, found) for item in value]
    if isinstance(value, dict):
        return {_clean_text(key, found): _clean_member(key, item, found) for key, item in value.items()}
    return value


def _clean_member(key, item, found):
    if isinstance(item, str) and item and (_COMPUTER_KEYS.search(key) or _PERSON_KEYS.search(key)):
        found.append((PrivateKind.COMPUTER if _COMPUTER_KEYS.search(key) else PrivateKind.PERSON, item))
        return ""
    return _clean_json(item, found)


def _clean_text(text, found):
    def last_part(match):
        path = match[0].rstrip()
        parts = [part for part in re.split(r"[\\/]", path) if part]
        # "./" and "../" alone say nothing about a machine.
        if path.startswith(".") and len(parts) < 3:
            return match[0]
        found.append((PrivateKind.COMPUTER if _UNC.match(path) else PrivateKind.FOLDER, path))
        return parts[-1] if len(parts) > 1 and not _HOME.match(path) else ""

    def nothing(match):
        found.append((PrivateKind.ADDRESS, match[0]))
        return ""

    if "/" in text or "\\" in text:
        text = _PATH.sub(last_part, text)
    return _EMAIL.sub(nothing, text) if "@" in text else text

"""Secrets of one data folder, made once."""

import json
import os
import secrets


def of(folder):
    """The folder's secrets; made and written (mode 0600) when it has none.

    They are hexadecimal because they stand in URLs and configuration files.
    """
    path = folder / "keys.json"
    if path.exists():
        return json.loads(path.read_text())
    made = {
        "site": secrets.token_hex(32),
        "postgres": secrets.token_hex(16),
        "valkey": secrets.token_hex(16),
        "s3_key_id": secrets.token_hex(10),
        "s3_secret": secrets.token_hex(20),
    }
    write_private(path, json.dumps(made, indent=1))
    return made


def write_private(path, text):
    """Replaces `path` whole, readable by its owner alone from the first byte on."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)

"""One machine: talks to the stack that `manage.py up` started, wherever its ports are."""

import json
import os
from pathlib import Path

from civitai.env import Environment
from civitai.settings.base import BASE_DIR, configure

_data = Path(os.environ.get("DATA_DIR") or BASE_DIR / ".data").resolve()
_stack = _data / "stack.json"
_defaults = {
    # Never signs anything that leaves this machine: `up` makes a real one and keeps it in the data folder.
    "SECRET_KEY": "development-only",
    "ALLOWED_HOSTS": "localhost,127.0.0.1",
    "SITE_URL": "http://localhost:8000",
    "DATA_DIR": str(_data),
}
if _stack.exists():
    try:
        _defaults |= json.loads(_stack.read_text())
    except (ValueError, PermissionError):
        pass

env = Environment(_defaults)
globals().update(configure(env))

DEBUG = env.flag("DEBUG", False)
DEMO = True
# Shows /mailbox/ and /styleguide/.
DEVELOPMENT = True
# Whoever sits at the machine may create administrators anyway.
ADMIN_SECOND_FACTOR = False
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

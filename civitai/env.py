"""Every setting that comes from outside, typed and named once.

Development and tests fill the gaps with `defaults`; production passes none and gets a list of all
that is missing, not the first one only.
"""

import os
from dataclasses import dataclass, field

REQUIRED = (
    "SECRET_KEY",
    "DATABASE_URL",
    "VALKEY_URL",
    "S3_ENDPOINT_URL",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
    "SITE_URL",
    "ALLOWED_HOSTS",
    "EMAIL_URL",
)


class MissingSettings(Exception):
    """Raised at boot; the message lists every variable that production needs and lacks."""


@dataclass(frozen=True)
class Environment:
    """A view of os.environ over some defaults. Empty values count as missing."""

    defaults: dict = field(default_factory=dict)

    def text(self, name, default=""):
        return os.environ.get(name) or self.defaults.get(name) or default

    def flag(self, name, default=False):
        value = self.text(name)
        return value.lower() in {"1", "true", "yes", "on"} if value else default

    def number(self, name, default):
        value = self.text(name)
        try:
            return int(value) if value else default
        except ValueError:
            raise MissingSettings(f"{name} must be a whole number, not {value!r}") from None

    def words(self, name, default=()):
        return [word.strip() for word in self.text(name).split(",") if word.strip()] or list(default)

    def require(self, names=REQUIRED):
        missing = [name for name in names if not self.text(name)]
        if missing:
            raise MissingSettings("These settings are missing from the environment: " + ", ".join(missing))

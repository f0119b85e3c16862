"""Tests: real services of their own, quick password hashing, mail in memory."""

import os
import tempfile

from civitai.env import Environment
from civitai.settings.base import configure

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
env = Environment(
    {
        "SECRET_KEY": "tests-only",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "SITE_URL": "http://localhost",
        "DATA_DIR": os.environ.get("DATA_DIR") or tempfile.mkdtemp(prefix="civitai-test-"),
    }
)
globals().update(configure(env))

DEMO = True
DEVELOPMENT = True
ADMIN_SECOND_FACTOR = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES["default"]["KEY_PREFIX"] = _worker  # noqa: F821 - from configure()
ACCOUNT_RATE_LIMITS = False
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
# Tests of other things do without the classifier; those of the rating switch it on.
CLASSIFIER = False
CELERY_TASK_ALWAYS_EAGER = False

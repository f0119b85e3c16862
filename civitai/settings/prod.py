"""Production: no defaults. What is missing from the environment is listed at boot, all of it."""

from civitai.env import Environment
from civitai.settings.base import configure

env = Environment()
env.require()
globals().update(configure(env))

DEMO = False
DEVELOPMENT = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if SITE_URL.startswith("https") else 0  # noqa: F821 - from configure()
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", False)
STORAGES["staticfiles"]["BACKEND"] = "civitai.staticfiles.HashedStorage"  # noqa: F821
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_secrets": {"()": "civitai.logs.WithoutSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["without_secrets"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
}

"""What is the same everywhere. Each environment module builds its `env` and calls `configure`."""

from pathlib import Path
from urllib.parse import unquote, urlparse

from csp.constants import SELF

BASE_DIR = Path(__file__).resolve().parents[2]

# Lower rooms first: a room may import only what stands before it.
LOCAL_APPS = [
    "civitai",
    "accounts",
    "wallet",
    "moderation",
    "community",
    "models_hub",
    "gallery",
    "generation",
    "training",
    "bounties",
    "pages",
]


def configure(env):
    """All settings for one environment, as a dict for `globals().update(...)`."""
    site_url = env.text("SITE_URL", "http://localhost:8000").rstrip("/")
    return {
        "BASE_DIR": BASE_DIR,
        "DATA_DIR": Path(env.text("DATA_DIR", str(BASE_DIR / ".data"))),
        "SECRET_KEY": env.text("SECRET_KEY"),
        "DEBUG": False,
        "ALLOWED_HOSTS": env.words("ALLOWED_HOSTS"),
        "SITE_URL": site_url,
        "SITE_NAME": env.text("SITE_NAME", "Civitai"),
        # For who asks for removal by letter or telephone; empty where the site has none. Lines of the letter end with "|".
        "CONTACT_LETTER": env.text("CONTACT_LETTER"),
        "CONTACT_PHONE": env.text("CONTACT_PHONE"),
        "CSRF_TRUSTED_ORIGINS": [site_url],
        **_apps(),
        **_web(),
        **_security(env, site_url),
        **_stores(env),
        **_language(),
        **_accounts(env),
        **_mail(env),
        **_celery(env),
        **_admin(env),
    }


def _apps():
    # A room that does not exist yet is simply not installed.
    local = [app for app in LOCAL_APPS if (BASE_DIR / app / "apps.py").exists()]
    return {
        "LOCAL_APPS": local,
        "INSTALLED_APPS": [
            # Its templates come before Django's own; the site is ours.
            "unfold.apps.BasicAppConfig",
            "civitai.apps.AdminConfig",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.postgres",
            "django.contrib.humanize",
            "django.contrib.sitemaps",
            "whitenoise.runserver_nostatic",
            "django.contrib.staticfiles",
            "django.forms",
            "template_partials",
            "django_htmx",
            "csp",
            # Its page of the API comes with its own scripts, from here.
            "ninja",
            "allauth",
            "allauth.account",
            "allauth.mfa",
            "allauth.usersessions",
            "allauth.socialaccount",
            "allauth.socialaccount.providers.google",
            "allauth.socialaccount.providers.github",
            "allauth.socialaccount.providers.discord",
            *local,
        ],
        "ROOT_URLCONF": "civitai.urls",
        "WSGI_APPLICATION": "civitai.wsgi.application",
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "FORM_RENDERER": "django.forms.renderers.TemplatesSetting",
    }


def _web():
    return {
        "MIDDLEWARE": [
            "civitai.middleware.request_id",
            "civitai.middleware.client_address",
            "civitai.middleware.open_api",
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "csp.middleware.CSPMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "allauth.account.middleware.AccountMiddleware",
            "allauth.usersessions.middleware.UserSessionsMiddleware",
            "django_htmx.middleware.HtmxMiddleware",
            "civitai.middleware.RefusedMiddleware",
        ],
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [BASE_DIR / "templates"],
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                        "civitai.context.site",
                    ]
                },
            }
        ],
        "STATIC_URL": "/static/",
        "STATIC_ROOT": BASE_DIR / "staticfiles",
        "STATICFILES_DIRS": [BASE_DIR / "static"],
        "STATICFILES_FINDERS": [
            "civitai.stylesheets.SiteStylesheetFinder",
            "django.contrib.staticfiles.finders.FileSystemFinder",
            "django.contrib.staticfiles.finders.AppDirectoriesFinder",
        ],
        # Anything larger comes as presigned parts, straight to the store.
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 5 * 1024 * 1024,
        "FILE_UPLOAD_MAX_MEMORY_SIZE": 2 * 1024 * 1024,
        "SESSION_ENGINE": "django.contrib.sessions.backends.cached_db",
        "MESSAGE_STORAGE": "django.contrib.messages.storage.fallback.FallbackStorage",
    }


def _security(env, site_url):
    store = env.text("S3_PUBLIC_ENDPOINT_URL") or env.text("S3_ENDPOINT_URL")
    places = [SELF, store] if store else [SELF]
    return {
        "CONTENT_SECURITY_POLICY": {
            "DIRECTIVES": {
                "default-src": [SELF],
                "script-src": [SELF],
                "style-src": [SELF],
                # The masonry's --r and --tone; nothing else is inline.
                "style-src-attr": ["'unsafe-inline'"],
                "img-src": [*places, "data:", "blob:"],
                "connect-src": places,
                "font-src": [SELF],
                "object-src": ["'none'"],
                "base-uri": [SELF],
                "form-action": [SELF, "https://accounts.google.com", "https://github.com", "https://discord.com"],
                "frame-ancestors": ["'none'"],
            }
        },
        "CSRF_FAILURE_VIEW": "civitai.failures.csrf_failure",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": site_url.startswith("https"),
        "CSRF_COOKIE_SECURE": site_url.startswith("https"),
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "X_FRAME_OPTIONS": "DENY",
    }


def database(url):
    """A postgresql:// address as Django's setting, with a pool of connections for each process."""
    parts = urlparse(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "civitai"},
    }


def _stores(env):
    valkey = env.text("VALKEY_URL", "redis://127.0.0.1:6379").rstrip("/")
    s3 = {
        "endpoint_url": env.text("S3_ENDPOINT_URL"),
        "access_key": env.text("S3_ACCESS_KEY_ID"),
        "secret_key": env.text("S3_SECRET_ACCESS_KEY"),
        "region_name": env.text("S3_REGION", "us-east-1"),
        "addressing_style": "path",
        "signature_version": "s3v4",
        "default_acl": None,
        "file_overwrite": True,
        "querystring_auth": True,
        "querystring_expire": 300,
    }
    prefix = env.text("S3_BUCKET_PREFIX", "civitai")

    def bucket(name):
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {**s3, "bucket_name": f"{prefix}-{name}"},
        }

    return {
        "DATABASES": {"default": database(env.text("DATABASE_URL", "postgresql://localhost/civitai"))},
        "CACHES": {
            "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"{valkey}/0"},
        },
        "STORAGES": {
            "default": bucket("private"),
            "private": bucket("private"),
            "public": bucket("public"),
            "quarantine": bucket("quarantine"),
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
        "S3_PUBLIC_ENDPOINT_URL": env.text("S3_PUBLIC_ENDPOINT_URL") or env.text("S3_ENDPOINT_URL"),
        "VALKEY_URL": valkey,
    }


def _language():
    return {
        "LANGUAGE_CODE": "en",
        "LANGUAGES": [("en", "English"), ("pt-br", "Português")],
        "LOCALE_PATHS": [BASE_DIR / "locale"],
        "FORMAT_MODULE_PATH": ["civitai.formats"],
        "USE_I18N": True,
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
    }


def _accounts(env):
    providers = {
        name: {
            "APPS": [
                {
                    "client_id": env.text(f"{name.upper()}_CLIENT_ID"),
                    "secret": env.text(f"{name.upper()}_CLIENT_SECRET"),
                }
            ]
        }
        for name in ("google", "github", "discord")
        if env.text(f"{name.upper()}_CLIENT_ID")
    }
    return {
        "AUTH_USER_MODEL": "accounts.User",
        "AUTHENTICATION_BACKENDS": [
            "django.contrib.auth.backends.ModelBackend",
            "allauth.account.auth_backends.AuthenticationBackend",
        ],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
            {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
            {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
        ],
        "PASSWORD_HASHERS": [
            "django.contrib.auth.hashers.ScryptPasswordHasher",
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        ],
        "LOGIN_REDIRECT_URL": "/",
        "LOGIN_URL": "account_login",
        "ACCOUNT_ADAPTER": "accounts.adapter.AccountAdapter",
        "SOCIALACCOUNT_ADAPTER": "accounts.adapter.SocialAccountAdapter",
        "ACCOUNT_FORMS": {"login": "accounts.forms.LoginForm", "signup": "accounts.forms.SignupForm"},
        "ACCOUNT_LOGIN_METHODS": {"email", "username"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "username*", "password1*"],
        "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
        "ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED": True,
        "ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND": True,
        "ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE": True,
        "ACCOUNT_EMAIL_NOTIFICATIONS": True,
        "ACCOUNT_MAX_EMAIL_ADDRESSES": 5,
        "ACCOUNT_LOGIN_BY_CODE_ENABLED": True,
        "ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED": True,
        "ACCOUNT_PREVENT_ENUMERATION": True,
        "ACCOUNT_EMAIL_SUBJECT_PREFIX": "",
        "ACCOUNT_USERNAME_MIN_LENGTH": 2,
        "ACCOUNT_USERNAME_VALIDATORS": "accounts.usernames.validators",
        "ACCOUNT_SESSION_REMEMBER": True,
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_FORMS": {"add_webauthn": "accounts.forms.AddPasskeyForm"},
        "MFA_TOTP_ISSUER": env.text("SITE_NAME", "Civitai"),
        # How many proxies of ours stand in front: without it everybody shares one address, and one rate limit.
        "TRUSTED_PROXIES": env.number("TRUSTED_PROXIES", 0),
        "ALLAUTH_TRUSTED_PROXY_COUNT": env.number("TRUSTED_PROXIES", 0),
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": env.text("SITE_URL", "http://localhost").startswith("http://localhost"),
        "SOCIALACCOUNT_PROVIDERS": providers,
        "SOCIALACCOUNT_EMAIL_AUTHENTICATION": False,
        "USERSESSIONS_TRACK_ACTIVITY": False,
    }


def _mail(env):
    url = urlparse(env.text("EMAIL_URL"))
    sender = env.text("EMAIL_FROM", "Civitai <hello@localhost>")
    if url.scheme not in {"smtp", "smtps"}:
        folder = Path(env.text("DATA_DIR", str(BASE_DIR / ".data"))) / "mail"
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": folder,
            "DEFAULT_FROM_EMAIL": sender,
        }
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or (465 if url.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": url.scheme == "smtp" and (url.port or 587) != 25,
        "EMAIL_TIMEOUT": 10,
        "DEFAULT_FROM_EMAIL": sender,
    }


def _celery(env):
    valkey = env.text("VALKEY_URL", "redis://127.0.0.1:6379").rstrip("/")
    return {
        "CELERY_BROKER_URL": f"{valkey}/1",
        # The state in the database is the result.
        "CELERY_TASK_IGNORE_RESULT": True,
        "CELERY_TASK_DEFAULT_QUEUE": "io",
        "CELERY_TASK_SERIALIZER": "json",
        "CELERY_ACCEPT_CONTENT": ["json"],
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
        "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        # Must exceed the longest hard limit in civitai.tasks, else the broker hands a running task out twice.
        "CELERY_BROKER_TRANSPORT_OPTIONS": {"visibility_timeout": 5 * 3600},
        "CELERY_WORKER_SEND_TASK_EVENTS": False,
        "JOB_LEASE_S": env.number("JOB_LEASE_S", 45),
        # Workers look at every picture; a test that is not about it does without (CLASSIFIER=0).
        "CLASSIFIER": bool(env.number("CLASSIFIER", 1)),
    }


def _admin(env):
    name = env.text("SITE_NAME", "Civitai")
    # The site's neutrals and its citron, darker where white text stands on it; see static/css/tokens.css.
    greys = {50: 0.982, 100: 0.955, 200: 0.91, 300: 0.86, 400: 0.68, 500: 0.55, 600: 0.45, 700: 0.35, 800: 0.26, 900: 0.16, 950: 0.128}  # fmt: skip
    citrons = {50: 0.97, 100: 0.955, 200: 0.93, 300: 0.905, 400: 0.8, 500: 0.58, 600: 0.46, 700: 0.4, 800: 0.34, 900: 0.28, 950: 0.2}  # fmt: skip
    colours = {
        "base": {str(step): f"oklch({light} .010 265)" for step, light in greys.items()},
        "primary": {str(step): f"oklch({light} .115 118)" for step, light in citrons.items()},
    }
    return {
        "ADMIN_SECOND_FACTOR": True,
        "UNFOLD": {
            "SITE_TITLE": name,
            "SITE_HEADER": name,
            "SITE_SYMBOL": "deployed_code",
            "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "civitai.admin_site.icon"}],
            "COLORS": colours,
            "THEME": "civitai.admin_site.theme",
            "SCRIPTS": ["civitai.admin_site.theme_script"],
            "ENVIRONMENT": "civitai.admin_site.environment",
            "SIDEBAR": {"show_search": True, "navigation": "civitai.admin_site.sidebar"},
        },
    }

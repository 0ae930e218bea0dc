"""All settings of Duban. Every value that differs between installations is a DUBAN_* environment variable.

Embedded default: SQLite, files and queue in one folder (DUBAN_DATA). Server mode: DUBAN_DATABASE=postgresql://…
and DUBAN_QUEUE=redis://… or postgresql://… . docs/operations.md lists every variable.
"""

import secrets
import warnings
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from duban.config import env

PACKAGE = Path(__file__).resolve().parent.parent
ROOT = PACKAGE.parent.parent

DEBUG = env.flag("DEBUG")
DATA = env.path("DATA", Path.cwd() / "data")
PACKS = env.path("PACKS", ROOT / "packs")


def _secret_key() -> str:
    """Return DUBAN_SECRET_KEY, or the key kept (0600) in the data folder of an embedded installation."""
    if key := env.text("SECRET_KEY"):
        return key
    kept = DATA / "secret.key"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text().strip()


def _database() -> dict[str, object]:
    url = env.text("DATABASE")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA / "duban.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; "
                    "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY"
                ),
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DUBAN_DATABASE: unknown scheme {parts.scheme!r}, use postgresql://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        # Short statements over large tables look costly to the planner; compiling them would take longer than running them.
        "OPTIONS": {"options": "-c jit=off"},
    }


SECRET_KEY = _secret_key()
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.names("TRUSTED_ORIGINS")
BASE_URL = env.text("BASE_URL", "http://127.0.0.1:8000")

DOMAIN_APPS = [
    "kernel", "territory", "people", "sites", "campaigns", "checklists", "documents", "notices", "topics",
    "burden", "teams", "incoming", "inspection", "rectification", "leads", "accountability", "planning", "reporting",
]  # fmt: skip
DOOR_APPS = ["web", "api", "field", "portal"]

INSTALLED_APPS = [
    *(f"duban.{name}" for name in DOOR_APPS),
    *(f"duban.{name}" for name in DOMAIN_APPS),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "template_partials",
]

MIDDLEWARE = [
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
    "django_htmx.middleware.HtmxMiddleware",
    "duban.web.middleware.ActorMiddleware",
    "duban.web.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "duban.config.urls"
WSGI_APPLICATION = "duban.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["duban.web.templatetags.parts", "template_partials.templatetags.partials"],
            # `{% load i18n %}` loads Django's tags with a `translate` that remembers literal texts.
            "libraries": {"i18n": "duban.web.templatetags.words"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "duban.web.shell.shell",
                "duban.web.punctuation.marks",
            ],
        },
    }
]

FORM_RENDERER = "duban.web.widgets.PlainRenderer"

# People -------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "duban.web.sign_in.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Duban"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
SESSION_COOKIE_AGE = env.number("SESSION_HOURS", 10) * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https://")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SOCIALACCOUNT_PROVIDERS = (
    {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "sso",
                    "name": env.text("OIDC_NAME", "SSO"),
                    "client_id": env.text("OIDC_CLIENT_ID"),
                    "secret": env.text("OIDC_SECRET"),
                    "settings": {"server_url": env.text("OIDC_SERVER")},
                }
            ]
        }
    }
    if env.text("OIDC_SERVER")
    else {}
)

# /metrics answers only to this bearer token; empty = off.
METRICS_TOKEN = env.text("METRICS_TOKEN")

# Words and time ------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "Asia/Shanghai")
# The demo ends on an open day of a past year; its server goes on from there. 0 = real time.
CLOCK_OFFSET_SECONDS = env.number("CLOCK_OFFSET_SECONDS", 0)

# Files ---------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", DATA / "static")
MEDIA_ROOT = env.path("FILES", DATA / "files")
WHITENOISE_USE_FINDERS = True
# Nothing needs to be collected: the finders serve the page parts.
warnings.filterwarnings("ignore", message="No directory at")
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {
        "BACKEND": env.text("FILE_STORAGE", "django.core.files.storage.FileSystemStorage"),
        **({"OPTIONS": {"location": str(MEDIA_ROOT)}} if not env.text("FILE_STORAGE") else {}),
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FONTS = env.path("FONTS", PACKAGE / "documents" / "fonts")
OFFICIAL_FONTS = env.text("OFFICIAL_FONTS")  # a folder of the office's own fonts; they win
STRICT_FONTS = env.flag("STRICT_FONTS")  # refuse to issue a document while an official font is missing
DATA_UPLOAD_MAX_NUMBER_FILES = 120
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
UPLOAD_LIMIT_BYTES = env.number("UPLOAD_LIMIT_MB", 200) * 1024 * 1024

# Queue (a message is only a hint: `duban tick` derives what remains from state) ---------------------------
QUEUE_URL = env.text("QUEUE")
JOBS_IMMEDIATE = env.flag("JOBS_IMMEDIATE")

# Safety --------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
        "worker-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if proxy_header := env.text("PROXY_SSL_HEADER"):
    SECURE_PROXY_SSL_HEADER = (proxy_header, "https")
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# W003: the i18n library of templates is replaced on purpose (TEMPLATES above).
SILENCED_SYSTEM_CHECKS = ["templates.W003"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "duban.kernel.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "WARNING")},
}

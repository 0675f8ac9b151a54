"""Settings of the portal. Whatever differs between places comes from the environment (env.py, README "Settings")."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from upki_portal import logs
from upki_portal.env import BASE_DIR, database, environment, is_origin, refuse_demo_on_the_network
from upki_portal.schedule import ROUTES, schedule

_read = environment

# --- Where and how it runs -------------------------------------------------------------------------------------------
UPKI_DEMO = _read.flag("UPKI_DEMO", False, "1 runs the demonstration: loopback only, anybody signs in with a click")
DEBUG = _read.flag("UPKI_DEBUG", False, "1 shows Django's debugging pages; never on a server")
_DEMO_KEY = "demonstration-only" * 4
SECRET_KEY = _read.text(
    "SECRET_KEY", _DEMO_KEY if UPKI_DEMO else None, "secret of sessions and mail links, ≥ 50 characters"
)
PORTAL_URL = _read.origin("PORTAL_URL", "http://127.0.0.1:8000", "address people type; mails carry it")
BIND_ADDRESS = _read.text("UPKI_BIND", "127.0.0.1", "address the web server listens on")
PORTAL_HOST = urlsplit(PORTAL_URL).hostname or ""
PORTAL_IS_HTTPS = PORTAL_URL.startswith("https://")
ALLOWED_HOSTS = _read.words("ALLOWED_HOSTS", PORTAL_HOST, "host names that the web server answers to")
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]

VAR_DIR = Path(_read.text("UPKI_VAR", str(BASE_DIR / "var"), "folder for the embedded database, broker and cache"))

# --- Applications ----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "accounts",
    "audit",
    "notifications",
    "inventory",
    "requests_app",
    "upki_portal.apps.PortalConfig",
    "upki_portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
]

MIDDLEWARE = [
    "upki_portal.middleware.RequestIdMiddleware",
    # Whoever answers without asking further in (a body too large, a static file) is inside those who add headers.
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "upki_portal.middleware.BodyLimitMiddleware",
    "upki_portal.middleware.NulMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SessionLimitsMiddleware",
    "accounts.middleware.PersonLocaleMiddleware",
    "upki_portal.middleware.ListUploadMiddleware",
    "upki_portal.middleware.PrivateKeyMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "upki_portal.urls"
WSGI_APPLICATION = "upki_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "upki_portal.context_processors.portal",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Data ------------------------------------------------------------------------------------------------------------
DATABASE_URL = _read.text(
    "DATABASE_URL", f"sqlite:///{VAR_DIR / 'portal.sqlite3'}", "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"
)
DATABASES = {"default": {**database(DATABASE_URL), "ATOMIC_REQUESTS": False}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHE_URL = _read.text("CACHE_URL", "", "redis://HOST:PORT/N; empty: the database's cache table")
REDIS_OPTIONS = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
"""Seconds. Without them a server that hangs holds every request that counts; redis-py waits for ever by default."""
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": CACHE_URL,
            "OPTIONS": REDIS_OPTIONS,
        }
        if CACHE_URL
        # Shared by all processes without a further server: rate limits and the id_token replay check need that.
        else {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "portal_cache",
            # Past its 300 by default every third row goes, whatever it is: rate limits and heartbeats among them.
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    )
}
BODY_LIMIT_BYTES = _read.number("UPKI_BODY_LIMIT_BYTES", 2 * 1024 * 1024, "largest body of a request, in bytes")
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = BODY_LIMIT_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
# An upload could hold a private key: it never reaches a file on disk. Larger bodies were answered with 413 before.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# --- People and sign-in ----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
# No ModelBackend: there are no local passwords, and Django's groups never give rights.
AUTHENTICATION_BACKENDS = ["accounts.backends.RoleBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
OIDC_ISSUER = _read.text(
    "OIDC_ISSUER", "http://127.0.0.1:8001" if UPKI_DEMO else None, "issuer of the OpenID Connect provider (https)"
).rstrip("/")
OIDC_CLIENT_ID = _read.text("OIDC_CLIENT_ID", "upki-portal", "client id that the provider knows the portal by")
OIDC_CLIENT_SECRET = _read.text(
    "OIDC_CLIENT_SECRET", "demonstration-only" if UPKI_DEMO else None, "client secret at the provider"
)
OIDC_HOSTED_DOMAIN = _read.text("OIDC_HOSTED_DOMAIN", "gl.cc.uec.ac.jp", "hosted domain (hd) of the accounts")
OIDC_AFFILIATION_CLAIM = _read.text(
    "OIDC_AFFILIATION_CLAIM", "", "claim with eduPersonAffiliation values, which may lower rights; empty: none"
)
OIDC_PROVIDER_ID = "uec"
"""Stands in the redirect address that is registered at the provider: /accounts/oidc/uec/login/callback/."""
OIDC_HOSTS = _read.words(
    "OIDC_HOSTS",
    "oauth2.googleapis.com,openidconnect.googleapis.com,www.googleapis.com",
    "hosts beside the issuer's on which the provider has endpoints",
)
OIDC_BROWSER_ORIGINS = _read.words(
    "OIDC_BROWSER_ORIGINS",
    "",
    "further origins (https://HOST) that a browser is led through between the sign-in button and the provider",
)
OIDC_TIMEOUT_SECONDS = _read.number(
    "OIDC_TIMEOUT_SECONDS",
    4,
    "longest wait for the provider in one sign-in, all its answers together, in seconds (1 to 4)",
    # Together with a cache that hangs (below), no request waits longer than 5 s for others.
    within=range(1, 5),
)
SESSION_IDLE_MINUTES = _read.number("SESSION_IDLE_MINUTES", 60, "a session ends after so many idle minutes")
SESSION_ABSOLUTE_HOURS = _read.number("SESSION_ABSOLUTE_HOURS", 10, "a session ends after so many hours in all")

# --- Cookies, headers ------------------------------------------------------------------------------------------------
_HOST_PREFIX = "__Host-" if PORTAL_IS_HTTPS else ""
SESSION_COOKIE_NAME = f"{_HOST_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{_HOST_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_HOST_PREFIX}language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PORTAL_IS_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_HOURS * 3600
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
SECURE_HSTS_SECONDS = 31_536_000 if PORTAL_IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
# The portal speaks for its own host: what is below it, and the browsers' preload list, are the parent domain's matter.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_SSL_REDIRECT = PORTAL_IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
TRUSTED_PROXY = _read.flag("UPKI_TRUSTED_PROXY", False, "1: a reverse proxy in front sets X-Forwarded-Proto and -For")
if TRUSTED_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_ISSUER_ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(OIDC_ISSUER))
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        # A sign-in is a form whose answer redirects to the provider: browsers check the target of the redirect too.
        "form-action": [SELF, _ISSUER_ORIGIN, *OIDC_BROWSER_ORIGINS],
        "frame-ancestors": [NONE],
        "img-src": [SELF],
        "manifest-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
    }
}

# --- Languages and time ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", _("Japanese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "upki_portal" / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Tokyo"

# --- Static files ----------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
# The embedded default serves straight from the source folders, so that nothing has to be collected first.
WHITENOISE_USE_FINDERS = _read.flag("UPKI_STATIC_FROM_SOURCE", True, "0: serve what `collectstatic` gathered")
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if WHITENOISE_USE_FINDERS
            # Names with a hash of the content: browsers keep a file for ever and still get the next version's at once.
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

# --- Mail ------------------------------------------------------------------------------------------------------------
SMTP_HOST = _read.text("SMTP_HOST", "127.0.0.1", "mail server")
SMTP_PORT = _read.number("SMTP_PORT", 8025 if UPKI_DEMO else 25, "its port")
SMTP_USER = _read.text("SMTP_USER", "", "account at the mail server; empty: none")
SMTP_PASSWORD = _read.text("SMTP_PASSWORD", "", "its password")
SMTP_TLS = _read.choice("SMTP_TLS", ("none", "starttls", "tls"), "encryption of the way to the mail server")
SMTP_TIMEOUT_SECONDS = _read.number(
    "SMTP_TIMEOUT_SECONDS", 30, "longest conversation with the mail server for one mail, in seconds"
)
MAIL_LEASE_SECONDS = _read.number(
    "MAIL_LEASE_SECONDS",
    300,
    "a mail whose worker died waits so many seconds for the next one; never less than three conversations",
)
MAIL_FROM = _read.text("MAIL_FROM", "upki-portal@cc.uec.ac.jp", "sender of every mail")
MAIL_LINK_DAYS = _read.number("MAIL_LINK_DAYS", 30, "a link in a mail opens for so many days")
MAIL_BODY_DAYS = _read.number(
    "MAIL_BODY_DAYS", 180, "texts of mails are removed after so many days; that they were sent stays"
)
MAIL_PORTAL_NAMES = {
    "ja": _read.text("MAIL_PORTAL_NAME_JA", "サーバ証明書ポータル", "name of the portal in Japanese mails"),
    "en": _read.text("MAIL_PORTAL_NAME_EN", "Server Certificate Portal", "name of the portal in English mails"),
}
MAIL_SIGNATURES = {
    "ja": _read.text(
        "MAIL_SIGNATURE_JA", "電気通信大学 情報基盤センター", r"signature of Japanese mails; \n begins a line"
    ),
    "en": _read.text(
        "MAIL_SIGNATURE_EN",
        r"Information Technology Center\nThe University of Electro-Communications",
        r"signature of English mails; \n begins a line",
    ),
}
# --- Contact, shown on pages and under mails -------------------------------------------------------------------------
CONTACT_MAIL = _read.text("CONTACT_MAIL", "support@cc.uec.ac.jp", "address for questions, on pages and under mails")
CONTACT_PHONE = _read.text("CONTACT_PHONE", "", "telephone for questions, under mails; empty: none")
OFFICE_HOURS = {
    "ja": _read.text("OFFICE_HOURS_JA", "", "office hours in Japanese, under mails; empty: not shown"),
    "en": _read.text("OFFICE_HOURS_EN", "", "office hours in English, under mails; empty: not shown"),
}

# --- Names in DNS ----------------------------------------------------------------------------------------------------
DNS_VIEWS = _read.views(
    "DNS_VIEWS",
    [{"name": "outside", "resolvers": ["127.0.0.1:8053"]}, {"name": "inside", "resolvers": ["127.0.0.1:8054"]}]
    if UPKI_DEMO
    else [],
    "views in which names are looked up: a JSON list of name and resolvers (address:port)",
)
DNS_FRESH_MINUTES = _read.number("DNS_FRESH_MINUTES", 24 * 60, "how old an observation may be when it is relied on")
DNS_GIVE_UP_HOURS = _read.number("DNS_GIVE_UP_HOURS", 72, "a name without an address is asked again for so many hours")
DNS_LEASE_SECONDS = _read.number(
    "DNS_LEASE_SECONDS", 90, "a name whose worker died waits so many seconds for the next one; at least 15"
)

# --- Servers looked at over TLS --------------------------------------------------------------------------------------
TLS_NETWORKS = _read.networks(
    "TLS_NETWORKS", "networks whose servers are looked at over TLS (192.0.2.0/24,…); empty: none is looked at"
)

# --- The institution at NII (UEC's values; another institution sets its own) -----------------------------------------
INSTITUTION = _read.mapping(
    "UPKI_INSTITUTION", "fields of csr.policy.Policy that differ from UEC's, as JSON (organization, domains, …)"
)
LIST_FRESH_DAYS = _read.number("LIST_FRESH_DAYS", 7, "NII's list may be so old when 発行 or 更新 is decided")
ISSUERS_FILE = _read.text(
    "UPKI_ISSUERS", "", "file with the certificates (PEM) of the CAs that issue for the institution; empty: none"
)
GO_LIVE_ON = _read.day(
    "UPKI_GO_LIVE_ON", "day (YYYY-MM-DD) from which a certificate without a request here is an incident; empty: never"
)
LIST_LIMIT_BYTES = _read.number("UPKI_LIST_LIMIT_BYTES", 100 * 1024 * 1024, "largest file of NII's list, in bytes")
OUT_OF_HOURS_MAIL = _read.text(
    "OUT_OF_HOURS_MAIL", "", "address that hears of a key compromise at once, besides the registrars; empty: none"
)
ASKING_COLLECT_MINUTES = _read.number(
    "ASKING_COLLECT_MINUTES",
    # A demonstration is watched: nobody waits an hour for the second mail.
    0 if UPKI_DEMO else 60,
    "after a mail to a zone administrator, further questions are collected for so many minutes; 0: every one at once",
)
STANDING_GRANTS = _read.flag(
    "STANDING_GRANTS", False, "1: zone administrators may say yes in advance for renewals, for at most 180 days"
)
ANSWER_BY_LINK = _read.flag(
    "ANSWER_BY_LINK",
    False,
    "1: the link in a mail is enough to answer one question; marked as weak, a warning at approval",
)
LAPSE_DAYS = _read.number("LAPSE_DAYS", 60, "a request that nobody touches lapses after so many days")
CLOSED_DAYS = _read.periods("CLOSED_DAYS", "periods in which the office is closed (2026-12-28/2027-01-04,…)")
OPEN_DRAFTS_PER_PERSON = _read.number("OPEN_DRAFTS_PER_PERSON", 50, "drafts that one person may have at a time")

# --- Background work -------------------------------------------------------------------------------------------------
BROKER_URL = _read.text("BROKER_URL", "filesystem://", "redis://HOST:PORT/N; filesystem:// is the embedded broker")
CELERY_BROKER_URL = BROKER_URL
BROKER_FOLDER = VAR_DIR / "broker"
if BROKER_URL.startswith("filesystem:"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_FOLDER / "queue"),
        "data_folder_out": str(BROKER_FOLDER / "queue"),
        "control_folder": str(BROKER_FOLDER / "control"),
        "polling_interval": 0.3,
    }
CELERY_TASK_SERIALIZER = CELERY_EVENT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = ROUTES
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = schedule(is_demo=UPKI_DEMO)

# --- Logs: no tokens, keys or bodies; a mail link's token never reaches a line ---------------------------------------
LOGGING = logs.CONFIGURATION

# --- What must hold, whoever sets it ---------------------------------------------------------------------------------
if UPKI_DEMO:
    refuse_demo_on_the_network(
        hosts={
            "PORTAL_URL": PORTAL_HOST,
            "UPKI_BIND": BIND_ADDRESS,
            "OIDC_ISSUER": urlsplit(OIDC_ISSUER).hostname or "",
            "SMTP_HOST": SMTP_HOST,
            **{
                f"DNS_VIEWS {resolver}": resolver.rpartition(":")[0]
                for view in DNS_VIEWS
                for resolver in view["resolvers"]
            },
        }
    )
elif not OIDC_ISSUER.startswith("https://"):
    raise ImproperlyConfigured(
        "OIDC_ISSUER must begin with https://: the sign-in relies on TLS to the provider (http only with UPKI_DEMO=1)."
    )
elif SECRET_KEY == _DEMO_KEY:
    raise ImproperlyConfigured("SECRET_KEY is the demonstration's, which everybody can read; make one of your own.")
if not all(map(is_origin, OIDC_BROWSER_ORIGINS)):
    # They stand in a header: nothing but an origin may get there.
    raise ImproperlyConfigured("OIDC_BROWSER_ORIGINS must be addresses like https://idp.example.ac.jp, without a path.")

# --- OpenID Connect through django-allauth ---------------------------------------------------------------------------
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_ONLY = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "accounts.openid.PortalProvider",
        "OAUTH_PKCE_ENABLED": True,
        "SCOPE": ["openid", "email", "profile"],
        "APPS": [
            {
                "provider_id": OIDC_PROVIDER_ID,
                "name": "UEC SSO",
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {"server_url": OIDC_ISSUER},
            }
        ],
    }
}

"""What every log line gets (the request's id) and what none may carry (tokens of links, codes, keys)."""

import logging
import re
from contextvars import ContextVar
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""The id of the request being answered; "-" outside of one."""

_SECRETS = (
    # %2F: the same addresses inside a parameter of another.
    re.compile(r"(?P<keep>(?:/|%2F)(?:l|emergency)(?:/|%2F))[^\s/?%\"']+", re.IGNORECASE),
    re.compile(r"(?P<keep>[?&](?:code|state|token|id_token|access_token|id_token_hint|session_state)=)[^\s&\"']+"),
    re.compile(r"(?P<keep>-----BEGIN )[\s\S]+"),
)


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class SecretsFilter(logging.Filter):
    """Replaces what opens a door: link tokens, OpenID codes and states, and whatever follows a PEM header."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = strike(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            # The formatter takes this text when it is there: messages of exceptions quote addresses too.
            record.exc_text = strike(_plain.formatException(record.exc_info))
        return True


_plain = logging.Formatter()


def strike(text: str) -> str:
    """Return `text` with "…" in the place of every secret."""
    for pattern in _SECRETS:
        text = pattern.sub(r"\g<keep>…", text)
    return text


CONFIGURATION: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "upki_portal.logs.RequestIdFilter"},
        "secrets": {"()": "upki_portal.logs.SecretsFilter"},
    },
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id", "secrets"]},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # A line for every run of every sweep would be 50,000 a day; what fails is logged at ERROR.
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        # Requests to the provider carry codes and tokens in their addresses and bodies.
        "urllib3": {"level": "WARNING"},
        "oauthlib": {"level": "WARNING"},
    },
}
"""Of Python's logging: one line for each record, to the standard error stream."""

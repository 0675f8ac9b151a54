"""What every log line gets (the request's id) and what none may carry (tokens of links, codes, keys)."""

import logging
import re
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""The id of the request being answered; "-" outside of one."""

_SECRETS = (
    re.compile(r"(?P<keep>/(?:l|emergency)/)[^\s/?\"']+"),
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
        message = record.getMessage()
        for pattern in _SECRETS:
            message = pattern.sub(r"\g<keep>…", message)
        record.msg, record.args = message, ()
        return True

"""What a verified id_token says, as one frozen value. Nothing here comes from userinfo, which nobody signs."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.errors import IdTokenInvalid
from accounts.plain_text import FORBIDDEN_CATEGORIES

MAX_SUB = 255
"""OpenID Connect Core 1.0, section 2: at most 255 ASCII characters."""

ACCOUNT = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
"""A UEC account as the local part of an address, lower case; what roster import and sign-in both accept."""


@dataclass(frozen=True)
class Claims:
    """The claims that this portal reads; texts are cleaned, everything else is as the provider signed it."""

    issuer: str
    sub: str
    nonce: str
    email: str
    email_is_verified: bool
    hosted_domain: str
    name: str
    affiliations: frozenset[str]
    strength: str

    @property
    def account(self) -> str:
        """The local part of the address, lower case; "" if it isn't an account of ours by shape."""
        local, _at, _domain = self.email.lower().partition("@")
        return local if ACCOUNT.fullmatch(local) else ""

    @property
    def mail_domain(self) -> str:
        """The domain of the address, lower case."""
        return self.email.lower().partition("@")[2]


def clean_text(text: str, *, limit: int) -> str:
    """`text` in NFC, one line, without control, format and bidirectional characters, at most `limit` characters."""
    composed = unicodedata.normalize("NFC", text)
    # U+3000 stays: it stands between the parts of Japanese names.
    visible = "".join(
        char if char in " \u3000" else " " if char.isspace() else char for char in composed if _is_shown(char)
    )
    return visible.strip()[:limit]


def _is_shown(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) not in FORBIDDEN_CATEGORIES


def read(payload: Mapping[str, Any], *, issuer: str, affiliation_claim: str = "") -> Claims:
    """Turn a verified payload into claims. Raises IdTokenInvalid when `sub` cannot be one."""
    sub = _text(payload, "sub")
    if not sub or len(sub) > MAX_SUB or not sub.isascii() or not sub.isprintable():
        raise IdTokenInvalid
    return Claims(
        issuer=issuer,
        sub=sub,
        nonce=_text(payload, "nonce"),
        email=_text(payload, "email"),
        # A provider that sends "true" as a text doesn't say it is true.
        email_is_verified=payload.get("email_verified") is True,
        hosted_domain=_text(payload, "hd").lower(),
        name=clean_text(_text(payload, "name"), limit=100),
        affiliations=frozenset(_words(payload, affiliation_claim)) if affiliation_claim else frozenset(),
        strength=_strength(payload),
    )


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name)
    return value if isinstance(value, str) else ""


def _words(payload: Mapping[str, Any], name: str) -> list[str]:
    value = payload.get(name)
    words = value if isinstance(value, list) else [value]
    return [word.lower() for word in words if isinstance(word, str)]


def _strength(payload: Mapping[str, Any]) -> str:
    """`acr`, `amr` and `auth_time` as one line of at most 200 characters."""
    parts = []
    if acr := _text(payload, "acr"):
        parts.append(f"acr={acr}")
    if amr := _words(payload, "amr"):
        parts.append(f"amr={','.join(amr)}")
    auth_time = payload.get("auth_time")
    if isinstance(auth_time, int) and not isinstance(auth_time, bool):
        parts.append(f"auth_time={auth_time}")
    return clean_text(" ".join(parts), limit=200)

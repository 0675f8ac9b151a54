"""An OpenID Connect provider on loopback: one clicks on a ready account, and tests let it misbehave.

Authorization code with PKCE (S256 only), OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from demo import identity_pages
from demo.accounts import ACCOUNTS, DemoAccount
from demo.environment import CLIENT_ID, CLIENT_SECRET, PROVIDER_PORT
from demo.misbehaviour import Misbehaviour
from demo.web import Answer, LoopbackServer, Question, redirect

__all__ = ["IdentityProvider", "Misbehaviour"]

FOREIGN_ISSUER = "https://accounts.example.com"
CODE_SECONDS = 60
TRANSACTION_SECONDS = 3600
TOKEN_SECONDS = 300
HANG_SECONDS = 60
"""How long a hanging provider keeps its caller; `stop` lets go at once."""
SLOW_SECONDS = 0.6
DRIBBLE_SECONDS = 0.1

M = Misbehaviour


@dataclass(frozen=True)
class _Granted:
    """What a code or an access token stands for."""

    account: DemoAccount
    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str
    signed_in_at: int
    until: float


class _Refused(Exception):
    """An OAuth error; `str` is its code."""


class IdentityProvider:
    """The provider; `misbehaviour` may be changed while it runs. Use `start` and `stop`, or `with`."""

    def __init__(
        self,
        accounts: Iterable[DemoAccount] = ACCOUNTS,
        *,
        misbehaviour: Collection[Misbehaviour] = (),
        port: int = 0,
        client_id: str = CLIENT_ID,
        client_secret: str = CLIENT_SECRET,
    ) -> None:
        self.accounts = {account.account: account for account in accounts}
        self.misbehaviour = set(misbehaviour)
        self.client_id, self.client_secret = client_id, client_secret
        self._lock = threading.Lock()
        self._transactions: dict[str, tuple[float, dict[str, str]]] = {}
        self._codes: dict[str, _Granted] = {}
        self._access: dict[str, _Granted] = {}
        self._stopping = threading.Event()
        self._server = LoopbackServer(self._answer, port=port)
        self.issuer = self._server.address
        self.requests: list[str] = []
        """Paths that were asked for, in order."""

    def __enter__(self) -> "IdentityProvider":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._stopping.set()
        self._server.stop()

    def callback_for(self, authorization_address: str, account: DemoAccount | str) -> str:
        """Return where the browser would be sent after a click on `account`: what a test does in place of the page."""
        query = dict(parse_qsl(urlsplit(authorization_address).query))
        transaction = self._begin(query)
        chosen = account if isinstance(account, str) else account.account
        return self._finish(transaction, chosen).headers["Location"]

    def _answer(self, question: Question) -> Answer:
        self.requests.append(question.path)
        pages = {"/": self._welcome, "/authorize": self._authorize, "/logout": self._log_out}
        if question.path in pages:
            return pages[question.path](question)
        machine = {
            "/.well-known/openid-configuration": self._discovery,
            "/elsewhere/.well-known/openid-configuration": self._discovery,
            "/jwks": self._keys,
            "/token": self._token,
            "/userinfo": self._userinfo,
        }
        if question.path not in machine:
            return Answer("not found", status=404, kind="text/plain")
        answer = self._spoiled(question) or machine[question.path](question)
        return replace(answer, pause_seconds=DRIBBLE_SECONDS) if M.DRIBBLING in self.misbehaviour else answer

    def _spoiled(self, question: Question) -> Answer | None:
        """Return the answer of a provider that is out of order, if it is to be one."""
        wrong = self.misbehaviour
        at_token = question.path == "/token"
        hanging_at = {"/jwks": M.HANGING_AT_KEYS, "/token": M.HANGING_AT_TOKEN, "/userinfo": M.HANGING_AT_USERINFO}
        if wrong & {M.HANGING, hanging_at.get(question.path)}:
            self._stopping.wait(HANG_SECONDS)
        if M.SLOW in wrong:
            self._stopping.wait(SLOW_SECONDS)
        if M.SERVER_ERROR in wrong or (M.SERVER_ERROR_AT_TOKEN in wrong and at_token):
            return Answer("out of order", status=500, kind="text/plain")
        if M.REDIRECTING_DISCOVERY in wrong and question.path.startswith("/.well-known/"):
            return redirect(f"{self.issuer}/elsewhere{question.path}")
        if M.REDIRECTING_TOKEN in wrong and at_token:
            return Answer("", status=307, headers={"Location": f"{self.issuer}/elsewhere/token"})
        if M.MALFORMED in wrong:
            return Answer("{not json", kind="application/json")
        return Answer(" " * 10_000_000, kind="application/json") if M.HUGE in wrong else None

    # --- For browsers ------------------------------------------------------------------------------------------------
    def _welcome(self, _: Question) -> Answer:
        return Answer(identity_pages.welcome(self.accounts.values()))

    def _authorize(self, question: Question) -> Answer:
        try:
            if question.method == "POST":
                return self._finish(question.form.get("transaction", ""), question.form.get("account", ""))
            transaction = self._begin(question.query)
        except _Refused as refused:
            return self._refuse(question.query, str(refused))
        return Answer(identity_pages.choose(self.accounts.values(), transaction, client=self.client_id))

    def _refuse(self, query: Mapping[str, str], error: str) -> Answer:
        """Answer an OAuth error through the client where its address can be trusted, else on a page."""
        target = query.get("redirect_uri", "")
        if query.get("client_id") != self.client_id or not _is_loopback(target):
            return Answer(identity_pages.refused(error), status=400)
        return redirect(_with_query(target, {"error": error, "state": query.get("state", "")}))

    def _begin(self, query: Mapping[str, str]) -> str:
        """Check an authorization request and return the name under which it waits for a click. Raises _Refused."""
        if query.get("client_id") != self.client_id or not _is_loopback(query.get("redirect_uri", "")):
            raise _Refused("invalid_request")
        if query.get("response_type") != "code":
            raise _Refused("unsupported_response_type")
        if "openid" not in query.get("scope", "").split():
            raise _Refused("invalid_scope")
        if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
            raise _Refused("invalid_request")
        if query.get("prompt") == "none":
            raise _Refused("login_required")
        transaction = secrets.token_urlsafe(16)
        with self._lock:
            self._transactions = {key: kept for key, kept in self._transactions.items() if kept[0] > time.monotonic()}
            self._transactions[transaction] = (time.monotonic() + TRANSACTION_SECONDS, dict(query))
        return transaction

    def _finish(self, transaction: str, chosen: str) -> Answer:
        with self._lock:
            _, query = self._transactions.get(transaction, (0.0, {}))
        if not query or chosen not in self.accounts:
            return Answer(identity_pages.refused("unknown_transaction_or_account"), status=400)
        code = secrets.token_urlsafe(24)
        granted = _Granted(
            account=self.accounts[chosen],
            client_id=query["client_id"],
            redirect_uri=query["redirect_uri"],
            challenge=query["code_challenge"],
            nonce=query.get("nonce", ""),
            signed_in_at=int(time.time()),
            until=time.monotonic() + CODE_SECONDS,
        )
        with self._lock:
            self._codes[code] = granted
        return redirect(_with_query(granted.redirect_uri, {"code": code, "state": query.get("state", "")}))

    def _log_out(self, question: Question) -> Answer:
        asked = {**question.query, **question.form}
        target = asked.get("post_logout_redirect_uri", "")
        if not _is_loopback(target):
            return Answer(identity_pages.signed_out())
        return redirect(_with_query(target, {"state": asked["state"]} if "state" in asked else {}))

    # --- For the client ----------------------------------------------------------------------------------------------
    def _discovery(self, _: Question) -> Answer:
        issuer = FOREIGN_ISSUER if M.FOREIGN_ISSUER_IN_DISCOVERY in self.misbehaviour else self.issuer
        token_host = "https://192.0.2.1" if M.FOREIGN_ENDPOINTS in self.misbehaviour else self.issuer
        return _json(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{token_host}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/jwks",
                "end_session_endpoint": f"{self.issuer}/logout",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "claims_supported": ["sub", "email", "email_verified", "hd", "name", "acr", "amr", "auth_time"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def _keys(self, _: Question) -> Answer:
        return _json({"keys": [{**_signing_key().as_dict(private=False), "use": "sig", "alg": "RS256"}]})

    def _token(self, question: Question) -> Answer:
        try:
            granted = self._redeem(question)
        except _Refused as refused:
            return _json({"error": str(refused)}, status=401 if str(refused) == "invalid_client" else 400)
        access_token = secrets.token_urlsafe(24)
        with self._lock:
            self._access[access_token] = granted
        tokens = {"access_token": access_token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        if M.NO_ID_TOKEN not in self.misbehaviour:
            tokens["id_token"] = self._id_token(granted)
        return _json(tokens)

    def _redeem(self, question: Question) -> _Granted:
        """Return what the code stands for, once. Raises _Refused."""
        form = question.form
        if not self._is_client(question):
            raise _Refused("invalid_client")
        if form.get("grant_type") != "authorization_code":
            raise _Refused("unsupported_grant_type")
        with self._lock:
            granted = self._codes.pop(form.get("code", ""), None)
        if granted is None or granted.until < time.monotonic() or granted.redirect_uri != form.get("redirect_uri"):
            raise _Refused("invalid_grant")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if not hmac.compare_digest(_base64url(digest), granted.challenge):
            raise _Refused("invalid_grant")
        return granted

    def _is_client(self, question: Question) -> bool:
        scheme, _, credentials = question.headers.get("authorization", "").partition(" ")
        named, secret = question.form.get("client_id", ""), question.form.get("client_secret", "")
        if scheme.lower() == "basic":
            try:
                named, _, secret = base64.b64decode(credentials).decode().partition(":")
            except ValueError:
                return False
            named, secret = unquote(named), unquote(secret)
        return named == self.client_id and hmac.compare_digest(secret.encode(), self.client_secret.encode())

    def _userinfo(self, question: Question) -> Answer:
        with self._lock:
            granted = self._access.get(question.headers.get("authorization", "").removeprefix("Bearer "))
        if granted is None:
            return _json({"error": "invalid_token"}, status=401)
        claims = self._person_claims(granted.account)
        if M.OTHER_SUB_IN_USERINFO in self.misbehaviour:
            claims["sub"] = self._someone_else(granted.account).sub
        return _json(claims)

    def _someone_else(self, account: DemoAccount) -> DemoAccount:
        return next(other for other in self.accounts.values() if other.account != account.account)

    def _person_claims(self, account: DemoAccount) -> dict[str, Any]:
        wrong = self.misbehaviour
        mail_bearer = self._someone_else(account) if M.OTHER_ACCOUNT in wrong else account
        claims: dict[str, Any] = {
            "sub": f"9{account.sub[1:]}0" if M.SECOND_IDENTITY in wrong else account.sub,
            "email": mail_bearer.mail,
            "email_verified": M.UNVERIFIED_MAIL not in wrong,
            "hd": "example.com" if M.FOREIGN_HOSTED_DOMAIN in wrong else account.hosted_domain,
            "name": account.name_ja,
            "locale": "ja",
        }
        if M.MAIL_VERIFIED_AS_TEXT in wrong:
            claims["email_verified"] = "true"
        if M.NO_HOSTED_DOMAIN in wrong or not claims["hd"]:
            del claims["hd"]
        return claims

    def _id_token(self, granted: _Granted) -> str:
        wrong, now = self.misbehaviour, int(time.time())
        foreign = {M.FOREIGN_ISSUER_IN_ID_TOKEN, M.FOREIGN_ISSUER_IN_DISCOVERY} & wrong
        issued_at = now - 2 * TOKEN_SECONDS if M.EXPIRED_ID_TOKEN in wrong else now
        claims = {
            **self._person_claims(granted.account),
            "iss": FOREIGN_ISSUER if foreign else self.issuer,
            "aud": "somebody-else" if M.WRONG_AUDIENCE in wrong else granted.client_id,
            "iat": issued_at,
            "exp": issued_at + TOKEN_SECONDS,
            "jti": secrets.token_urlsafe(12),
            "auth_time": granted.signed_in_at,
            "acr": "urn:mace:incommon:iap:silver",
            "amr": ["pwd", "mfa"],
        }
        if granted.nonce and M.NO_NONCE not in wrong:
            claims["nonce"] = "forged" if M.WRONG_NONCE in wrong else granted.nonce
        return _signed(claims, wrong)


def _signed(claims: dict[str, Any], wrong: Collection[Misbehaviour]) -> str:
    if M.UNSIGNED_ID_TOKEN in wrong:
        header = _base64url(json.dumps({"alg": "none", "typ": "JWT"}).encode())
        return f"{header}.{_base64url(json.dumps(claims).encode())}."
    key = _signing_key()
    if M.BAD_SIGNATURE in wrong:
        key = _other_key()
    return jwt.encode({"alg": "RS256", "kid": _signing_key().kid or ""}, claims, key)


@cache
def _signing_key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)


@cache
def _other_key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)


def _json(value: Mapping[str, Any], *, status: int = 200) -> Answer:
    return Answer(json.dumps(value, ensure_ascii=False), status=status, kind="application/json")


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _is_loopback(address: str) -> bool:
    """Say whether the browser may be sent there: the stand-in serves clients of this machine only."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "testserver")


def _with_query(address: str, more: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(more)}" if more else address


if __name__ == "__main__":
    from demo.standing import serve

    serve(IdentityProvider(port=PROVIDER_PORT))

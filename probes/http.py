"""A `requests` session whose connections pass the gate: no redirects, small answers, one deadline, no proxies."""

import io
import socket
from collections.abc import Mapping
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from probes import guard

MAX_ANSWER_BYTES = 256 * 1024
"""Size of an answer after decompression. Google's discovery document and keys are below 8 KiB."""


class RequestRefused(requests.RequestException, guard.OutsideGuard):
    """The gate refused the request's destination."""

    code = guard.DestinationRefused.code


class RedirectRefused(requests.RequestException, guard.OutsideGuard):
    """The server answered with a redirection, which could lead anywhere."""

    code = "guard.redirect_refused"


class AnswerTooLarge(requests.RequestException, guard.OutsideGuard):
    """The answer is larger than the session accepts."""

    code = "guard.answer_too_large"


def guarded_session(
    *,
    timeout: float | guard.Deadline,
    purpose: guard.Purpose = guard.Purpose.OPENID,
    max_bytes: int = MAX_ANSWER_BYTES,
    policy: guard.Policy | None = None,
) -> requests.Session:
    """Return a session all of whose requests together end within `timeout` (seconds, or a deadline shared by several).

    Raises nothing itself; its requests raise requests.RequestException only: Timeout past the deadline, the three
    refusals of this module (which are guard.OutsideGuard too), ConnectionError for other faults.
    """
    deadline = timeout if isinstance(timeout, guard.Deadline) else guard.Deadline(timeout)
    session = requests.Session()
    session.trust_env = False  # no proxy, no .netrc, no certificate bundle from the environment
    session.headers["Accept-Encoding"] = "identity"
    adapter = _GuardedAdapter(_Gate(purpose, deadline, policy), max_bytes)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _Gate:
    """What one session needs to open and watch its connections."""

    def __init__(self, purpose: guard.Purpose, deadline: guard.Deadline, policy: guard.Policy | None) -> None:
        self.purpose, self.deadline, self.policy = purpose, deadline, policy
        self.watch = guard.Watch(deadline)

    def open(self, host: str, port: int) -> socket.socket:
        connection = guard.connect(host, port, purpose=self.purpose, timeout=self.deadline, policy=self.policy)
        self.watch.add(connection)
        return connection


def _pool_classes(gate: _Gate) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """Return urllib3's pools with connections that ask `gate` for their socket."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return gate.open(self._dns_host, self.port or 80)

    class Encrypted(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return gate.open(self._dns_host, self.port or 443)

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}


class _GuardedAdapter(HTTPAdapter):
    def __init__(self, gate: _Gate, max_bytes: int) -> None:
        self._gate, self._max_bytes = gate, max_bytes
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pool_classes(self._gate)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send within the session's deadline, whatever time-out the caller names, and read the answer whole."""
        deadline = self._gate.deadline
        try:
            response = super().send(
                request, stream=True, timeout=max(deadline.remaining(), 0.001), verify=verify, cert=cert, proxies=None
            )
            if response.is_redirect:
                response.close()
                raise RedirectRefused(RedirectRefused.code, request=request)
            self._read_whole(response)
        except guard.DestinationRefused as refusal:
            raise RequestRefused(refusal.code, request=request) from refusal
        except (requests.RequestException, urllib3.exceptions.HTTPError) as fault:
            if deadline.has_passed:
                raise requests.Timeout("guard.deadline", request=request) from fault
            if isinstance(fault, requests.RequestException):
                raise
            raise requests.ConnectionError("guard.broken_answer", request=request) from fault
        if deadline.has_passed:
            # The watch may have cut an answer that ends with its connection: what came is only a part.
            raise requests.Timeout("guard.deadline", request=request)
        return response

    def _read_whole(self, response: requests.Response) -> None:
        body = bytearray()
        for chunk in response.raw.stream(8192, decode_content=True):
            body += chunk
            if len(body) > self._max_bytes:
                response.close()
                raise AnswerTooLarge(AnswerTooLarge.code, response=response)
        response.raw = urllib3.HTTPResponse(
            body=io.BytesIO(bytes(body)), status=response.status_code, preload_content=False
        )

    def close(self) -> None:
        """Close the connections and end their watch."""
        super().close()
        self._gate.watch.close()

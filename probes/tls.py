"""What a server shows over TLS: its certificate, read without trusting it, from each address of a name.

STARTTLS (mail, LDAP, databases) is not spoken: only servers that begin with TLS are seen.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from enum import StrEnum

from probes import guard

PORTS = frozenset(
    {443, 465, 563, 636, 853, 990, 992, 993, 994, 995, 3269, 5061, 5223, 5671, 6514, 6697, 8443, 8883, 9443, 10443}
)
"""Ports on which protocols begin with TLS (IANA's registry, and the usual second ports for HTTPS).

A holder may state one of these and no other: the portal must not be made to knock at any door of the campus.
"""

LIFETIME_SECONDS = 8.0
"""No look at one address lasts longer, whatever the server does."""

CONCURRENCY = 20
"""Addresses looked at at once."""

MAX_CERTIFICATE_BYTES = 64 * 1024
"""Bytes of a certificate that is kept; an honest one has 2 to 6 KiB."""


class Outcome(StrEnum):
    """How a look ended; the stable code under which it is stored and explained."""

    SERVED = "SERVED"
    """The server showed a certificate."""
    REFUSED = "REFUSED"
    """Nothing listens at this port."""
    TIMEOUT = "TIMEOUT"
    UNREACHABLE = "UNREACHABLE"
    """No way leads there from the portal."""
    NO_TLS = "NO_TLS"
    """Something answers, but no TLS handshake came to its end."""
    BAD_CERTIFICATE = "BAD_CERTIFICATE"
    """What was shown is no certificate that can be read."""
    NO_ADDRESS = "NO_ADDRESS"
    """DNS has no address for the name."""
    ADDRESSES_UNKNOWN = "ADDRESSES_UNKNOWN"
    """DNS did not answer completely, or named too many: there may be addresses that nobody looked at."""
    NOT_ADMITTED = "NOT_ADMITTED"
    """The settings admit no connection to this network and port."""


@dataclass(frozen=True)
class Target:
    """One address at which a name is looked at."""

    name: str
    address: str
    port: int


@dataclass(frozen=True)
class Look:
    """What one address showed; `certificate` is its DER, empty unless the outcome is SERVED."""

    target: Target
    outcome: Outcome
    certificate: bytes = b""


def look(target: Target, *, lifetime: float = LIFETIME_SECONDS) -> Look:
    """Return what `target` shows within `lifetime` seconds. Never raises for what a server does."""
    deadline = guard.Deadline(lifetime)
    try:
        connection = guard.connect(target.address, target.port, purpose=guard.Purpose.TLS, timeout=deadline)
    except guard.DestinationRefused:
        return Look(target, Outcome.NOT_ADMITTED)
    except TimeoutError:
        return Look(target, Outcome.TIMEOUT)
    except ConnectionRefusedError:
        return Look(target, Outcome.REFUSED)
    except ConnectionResetError:
        # Accepted, then cut before we looked: the same server as one that resets a moment later.
        return Look(target, Outcome.NO_TLS)
    except OSError:
        return Look(target, Outcome.UNREACHABLE)
    with contextlib.closing(guard.Watch(deadline)) as watch, connection:
        watch.add(connection)
        try:
            with _context().wrap_socket(connection, server_hostname=target.name) as secured:
                shown = secured.getpeercert(binary_form=True) or b""
        except (OSError, ValueError):
            # ssl.SSLError is an OSError; ValueError: a name that SNI cannot carry.
            return Look(target, Outcome.TIMEOUT if deadline.has_passed else Outcome.NO_TLS)
    if not shown or len(shown) > MAX_CERTIFICATE_BYTES:
        return Look(target, Outcome.BAD_CERTIFICATE)
    return Look(target, Outcome.SERVED, shown)


def look_many(targets: Iterable[Target], *, lifetime: float = LIFETIME_SECONDS) -> Iterator[Look]:
    """Yield a look for each target, as they come, CONCURRENCY at once."""
    asked = list(targets)
    for target in asked:
        guard.ask_hooks(guard.Purpose.TLS, target.address, target.port)
    with ThreadPoolExecutor(max_workers=CONCURRENCY, thread_name_prefix="tls") as pool:
        waiting = [pool.submit(look, target, lifetime=lifetime) for target in asked]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            for future in waiting:
                future.cancel()


def _context() -> ssl.SSLContext:
    """Return a context that shakes hands with anybody: the certificate is read, and nothing secret is sent.

    Old servers speak old versions with weak ciphers, and show the certificates that have to be replaced.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context

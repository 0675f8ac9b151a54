"""The one gate for every outgoing connection.

A `Policy` says which addresses and ports each purpose may reach; until one is installed, nothing may be reached.
The gate resolves a name once, checks every address, and opens the socket to the address that it checked, so that a
name server that answers differently the second time (DNS rebinding) gains nothing.
"""

import contextlib
import errno
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Container
from dataclasses import dataclass
from enum import StrEnum

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

ANY_PORT = range(1, 65536)
"""For rules of tests, whose servers listen where the system puts them."""

LOOPBACK: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))

ANYWHERE: tuple[Network, ...] = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv6 addresses whose last 32 bits are an IPv4 address. RFC 6052, section 2.1."""

MAX_NAMES_AT_ONCE = 32
"""Names resolved at once in one process: a hanging system resolver must not collect threads without end."""

_resolving = threading.BoundedSemaphore(MAX_NAMES_AT_ONCE)


class Purpose(StrEnum):
    """Why a connection is wanted; each purpose has its own rules."""

    DNS = "DNS"
    OPENID = "OPENID"
    SMTP = "SMTP"
    TLS = "TLS"


BeforeConnect = Callable[[Purpose, str, int], None]

before_connect: list[BeforeConnect] = []
"""Called with purpose, host and port before anything is resolved or opened; whatever one raises reaches the caller.

The portal puts a function here that refuses a connection inside a database transaction."""


class OutsideGuard(Exception):
    """The gate refused. `code` is stable and is what is stored and logged."""

    code = "guard.outside"


class DestinationRefused(OutsideGuard):
    """No rule of the purpose permits this host, address and port."""

    code = "guard.destination_refused"

    def __init__(self, purpose: Purpose, host: str, port: int) -> None:
        super().__init__(self.code, purpose, host, port)
        self.purpose, self.host, self.port = purpose, host, port


@dataclass(frozen=True)
class Rule:
    """One permission. `hosts` (lower case) narrows it to these names or literal addresses; empty means any."""

    purpose: Purpose
    networks: tuple[Network, ...]
    ports: Container[int]
    hosts: frozenset[str] = frozenset()
    public_only: bool = False
    """Refuse what the public Internet does not route, also when it hides inside an IPv6 address."""

    def permits_host(self, host: str, port: int) -> bool:
        """Say whether the name and port pass, before any look-up of the name."""
        return port in self.ports and (not self.hosts or host.lower().rstrip(".") in self.hosts)

    def permits_address(self, address: Address) -> bool:
        """Say whether the address passes; the caller has unwrapped IPv4-mapped addresses."""
        if self.public_only and not _is_public(address):
            return False
        return any(address in network for network in self.networks)


@dataclass(frozen=True)
class Policy:
    """All permissions; what no rule permits is refused."""

    rules: tuple[Rule, ...] = ()

    def check_host(self, purpose: Purpose, host: str, port: int) -> tuple[Rule, ...]:
        """Return the rules that may permit the connection, before the name is looked up. Raises DestinationRefused."""
        rules = tuple(rule for rule in self.rules if rule.purpose is purpose and rule.permits_host(host, port))
        if not rules:
            raise DestinationRefused(purpose, host, port)
        return rules


NOTHING = Policy()

_installed = NOTHING


def install(policy: Policy) -> Policy:
    """Make `policy` the one of this process and return the one before it (tests put that back).

    One process has one gate: a policy handed from function to function invites a way around it.
    """
    global _installed
    before, _installed = _installed, policy
    return before


def installed() -> Policy:
    """Return the policy of this process."""
    return _installed


@dataclass(frozen=True)
class Destination:
    """An address that passed the gate. Only `check` makes them."""

    family: socket.AddressFamily
    address: Address
    port: int

    @property
    def endpoint(self) -> tuple[str, int]:
        return str(self.address), self.port


class Deadline:
    """A moment by which everything that shares it must be over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds left, never below 0."""
        return max(0.0, self._end - time.monotonic())

    @property
    def has_passed(self) -> bool:
        return self.remaining() == 0.0

    def demand(self) -> float:
        """Return the seconds left. Raises TimeoutError when there are none."""
        left = self.remaining()
        if left == 0.0:
            raise TimeoutError(errno.ETIMEDOUT, "deadline")
        return left


def ask_hooks(purpose: Purpose, host: str, port: int) -> None:
    """Call what stands in `before_connect`; whatever one raises reaches the caller.

    `check` does it. Whoever connects in other threads asks in its own first: there a hook sees its transaction.
    """
    for hook in before_connect:
        hook(purpose, host, port)


def check(
    host: str, port: int, *, purpose: Purpose, deadline: Deadline, policy: Policy | None = None
) -> list[Destination]:
    """Resolve `host` once and return the addresses that pass.

    Raises DestinationRefused when none passes, socket.gaierror when the name is unknown, TimeoutError.
    """
    ask_hooks(purpose, host, port)
    rules = (_installed if policy is None else policy).check_host(purpose, host, port)
    addresses = dict.fromkeys(_resolve(host, deadline))
    passed = [one for one in addresses if any(rule.permits_address(one) for rule in rules)]
    if not passed:
        raise DestinationRefused(purpose, host, port)
    return [Destination(socket.AF_INET if one.version == 4 else socket.AF_INET6, one, port) for one in passed]


def connect(
    host: str, port: int, *, purpose: Purpose, timeout: float | Deadline, policy: Policy | None = None
) -> socket.socket:
    """Return a connected TCP socket; what is left of `timeout` (seconds) stays as its own time-out.

    Raises DestinationRefused, socket.gaierror, TimeoutError, or the OSError of the last address tried.
    """
    deadline = timeout if isinstance(timeout, Deadline) else Deadline(timeout)
    destinations = check(host, port, purpose=purpose, deadline=deadline, policy=policy)
    for position, destination in enumerate(destinations):
        # A silent first address may use only its share, or the others would never be tried.
        share = deadline.demand() / (len(destinations) - position)
        try:
            opened = _open(destination, share)
        except OSError:
            if position == len(destinations) - 1:
                raise
        else:
            opened.settimeout(deadline.demand())
            return opened
    raise AssertionError("check returns at least one destination")


def datagram_socket(
    host: str, port: int, *, purpose: Purpose, deadline: Deadline, policy: Policy | None = None
) -> tuple[socket.socket, Destination]:
    """Return a non-blocking UDP socket that hears only the checked address, and that address. Raises as `connect`."""
    destination = check(host, port, purpose=purpose, deadline=deadline, policy=policy)[0]
    opened = socket.socket(destination.family, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        # Connected: the kernel drops what others send, and an unreachable port is an error at once.
        opened.connect(destination.endpoint)
    except OSError:
        opened.close()
        raise
    return opened, destination


class Watch:
    """Cuts connections when a deadline passes.

    A time-out of a socket starts anew with each byte, so a server that sends one byte a second holds its caller for
    ever. The watch keeps a second descriptor of each socket, which survives wrapping the first into TLS.
    """

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._descriptors: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def add(self, connection: socket.socket) -> None:
        """Watch one more connection."""
        with self._lock:
            self._descriptors.append(connection.dup())
            if self._timer is None:
                self._timer = threading.Timer(self._deadline.remaining(), self._cut)
                self._timer.daemon = True
                self._timer.start()

    def close(self) -> None:
        """End the watch; the connections themselves stay as they are."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            while self._descriptors:
                self._descriptors.pop().close()

    def _cut(self) -> None:
        with self._lock:
            while self._descriptors:
                with self._descriptors.pop() as descriptor, contextlib.suppress(OSError):  # already closed by the peer
                    descriptor.shutdown(socket.SHUT_RDWR)


def _open(destination: Destination, seconds: float) -> socket.socket:
    opened = socket.socket(destination.family, socket.SOCK_STREAM)
    try:
        opened.settimeout(seconds)
        opened.connect(destination.endpoint)
    except OSError:
        opened.close()
        raise
    return opened


def _resolve(host: str, deadline: Deadline) -> list[Address]:
    """Return the addresses of `host` in the system's order, IPv4-mapped ones as IPv4."""
    try:
        return [_unmapped(ipaddress.ip_address(host.strip("[]")))]
    except ValueError:
        return [_unmapped(ipaddress.ip_address(text)) for text in _ask_system(host, deadline)]


def _ask_system(host: str, deadline: Deadline) -> list[str]:
    """Ask the system's resolver, which knows no time-out, in a thread that is left behind when it hangs."""
    answers: list[str] = []
    faults: list[OSError] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            answers.extend(str(sockaddr[0]) for *_, sockaddr in found)
        except OSError as fault:
            faults.append(fault)
        except UnicodeError:
            faults.append(socket.gaierror(socket.EAI_NONAME, "not a host name"))
        finally:
            _resolving.release()

    if not _resolving.acquire(timeout=deadline.demand()):
        raise TimeoutError(errno.ETIMEDOUT, "resolver")
    thread = threading.Thread(target=ask, name="guard-resolve", daemon=True)
    thread.start()
    thread.join(deadline.remaining())
    if thread.is_alive():
        raise TimeoutError(errno.ETIMEDOUT, "resolver")
    if faults:
        raise faults[0]
    return answers


def _unmapped(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return address if mapped is None else mapped


def _is_public(address: Address) -> bool:
    if address.is_multicast or not address.is_global:
        return False
    return all(inner.is_global and not inner.is_multicast for inner in _carried_in(address))


def _carried_in(address: Address) -> list[ipaddress.IPv4Address]:
    """Return the IPv4 addresses that a tunnel or translator would take out of an IPv6 address."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    carried = [address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        carried.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [inner for inner in carried if inner is not None]

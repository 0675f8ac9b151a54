"""Real TLS servers on loopback: each shows one certificate, or misbehaves as a test says."""

import socket
import ssl
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.utils import timezone

from tests import requests


def self_signed(common_name: str, *, key_number: int = 0, names: tuple[str, ...] = ()) -> x509.Certificate:
    """Return a certificate by one of the pool's keys."""
    key = requests.key(key_number)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    now = timezone.now()
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=9))
    san = x509.SubjectAlternativeName([x509.DNSName(name) for name in names or (common_name,)])
    return builder.add_extension(san, critical=False).sign(key, hashes.SHA256())


class TlsServer:
    """Shows `certificate` (by pool key `key_number`) at an address of loopback. Use with `with`."""

    def __init__(
        self,
        certificate: x509.Certificate,
        folder: Path,
        *,
        key_number: int = 0,
        address: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        key = requests.key(key_number).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file = folder / f"{certificate.serial_number}.pem"
        file.write_bytes(certificate.public_bytes(Encoding.PEM) + key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        self.names_asked: list[str | None] = []
        context.sni_callback = lambda _socket, name, _context: self.names_asked.append(name)
        self._server = RawServer(lambda connection: self._shake(connection, context), address=address, port=port)
        self.port = self._server.port

    def _shake(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    def __enter__(self) -> "TlsServer":
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()


class RawServer:
    """Does with each connection what the test says."""

    def __init__(self, serve: Callable[[socket.socket], None], *, address: str = "127.0.0.1", port: int = 0) -> None:
        self._serve = serve
        self._listening = socket.create_server((address, port))
        self.port = int(self._listening.getsockname()[1])
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "RawServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def _run(self) -> None:
        while True:
            try:
                connection, _peer = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection:
            try:
                self._serve(connection)
            except OSError:
                return  # the client has gone: that is what the test is about

"""SMTP clients of the standard library whose connections pass the gate and end at a deadline."""

import smtplib
import socket

from probes import guard


class GuardedSMTP(smtplib.SMTP):
    """`smtplib.SMTP` through the gate; `timeout` (seconds) bounds the whole conversation, not each reply.

    Beside smtplib's errors it raises guard.DestinationRefused. Past the deadline the connection is cut, which
    smtplib shows as SMTPServerDisconnected or TimeoutError.
    """

    _watch: guard.Watch | None = None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        deadline = guard.Deadline(timeout)
        connection = guard.connect(host, port, purpose=guard.Purpose.SMTP, timeout=deadline)
        self._watch = guard.Watch(deadline)
        self._watch.add(connection)
        return connection

    def close(self) -> None:
        """Close the connection and end its watch."""
        try:
            super().close()
        finally:
            if self._watch is not None:
                self._watch.close()
                self._watch = None


class GuardedSMTPS(smtplib.SMTP_SSL, GuardedSMTP):
    """`smtplib.SMTP_SSL` (TLS from the first byte) through the gate; see GuardedSMTP."""

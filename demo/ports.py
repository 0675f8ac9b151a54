"""Are the demonstration's ports free, and what to say when one is not."""

import errno
import socket
from dataclasses import dataclass

from demo import environment
from demo.web import HOST


@dataclass(frozen=True)
class Port:
    """A port of loopback and what listens there."""

    number: int
    purpose_ja: str
    purpose_en: str
    is_udp: bool = False

    def is_free(self) -> bool:
        """Say whether a server could listen here now."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if self.is_udp else socket.SOCK_STREAM) as probe:
            if not self.is_udp:
                # As servers do: connections of an earlier run that are still closing are no obstacle.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self.number))
            except OSError as fault:
                if fault.errno != errno.EADDRINUSE:
                    raise
                return False
        return True

    def taken_sentence(self) -> str:
        """Return what to tell the person who typed `make demo`."""
        kind = "UDP" if self.is_udp else "TCP"
        return (
            f"ポート {self.number}（{kind}、{self.purpose_ja}）は別のプログラムが使用中です。"
            "そのプログラムを終了してから、もう一度 make demo を実行してください。\n"
            f"Port {self.number} ({kind}, {self.purpose_en}) is used by another program: "
            "stop that program, then run “make demo” again."
        )


PORTS = (
    Port(environment.PORTAL_PORT, "ポータル", "portal"),
    Port(environment.PROVIDER_PORT, "認証サーバー", "identity provider"),
    Port(environment.MAIL_PAGE_PORT, "メール閲覧", "mail page"),
    Port(environment.NII_PORT, "支援システム", "NII's support system"),
    Port(environment.SMTP_PORT, "SMTP", "SMTP"),
    Port(environment.DNS_OUTSIDE_PORT, "DNS（学外）", "DNS, outside"),
    Port(environment.DNS_OUTSIDE_PORT, "DNS（学外）", "DNS, outside", is_udp=True),
    Port(environment.DNS_INSIDE_PORT, "DNS（学内）", "DNS, inside"),
    Port(environment.DNS_INSIDE_PORT, "DNS（学内）", "DNS, inside", is_udp=True),
)


def first_taken(ports: tuple[Port, ...]) -> Port | None:
    """Return the first port that is not free."""
    return next((port for port in ports if not port.is_free()), None)

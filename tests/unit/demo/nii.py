"""A support system in a folder, a mail server for it, and files for it, built here cell by cell."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from demo.mail_sink import MailSink
from demo.nii.columns import Kind
from demo.nii.mails import Postman
from demo.nii.requests import TYPES
from demo.nii.system import Mode, SupportSystem

START = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
REGISTRAR = "tanaka@gl.cc.uec.ac.jp"
CONTACT = "suzuki@gl.cc.uec.ac.jp"
CN = "www.cs.uec.ac.jp"
ADDRESS = "http://127.0.0.1:8003"
ABORT, SKIP = Mode.ABORT, Mode.SKIP


@dataclass
class Clock:
    now: datetime = START

    def __call__(self):
        return self.now

    def pass_days(self, days):
        self.now += timedelta(days=days)


@dataclass
class Place:
    """A folder, a sink and a clock from which a support system starts, and starts again."""

    folder: object
    sink: MailSink
    clock: Clock = field(default_factory=Clock)
    system: SupportSystem | None = None

    def start(self, **options):
        self.system = SupportSystem(
            self.folder,
            postman=Postman("127.0.0.1", self.sink.port),
            registrar_mail=REGISTRAR,
            address=ADDRESS,
            clock=self.clock,
            **options,
        )
        return self.system

    def upload(self, kind, *rows, mode=ABORT, **options):
        return self.system.upload(kind, mode, "upload.tsv", file(*rows), **options)

    def mails(self, part):
        return [mail for mail in self.sink.messages if part in mail.subject]

    def token(self):
        """The secret of the newest link that was mailed."""
        (link,) = self.mails("発行受付通知")[-1].links
        return link.removeprefix(f"{ADDRESS}/certificates/")

    def issue(self, cn=CN, **changes):
        """Issue and pick up; return the application."""
        result = self.upload(Kind.ISSUE, issue_row(cn, **changes))
        assert result.text == ""
        self.system.pick_up(self.token())
        return self.system.applications[-1]


@cache
def key(number):
    return rsa.generate_private_key(65537, 2048)


_unused = iter(range(1000, 9999))


def dn(cn=CN):
    return f"CN={cn},O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP"


def request_body(cn=CN, *, signing_key=None, dn_changes=None, is_reversed=False):
    """The base64 body of a request by a key that no other call had."""
    pairs = {"C": "JP", "ST": "tokyo", "L": "chofu", "O": "The University of Electro-Communications", "CN": cn}
    pairs.update(dn_changes or {})
    attributes = [x509.NameAttribute(TYPES[attribute], value) for attribute, value in pairs.items()]
    name = x509.Name(attributes[::-1] if is_reversed else attributes)
    request = x509.CertificateSigningRequestBuilder().subject_name(name)
    der = request.sign(signing_key or key(next(_unused)), hashes.SHA256()).public_bytes(Encoding.DER)
    return base64.b64encode(der).decode()


def ec_key():
    return ec.generate_private_key(ec.SECP384R1())


def issue_row(cn=CN, **changes):
    """Thirteen cells by number (c1 … c13 change one)."""
    cells = [dn(cn), "3", "", "", "", "", "", "鈴木　遥", "情報理工学研究科", CONTACT, cn, "nginx 1.24", ""]
    for name, value in changes.items():
        cells[int(name.removeprefix("c")) - 1] = value
    if "c7" not in changes:
        cells[6] = request_body(cn)
    return cells


def renew_row(serial, cn=CN, **changes):
    return issue_row(cn, c4=str(serial), **changes)


def revoke_row(serial, cn=CN, **changes):
    cells = [dn(cn), "", "", str(serial), "4", "", "", "", "", "", "", "", ""]
    for name, value in changes.items():
        cells[int(name.removeprefix("c")) - 1] = value
    return cells


def file(*rows):
    return b"".join(("\t".join(row) + "\r\n").encode("cp932") for row in rows)

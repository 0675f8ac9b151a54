"""NII's lists for tests: made by the stand-in for NII's support system, with real certificates of its CA."""

import csv
import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from audit.actors import Door
from demo.mail_sink import MailSink
from demo.nii.authority import ISSUING_CA, Authority
from demo.nii.columns import Kind
from demo.nii.listing import HEADER
from demo.nii.system import Mode, SupportSystem
from requests_app.models import Submission
from requests_app.services import listing
from tests import factories
from tests.unit.demo import nii

SERIAL, PEM = HEADER.index("発行・更新申請-シリアル番号"), HEADER.index("発行・更新申請-証明書")


class Nii:
    """NII with a history: what it issued, what it refused, and the list that it gives out."""

    def __init__(self, folder: Path, sink: MailSink) -> None:
        self.clock = nii.Clock(timezone.now().replace(microsecond=0))
        self.sink = sink
        self.place = nii.Place(folder, sink, self.clock)
        self.system: SupportSystem = self.place.start()
        self.issuers_file = folder / "ca" / ISSUING_CA

    def issue(self, *names: str, at: datetime | None = None, **changes: Any) -> None:
        """Issue a certificate for each of these names to somebody who never saw the portal."""
        rows = [nii.issue_row(name, **changes) for name in names]
        result = self.system.upload(Kind.ISSUE, Mode.ABORT, "a.tsv", nii.file(*rows), history_at=at)
        assert result.text == ""

    def take(self, submission: Submission, **options: Any) -> None:
        """Take the portal's file."""
        content = b"".join(bytes(line.row.content) for line in submission.rows.order_by("position"))
        result = self.system.upload(Kind[submission.kind], Mode.SKIP, "portal.tsv", content, **options)
        assert result.text == ""

    def revoke(self, name: str) -> None:
        """Revoke the newest certificate of that name."""
        serial = next(one.serial for one in reversed(self.system.applications) if one.subject.startswith(f"CN={name},"))
        self.clock.now += timedelta(minutes=1)
        result = self.system.upload(Kind.REVOKE, Mode.ABORT, "v.tsv", nii.file(nii.revoke_row(serial, name)))
        assert result.text == ""

    def server_all(self) -> bytes:
        """Return the list as it is now."""
        return self.system.server_all()


@contextmanager
def running(folder: Path) -> Iterator[Nii]:
    """Let NII run in a folder."""
    with MailSink() as sink:
        yield Nii(folder, sink)


@pytest.fixture(name="authority", scope="session")
def authority_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a CA of NII's, made once: its keys take a second."""
    folder = tmp_path_factory.mktemp("authority")
    Authority(folder, now=timezone.now() - timedelta(days=500), address=nii.ADDRESS)
    return folder


@pytest.fixture(name="nii")
def nii_fixture(tmp_path: Path, authority: Path, settings: Any) -> Iterator[Nii]:
    """NII with that CA, whose certificates the portal accepts."""
    shutil.copytree(authority, tmp_path / "nii" / "ca")
    with running(tmp_path / "nii") as found:
        settings.ISSUERS_FILE = str(found.issuers_file)
        yield found


def give(content: bytes, *, by: User) -> int:
    """Give a list; return the import's id."""
    return listing.stage(content, actor=factories.actor(by, door=Door.ADMIN))


def take_in(content: bytes, *, by: User) -> int:
    """Give a list, confirm it as today's and take all of it in."""
    pk = give(content, by=by)
    listing.confirm(pk, listed_on=timezone.localdate(), actor=factories.actor(by, door=Door.ADMIN))
    apply_all(pk)
    return pk


def apply_all(pk: int) -> None:
    """Take in every chunk of a confirmed list."""
    while listing.apply_chunk(pk):
        pass


def with_pem(content: bytes, pem: str) -> bytes:
    """Return the list with this text where its certificates were."""
    rows = list(csv.reader(io.StringIO(content.decode("cp932"), newline=""), delimiter="\t"))
    for row in rows[1:]:
        row[PEM] = pem
    out = io.StringIO(newline="")
    csv.writer(out, delimiter="\t", lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode("cp932")


def without_pem(content: bytes) -> bytes:
    """Return the list with its certificates left out, as an operator may have exported it."""
    return with_pem(content, "")

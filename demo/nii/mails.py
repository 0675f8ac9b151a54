"""The support system's mails: ISO-2022-JP from the CA's support centre (domain reference §7.2, §7.3).

NII signs them with S/MIME; the stand-in does not. Subjects for server certificates could not be read anywhere: these
follow those for client certificates.
"""

import contextlib
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, make_msgid

from demo.nii.listing import JAPAN
from demo.nii.records import Application

SENDER_NAME = "CAサポートセンター"
SENDER = "ca-support@ml.secom-sts.co.jp"
CHARSET = "iso-2022-jp"
TIMEOUT_SECONDS = 5

LINK_SUBJECT = "[UPKI] サーバ証明書発行受付通知"
PICKED_UP_SUBJECT = "[UPKI] サーバ証明書取得通知"
ASKED_AGAIN_SUBJECT = "[UPKI] サーバ証明書失効依頼再通知"
REVOKED_SUBJECT = "[UPKI] サーバ証明書失効完了通知 / [UPKI] server certificate revocation completion notification"

_FOOTER = """
------------------------------------------------------------
CAサポートセンター
このメールは、デモ環境の支援システムが送信しています。
"""


@dataclass(frozen=True)
class Mail:
    """A mail to be sent; `attachment` is a file name with its content."""

    recipients: tuple[str, ...]
    subject: str
    text: str
    attachment: tuple[str, bytes] | None = None


@dataclass(frozen=True)
class Postman:
    """Hands mails to an SMTP server."""

    host: str
    port: int

    def send(self, mails: Sequence[Mail], *, at: datetime) -> bool:
        """Send mails that belong together; False when the server did not take one, and then they are due again."""
        with contextlib.suppress(OSError, smtplib.SMTPException):
            with smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS) as server:
                for mail in mails:
                    server.sendmail(SENDER, mail.recipients, encode(mail, at=at))
            return True
        return False


def encode(mail: Mail, *, at: datetime) -> bytes:
    """Return the mail as octets. Characters that ISO-2022-JP lacks, such as half-width kana, become "?"."""
    text = mail.text.encode(CHARSET, "replace").decode(CHARSET)
    body = MIMEText(text, "plain", CHARSET)
    message: MIMEText | MIMEMultipart = body
    if mail.attachment is not None:
        name, content = mail.attachment
        part = MIMEApplication(content, Name=name)
        part["Content-Disposition"] = f'attachment; filename="{name}"'
        message = MIMEMultipart("mixed", None, [body, part])
    message["From"] = f"{Header(SENDER_NAME, CHARSET).encode()} <{SENDER}>"
    message["To"] = ", ".join(mail.recipients)
    message["Subject"] = Header(mail.subject, CHARSET, header_name="Subject").encode()
    message["Date"] = format_datetime(at)
    message["Message-ID"] = make_msgid(domain="ml.secom-sts.co.jp")
    return message.as_bytes(policy=compat32.clone(linesep="\r\n"))


def link(one: Application, address: str) -> Mail:
    """The one mail with the link, to the subscriber contact."""
    text = f"""{_addressee(one)}
サーバ証明書の発行申請を受け付けました。
下記の証明書取得URLにアクセスし、証明書を取得してください。

【証明書取得URL】
{address}

【URLの有効期限】
{_moment(one.link_until)}

※証明書取得URLへのアクセスは1回のみ有効です。

{_dn("対象証明書DN", one.subject)}
{_FOOTER}"""
    return Mail((one.contact_mail,), LINK_SUBJECT, text)


def picked_up(one: Application, old: Application | None, *, registrar: str) -> Mail:
    """The mail to the registrar after the pick-up, with the old certificate's revocation file where there is one."""
    text = f"""登録担当者 様

利用管理者がサーバ証明書を取得しました。

{_dn("対象証明書DN", one.subject)}
【新証明書シリアル番号】
{one.serial}
"""
    if old is None:
        return Mail((registrar,), PICKED_UP_SUBJECT, text + _FOOTER)
    text += f"""
【旧証明書のシリアル番号】
{old.serial}

新証明書への置き換えが完了したことを利用管理者に確認してから、
添付の失効申請TSVファイルを支援システムにアップロードしてください。
"""
    return Mail((registrar,), PICKED_UP_SUBJECT, text + _FOOTER, revocation_file(old))


def asked_again(one: Application, old: Application, *, registrar: str) -> Mail:
    """The reminder two weeks after the pick-up while the old certificate is valid [N-LRA3]."""
    text = f"""登録担当者 様

更新前のサーバ証明書が失効されていません。
新証明書への置き換えを利用管理者に確認し、添付のファイルで失効申請を行ってください。

{_dn("対象証明書DN", one.subject)}
【旧証明書のシリアル番号】
{old.serial}
{_FOOTER}"""
    return Mail((registrar,), ASKED_AGAIN_SUBJECT, text, revocation_file(old))


def revoked(one: Application, *, registrar: str) -> tuple[Mail, Mail]:
    """The mails after a revocation, to the subscriber contact and the registrar [N-LRA4]."""
    text = f"""サーバ証明書の失効処理が完了しました。

{_dn("対象証明書DN", one.subject)}
【失効証明書シリアル番号】
{one.serial}

【失効理由】
{one.revocation_reason}
{_FOOTER}"""
    contact = one.revocation_mail or one.contact_mail
    return (
        Mail((contact,), REVOKED_SUBJECT, f"{_addressee(one)}\n{text}"),
        Mail((registrar,), REVOKED_SUBJECT, f"登録担当者 様\n\n{text}"),
    )


def revocation_file(old: Application) -> tuple[str, bytes]:
    """Return the file that revokes `old` because it was replaced (reason 4), ready for the upload."""
    cells = [""] * 13
    cells[0], cells[3], cells[4] = old.issued_subject, str(old.serial), "4"
    return f"revoke_{old.serial}.tsv", ("\t".join(cells) + "\r\n").encode("shift_jis")


def _addressee(one: Application) -> str:
    lines = [line for line in (one.contact_affiliation, f"{one.contact_name or '利用管理者'} 様") if line]
    return "\n".join([*lines, ""])


def _dn(label: str, subject: str) -> str:
    return "\n".join([f"【{label}】", *subject.split(","), ""])


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(JAPAN).strftime("%Y-%m-%d %H:%M:%S")

"""The mail sink's pages: the list, and one mail."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from html import escape
from typing import Protocol
from urllib.parse import urlencode

from demo.accounts import ACCOUNTS
from demo.pages import page

TOKYO = timezone(timedelta(hours=9))

NAMES = {account.mail: account.name_ja for account in ACCOUNTS}

TITLE = "デモ用のメール / Demonstration mail"


class Mail(Protocol):
    """What a page shows of a mail."""

    @property
    def at(self) -> int: ...
    @property
    def sender(self) -> str: ...
    @property
    def recipients(self) -> tuple[str, ...]: ...
    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...


def listing(mails: Sequence[Mail], *, to: str) -> str:
    """Return the list, newest first, of all mails or those to one address."""
    shown = [mail for mail in reversed(mails) if not to or to in mail.recipients]
    heading = "届いたメール" if not to else f"{escape(to)} 宛のメール"
    everything = '<p><a href="/">すべてのメール <span lang="en">all mails</span></a></p>' if to else ""
    if not shown:
        return page(TITLE, f'<h1>{heading}</h1>{everything}<p>まだありません。 <span lang="en">None yet.</span></p>')
    rows = "\n".join(_row(mail) for mail in shown)
    return page(
        TITLE,
        f"""<h1>{heading} <span class="soft">{len(shown)}</span></h1>{everything}
<table class="mails">
<thead><tr><th scope="col">日時 <span lang="en">When</span></th><th scope="col">宛先 <span lang="en">To</span></th>
<th scope="col">件名 <span lang="en">Subject</span></th></tr></thead>
<tbody>
{rows}
</tbody>
</table>""",
    )


def _row(mail: Mail) -> str:
    subject = escape(mail.subject) or "（件名なし）"
    return (
        f'<tr><td>{_moment(mail)}</td><td>{_recipients(mail)}</td><td><a href="/mail/{mail.at}">{subject}</a></td></tr>'
    )


def one(mail: Mail, link: re.Pattern[str]) -> str:
    """Return one mail with its links clickable."""
    return page(
        mail.subject or TITLE,
        f"""<p><a href="/">メール一覧 <span lang="en">all mails</span></a></p>
<h1>{escape(mail.subject)}</h1>
<dl class="headers">
<dt>宛先 <span lang="en">To</span></dt><dd>{_recipients(mail)}</dd>
<dt>差出人 <span lang="en">From</span></dt><dd>{escape(mail.sender)}</dd>
<dt>日時 <span lang="en">When</span></dt><dd>{_moment(mail)}</dd>
</dl>
<pre>{_with_links(mail.text, link)}</pre>""",
    )


def missing() -> str:
    """Return the page for a mail that is not there."""
    return page(TITLE, '<h1>このメールはありません <span lang="en">No such mail</span></h1><p><a href="/">一覧</a></p>')


def _recipients(mail: Mail) -> str:
    return "<br>".join(_recipient(address) for address in mail.recipients)


def _recipient(address: str) -> str:
    name = NAMES.get(address, "")
    return f'<a href="/?{escape(urlencode({"to": address}))}">{escape(address)}</a> {escape(name)}'


def _moment(mail: Mail) -> str:
    return datetime.fromtimestamp(mail.at / 1e9, TOKYO).strftime("%Y-%m-%d %H:%M:%S")


def _with_links(text: str, link: re.Pattern[str]) -> str:
    pieces, end = [], 0
    for found in link.finditer(text):
        address = escape(found.group())
        pieces += [escape(text[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    return "".join([*pieces, escape(text[end:])])

"""Delivery status notifications as servers write them: what failed for ever, and what is no notification."""

import pytest

from notifications import reports
from notifications.reports import NotAReport, Recipient

REPORT = """From: MAILER-DAEMON@mail.example.ac.jp (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: upki-portal@cc.uec.ac.jp
MIME-Version: 1.0
Content-Type: {kind}; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.ac.jp
Arrival-Date: Thu, 26 Nov 2026 12:00:00 +0900 (JST)

{recipients}
--b
{returned}
--b--
"""
FAILED = """Final-Recipient: rfc822; Taro@example.ac.jp
Original-Recipient: rfc822;taro@example.ac.jp
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown
"""
DELAYED = FAILED.replace("failed", "delayed").replace("5.1.1", "4.4.1")
MESSAGE_ID = "<1795000000.123456.7.1@cc.uec.ac.jp>"
NESTED = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
HEAD = f"Message-ID: {MESSAGE_ID}\nSubject: =?utf-8?q?x?=\n"
WHOLE = f"Content-Type: message/rfc822\n\n{HEAD}\nbody\n"
HEAD_ALONE = f"Content-Type: text/rfc822-headers\n\n{HEAD}\n"


def report(*, recipients: str = FAILED, returned: str = WHOLE, kind: str = "multipart/report") -> bytes:
    return REPORT.format(recipients=recipients, returned=returned, kind=kind).encode()


@pytest.mark.parametrize("returned", [WHOLE, HEAD_ALONE])
def test_what_failed_and_which_mail_it_was(returned):
    found = reports.read(report(returned=returned))
    assert found.message_id == MESSAGE_ID
    assert found.recipients == (Recipient("Taro@example.ac.jp", "failed", "5.1.1", "taro@example.ac.jp"),)
    assert found.recipients[0].has_failed


def test_lines_that_end_in_cr_lf():
    assert reports.read(report().replace(b"\n", b"\r\n")) == reports.read(report())


@pytest.mark.parametrize(
    ("change", "has_failed"),
    [
        (("failed", "failed"), True),
        (("failed", "FAILED"), True),
        (("failed", "delayed"), False),
        (("failed", "relayed"), False),
        (("5.1.1", "4.2.2"), False),
        (("Status: 5.1.1", "X: y"), False),
    ],
)
def test_only_failed_for_ever_counts(change, has_failed):
    (found,) = reports.read(report(recipients=FAILED.replace(*change))).recipients
    assert found.has_failed is has_failed


def test_several_recipients():
    several = reports.read(report(recipients=FAILED + "\n" + DELAYED.replace("Taro", "hanako")))
    assert [one.has_failed for one in several.recipients] == [True, False]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_report"),
        (b"\0\xff" * 50, "no_report"),
        (b"Subject: vacation\nAuto-Submitted: auto-replied\n\nI am away.", "no_report"),
        (report(kind="multipart/mixed"), "no_report"),
        (report(recipients=""), "no_recipient"),
        (report(recipients=FAILED.replace("rfc822; Taro@example.ac.jp", "x400; c=jp")), "no_recipient"),
        (report(returned="Content-Type: text/plain\n\nx\n"), "no_message_id"),
        (report(returned=WHOLE.replace("Message-ID", "X-Other")), "no_message_id"),
        (report() + b"x" * reports.MAX_BYTES, "too_large"),
        (
            b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5000)),
            "no_report",
        ),
    ],
)
def test_what_is_no_notification_says_why(content, code):
    with pytest.raises(NotAReport) as refused:
        reports.read(content)
    assert refused.value.code == code

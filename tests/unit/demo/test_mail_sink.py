import smtplib
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY

import pytest
import requests

from demo.mail_sink import MailFault, MailSink

BODY = """鈴木 遥 様

次のリンクを開いてください。http://127.0.0.1:8000/l/abc-123/?x=1&y=2。
<script>alert(1)</script>
"""


def mail(subject="存在確認のお願い", body=BODY):
    message = EmailMessage(policy=SMTP_POLICY)
    message["Subject"], message["From"], message["To"] = subject, "portal@uec.ac.jp", "suzuki@gl.cc.uec.ac.jp"
    message.set_content(body)
    return message


def send(sink, message=None, to="suzuki@gl.cc.uec.ac.jp"):
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=0.5) as client:
        client.send_message(message or mail(), to_addrs=[to])


def test_a_mail_arrives_and_is_decoded():
    with MailSink() as sink:
        send(sink)
        (kept,) = sink.messages
    assert kept.recipients == ("suzuki@gl.cc.uec.ac.jp",)
    assert kept.sender == "portal@uec.ac.jp"
    assert kept.subject == "存在確認のお願い"
    assert kept.text.splitlines() == BODY.splitlines()
    assert kept.links == ("http://127.0.0.1:8000/l/abc-123/?x=1&y=2",)


def test_mails_survive_a_restart(tmp_path):
    with MailSink(folder=tmp_path / "mail") as sink:
        send(sink)
        send(sink, mail("二通目"))
        before = sink.messages
    with MailSink(folder=tmp_path / "mail") as again:
        assert again.messages == before
        assert [one.subject for one in again.messages] == ["存在確認のお願い", "二通目"]


def test_the_page_lists_the_newest_first_and_makes_links_clickable():
    with MailSink(page_port=0) as sink:
        send(sink)
        send(sink, mail("<b>二通目</b>"), to="tanaka@gl.cc.uec.ac.jp")
        listing = requests.get(sink.address, timeout=5).text
        filtered = requests.get(sink.address, params={"to": "tanaka@gl.cc.uec.ac.jp"}, timeout=5).text
        opened = requests.get(f"{sink.address}/mail/{sink.messages[0].at}", timeout=5).text
        assert requests.get(f"{sink.address}/mail/1", timeout=5).status_code == 404
    assert listing.index("&lt;b&gt;二通目&lt;/b&gt;") < listing.index("存在確認のお願い")
    assert "存在確認のお願い" not in filtered
    assert '<a href="http://127.0.0.1:8000/l/abc-123/?x=1&amp;y=2">' in opened
    assert "&lt;script&gt;" in opened
    assert "<script>" not in opened


@pytest.mark.parametrize(
    ("fault", "code"),
    [(MailFault.REFUSE, 550), (MailFault.TEMPORARY_FAILURE, 451), (MailFault.TEMPORARY_FAILURE_AFTER_DATA, 451)],
)
def test_a_mail_is_refused_on_demand(fault, code):
    with MailSink(faults={fault}) as sink:
        with pytest.raises((smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)) as refused:
            send(sink)
        assert str(code) in str(refused.value)
        assert sink.messages == ()
        sink.faults.clear()
        send(sink)
        assert len(sink.messages) == 1


@pytest.mark.parametrize(("fault", "kept"), [(MailFault.HANG, 0), (MailFault.HANG_AFTER_DATA, 1)])
def test_a_server_hangs_on_demand_and_stops_at_once(fault, kept):
    with MailSink(faults={fault}) as sink:
        with pytest.raises((TimeoutError, smtplib.SMTPException)):
            send(sink)
        assert len(sink.messages) == kept


def test_a_connection_drops_after_the_mail_was_kept():
    with MailSink(faults={MailFault.DROP_AFTER_DATA}) as sink:
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(sink)
        assert len(sink.messages) == 1


def test_a_sink_that_was_stopped_listens_at_the_same_port_again():
    sink = MailSink()
    sink.start()
    port = sink.port
    sink.stop()
    with pytest.raises(ConnectionRefusedError):
        send(sink)
    sink.start()
    assert sink.port == port
    send(sink)
    sink.stop()
    assert len(sink.messages) == 1


def test_a_taken_port_is_an_error():
    with MailSink() as sink, pytest.raises(OSError, match="in use"):
        MailSink(port=sink.port).start()

import email
import email.policy
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import composing
from notifications.models import OutboxMessage

printable = st.text(
    alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="\u3000\xa0"),
    min_size=1,
    max_size=120,
).map(lambda text: " ".join(text.split()))


def message(**changes):
    row = {
        "pk": 12,
        "key": "k",
        "kind": "example",
        "address": "taro@example.ac.jp",
        "language": "ja",
        "subject": "【ポータル】www.example.jp",
        "body": "電通 太郎 様\n\n" + "長い行" * 600 + "\n.\n",
        "created_at": datetime(2026, 4, 1, 9, 0, 0, 123456, tzinfo=UTC),
    }
    return OutboxMessage(**(row | changes))


def parse(composed):
    return email.message_from_bytes(composed, policy=email.policy.default)


def test_the_headers_of_a_mail():
    mail = parse(composing.compose(message()))
    assert mail["To"] == "taro@example.ac.jp"
    assert mail["From"].addresses[0].display_name == "サーバ証明書ポータル"
    assert mail["From"].addresses[0].addr_spec == "upki-portal@cc.uec.ac.jp"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "ja"
    assert mail["Message-ID"] == "<1775034000.123456.12.1@cc.uec.ac.jp>"
    assert mail["Date"].datetime.utcoffset().total_seconds() == 9 * 3600
    assert mail["Content-Transfer-Encoding"] == "base64"
    assert mail["Subject"] == "【ポータル】www.example.jp"
    assert mail.get_content().replace("\r\n", "\n") == message().body


def test_every_line_is_ascii_and_short_enough():
    composed = composing.compose(message())
    assert composed.isascii()
    assert max(len(line) for line in composed.split(b"\r\n")) <= 998
    assert b"=?utf-8?" in composed.lower()
    assert b"\n" not in composed.replace(b"\r\n", b"")


def test_the_message_id_belongs_to_row_and_generation():
    assert message().message_id == message().message_id
    others = {message(pk=13).message_id, message(generation=2).message_id, message().message_id}
    assert len(others) == 3


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example"])
def test_an_address_adds_no_header(address):
    with pytest.raises(ValueError):
        composing.compose(message(address=address))


@given(printable.filter(bool))
def test_any_subject_arrives_as_it_was(subject):
    mail = parse(composing.compose(message(subject=subject)))
    assert mail["Subject"] == subject
    assert len(mail.items()) == len(parse(composing.compose(message())).items())


def test_both_languages_make_a_long_subject_that_arrives():
    subject = (
        "【サーバ証明書ポータル】"
        + "www.example.jp " * 8
        + "についてのお知らせ / "
        + "[Portal] About www.example.jp " * 5
    )
    assert parse(composing.compose(message(subject=subject.strip())))["Subject"] == subject.strip()

import pytest

from notifications import kinds, rendering
from notifications.checks import check_mail_password, check_mail_server, check_mail_texts
from notifications.kinds import Kind
from tests.mail_kinds import mail_kinds_fixture  # noqa: F401

pytestmark = pytest.mark.usefixtures("mail_kinds")

NAMES = {"ja": "電通 太郎", "en": "DENTSU Taro"}


def render(language="ja", kind="example_note", link="", **context):
    return rendering.render(
        kind, language=language, names=NAMES, context={"name": "www.example.jp"} | context, link=link
    )


def test_each_language_has_its_whole_text():
    assert render("ja", reason="").subject == "【サーバ証明書ポータル】www.example.jp についてのお知らせ"
    assert render("ja", reason="").body.startswith("電通 太郎 様\n")
    assert render("en", reason="").subject == "[Server Certificate Portal] About www.example.jp"
    assert render("en", reason="").body.startswith("Dear DENTSU Taro,\n")


def test_without_a_choice_the_mail_carries_both_japanese_first():
    both, ja, en = render("", reason=""), render("ja", reason=""), render("en", reason="")
    assert both.subject == f"{ja.subject} / {en.subject}"
    assert both.body.index(ja.body.strip()) < both.body.index(en.body.strip())


def test_plain_text_is_not_escaped_as_html():
    assert "> a < b & 'c'" in render(reason="> a < b & 'c'").body


def test_the_signature_comes_from_the_settings(settings):
    settings.MAIL_SIGNATURES = {"ja": r"甲\n乙", "en": "A"}
    settings.CONTACT_MAIL, settings.CONTACT_PHONE = "help@example.jp", "042-000-0000"
    settings.OFFICE_HOURS = {"ja": "平日 9:00–17:00", "en": ""}
    assert rendering.signature("ja") == "甲\n乙\nhelp@example.jp\n042-000-0000\n平日 9:00–17:00"
    assert rendering.signature("en") == "A\nhelp@example.jp\n042-000-0000"


def test_a_missing_variable_is_an_error():
    with pytest.raises(rendering.MailTextError, match="name"):
        rendering.render("example_note", language="ja", names=NAMES, context={}, link="")


def test_a_text_with_a_link_needs_one():
    with pytest.raises(rendering.MailTextError, match="link"):
        render(kind="example_question")
    assert "[[x]]" in render(kind="example_question", link="[[x]]").body


@pytest.mark.parametrize(
    "name", ["a\r\nBcc: evil@example.com", "a\nBcc: evil@example.com", "a\u2028Bcc: evil@example.com"]
)
def test_a_line_break_begins_no_header(name):
    assert "\n" not in render(name=name, reason="").subject
    assert "a Bcc: evil@example.com" in render(name=name, reason="").subject


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x7f", "\x9b", "\u202e", "\u2066", "\u200b", "\ud800"])
def test_a_subject_with_control_or_format_characters_is_refused(character):
    with pytest.raises(rendering.UnsafeSubject):
        render(name=f"a{character}b", reason="")


def test_a_long_subject_is_cut():
    subject = render("", name="a" * 500, reason="").subject
    assert len(subject) == rendering.SUBJECT_LENGTH
    assert subject.endswith("…")


@pytest.mark.parametrize(
    "source", ["Hello\n\nbody", "Subject: a\nbody", "Subject: a\n\n \n", "Subject: a\nTo: b\n\nbody"]
)
def test_a_text_begins_with_its_subject(tmp_path, settings, source):
    folder = tmp_path / "notifications" / "broken"
    folder.mkdir(parents=True)
    (folder / "ja.txt").write_text(source)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    rendering._engine.cache_clear()
    with pytest.raises(rendering.MailTextError):
        rendering.load("broken", "ja")


def test_the_check_finds_a_kind_without_texts(monkeypatch):
    monkeypatch.setattr(kinds, "_registered", {})
    kinds.register(Kind("example_note"))
    assert check_mail_texts(None) == []
    kinds.register(Kind("nobody_wrote_it"))
    assert [finding.id for finding in check_mail_texts(None)] == ["notifications.E001"] * 2


def test_the_check_knows_the_modes_of_tls(settings):
    assert check_mail_server(None) == []
    settings.SMTP_TLS = "ssl"
    assert [finding.id for finding in check_mail_server(None)] == ["notifications.E002"]


def test_the_check_warns_of_a_password_in_the_clear(settings):
    assert check_mail_password(None) == []
    settings.SMTP_USER = "portal"
    assert [finding.id for finding in check_mail_password(None)] == ["notifications.W001"]
    settings.SMTP_TLS = "starttls"
    assert check_mail_password(None) == []

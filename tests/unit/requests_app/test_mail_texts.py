"""Every mail about requests, in both languages, with contexts as requests_app.mails and the services give them."""

import re
import unicodedata

import pytest

from csr import commands
from csr.policy import UEC
from notifications import rendering
from notifications.links import PLACEHOLDER
from notifications.quoting import quoted
from requests_app import mails
from requests_app.models import CertificateRequest, Purpose
from tests import factories
from tests.unit.requests_app import ending_mails

MAX_COLUMNS = 70
"""Columns of a line; a full-width character takes two."""

NAMES = {"ja": "狛江 一郎", "en": "Ichiro Komae"}
NAME = "www.denshi.cc.uec.ac.jp"
OTHER_NAME = "mail.denshi.cc.uec.ac.jp"
KEY = "4b7a1f0c9e2d8365" * 4
PRIVATE_KEY_WARNING = {"ja": "秘密鍵（ファイル名が .key で終わるもの）は、メールで", "en": "Never send the private key"}

FACTS = {
    "reference": "R000012",
    "common_name": NAME,
    "names": [NAME, OTHER_NAME],
    "applicant_ja": "電通 太郎",
    "applicant_en": "Taro Dentsu",
    "reason": "",
    "openssl_commands": list(commands.openssl(NAME, UEC)),
    "row_kind": "",
    "key_sha256": "",
    "sent_by_ja": "",
    "sent_by_en": "",
    "queued": False,
    "contact_ja": "調布 花子",
    "contact_en": "Hanako Chofu",
    "contact_mail": "hanako@example.ac.jp",
    "serial": "",
    "valid_until": "",
}
EMPTY_DRAFT = FACTS | {"common_name": "", "names": [], "openssl_commands": []}
ROW = FACTS | {"row_kind": "更新", "key_sha256": KEY, "sent_by_ja": "調布 花子", "sent_by_en": "Hanako Chofu"}
SAID = FACTS | {"reason": quoted("サーバ名を確認してください。\nPlease check the name.")}
QUESTION = FACTS | {
    "name": OTHER_NAME,
    "zone": "denshi.cc.uec.ac.jp",
    "purpose": "RESEARCH_EDUCATION",
    "managers_ja": ["調布 花子", "多摩 次郎", "稲城 三郎"],
    "managers_en": ["Hanako Chofu", "Jiro Tama", "Saburo Inagi"],
    "affiliation_ja": "情報理工学研究科",
    "affiliation_en": "Graduate School of Informatics",
}
ALONE = QUESTION | {"managers_ja": [], "managers_en": [], "affiliation_ja": "", "affiliation_en": ""}
CLUB = QUESTION | {"purpose": "STUDENT_ACTIVITY"}
HOLDER = QUESTION | {"zone": ""}
INCIDENT = {"reference": "R000012", "serial": "", "common_name": NAME, "due_at": "2026-11-24 09:30"}
LISTED = {"reference": "", "serial": "7" * 48, "common_name": NAME, "due_at": "2026-11-24 09:30"}

ISSUED = FACTS | {"serial": "7" * 48, "valid_until": "2027-06-01"}

REVOKED = {
    "reference": "",
    "common_name": NAME,
    "serial": "7" * 48,
    "valid_until": "2027-06-01",
    "revoked_at": "2026-11-25 10:00",
    "is_orphan": False,
}

REVOCATION = {
    "reference": "V000012",
    "common_name": NAME,
    "serial": "7" * 48,
    "valid_until": "2027-06-01",
    "reason_code": 4,
    "comment": "",
    "asked_ja": "電通 太郎",
    "asked_en": "Taro Dentsu",
    "asked_at": "2026-11-24 09:30",
    "on_behalf": False,
    "revoked_at": "",
    "reason": "",
    "at_desk": False,
}
REVOCATIONS = [
    REVOCATION | {"reason_code": code, "at_desk": at_desk, "on_behalf": at_desk, "valid_until": ""}
    for code in (0, 3, 4, 5)
    for at_desk in (False, True)
]

HAND_OVER = {
    "reference": "",
    "common_name": NAME,
    "asked_ja": "調布 花子",
    "asked_en": "Hanako Chofu",
    "successor_ja": "狛江 一郎",
    "successor_en": "Ichiro Komae",
    "why": "> 異動のため",
    "reason": "> 担当ではありません。",
    "serial": "7" * 48,
    "valid_until": "2027-03-31",
}
NOT_ISSUED = {"serial": "", "valid_until": ""}
APPLICATION = {
    word: value for word, value in QUESTION.items() if word.endswith(("_ja", "_en")) or word in {"reference", "purpose"}
}
TOGETHER = {
    "reference": "R000012",
    "name": NAME,
    "count": 3,
    "further": 0,
    "is_reminder": False,
    "applications": [
        APPLICATION | {"names": [NAME, OTHER_NAME]},
        APPLICATION
        | {"reference": "R000013", "names": [NAME], "purpose": "STUDENT_ACTIVITY", "managers_ja": []}
        | {"managers_en": [], "affiliation_ja": "", "affiliation_en": ""},
    ],
}
RECORDED = QUESTION | {
    "channel": "TELEPHONE",
    "is_yes": True,
    "said_at": "2026-11-24 09:30",
    "recorded_ja": "調布 花子",
    "recorded_en": "Hanako Chofu",
}
ZONE_CHANGE = {
    "reference": "Z12",
    "common_name": "",
    "reason": quoted("研究室が移転したため。\nThe laboratory moved."),
    "proposed_ja": "電通 太郎 (dentsu)",
    "proposed_en": "Taro Dentsu (dentsu)",
    "applied_ja": "",
    "applied_en": "",
    "changes": [
        {
            "sign": sign,
            "zone": "denshi.cc.uec.ac.jp",
            "person_ja": "" if sign == "*" else "調布 花子 (chofu)",
            "person_en": "" if sign == "*" else "Hanako Chofu (chofu)",
            "deputy_ja": "",
            "deputy_en": "",
            "period": "",
        }
        | dates
        for sign, dates in (
            ("*", {}),
            ("\N{MINUS SIGN}", {"period": "… – 2027-03-31"}),
            ("+", {"period": "2026-12-01 – …", "deputy_ja": "多摩 次郎 (tama)", "deputy_en": "Jiro Tama (tama)"}),
            ("+", {}),
        )
    ],
    "more": 0,
}
APPLIED = ZONE_CHANGE | {"applied_ja": "調布 花子 (chofu)", "applied_en": "Hanako Chofu (chofu)", "more": 3}
TARO = {"public_id": "P000001", "account": "taro", "name_ja": "電通 太郎", "name_en": "DENTSU Taro"}
CONTEXTS = {
    "zone_change_proposed": [ZONE_CHANGE, ZONE_CHANGE | {"reason": "", "more": 3}],
    "zone_change_discarded": [
        ZONE_CHANGE
        | {
            "discarded_ja": "調布 花子 (chofu)",
            "discarded_en": "Hanako Chofu (chofu)",
            "discard_reason": "> もう済んだ。",
        }
    ],
    "zone_changed": [APPLIED, APPLIED | {"reason": "", "more": 0}],
    "application_received": [FACTS, SAID],
    "name_requested_elsewhere": [FACTS],
    "row_to_review": [ROW, ROW | SAID | {"row_kind": "発行"}, ROW | {"reason": "> 連絡先が変わりました。"}],
    "ready_for_review": [FACTS],
    "name_refused": [SAID],
    "request_approved": [FACTS, SAID, FACTS | {"names": [NAME]}, ROW, ROW | {"queued": True}],
    "request_returned": [SAID],
    "request_rejected": [SAID],
    "key_sent": [ROW, ROW | {"queued": True}],
    "correction_asked": [SAID, ROW | {"reason": "> 鍵を作り直してください。"}],
    "request_withdrawn": [FACTS, SAID],
    "request_lapsed": [FACTS, EMPTY_DRAFT],
    "submitted_to_nii": [ROW, ROW | {"row_kind": "発行"}, FACTS],
    "accepted_by_nii": [ROW, FACTS],
    "held_by_nii": [FACTS | {"reason": "> 212:1,主体者DN,指定したDNはすでに存在しています。"}, FACTS],
    "confirm_name": [QUESTION, ALONE, CLUB],
    "confirm_name_reminder": [QUESTION, ALONE, CLUB, HOLDER, HOLDER | ALONE | {"zone": ""}],
    "confirm_names": [TOGETHER, TOGETHER | {"is_reminder": True}, TOGETHER | {"count": 40, "further": 10}],
    "answer_recorded": [
        RECORDED,
        RECORDED | {"channel": "IN_PERSON", "is_yes": False, "reason": SAID["reason"]},
        RECORDED | ALONE | {"channel": "WRITING", "zone": ""},
    ],
    "confirmation_unanswered": [FACTS | {"unanswered": [NAME]}, FACTS | {"unanswered": [NAME, OTHER_NAME]}],
    "may_use_name": [HOLDER, ALONE | {"zone": ""}],
    "contact_asked": [FACTS, EMPTY_DRAFT],
    "answers_contradict": [SAID | {"name": OTHER_NAME}, FACTS | {"name": OTHER_NAME}],
    "about_to_lapse": [FACTS, EMPTY_DRAFT],
    "certificate_here": [ISSUED, FACTS],
    "installed": [ISSUED, SAID | {"reason": "> 電話で確認"}],
    "report_installation": [ISSUED, FACTS],
    "fetch_certificate": [FACTS],
    "nothing_came": [FACTS],
    "comment_waits": [FACTS],
    "address_bounced": [
        {"address": "taro@example.ac.jp", "note": note, "people": people}
        for note in ("", "> 5.1.1 <1.000000.1.1@example.ac.jp>")
        for people in ([], [TARO])
    ],
    "incident_opened": [
        INCIDENT | {"kind": kind, "serial": serial}
        for kind in ("MISMATCH", "UNEXPECTED", "LATE", "UNAUTHORISED")
        for serial in ("", "7" * 48)
    ],
    "revocation_asked": [*REVOCATIONS, REVOCATION | {"comment": "> サービスをやめました。"}],
    "revocation_declined": [*REVOCATIONS, REVOCATION | {"reason": "> まだ使われています。"}],
    "revocation_done": [REVOCATION | {"revoked_at": "2026-11-25 10:00"}, REVOCATION | {"common_name": ""}],
    "certificate_revoked": [
        REVOKED,
        REVOKED | {"is_orphan": True},
        REVOKED | {"common_name": "", "valid_until": "", "revoked_at": ""},
    ],
    "key_compromise_reported": [
        REVOCATION | {"reason_code": 1, "at_desk": at_desk, "on_behalf": on_behalf}
        for at_desk in (False, True)
        for on_behalf in (False, True)
    ],
    **{
        f"hand_over_{what}": [HAND_OVER, HAND_OVER | {"why": "", "reason": "", "reference": "R000012", **NOT_ISSUED}]
        for what in ("asked", "accepted", "declined", "expired")
    },
    "key_compromise": [INCIDENT, LISTED, LISTED | {"common_name": ""}],
    **ending_mails.CONTEXTS,
}
KINDS = {notice.kind for notices in mails.NOTICES.values() for notice in notices} | set(mails.OTHER_KINDS)
OF_NO_REQUEST = {"address_bounced"}
DRAFTS = {"request_lapsed", "about_to_lapse", "contact_asked"}
"""Kinds that can be about a draft, whose names nobody has checked yet."""

CASES = [
    pytest.param(kind, context, language, id=f"{kind}-{number}-{language}")
    for kind, contexts in sorted(CONTEXTS.items())
    for number, context in enumerate(contexts)
    for language in rendering.LANGUAGES
]


def render(kind, facts, language):
    return rendering.render(kind, language=language, names=NAMES, context=facts, link=PLACEHOLDER)


def columns(line):
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def test_every_kind_is_tried():
    assert set(CONTEXTS) == KINDS


@pytest.mark.parametrize(("kind", "facts", "language"), CASES)
def test_no_hole_in_a_text(kind, facts, language):
    text = render(kind, facts, language)
    whole = f"{text.subject}\n\n{text.body}"
    assert not re.search(r"\{\{|\{%|%\}|\}\}|（\s*）|\(\s*\)|\n\n\n|[^\S\n]\n|None|[、,:] *[、,]", whole)
    assert not re.search(r"(?m)^\s*(様|、|さん|,)", whole)
    assert not re.search(r":\n\n", whole.replace(f"{PLACEHOLDER}\n", "link\n"))


@pytest.mark.parametrize(("kind", "facts", "language"), CASES)
def test_the_link_stands_alone(kind, facts, language):
    lines = render(kind, facts, language).body.splitlines()
    assert lines.count(PLACEHOLDER) == 1
    assert sum(PLACEHOLDER in line for line in lines) == 1


@pytest.mark.parametrize(("kind", "facts", "language"), CASES)
def test_the_first_sentence_names_the_request(kind, facts, language):
    greeting, first = render(kind, facts, language).body.split("\n\n")[:2]
    assert greeting == {"ja": "狛江 一郎 様", "en": "Dear Ichiro Komae,"}[language]
    if kind in OF_NO_REQUEST:
        return
    assert facts["reference"] in first
    assert facts.get("name", facts.get("common_name")) in first or kind == "confirmation_unanswered"
    assert "name" in facts or facts["common_name"] in first


@pytest.mark.parametrize(("kind", "facts", "language"), CASES)
def test_lines_fit_into_seventy_columns(kind, facts, language):
    long = [line for line in render(kind, facts, language).body.splitlines() if columns(line) > MAX_COLUMNS]
    assert [line for line in long if line not in FACTS["openssl_commands"]] == []


@pytest.mark.parametrize(("kind", "facts", "language"), CASES)
def test_the_language_is_the_one_asked_for(kind, facts, language):
    text = render(kind, facts, language)
    spoken = re.sub(r"(?m)^> .*$", "", text.body).replace("（利用管理者）", "").replace("(利用管理者)", "")
    for part in (text.subject, spoken):
        assert bool(re.search(r"[ぁ-んァ-ヶ]", part)) == (language == "ja")


@pytest.mark.parametrize(("kind", "facts", "language"), CASES)
def test_submission_is_a_word_for_nii_alone(kind, facts, language):
    body = re.sub(r"(?m)^> .*$", "", render(kind, facts, language).body)
    assert "提出" not in body.replace("NII への提出", "")
    assert not re.search(r"\bsubmi(?!ssion to\sNII)", body)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_both_languages_in_one_mail(kind):
    ja, en, both = (render(kind, CONTEXTS[kind][0], language) for language in ("ja", "en", ""))
    assert both.subject == f"{ja.subject} / {en.subject}"
    assert both.body.index(ja.body.strip()) < both.body.index(en.body.strip())


@pytest.mark.parametrize(("kind", "facts", "language"), CASES)
def test_a_subject_is_one_line_without_free_text(kind, facts, language):
    free = {name: [f"FREE {name}"] if name.startswith("managers") else f"FREE {name}" for name in FREE & set(facts)}
    if kind in DRAFTS:
        free["common_name"] = "FREE\r\nBcc: evil@example.com\u202e"
    subject = render(kind, facts | free, language).subject
    assert "FREE" not in subject
    assert NAMES[language] not in subject
    assert subject == subject.strip()
    assert "\n" not in rendering.load(kind, language)[0].source


FREE = {
    f"{word}_{language}"
    for word in ("applicant", "managers", "affiliation", "sent_by", "contact", "asked", "successor", "recorded")
    for language in NAMES
} | {"reason", "why"}
"""Variables that people wrote, or that hold names of people."""


@pytest.mark.parametrize("language", rendering.LANGUAGES)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_text_uses_only_what_its_callers_give(kind, language):
    """Inside `{% if %}` a misspelt variable would only be false."""
    source = "".join(template.source for template in rendering.load(kind, language))
    tags = [re.sub(r'"[^"]*"', "", tag) for tag in re.findall(r"\{[{%](.+?)[%}]\}", source)]
    words = {word for tag in tags for word in re.findall(r"(?<![|.\w])[a-z_]\w*", tag)}
    known = {"if", "elif", "else", "endif", "for", "in", "endfor", "forloop", "one", "command", "manager", "person"}
    known |= {"empty", "and", "not", "renewal", "host"}
    known |= {"recipient_name", "portal_name", "signature", "link"}
    assert words - known <= set(CONTEXTS[kind][0])


@pytest.mark.parametrize("language", rendering.LANGUAGES)
@pytest.mark.parametrize("facts", [FACTS, ROW])
def test_the_approval_says_how_to_make_the_csr(facts, language):
    body = render("request_approved", facts, language).body
    assert "\n".join(FACTS["openssl_commands"]) in body
    assert PRIVATE_KEY_WARNING[language] in body
    assert re.search({"ja": "毎回新しく", "en": "new key pair each time"}[language], body)
    assert re.search({"ja": "OU と Email", "en": "no OU and no Email"}[language], body)


@pytest.mark.parametrize("language", rendering.LANGUAGES)
def test_the_approval_of_a_queued_request_asks_for_nothing(language):
    body = render("request_approved", ROW | {"queued": True}, language).body
    assert "openssl" not in body
    assert {"ja": "今は何もしていただく必要はありません", "en": "There is nothing for you to do now"}[language] in body


@pytest.mark.parametrize("kind", ["confirm_name", "confirm_name_reminder"])
@pytest.mark.parametrize("language", rendering.LANGUAGES)
def test_the_question_names_applicant_name_and_managers(kind, language):
    body = render(kind, QUESTION, language).body
    question = body.split({"ja": "おたずねすること", "en": "The question"}[language])[1].split(PLACEHOLDER)[0]
    for part in (QUESTION[f"applicant_{language}"], QUESTION["name"], *QUESTION[f"managers_{language}"]):
        assert part in question
    assert {"ja": "サインインを求められます", "en": "asks you to sign in"}[language] in question
    assert re.search({"ja": "最初の回答が有効", "en": r"first\sanswer counts"}[language], body)


@pytest.mark.parametrize("language", rendering.LANGUAGES)
def test_the_sent_key_is_named_with_its_sender(language):
    body = render("key_sent", ROW, language).body
    assert KEY in body
    assert ROW[f"sent_by_{language}"] in body


@pytest.mark.parametrize("language", rendering.LANGUAGES)
def test_the_urgent_mail_names_its_moment_in_the_subject(language):
    assert "2026-11-24 09:30" in render("key_compromise", INCIDENT, language).subject


@pytest.mark.django_db
def test_these_facts_are_the_ones_that_mails_gives():
    applicant = factories.faculty()
    request = CertificateRequest.objects.create(
        applicant=applicant, prepared_by=applicant, common_name=NAME, purpose=Purpose.RESEARCH_EDUCATION
    )
    given = mails.facts(request)
    assert given.keys() == FACTS.keys()
    assert given["openssl_commands"] == FACTS["openssl_commands"]


@pytest.mark.parametrize("language", rendering.LANGUAGES)
def test_the_acceptance_says_who_gets_niis_link_and_for_how_long(language):
    body = render("accepted_by_nii", ROW, language).body
    for part in (ROW[f"contact_{language}"], ROW["contact_mail"], "ca-support@ml.secom-sts.co.jp", "30"):
        assert part in body
    assert re.search({"ja": "1 回だけ", "en": "once"}[language], body)


@pytest.mark.parametrize("language", rendering.LANGUAGES)
def test_the_refusal_quotes_niis_own_line(language):
    facts = CONTEXTS["held_by_nii"][0]
    assert facts["reason"] in render("held_by_nii", facts, language).body

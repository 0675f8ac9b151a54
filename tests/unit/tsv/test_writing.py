import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.tsv import generating, vectors
from tsv import fields, reading, texts, writing
from tsv.fields import Kind
from tsv.problems import Refused, Severity
from tsv.records import IssueRecord, RevokeRecord

ISSUE = IssueRecord(
    subject=vectors.SUBJECT,
    profile=3,
    csr=vectors.BODY,
    contact_name="電通　太郎",
    contact_affiliation="情報基盤センター",
    contact_mail="taro@cc.uec.ac.jp",
    fqdn="www.cs.uec.ac.jp",
    software="nginx1.24",
)


def revocation(serial: int = 2523387705629275603) -> RevokeRecord:
    return RevokeRecord(subject=vectors.SUBJECT, serial=serial, reason=4)


@pytest.mark.parametrize("kind", Kind)
def test_what_is_written_is_read_back(kind):
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(generating.record(kind), min_size=1, max_size=3))
    def check(records):
        (content,) = writing.files(records)
        found = reading.read(content, kind)
        assert found.accepted, found.problems
        assert found.records == tuple(records)

    check()


def test_a_row_is_the_bytes_that_nii_wants():
    assert writing.row(ISSUE) == (vectors.issue_row() + "\r\n").encode("shift_jis")
    assert writing.row(revocation()) == (vectors.revocation_row() + "\r\n").encode("shift_jis")


def test_a_pem_request_stands_on_one_line():
    pem = "-----BEGIN CERTIFICATE REQUEST-----\r\nMA\r\nA=\r\n-----END CERTIFICATE REQUEST-----\r\n"

    record = replace(ISSUE, csr=pem)

    assert record.csr == "MAA="


@pytest.mark.parametrize(
    ("names", "column"),
    [
        ((), ""),
        (("www.cs.uec.ac.jp",), ""),
        (("WWW.cs.uec.ac.jp",), ""),
        (("b.uec.ac.jp",), "dNSName=www.cs.uec.ac.jp,dNSName=b.uec.ac.jp"),
        (("b.uec.ac.jp", "www.cs.uec.ac.jp"), "dNSName=www.cs.uec.ac.jp,dNSName=b.uec.ac.jp"),
    ],
)
def test_the_common_name_is_the_first_dns_name(names, column):
    record = replace(ISSUE, dns_names=names)

    assert {each.number: value for each, value in writing.cells(record)}[13] == column


def test_a_refused_record_gives_every_problem():
    record = RevokeRecord(subject="CN=a,O=b", serial=0, reason=9, comment="髙①", contact_mail="x")

    with pytest.raises(Refused) as refused:
        writing.row(record)

    assert {(problem.code, problem.column) for problem in refused.value.problems} >= {
        ("tsv.dn_attribute_missing", 1),
        ("tsv.name_malformed", 1),
        ("tsv.serial_not_positive", 4),
        ("tsv.reason_unknown", 5),
        ("tsv.character_not_writable", 6),
        ("tsv.mail_malformed", 10),
    }


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (99, [99]), (100, [99, 1]), (250, [99, 99, 52])])
def test_more_than_99_rows_are_several_files_and_nothing_is_dropped(count, sizes):
    records = [revocation(number) for number in range(1, count + 1)]

    files = writing.files(records)

    assert [content.count(b"\r\n") for content in files] == sizes
    assert [record for content in files for record in reading.read(content, Kind.REVOKE).records] == records


def test_one_bad_record_among_many_refuses_all_and_names_its_number():
    with pytest.raises(Refused) as refused:
        writing.files([revocation(1), revocation(0), revocation(3)])

    assert [(problem.code, problem.line) for problem in refused.value.problems] == [("tsv.serial_not_positive", 2)]


def test_two_kinds_never_share_a_file():
    with pytest.raises(Refused) as refused:
        writing.files([ISSUE, revocation()])

    assert [problem.code for problem in refused.value.problems] == ["tsv.mixed_kinds"]


def test_a_warning_stops_nothing():
    record = RevokeRecord(subject=vectors.SUBJECT, serial=5, reason=4, comment=" 更新 ")

    assert [problem.severity for problem in writing.check(record)] == [Severity.WARNING]
    assert writing.row(record)


def test_what_stands_twice_is_told():
    problems = writing.check_together([revocation(7), revocation(8), revocation(7)])

    assert [(problem.code, problem.line, problem.column) for problem in problems] == [("tsv.same_twice", 3, 4)]
    assert [problem.column for problem in writing.check_together([ISSUE, ISSUE])] == [1]


@pytest.mark.parametrize("seed", range(20))
def test_damaged_files_are_read_without_an_exception(seed):
    _read_damaged(seed, count=50)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100))
def test_a_hundred_thousand_damaged_files_are_read_without_an_exception(seed):
    _read_damaged(1000 + seed, count=1000)


def _read_damaged(seed: int, *, count: int) -> None:
    chance = random.Random(seed)
    rows = [vectors.issue_row(), vectors.renewal_row(), vectors.revocation_row(comment="更新のため〜")]
    for _ in range(count):
        good = "\r\n".join(chance.choices(rows, k=chance.randint(1, 3))).encode("shift_jis") + b"\r\n"
        kind = chance.choice(list(Kind))
        content = generating.damage(good, chance)
        found = reading.read(content, kind)
        for problem in found.problems:
            assert texts.text(problem, "ja")
            assert texts.text(problem, "en")
            assert problem.column is None or 1 <= problem.column <= fields.COLUMN_COUNT + 200
        for record in found.records:
            assert writing.row(record)
        assert reading.guess(content) in Kind

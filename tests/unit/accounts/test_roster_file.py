"""Reading ITC's roster: every problem with its line, in the encodings that Excel writes."""

import pytest
from django.utils import translation

from accounts import csv_file, roster_file
from accounts.choices import EmploymentKind

HEADER = "account,name_ja,name_en,affiliation_ja,affiliation_en,mail,employment,from,until"
SUZUKI = "suzuki,鈴木 遥,Haruka Suzuki,研究科,Graduate School,suzuki@uec.example,FULL_TIME_FACULTY,2020-04-01,"


def csv(*lines: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *lines, ""]).encode()


def codes(content: bytes) -> list[tuple[str, int]]:
    return [(problem.code, problem.line) for problem in roster_file.read(content).problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_encodings(encoding: str):
    file = roster_file.read(csv(SUZUKI).decode().encode(encoding))
    assert not file.problems
    (row,) = file.rows
    assert (row.account, row.name_ja, row.employment) == ("suzuki", "鈴木 遥", EmploymentKind.FULL_TIME_FACULTY)
    assert row.until_on is None


def test_columns_are_found_by_header_and_others_are_not_read():
    header = "note," + ",".join(reversed(HEADER.split(",")))
    line = "x," + ",".join(reversed(SUZUKI.split(",")))
    file = roster_file.read(csv(line, header=header))
    assert not file.problems
    assert file.rows[0].mail == "suzuki@uec.example"


def test_every_missing_column_is_named():
    problems = roster_file.read(csv("a,b", header="account,mail")).problems
    assert {problem.params["column"] for problem in problems} == set(roster_file.COLUMNS) - {"account", "mail"}


def line_with(**values: str) -> str:
    fields = dict(zip(HEADER.split(","), SUZUKI.split(","), strict=True)) | values
    return ",".join(f'"{value}"' for value in fields.values())


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"account": ""}, "roster.bad_account"),
        ({"account": "a b"}, "roster.bad_account"),
        ({"account": "a" * 65}, "roster.bad_account"),
        ({"account": "鈴木"}, "roster.bad_account"),
        ({"name_ja": "", "name_en": ""}, "roster.no_name"),
        ({"name_ja": "鈴木\u202e遥"}, "roster.bad_characters"),
        ({"affiliation_ja": "a\nb"}, "roster.bad_characters"),
        ({"name_en": "x" * 101}, "roster.too_long"),
        ({"mail": "suzuki"}, "roster.bad_mail"),
        ({"mail": ""}, "roster.bad_mail"),
        ({"employment": "FULL_TIME"}, "roster.unknown_employment"),
        ({"employment": "full_time_faculty"}, "roster.unknown_employment"),
        ({"from": ""}, "roster.bad_date"),
        ({"from": "2020-02-30"}, "roster.bad_date"),
        ({"until": "tomorrow"}, "roster.bad_date"),
        ({"until": "2019-04-01"}, "roster.until_before_from"),
    ],
)
def test_a_bad_field_is_a_problem_of_its_line(values, code: str):
    found = roster_file.read(csv(SUZUKI.replace("suzuki", "sato"), line_with(**values))).problems
    assert [problem.code for problem in found] == [code]
    assert found[0].line >= 3


def test_every_problem_is_returned():
    bad = line_with(mail="x", employment="x") + "\r\n" + line_with(**{"account": "sato", "from": "x"})
    assert codes(csv(bad)) == [("roster.bad_mail", 2), ("roster.unknown_employment", 2), ("roster.bad_date", 3)]


def test_an_account_twice_is_a_problem_whatever_its_case():
    assert codes(csv(SUZUKI, line_with(account="SUZUKI"))) == [("roster.account_twice", 3)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.column_missing"),
        (csv(), "roster.empty"),
        (b"\x81\x20", "file.encoding"),
        (csv('"unclosed'), "file.not_csv"),
        (csv("a,b"), "file.too_few_fields"),
        (csv(SUZUKI + ",x"), "file.too_many_fields"),
        (csv(SUZUKI, header=HEADER + ",mail"), "file.column_twice"),
        ("account,mail".encode("utf-16"), "file.utf16"),
        (csv(SUZUKI).decode().encode("utf-16-le"), "file.nul"),
        (csv(SUZUKI).decode().encode("euc_jp"), "file.encoding"),
        (csv(SUZUKI).decode().encode("iso2022_jp"), "file.encoding"),
        (csv(SUZUKI).replace(b"Haruka", b"Har\0ka"), "file.nul"),
        (csv(SUZUKI).replace(b",", b";"), "file.separator"),
        (csv(SUZUKI).replace(b",", b"\t"), "file.separator"),
        (csv(SUZUKI.replace("Haruka", "x" * 2000)), "file.long_cell"),
        (csv(SUZUKI.replace("Haruka", "x" * 200_000)), "file.not_csv"),
        (b"PK\x03\x04 a workbook", "file.workbook"),
    ],
)
def test_a_file_that_is_no_roster(content: bytes, code: str):
    file = roster_file.read(content)
    assert code in {problem.code for problem in file.problems}
    assert not file.rows


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_code_has_a_sentence(language: str):
    params = dict.fromkeys(("column", "columns", "value", "first", "limit", "known", "separator"), "x")
    with translation.override(language):
        for kind in (roster_file.Problem, csv_file.Problem):
            for code in kind.texts:
                assert "%(" not in str(kind(code, 3, params))

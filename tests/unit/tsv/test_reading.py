import pytest

from tests.unit.tsv import vectors
from tsv import reading
from tsv.fields import Kind

FILES = vectors.load("files.json")["files"]


@pytest.mark.parametrize("vector", FILES, ids=lambda vector: vector["name"])
def test_a_file_breaks_exactly_these_rules(vector):
    found = reading.read(vectors.content(vector), Kind(vector["kind"]))

    assert sorted({problem.code for problem in found.problems}) == sorted(vector["codes"])
    assert len(found.records) == vector["records"]


def test_a_problem_names_line_and_column():
    content = f"{vectors.issue_row()}\r\n{vectors.issue_row(name='髙橋', fqdn='b.uec.ac.jp')}\r\n".encode("cp932")

    found = reading.read(content, Kind.ISSUE)

    places = {(problem.code, problem.line, problem.column) for problem in found.problems}
    assert places == {("tsv.character_not_writable", 2, 8), ("tsv.fqdn_differs", 2, 11)}
    assert [row.record is not None for row in found.rows] == [True, False]
    assert not found.accepted


def test_quoted_cells_are_read_without_their_quotes():
    content = vectors.content({"text": "{quoted revoke}\r\n"})

    assert reading.read(content, Kind.REVOKE).rows[0].cells[0] == vectors.SUBJECT


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("issue.tsv", []),
        ("issue.TXT", []),
        ("issue.csv", ["tsv.file_ending"]),
        ("issue", ["tsv.file_ending"]),
        ("発行.tsv", ["tsv.file_name_not_ascii"]),
    ],
)
def test_the_name_of_a_file(name, codes):
    assert [problem.code for problem in reading.check_file_name(name)] == codes


@pytest.mark.parametrize(
    ("text", "kind"), [("{issue}", Kind.ISSUE), ("{renew}", Kind.RENEW), ("{revoke}", Kind.REVOKE), ("", Kind.ISSUE)]
)
def test_the_kind_of_a_file_is_guessed(text, kind):
    assert reading.guess(vectors.content({"text": text})) is kind

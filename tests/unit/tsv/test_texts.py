import json
import re
import string
from pathlib import Path

import pytest

import tsv
from tests.unit.tsv import vectors
from tsv import fields, inputs, listing, reading, replies, texts
from tsv.fields import Kind
from tsv.problems import Problem, Refused, Severity, has_errors

CODE = re.compile(r'"(tsv\.[a-z0-9_]+)"')
SOURCES = [path for path in Path(tsv.__file__).parent.glob("*.py") if not path.name.startswith("texts_")]
USED = {code for path in SOURCES for code in CODE.findall(path.read_text("utf-8"))}


def _fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_code_has_a_text_and_every_text_a_code():
    assert {code for code in texts.TEXTS if code.startswith("tsv.")} == USED


@pytest.mark.parametrize("code", sorted(texts.TEXTS))
def test_both_languages_say_the_same(code):
    japanese, english = texts.TEXTS[code]

    assert _fields(japanese) == _fields(english) or code == "tsv.dns_names_prefix"
    assert re.search("[ぁ-ん]", japanese)
    assert not re.search("[ぁ-んァ-ン]", english)
    assert japanese.endswith("。")
    assert english.endswith((".", "JP."))


def test_a_problem_survives_json():
    problem = Problem("tsv.too_long", Severity.ERROR, {"length": 70, "max_length": 64}, "N-ERR", line=3, column=8)

    again = Problem.from_json(json.loads(json.dumps(problem.as_json())))

    assert again == problem
    assert hash(again) == hash(problem)
    assert texts.text(again, "ja") == "70文字あります。64文字以内にしてください。"


def test_a_place_is_named():
    problem = Problem("tsv.required", line=3, column=8)

    assert texts.place(problem, "ja", kind=Kind.ISSUE) == "3行目 8列目(利用管理者氏名)"
    assert texts.place(problem, "en", kind=Kind.ISSUE) == "line 3, column 8 (Manager's name)"
    assert texts.place(problem, "en") == "line 3, column 8"
    assert texts.place(Problem("tsv.required", column=99), "en", kind=Kind.ISSUE) == "column 99"
    assert texts.place(Problem("tsv.required"), "ja") == ""


def test_a_value_with_braces_is_shown_as_it_is():
    problem = fields.check_value(fields.column(Kind.REVOKE, 4), "0x12")[0]
    braces = Problem("tsv.serial_malformed", params={"value": "{0.__class__}"})

    assert texts.text(problem, "en")
    assert "{0.__class__}" in texts.text(braces, "en")


def _raised_by_vectors():
    """Return one set of codes for each vector; the text of every problem is made on the way."""
    for kind, number, value, _ in vectors.load("values.json"):
        yield fields.check_value(fields.column(Kind(kind), number), value)
    for vector in vectors.load("files.json")["files"]:
        yield reading.read(vectors.content(vector), Kind(vector["kind"])).problems
    for line, *_ in vectors.load("replies.json"):
        yield replies.parse(line, row_count=3)[0].problems
    for vector in vectors.load("inputs.json"):
        yield _input_problems(vector)
    for vector in vectors.load("listings.json"):
        text = vector["text"].replace("{header}", "\t".join(vectors.load("listing_header.json")))
        yield listing.read(text.encode(vector.get("encoding", "cp932"), "surrogateescape")).problems
    for name in ("a.csv", "発行.tsv", "a.tsv"):
        yield reading.check_file_name(name)


def _input_problems(vector):
    def no_request(pem, names, profile):
        raise Refused([])

    kind = Kind(vector["kind"])
    try:
        (entry,) = inputs.parse(vector["json"].encode())
    except Refused as refused:
        return refused.problems
    return inputs.record(entry, kind, read_request=no_request, read_certificate=lambda pem: 1)[1]


@pytest.mark.parametrize("vector", vectors.load("inputs.json"), ids=lambda vector: vector["json"][:40])
def test_an_input_breaks_exactly_these_rules(vector):
    assert sorted({problem.code for problem in _input_problems(vector)}) == sorted(vector["codes"])


def test_every_code_is_raised_by_a_vector_and_not_raised_by_another():
    raised = [frozenset(problem.code for problem in problems) for problems in _raised_by_vectors()]

    elsewhere = {
        "tsv.csr_subject_differs",  # needs csr/: test_command_line
        "tsv.mixed_kinds",  # cannot be in a file: test_writing
    }
    assert USED - frozenset().union(*raised) == elsewhere
    assert not frozenset.intersection(*raised)


def test_every_problem_of_the_vectors_has_its_parameters():
    for problems in _raised_by_vectors():
        for problem in problems:
            assert texts.text(problem, "ja")
            assert texts.text(problem, "en")
            assert json.dumps(problem.as_json())
            assert problem.source


def test_only_errors_refuse():
    assert not has_errors([Problem("tsv.x", Severity.WARNING), Problem("tsv.x", Severity.INFORMATION)])
    assert has_errors([Problem("tsv.x", Severity.ERROR)])

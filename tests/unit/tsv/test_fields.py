import random

import pytest

from tests.unit.tsv import vectors
from tsv import documentation, fields, rows, subjects
from tsv.fields import Kind
from tsv.records import RECORD_CLASSES
from tsv.values import CHECKS, Charset, Shape


@pytest.mark.parametrize(("kind", "number", "value", "codes"), vectors.load("values.json"))
def test_a_value_breaks_exactly_these_rules(kind, number, value, codes):
    problems = fields.check_value(fields.column(Kind(kind), number), value)

    assert sorted({problem.code for problem in problems}) == sorted(codes)
    assert all(problem.column == number and problem.source for problem in problems)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_thirteen_columns_in_order(kind):
    assert [column.number for column in fields.columns(kind)] == list(range(1, 14))


@pytest.mark.parametrize("kind", Kind)
def test_the_table_and_the_record_have_the_same_attributes(kind):
    used = {column.field for column in fields.columns(kind) if column.used}

    assert used == set(RECORD_CLASSES[kind].__dataclass_fields__) - {"kind"}
    assert all(fields.column_of(kind, name).field == name for name in used)


@pytest.mark.parametrize("kind", Kind)
def test_full_width_stands_in_columns_6_8_9_and_12_only(kind):
    wide = {column.number for column in fields.columns(kind) if column.charset is Charset.FULL_WIDTH}

    assert wide <= {6, 8, 9, 12}


def test_every_shape_has_a_check():
    assert set(CHECKS) == set(Shape) - {Shape.EMPTY}


def test_the_short_way_for_an_ordinary_subject_agrees_with_the_rules():
    chance = random.Random(1)

    def value():
        return "".join(chance.choices("aB1 '()-./:,=", k=chance.randint(0, 8)))

    for _ in range(3000):
        name = chance.choice(("a.uec.jp", "A.uec.jp", "a", "-a.b", "1.2.3.4", "a..b"))
        place = chance.choice((value(), "City", "Default", "Academe2", "chofu"))
        subject = f"CN={name},O={value()},L={place},ST={value()},C={chance.choice(('JP', 'JP', 'US'))}"
        for strictness in subjects.Strictness:
            assert subjects.check(subject, strictness) == tuple(subjects.broken_rules(subject, strictness))


def test_an_unknown_field_is_a_key_error():
    with pytest.raises(KeyError):
        fields.column_of(Kind.REVOKE, "csr")


def test_the_documentation_equals_the_table():
    page = vectors.FOLDER.parents[2] / "docs" / "tsv-columns.md"

    assert page.read_text("utf-8") == documentation.markdown(), "python -m tsv columns > docs/tsv-columns.md"


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (vectors.issue_row(), Kind.ISSUE),
        (vectors.renewal_row(), Kind.RENEW),
        (vectors.revocation_row(), Kind.REVOKE),
        ("\t" * 12, None),
    ],
)
def test_the_kind_of_a_row_is_guessed(row, kind):
    assert rows.guess_kind(row.split("\t")) is kind

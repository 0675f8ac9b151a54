import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsv import serials
from tsv.problems import Refused
from tsv.serials import ReadAs


@pytest.mark.parametrize(
    ("text", "value", "read_as"),
    [
        ("2523387705629275603", 2523387705629275603, ReadAs.DECIMAL),
        ("0x2304DA2E7BBE6E53", 0x2304DA2E7BBE6E53, ReadAs.HEX),
        ("0X2304da", 0x2304DA, ReadAs.HEX),
        ("23:04:DA:2E", 0x2304DA2E, ReadAs.HEX),
        ("23 04 da 2e", 0x2304DA2E, ReadAs.HEX),
        ("serial=2304", 0x2304, ReadAs.HEX),
        ("serial=0x2304", 0x2304, ReadAs.HEX),
        ("AB12", 0xAB12, ReadAs.HEX),
        ("\u200e03ab12", 0x03AB12, ReadAs.HEX),
        ("Serial Number: 4660 (0x1234)", 0x1234, ReadAs.DECIMAL),
        ("Serial Number:\n            23:04:da", 0x2304DA, ReadAs.HEX),
        ("  007 ", 7, ReadAs.DECIMAL),
    ],
)
def test_every_spelling_is_read(text, value, read_as):
    serial = serials.parse(text)

    assert (serial.value, serial.read_as) == (value, read_as)


def test_bare_digits_are_decimal_and_carry_the_other_reading():
    serial = serials.parse("2304")

    assert serial.value == 2304
    assert serial.ambiguous
    assert serial.other == 0x2304
    assert not serials.parse("7").ambiguous
    assert not serials.parse("0x2304").ambiguous


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "tsv.serial_malformed"),
        ("0x", "tsv.serial_malformed"),
        ("-5", "tsv.serial_malformed"),
        ("１２３", "tsv.serial_malformed"),
        ("12:3", "tsv.serial_malformed"),
        ("Serial Number: 4660 (0x1235)", "tsv.serial_malformed"),
        ("9" * 10_000, "tsv.serial_malformed"),
        ("0", "tsv.serial_not_positive"),
        ("00:00", "tsv.serial_not_positive"),
        ("01" + "00" * 20, "tsv.serial_too_long"),
    ],
)
def test_what_is_no_serial_number_is_refused(text, code):
    text = "0x" + text if code.endswith("too_long") else text
    with pytest.raises(Refused) as refused:
        serials.parse(text)
    assert [problem.code for problem in refused.value.problems] == [code]


@given(st.integers(min_value=1, max_value=2**160 - 1))
def test_both_forms_are_read_back(value):
    assert serials.parse(serials.decimal(value)).value == value
    assert serials.parse("0x" + format(value, "x")).value == value
    if value > 255:
        assert serials.parse(serials.hexadecimal(value)).value == value
    assert len(serials.decimal(value)) <= 50

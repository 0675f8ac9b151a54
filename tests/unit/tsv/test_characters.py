import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsv import characters
from tsv.characters import as_written_for_nii, is_writable
from tsv.replacements import REPLACEMENTS


def test_exactly_the_characters_with_one_reading_are_writable():
    count = sum(is_writable(chr(point)) for point in range(0x110000) if not 0xD800 <= point < 0xE000)

    assert count == 7038 - 1 - 63  # the domain reference counts 7,038; DELETE and half-width katakana are among them


def test_no_replacement_is_needed_for_its_character_and_every_one_can_be_written():
    assert not [key for key in REPLACEMENTS if is_writable(key)]
    assert not [value for value in REPLACEMENTS.values() if not all(map(is_writable, value))]
    assert not [key for key in REPLACEMENTS if unicodedata.normalize("NFC", key) != key]


def test_every_character_that_only_cp932_has_gets_an_answer():
    with_answer = 0
    for point in range(0x10000):
        character = chr(point)
        try:
            character.encode("cp932")
        except UnicodeEncodeError:
            continue
        written = as_written_for_nii(character)
        if written.problems:
            with_answer += bool(written.suggestion)
            assert written.problems[0].code.startswith("tsv.character_")
    assert with_answer > 180


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("髙橋", "高橋"),
        ("山﨑", "山崎"),
        ("濵田", "浜田"),
        ("德永", "徳永"),
        ("瀨川", "瀬川"),
        ("𠮷野家", "吉野家"),
        ("草彅", "草なぎ"),
        ("①㈱Ⅲ½㎡", "1(株)III1/2m2"),
        ("ﾃﾞﾝﾂｳ ﾀﾛｳ", "デンツウ タロウ"),
        ("葛\U000e0100飾", "葛飾"),
        ("Müller", "Muller"),
        ("¥", "￥"),
        ("陈伟", "陳偉"),
        ("a\tb\u200bc", "a bc"),
        ("太郎😀", ""),
        ("電通太郎", ""),
    ],
)
def test_what_is_suggested(text, suggestion):
    assert as_written_for_nii(text).suggestion == suggestion


def test_nothing_but_the_named_pairs_is_changed():
    for character in map(chr, range(0x20, 0x10000)):
        if is_writable(character):
            assert as_written_for_nii(character).text == character
    assert {key for key in characters.MAPPED if not is_writable(characters.MAPPED[key])} == set()


@pytest.mark.parametrize("text", ["塚", "神", "か\u3099"])
def test_canonically_equal_characters_are_composed(text):
    written = as_written_for_nii(text)

    assert not written.problems
    assert written.text == unicodedata.normalize("NFC", text)


@given(st.text())
def test_a_suggestion_can_always_be_written(text):
    written = as_written_for_nii(text)

    again = as_written_for_nii(written.suggestion)
    assert not again.problems
    assert bool(written.problems) or all(map(is_writable, written.text))
    if not written.problems:
        assert written.text.encode("shift_jis") == written.text.encode("cp932")
        assert as_written_for_nii(written.text) == written

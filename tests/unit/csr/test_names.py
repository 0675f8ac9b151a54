"""Host names: one spelling to compare by, every rule, and the rules for the list."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csr import names
from csr.policy import UEC


def codes(problems):
    return [problem.code for problem in problems]


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        (" WWW.UEC.AC.JP\n", "www.uec.ac.jp"),
        ("日本.UEC.ac.jp", "xn--wgv71a.uec.ac.jp"),
        ("ｗｗｗ。uec。ac。jp", "www.uec.ac.jp"),
        ("xn--wgv71a.uec.ac.jp", "xn--wgv71a.uec.ac.jp"),
    ],
)
def test_normalise(typed, normal):
    assert names.normalise(typed) == normal


def test_u_label_shows_what_the_a_label_reads():
    assert names.u_label("www.xn--wgv71a.uec.ac.jp") == "www.日本.uec.ac.jp"
    assert names.u_label("xn--zzzzzz99999.uec.ac.jp") == "xn--zzzzzz99999.uec.ac.jp"


@pytest.mark.parametrize(
    "name", ["uec.ac.jp", "www.uec.ac.jp", "WWW.uec.ac.jp", "1.uec.ac.jp", "a" * 54 + ".uec.ac.jp"]
)
def test_good_name_has_no_problem(name):
    assert names.check_name(name, UEC) == ()


def test_every_problem_of_a_name_is_reported():
    assert codes(names.check_name("*.my_host.uec.ac.jp.", UEC)) == [
        "name.wildcard",
        "name.underscore",
        "name.trailing_dot",
    ]


def test_domain_matches_at_a_label_boundary_only():
    assert names.is_within("a.uec.ac.jp", "uec.ac.jp")
    assert not names.is_within("auec.ac.jp", "uec.ac.jp")


def test_another_institution_sets_its_own_domains():
    other = dataclasses.replace(UEC, domains=("example.ac.jp", "example.jp"))
    assert names.check_name("www.example.jp", other) == ()
    assert codes(names.check_name("www.uec.ac.jp", other)) == ["name.outside_domain"]


def test_eight_names_with_the_common_name_are_the_limit():
    eight = [f"h{number}.uec.ac.jp" for number in range(8)]
    assert names.check_names(eight, UEC) == ()
    assert codes(names.check_names([*eight, "h8.uec.ac.jp"], UEC)) == ["names.too_many"]


def test_250_characters_as_nii_writes_them_are_the_limit():
    domain = ".uec.ac.jp"
    five = ["a" * 31 + str(number) + domain for number in range(4)]
    fill = 250 - len(names.column_13(five)) - len(",dNSName=") - len(domain)
    exact = [*five, "b" * fill + domain]
    assert len(names.column_13(exact)) == 250
    assert names.check_names(exact, UEC) == ()
    assert codes(names.check_names([*five, "b" * (fill + 1) + domain], UEC)) == ["names.too_long"]


def test_duplicates_are_found_whatever_their_case():
    assert codes(names.check_names(["www.uec.ac.jp", "WWW.uec.ac.jp"], UEC)) == ["names.duplicate"]


def test_column_13_is_empty_for_the_common_name_alone():
    assert names.column_13(["www.uec.ac.jp"]) == ""
    assert names.column_13(["a.uec.ac.jp", "b.uec.ac.jp"]) == "dNSName=a.uec.ac.jp,dNSName=b.uec.ac.jp"


@given(st.text(max_size=300))
def test_any_text_is_answered(text):
    names.check_name(text, UEC)
    names.check_names([text, names.normalise(text)], UEC)
    names.notes(text)


@given(st.text(alphabet="abcxyz0189-.*_ 調ｗ", max_size=80))
def test_what_is_accepted_is_a_host_name_below_the_domain(text):
    if not names.check_name(text, UEC):
        assert text.lower() == "uec.ac.jp" or text.lower().endswith(".uec.ac.jp")
        assert set(text.lower()) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
        assert len(text) <= 64

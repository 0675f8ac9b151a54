"""Every code has both texts; they show what was found, and no parameter is missing."""

import re

import pytest

from csr import check, texts
from csr.keys import WEAK_KEY_CHECKS
from csr.problems import RULES, Problem, Severity, shown
from tests.unit.csr import vectors

VECTORS = vectors.all_vectors()
PROBLEMS = [
    problem for vector in VECTORS for problem in check(vector.given, vector.policy, names=vector.names).problems
]


def test_texts_and_codes_are_the_same_set():
    assert set(texts.TEXTS) == set(RULES)


@pytest.mark.parametrize("code", sorted(RULES))
def test_both_languages_are_there_with_the_same_parameters(code):
    japanese, english = texts.TEXTS[code]
    assert re.search(r"[ぁ-ん]", japanese)
    assert japanese.endswith("。")
    assert not re.search(r"[ぁ-んァ-ヶ一-龠]", english)
    assert english.endswith((".", "?"))
    assert set(re.findall(r"{(\w+)}", japanese)) == set(re.findall(r"{(\w+)}", english))


def test_every_error_says_what_to_do():
    for code, rule in RULES.items():
        if rule.severity is not Severity.INFORMATION:
            assert re.search(r"ください", texts.TEXTS[code][0]), code
            assert re.search(r"[Pp]lease", texts.TEXTS[code][1]), code


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_text_of_a_vector_lacks_a_parameter(language):
    for problem in PROBLEMS:
        words = texts.text(problem, language)
        assert "…" not in words.replace("“/…”", "") or any("…" in str(value) for _, value in problem.params), words
        assert "{" not in words


def test_every_weak_key_check_has_words():
    for check_name in WEAK_KEY_CHECKS:
        assert check_name not in texts.text(Problem.of("key.weak", check=check_name), "ja")


def test_text_of_an_unknown_code_is_an_answer():
    old = Problem("gone.code", Severity.ERROR)
    assert "gone.code" in texts.text(old, "ja")
    assert "gone.code" in texts.text(old, "en")


def test_text_of_lost_parameters_is_an_answer():
    assert "…" in texts.text(Problem("subject.value", Severity.ERROR), "ja")


def test_hostile_values_are_made_visible():
    assert shown("a\u202eb\n") == "a<U+202E>b<U+000A>"
    assert len(shown("x" * 5000)) == 101


def test_problem_survives_json():
    for problem in PROBLEMS:
        assert Problem.from_json(problem.as_json()) == problem


def test_problem_of_unknown_code_is_a_mistake_of_the_programmer():
    with pytest.raises(KeyError):
        Problem.of("no.such_code")

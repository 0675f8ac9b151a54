"""Problems in words, in Japanese and English: what was found, and what to do about it.

The tables are in `texts_reading` (what was given could not be used) and `texts_rules` (what a request says is not
allowed); every code has both languages.
"""

from __future__ import annotations

from csr.problems import Problem
from csr.texts_reading import READING
from csr.texts_rules import RULES_IN_WORDS

JAPANESE, ENGLISH = "ja", "en"

TEXTS: dict[str, tuple[str, str]] = {**READING, **RULES_IN_WORDS}
"""Code to (Japanese, English), with the parameters of the problem in braces."""

SEVERITIES = {"error": ("エラー", "error"), "warning": ("警告", "warning"), "information": ("情報", "information")}

_UNKNOWN = (
    "この版では説明できない問題です(コード {code})。情報基盤センターにお問い合わせください。",
    "A problem that this version has no words for (code {code}). Please ask the Information Technology Center.",
)

_WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "check": {
        "fermat": ("2つの素数が近すぎる", "its two primes are too close together"),
        "pattern": ("値に不自然な繰り返しがある", "its value repeats itself unnaturally"),
        "roca": ("ROCA脆弱性のある機器で作られた", "made by a device with the ROCA flaw"),
        "rsabias": ("値のビットが偏っている", "its bits are biased"),
        "rsainvalid": ("RSAの鍵として成り立たない", "it is not a valid RSA key"),
        "rsapoly": ("値の規則性から素因数分解できる", "its regular value can be factored"),
        "sharedprimes": ("素数がほかの鍵と共通である", "it shares a prime with other keys"),
        "smalld": ("秘密指数が小さすぎる", "its private exponent is too small"),
        "smallfactors": ("小さな素因数を持つ", "it has small prime factors"),
    },
    "how": {
        "label": ("同じ語を含んでいます", "it contains the same word"),
        "homoglyph": ("形の似た文字に置き換えるとそのまま読めます", "it reads the same with similar characters"),
        "spelling": ("1文字しか違いません", "it differs by one letter only"),
    },
}
"""Parameters that are themselves codes, by the name of the parameter."""


def text(problem: Problem, language: str) -> str:
    """Return the problem in `language` ("ja"; anything else is English). Never raises, also for a code of old data."""
    column = 0 if language == JAPANESE else 1
    params = {name: _in_words(name, value, column) for name, value in problem.params}
    template = TEXTS.get(problem.code, _UNKNOWN)[column]
    return template.format_map(_Lenient(params | {"code": problem.code}))


def severity(problem: Problem, language: str) -> str:
    """Return the severity as a word."""
    return SEVERITIES[problem.severity.value][0 if language == JAPANESE else 1]


def _in_words(name: str, value: str | int, column: int) -> str:
    words = _WORDS.get(name, {}).get(str(value))
    return words[column] if words else str(value)


class _Lenient(dict[str, str]):
    """Parameters for a text; one that stored data lacks is shown as an ellipsis rather than as an error page."""

    def __missing__(self, name: str) -> str:
        return "…"

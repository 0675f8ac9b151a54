"""Codes into sentences, Japanese or English, made at the moment they are shown.

Each text says what was found and what is needed. Parameters are put in as text and never interpreted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tsv import fields
from tsv.fields import Kind
from tsv.problems import Problem
from tsv.texts_files import FILES
from tsv.texts_replies import REPLIES
from tsv.texts_values import VALUES

TEXTS: Mapping[str, tuple[str, str]] = {**VALUES, **FILES, **REPLIES}
"""Every code that this package knows, with its (Japanese, English) text."""

_KIND_PARAMS = frozenset({"expected", "found"})


def text(problem: Problem, lang: str) -> str:
    """Return what was found and what to do, in "ja" or "en" (any other language reads as "en"), without the place."""
    params = dict(problem.params)
    if problem.code == "tsv.wrong_kind":
        params.update({key: kind_name(Kind(params[key]), lang) for key in _KIND_PARAMS & params.keys()})
    return sentence(problem.code, lang, params)


def sentence(code: str, lang: str, params: Mapping[str, Any] | None = None) -> str:
    """Return the text of a code, for the explanations and remedies of `tsv.replies` too. Raises KeyError if unknown."""
    joint = "、" if lang == "ja" else ", "
    shown = {
        key: joint.join(map(str, value)) if isinstance(value, list | tuple) else value
        for key, value in (params or {}).items()
    }
    return TEXTS[code][0 if lang == "ja" else 1].format(**shown)


def place(problem: Problem, lang: str, *, kind: Kind | None = None) -> str:
    """Return "3行目 8列目(利用管理者氏名)" or "line 3, column 8 (Manager's name)"; "" for a problem without a place."""
    parts = []
    if problem.line is not None:
        parts.append(f"{problem.line}行目" if lang == "ja" else f"line {problem.line}")
    if problem.column is not None:
        name = f"{problem.column}列目" if lang == "ja" else f"column {problem.column}"
        if kind is not None:
            column = fields.column(kind, problem.column) if problem.column <= fields.COLUMN_COUNT else None
            label = (column.name_ja if lang == "ja" else column.name_en) if column and column.used else ""
            name += (f"({label})" if lang == "ja" else f" ({label})") if label else ""
        parts.append(name)
    return (" " if lang == "ja" else ", ").join(parts)


def kind_name(kind: Kind, lang: str) -> str:
    """Return the kind's name: 発行申請, issue."""
    return fields.KIND_NAMES[kind][0 if lang == "ja" else 1]

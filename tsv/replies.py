"""NII's error messages, pasted by a registrar: which row, which column, what it means, what to do.

The support system prints `212:1,主体者DN,指定したDNはすでに存在しています。`; NII's pages also write
`371:1「主体者DN,…」` (domain reference §8). NII's table could not be read beyond 215, so other codes are unknown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tsv import fields
from tsv.fields import Kind
from tsv.problems import Problem, error, warning

MAX_LINES = 1000
"""Pasted lines that are read; a file has at most 99 rows with a few messages each. Ours, not NII's."""


class Action(StrEnum):
    """What the portal can offer after a message."""

    RENEW = "renew"
    CORRECT = "correct"
    SPLIT = "split"
    WRITE_AGAIN = "write-again"
    CHECK_DNS = "check-dns"
    ASK_NII = "ask-nii"
    TRY_AGAIN = "try-again"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Reply:
    """One message.

    `code` is NII's number, None where the line has none. `row` counts the file's lines from 1, or is None.
    `column` is the column's number where NII's name for it is known. `explanation` and `remedy` are for `tsv.texts`.
    `problems` says what could not be understood.
    """

    text: str
    code: int | None
    row: int | None
    column_name: str
    column: int | None
    message: str
    explanation: str
    remedy: str
    action: Action
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    name: str
    action: Action
    code: int | None
    words: str = ""


_KNOWN = (
    _Known("201", Action.CORRECT, 201, "入力必須"),
    _Known("202", Action.CORRECT, 202, "桁以内"),
    _Known("204", Action.CORRECT, 204, "半角数字以外"),
    _Known("205", Action.CORRECT, 205, "不正な文字"),
    _Known("206_mail", Action.CORRECT, 206, "メール形式"),
    _Known("206_dn", Action.CORRECT, 206, "DN情報のフォーマット"),
    _Known("206", Action.CORRECT, 206),
    _Known("208", Action.WRITE_AGAIN, 208, "ファイルは存在しません"),
    _Known("209", Action.WRITE_AGAIN, 209, "拡張子が不正"),
    _Known("212", Action.RENEW, 212, "すでに存在"),
    _Known("213", Action.WRITE_AGAIN, 213, "ファイルに入力がありません"),
    _Known("214", Action.SPLIT, 214, "指定件数を超えている"),
    _Known("215", Action.ASK_NII, 215, "機関状態が無効"),
    _Known("338", Action.CHECK_DNS, 338),
    _Known("371", Action.CORRECT, 371, "OUが許可リスト"),
    _Known("domain", Action.ASK_NII, None, "対象のドメインは許可されていない"),
    _Known("approval", Action.ASK_NII, None, "機関の証明書発行有効期限が切れて"),
    _Known("whois_connection", Action.TRY_AGAIN, None, "WHOISサーバへの接続に失敗"),
    _Known("whois_difference", Action.ASK_NII, None, "WHOISサーバに登録されている情報と一致しません"),
    _Known("place", Action.CORRECT, None, "登録された値と一致しません"),
)
"""What is known [N-ERR, N-CONTACT, N-20250411, NT-LRA]. The first row whose code and words fit wins."""

_LINE = re.compile(r"^\s*(?P<code>\d{3}):\s*(?P<row>\d{1,6})\s*(?:[,、]|(?P<quote>[「『]))\s*(?P<rest>.*?)\s*$")
_CODE_ONLY = re.compile(r"^\s*(?P<code>\d{3})\s*[:,]\s*(?P<rest>.*?)\s*$")


def parse(text: str, *, kind: Kind = Kind.ISSUE, row_count: int | None = None) -> tuple[Reply, ...]:
    """Return one Reply for each line that is not empty; `row_count` is the number of rows in the file, where known."""
    lines = [line for line in text.splitlines() if line.strip()]
    return tuple(_parse_line(line, kind, row_count) for line in lines[:MAX_LINES])


def _parse_line(line: str, kind: Kind, row_count: int | None) -> Reply:
    folded = unicodedata.normalize("NFKC", line)  # pasted from a page or a mail: ２１２：１，…
    full, short = _LINE.match(folded), _CODE_ONLY.match(folded)
    code = int(full["code"]) if full else int(short["code"]) if short else None
    row = int(full["row"]) if full else None
    rest = (
        (full["rest"].rstrip("」』") if full["quote"] else full["rest"]) if full else short["rest"] if short else folded
    )
    column_name, message = _split_column(rest.strip())
    known = _find(code, message)
    return Reply(
        text=line.strip(),
        code=code,
        row=row,
        column_name=column_name,
        column=_column_number(column_name, kind),
        message=message,
        explanation=f"reply.{known.name}.explanation" if known else "reply.unknown.explanation",
        remedy=f"reply.{known.name}.remedy" if known else "reply.unknown.remedy",
        action=known.action if known else Action.LOOK,
        problems=tuple(_not_understood(code, known, row, row_count)),
    )


def _split_column(rest: str) -> tuple[str, str]:
    column, comma, message = rest.partition(",")
    return (column.strip(), message.strip()) if comma and len(column) <= 40 else ("", rest)


def _find(code: int | None, message: str) -> _Known | None:
    same = [known for known in _KNOWN if code is not None and known.code == code]
    if same:
        return next((known for known in same if not known.words or known.words in message), same[0])
    # Messages of which nobody has published the number: only their words are known.
    unnumbered = (known for known in _KNOWN if code is None or known.code is None)
    return next((known for known in unnumbered if known.words and known.words in message), None)


def _column_number(name: str, kind: Kind) -> int | None:
    """Return the column that NII's name means; older names say 加入者 for 利用管理者 (domain reference §2.4)."""
    wanted = _plain(name)
    return next(
        (column.number for column in fields.columns(kind) if column.used and _plain(column.name_ja) == wanted), None
    )


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).lower().replace("加入者", "利用管理者").replace("e-mail", "mail")
    return re.sub(r"[\s・]|および|\(\*\)", "", folded)


def _not_understood(
    code: int | None, known: _Known | None, row: int | None, row_count: int | None
) -> Iterator[Problem]:
    if known is None and code is not None:
        yield warning("tsv.reply_code_unknown", "N-ERR", number=code)
    elif known is None:
        yield error("tsv.reply_not_understood", "N-ERR")
    if row is not None and row_count is not None and not 1 <= row <= row_count:
        yield error("tsv.reply_row_unknown", "N-ERR", row=row, row_count=row_count)

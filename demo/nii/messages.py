"""What the support system says about a file: `code:line,column name,message` (domain reference §8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Code(IntEnum):
    """NII's numbers. Those from 900 are the stand-in's own: NII's could not be read, or the page shows none."""

    REQUIRED = 201
    TOO_LONG = 202
    NOT_DIGITS = 204
    COMMENT_CHARACTERS = 205
    FORMAT_DN = 206
    FORMAT_MAIL = 1206
    """206 too: NII gives one number to two messages."""
    EXTENSION = 209
    EXISTS = 212
    EMPTY_FILE = 213
    TOO_MANY_ROWS = 214
    CA_REFUSED = 338
    """Never among the messages of an upload: it appears in the list only [N-20250411]."""
    UNIT = 371

    COLUMN_COUNT = 901
    NOT_EMPTY = 902
    CHARACTERS = 903
    QUOTES = 904
    PROFILE = 905
    REQUEST_UNREADABLE = 911
    REQUEST_SIGNATURE = 912
    REQUEST_DN = 913
    REQUEST_KEY = 914
    KEY_USED = 915
    SERIAL_UNKNOWN = 921
    SERIAL_OTHER_NAME = 922
    ALREADY_REVOKED = 923
    REVOKED_DN = 924
    REASON = 925
    PLACE = 931
    DOMAIN = 932
    ORGANIZATION = 933
    NAME_DIFFERS = 934
    NAMES_FORMAT = 935
    TOO_MANY_NAMES = 936


_TEXTS = {
    Code.REQUIRED: "{}は入力必須項目です。",
    Code.TOO_LONG: "{}は{}桁以内で入力してください。",
    Code.NOT_DIGITS: "{}は半角数字以外の文字が含まれています。",
    Code.COMMENT_CHARACTERS: "{}は不正な文字が含まれています。",
    Code.FORMAT_DN: "{}がDN情報のフォーマットに準じていません。",
    Code.FORMAT_MAIL: "{}はメール形式ではありません。",
    Code.EXTENSION: "指定したファイルの拡張子が不正です。",
    Code.EXISTS: "指定したDNはすでに存在しています。",
    Code.EMPTY_FILE: "申請ファイルに入力がありません。",
    Code.TOO_MANY_ROWS: "ファイル内のレコードが指定件数を超えているため申請できません。",
    Code.UNIT: "主体者DNのOUが許可リストとして登録された値と一致しません。",
    Code.COLUMN_COUNT: "項目数が13ではありません。",
    Code.NOT_EMPTY: "{}は空欄でなければなりません。",
    Code.CHARACTERS: "{}に使用できない文字が含まれています。",
    Code.QUOTES: "{}は引用符で囲めません。",
    Code.PROFILE: "{}の値が不正です。",
    Code.REQUEST_UNREADABLE: "CSRを読み込めません。",
    Code.REQUEST_SIGNATURE: "CSRの署名を検証できません。",
    Code.REQUEST_DN: "CSRのDNが主体者DNと一致しません。",
    Code.REQUEST_KEY: "CSRの鍵の種類または鍵長が証明書プロファイルIDと一致しません。",
    Code.KEY_USED: "CSRの鍵ペアはすでに使用されています。",
    Code.SERIAL_UNKNOWN: "指定したシリアル番号の証明書が存在しません。",
    Code.SERIAL_OTHER_NAME: "指定したシリアル番号の証明書のCNが主体者DNのCNと一致しません。",
    Code.ALREADY_REVOKED: "指定した証明書はすでに失効申請されています。",
    Code.REVOKED_DN: "主体者DNが失効対象証明書のDNと一致しません。",
    Code.REASON: "{}の値が不正です。",
    Code.PLACE: "主体者DNのL(ST)が登録された値と一致しません。",
    Code.DOMAIN: "対象のドメインは許可されていないため発行できません。",
    Code.ORGANIZATION: "主体者DNのOが登録された値と一致しません。",
    Code.NAME_DIFFERS: "利用管理者FQDNが主体者DNのCNと一致しません。",
    Code.NAMES_FORMAT: "{}の形式が不正です。",
    Code.TOO_MANY_NAMES: "ホスト名はCNを含めて8個以内で入力してください。",
}
"""[N-ERR, N-CONTACT, NT-LRA] up to 371 and for PLACE and DOMAIN; the others are the stand-in's words."""


@dataclass(frozen=True)
class Message:
    """One message. `line` counts the file's lines from 1; 0 is the file as a whole."""

    code: Code
    line: int = 0
    column: str = ""
    max_length: int = 0

    @property
    def number(self) -> int:
        return self.code % 1000

    @property
    def text(self) -> str:
        return _TEXTS[self.code].format(self.column, self.max_length)

    def __str__(self) -> str:
        return f"{self.number}:{self.line},{self.column},{self.text}" if self.line else f"{self.number}:{self.text}"


def numbers(messages: Iterable[Message]) -> list[int]:
    """Return the numbers as the page shows them."""
    return [message.number for message in messages]

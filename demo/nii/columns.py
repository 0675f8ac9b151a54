"""The thirteen columns of each kind of file, as the domain reference §2.1–§2.3 has them."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What the upload form asks for; a file holds one kind only [NT-LRA]."""

    ISSUE = "発行"
    RENEW = "更新"
    REVOKE = "失効"


class Charset(StrEnum):
    """Characters that a column takes."""

    DIGITS = "半角数字"
    ALPHANUMERIC = "半角英数"
    ASCII = "半角英数記号"
    FULL = "全角・半角"


COLUMN_COUNT = 13
"""[T-TSV-I, T-TSV-V]"""

MAX_ROWS = 99
"""[NT-FAQ]"""

EXTENSIONS = (".tsv", ".txt")
"""[N-ERR]"""


@dataclass(frozen=True)
class Column:
    """One column that is used. `max_length` counts characters."""

    number: int
    name: str
    required: bool
    charset: Charset
    max_length: int


_SUBJECT = Column(1, "主体者DN", True, Charset.ASCII, 250)
_COMMON = (
    _SUBJECT,
    Column(2, "証明書プロファイルID", True, Charset.DIGITS, 2),
    Column(7, "CSR", True, Charset.ASCII, 2048),
    Column(8, "利用管理者氏名", False, Charset.FULL, 64),
    Column(9, "利用管理者所属", False, Charset.FULL, 64),
    Column(10, "利用管理者mail", True, Charset.ASCII, 78),
    Column(11, "利用管理者FQDN", True, Charset.ASCII, 64),
    Column(12, "ソフトウェア名・バージョン", True, Charset.FULL, 128),
    Column(13, "dNSName", False, Charset.ASCII, 250),
)

COLUMNS: dict[Kind, dict[int, Column]] = {
    Kind.ISSUE: {column.number: column for column in _COMMON},
    Kind.RENEW: {
        column.number: column
        for column in (*_COMMON, Column(4, "失効対象証明書シリアル番号", True, Charset.ALPHANUMERIC, 50))
    },
    Kind.REVOKE: {
        column.number: column
        for column in (
            _SUBJECT,
            Column(4, "失効対象証明書シリアル番号", True, Charset.DIGITS, 50),
            Column(5, "失効理由", True, Charset.DIGITS, 1),
            Column(6, "失効理由コメント", False, Charset.FULL, 128),
            Column(10, "利用管理者mail", False, Charset.ASCII, 78),
        )
    },
}
"""Kind → number → column; what is not here must be empty."""

PROFILES = ("3", "11")
"""RSA 2048 with sha256WithRSAEncryption; secp384r1 [T-TSV-I, T-SAV]."""

REASONS = ("0", "1", "3", "4", "5")
"""[T-TSV-V]"""

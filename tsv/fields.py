"""The one table of columns: every kind of application file, every column, its limits and where they come from.

Writer, reader, the portal's forms and docs/tsv-columns.md all read this table, so a correction by NII is one line here.
The rows follow the domain reference §2.1–§2.3 and §2.6; the tags of `source` are explained there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from tsv import values
from tsv.problems import Problem, error
from tsv.values import Charset, Shape

COLUMN_COUNT = 13
"""Unused columns stay empty, their tabs are kept [T-TSV-I, T-TSV-V, T-SKOBA]."""

MAX_ROWS = 99
"""Applications in one file [NT-FAQ, T-TSV-I]; more give NII's error 214 [N-ERR]."""

DELIMITER = "\t"
"""[N275, N-CLI]"""

LINE_END = "\r\n"
"""CRLF or LF are allowed [N275]; the tool of 2026 writes CRLF [T-TSV-PY]."""

EXTENSIONS = (".tsv", ".txt")
"""Endings of the file's name; others give NII's error 209 [N-ERR]."""


class Kind(StrEnum):
    """One operation; a file holds one kind only [NT-LRA]."""

    ISSUE = "issue"
    RENEW = "renew"
    REVOKE = "revoke"
    ACME_CREATE = "acme-create"
    ACME_RENEW = "acme-renew"
    ACME_SUSPEND = "acme-suspend"
    ACME_REVOKE = "acme-revoke"


KIND_NAMES: Mapping[Kind, tuple[str, str]] = {
    Kind.ISSUE: ("発行申請", "issue"),
    Kind.RENEW: ("更新申請", "renewal"),
    Kind.REVOKE: ("失効申請", "revocation"),
    Kind.ACME_CREATE: ("ACME利用情報作成申請", "creation of ACME use"),
    Kind.ACME_RENEW: ("ACME利用情報更新申請", "change of ACME use"),
    Kind.ACME_SUSPEND: ("ACME利用停止申請", "suspension of ACME use"),
    Kind.ACME_REVOKE: ("ACME証明書失効申請", "revocation of an ACME certificate"),
}
"""Japanese and English name of each kind."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one kind. `field` names the record's attribute; `max_length` counts characters; 0 where unused."""

    number: int
    field: str
    name_ja: str
    name_en: str
    required: bool
    shape: Shape
    charset: Charset
    max_length: int
    rule: str
    source: str

    @property
    def used(self) -> bool:
        """False for a column that must stay empty."""
        return self.shape is not Shape.EMPTY


_FULL, _ASCII, _ALNUM, _DIGITS = Charset.FULL_WIDTH, Charset.ASCII, Charset.ALPHANUMERIC, Charset.DIGITS
_YES, _NO = True, False

_SUBJECT = Column(
    1,
    "subject",
    "主体者DN",
    "Subject DN",
    _YES,
    Shape.SUBJECT,
    _ASCII,
    250,
    "CN,O,L,ST,C in this order; equal to the request's DN; no OU, no e-mail address",
    "T-TSV-I T-SKOBA-S",
)
_PROFILE = Column(
    2,
    "profile",
    "証明書プロファイルID",
    "Certificate profile ID",
    _YES,
    Shape.PROFILE,
    _DIGITS,
    2,
    "3 (RSA 2048) or 11 (secp384r1)",
    "T-TSV-I T-SAV",
)
_ACCOUNT = Column(
    3,
    "account_id",
    "ACMEアカウントID",
    "ACME account ID",
    _YES,
    Shape.ACCOUNT,
    _ASCII,
    128,
    "as NII showed it to the registrar",
    "T-ACME-R",
)
_OLD_SERIAL = Column(
    4,
    "old_serial",
    "失効対象証明書シリアル番号",
    "Serial number of the old certificate",
    _YES,
    Shape.SERIAL,
    _ALNUM,
    50,
    "decimal; 0x and hexadecimal is read, never written",
    "T-TSV-R S",
)
_SERIAL = Column(
    4,
    "serial",
    "失効対象証明書シリアル番号",
    "Serial number to revoke",
    _YES,
    Shape.SERIAL_DIGITS,
    _DIGITS,
    50,
    "decimal",
    "T-TSV-V S",
)
_REASON = Column(
    5,
    "reason",
    "失効理由",
    "Reason for revocation",
    _YES,
    Shape.REASON,
    _DIGITS,
    1,
    "0, 1, 3, 4 or 5",
    "T-TSV-V N-LRA4",
)
_COMMENT = Column(
    6,
    "comment",
    "失効理由コメント",
    "Comment on the reason",
    _NO,
    Shape.TEXT,
    _FULL,
    128,
    "needed with reason 0",
    "T-TSV-V N-LRA4",
)
_REQUEST = Column(
    7,
    "csr",
    "CSR",
    "Certification request",
    _YES,
    Shape.REQUEST,
    _ALNUM,
    2048,
    "PEM body on one line, without BEGIN and END; a new key pair every time",
    "T-TSV-I T-SKOBA N274",
)
_CONTACT = Column(
    8,
    "contact_name",
    "利用管理者氏名",
    "Manager's name",
    _NO,
    Shape.TEXT,
    _FULL,
    64,
    "printed in NII's mails",
    "T-TSV-I S",
)
_AFFILIATION = Column(
    9,
    "contact_affiliation",
    "利用管理者所属",
    "Manager's affiliation",
    _NO,
    Shape.TEXT,
    _FULL,
    64,
    "printed in NII's mails",
    "T-TSV-I S",
)
_MAIL = Column(
    10,
    "contact_mail",
    "利用管理者mail",
    "Manager's mail address",
    _YES,
    Shape.MAIL,
    _ALNUM,
    78,
    "the download link goes there; of the symbols only - _ @ .",
    "T-TSV-I N275",
)
_FQDN = Column(11, "fqdn", "利用管理者FQDN", "FQDN", _YES, Shape.NAME, _ASCII, 64, "equal to the CN", "T-TSV-I N275")
_SOFTWARE = Column(
    12,
    "software",
    "ソフトウェア名・バージョン",
    "Software and version",
    _YES,
    Shape.TEXT,
    _FULL,
    128,
    "what the certificate is installed in, for example nginx1.24",
    "T-TSV-I S",
)
_NAMES = Column(
    13,
    "dns_names",
    "dNSName",
    "dNSNames",
    _NO,
    Shape.NAMES,
    _ASCII,
    250,
    "dNSName=a,dNSName=b; the CN first; at most 8 names with the CN; empty where the CN is the only name",
    "T-TSV-I T-COND NT-FAQ",
)

_ACME_SUBJECT = replace(
    _SUBJECT,
    shape=Shape.SUBJECT_ACME,
    rule="CN,O,L,ST,C; types in upper case, no space around = and after a comma; no OU",
    source="T-ACME-C T-ACME-R",
)
_ACME_OLD = replace(
    _SUBJECT,
    shape=Shape.SUBJECT_ISSUED,
    rule="the DN of the certificate; only here an OU is tolerated",
    source="T-ACME-V",
)
_ACME_OPTIONAL = replace(_ACME_SUBJECT, required=False, source="T-ACME-S")
_REVOKE_SUBJECT = replace(
    _SUBJECT, shape=Shape.SUBJECT_ISSUED, rule="the DN of the certificate to revoke, as it is", source="T-TSV-V"
)
_NEW_MAIL = replace(_MAIL, required=False, rule="only if the manager has changed: the new address", source="T-TSV-V")

_NEW = (_CONTACT, _AFFILIATION, _MAIL, _FQDN, _SOFTWARE, _NAMES)
_REVOCATION = (_SERIAL, _REASON, _COMMENT, _NEW_MAIL)

_USED: Mapping[Kind, tuple[Column, ...]] = {
    Kind.ISSUE: (_SUBJECT, _PROFILE, _REQUEST, *_NEW),
    Kind.RENEW: (_SUBJECT, _PROFILE, _OLD_SERIAL, _REQUEST, *_NEW),
    Kind.REVOKE: (_REVOKE_SUBJECT, *_REVOCATION),
    Kind.ACME_CREATE: (_ACME_SUBJECT, _PROFILE, *_NEW),
    Kind.ACME_RENEW: (_ACME_SUBJECT, _PROFILE, _ACCOUNT, *_NEW),
    Kind.ACME_SUSPEND: (_ACME_OPTIONAL, _ACCOUNT, _REASON, _COMMENT, _NEW_MAIL),
    Kind.ACME_REVOKE: (_ACME_OLD, *_REVOCATION),
}


def _with_empty_columns(used: tuple[Column, ...]) -> tuple[Column, ...]:
    by_number = {column.number: column for column in used}
    return tuple(by_number.get(number) or _empty(number) for number in range(1, COLUMN_COUNT + 1))


def _empty(number: int) -> Column:
    return Column(
        number, "", "(空欄)", "(empty)", False, Shape.EMPTY, Charset.NONE, 0, "stays empty", "T-TSV-I T-TSV-V"
    )


COLUMNS: Mapping[Kind, tuple[Column, ...]] = {kind: _with_empty_columns(used) for kind, used in _USED.items()}
"""The table: thirteen columns for each kind."""


def columns(kind: Kind) -> tuple[Column, ...]:
    """Return the thirteen columns of `kind`, in order."""
    return COLUMNS[kind]


def column(kind: Kind, number: int) -> Column:
    """Return column `number` (1 to 13) of `kind`."""
    return COLUMNS[kind][number - 1]


def column_of(kind: Kind, field: str) -> Column:
    """Return the column that holds a record's attribute. Raises KeyError where `kind` has none."""
    for candidate in COLUMNS[kind]:
        if candidate.field == field:
            return candidate
    raise KeyError(field)


def check_value(column: Column, value: str) -> tuple[Problem, ...]:
    """Return every rule that the value breaks in this column, each with the column's number and no line."""
    if not value or (column.required and value.isspace()):
        return (error("tsv.required", "N-ERR").at(column=column.number),) if column.required else ()
    if column.shape is Shape.EMPTY:
        return (error("tsv.must_be_empty", "T-TSV-I T-TSV-V").at(column=column.number),)
    problems = [*values.check_charset(value, column.charset), *values.CHECKS[column.shape](value)]
    if len(value) > column.max_length:
        limits = {"length": len(value), "max_length": column.max_length}
        problems.append(error("tsv.too_long", f"N-ERR {column.source}", **limits))
    return tuple([problem.at(column=column.number) for problem in problems]) if problems else ()

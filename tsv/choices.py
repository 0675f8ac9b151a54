"""The closed lists of the files: certificate profiles and reasons for revocation, with the words people see."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed number. `help_ja` and `help_en` say when to choose it."""

    number: int
    name: str
    ja: str
    en: str
    help_ja: str
    help_en: str
    source: str


PROFILES: dict[int, Choice] = {
    choice.number: choice
    for choice in (
        Choice(
            3,
            "sha256WithRSAEncryption",
            "RSA 2048ビット",
            "RSA 2048 bits",
            "通常はこちらです。",
            "The usual one.",
            "T-TSV-I T-SAV T-SKOBA-S",
        ),
        Choice(
            11,
            "ecdsa-with-SHA384",
            "ECDSA secp384r1",
            "ECDSA secp384r1",
            "機関の設定で許可されている場合だけ使えます。",
            "Only where the institution's settings allow it.",
            "T-TSV-I T-SAV N-HIST2",
        ),
    )
}
"""Certificate profile IDs for servers (domain reference §3); all other numbers are for persons or historic."""

REASONS: dict[int, Choice] = {
    choice.number: choice
    for choice in (
        Choice(
            0,
            "unspecified",
            "その他(未定義)",
            "Another reason",
            "ほかの理由に当てはまらない場合です。コメントが必要です。",
            "Where nothing else fits. A comment is needed.",
            "T-TSV-V N-LRA4",
        ),
        Choice(
            1,
            "keyCompromise",
            "秘密鍵の漏えい",
            "The private key leaked",
            "秘密鍵が漏えいした、またはそのおそれがある場合だけ選びます。",
            "Only if the private key leaked or may have leaked.",
            "T-TSV-V BR-7.2.2",
        ),
        Choice(
            3,
            "affiliationChanged",
            "主体者DNの変更",
            "The subject DN changed",
            "組織名などの変更で、証明書の記載と合わなくなった場合です。",
            "The certificate no longer names the institution as it is.",
            "T-TSV-V BR-7.2.2",
        ),
        Choice(
            4,
            "superseded",
            "更新・記載内容の変更",
            "Replaced by a new certificate",
            "更新後に古い証明書を失効する場合の通常の理由です。",
            "The usual reason for the old certificate after a renewal.",
            "T-TSV-V BR-7.2.2",
        ),
        Choice(
            5,
            "cessationOfOperation",
            "利用終了",
            "No longer used",
            "サーバの廃止や、FQDNを使わなくなった場合です。",
            "The server is closed or the name is no longer used.",
            "T-TSV-V BR-7.2.2",
        ),
    )
}
"""Reasons that NII's form takes (domain reference §6.1); 2, 6 and 9 are for the certification authority."""

COMMENT_NEEDED = 0
"""The reason that the registrar may pass only with a comment [N-LRA4]; the file format itself does not demand it."""

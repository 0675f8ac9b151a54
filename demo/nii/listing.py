"""serverAll.tsv: CP932, tabs, a header row, 46 columns, each certificate over several lines between quotes (§7.4)."""

import csv
import hashlib
import io
import ssl
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from demo.nii.columns import Kind
from demo.nii.records import Application, State

JAPAN = timezone(timedelta(hours=9))

HEADER = (
    "発行・更新申請-申請ID",
    "発行・更新申請-操作ID",
    "ignoreInvalidRecordフラグ",
    "主体者DN",
    "ドメインID",
    "発行・更新申請-日時",
    "発行・更新申請-処理完了日時",
    "発行・更新申請-登録担当者ID",
    "申請種別",
    "業務モデル",
    "証明書プロファイルID",
    "状態",
    "利用管理者氏名",
    "利用管理者所属",
    "利用管理者mail",
    "利用管理者FQDN",
    "利用管理者ソフトウェア名・バージョン",
    "CSR",
    "dNSName",
    "発行・更新申請-確認項目フラグ",
    "発行・更新申請-トランザクションID",
    "発行・更新申請-認証局連携APIエラーコード",
    "発行・更新申請-証明書",
    "発行・更新申請-シリアル番号",
    "発行・更新申請-FingerPrint",
    "発行・更新申請-証明書有効開始",
    "発行・更新申請-証明書有効期限",
    "URL期限",
    "アクセスPIN",
    "その他送信先アドレス",
    "その他送信先アドレス2",
    "失効申請-申請ID",
    "失効申請-操作ID",
    "失効申請-日時",
    "失効申請-処理完了日時",
    "失効申請-登録担当者ID",
    "失効申請-失効理由コード",
    "失効申請-失効理由コメント",
    "失効申請-確認項目フラグ",
    "失効申請-トランザクションID",
    "失効申請-認証局連携APIエラーコード",
    "失効申請-利用管理者mail",
    "旧証明書シリアル番号",
    "証明書リプレース依頼メール送信フラグ",
    "ダウンロード方法",
    "最終更新日",
)
"""[T-SKOBA-V] in the order of [T-SKOBA]."""

REGISTRAR_ID = "LRA0000001"


def write(applications: Iterable[Application]) -> bytes:
    """Return the whole list in the order of the applications; quotes stand where a spreadsheet would set them."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEADER, restval="", delimiter="\t", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_cells(application) for application in applications)
    return text.getvalue().encode("cp932")


def _cells(one: Application) -> dict[str, str]:
    return {
        "発行・更新申請-申請ID": one.application_id,
        "発行・更新申請-操作ID": one.operation_id,
        "ignoreInvalidRecordフラグ": "1" if one.skips_invalid_rows else "0",
        "主体者DN": one.subject,
        "ドメインID": "1",
        "発行・更新申請-日時": _moment(one.applied_at),
        "発行・更新申請-処理完了日時": _moment(one.picked_up_at),
        "発行・更新申請-登録担当者ID": REGISTRAR_ID,
        "申請種別": "1" if one.kind is Kind.ISSUE else "2",
        "業務モデル": "1",
        "証明書プロファイルID": one.profile,
        "状態": str(one.state.value),
        "利用管理者氏名": one.contact_name,
        "利用管理者所属": one.contact_affiliation,
        "利用管理者mail": one.contact_mail,
        "利用管理者FQDN": one.fqdn,
        "利用管理者ソフトウェア名・バージョン": one.software,
        "CSR": one.csr,
        "dNSName": one.dns_names,
        "発行・更新申請-確認項目フラグ": "1",
        "発行・更新申請-認証局連携APIエラーコード": one.error_code,
        "URL期限": _moment(one.link_until),
        "旧証明書シリアル番号": _number(one.old_serial),
        "証明書リプレース依頼メール送信フラグ": "1" if one.replacement_asked_again_at else "0",
        "ダウンロード方法": "1",
        "最終更新日": _moment(one.updated_at),
        **_certificate_cells(one),
        **_revocation_cells(one),
    }


def _certificate_cells(one: Application) -> dict[str, str]:
    if not one.is_certified:
        return {}
    return {
        "発行・更新申請-証明書": one.certificate,
        "発行・更新申請-シリアル番号": _number(one.serial),
        "発行・更新申請-FingerPrint": hashlib.sha256(ssl.PEM_cert_to_DER_cert(one.certificate)).hexdigest(),
        "発行・更新申請-証明書有効開始": _moment(one.not_before),
        "発行・更新申請-証明書有効期限": _moment(one.not_after),
    }


def _revocation_cells(one: Application) -> dict[str, str]:
    if one.revoked_at is None:
        return {}
    return {
        "失効申請-申請ID": one.revocation_id,
        "失効申請-操作ID": one.revocation_operation_id,
        "失効申請-日時": _moment(one.revoked_at),
        "失効申請-処理完了日時": _moment(one.revoked_at) if one.state is State.REVOKED else "",
        "失効申請-登録担当者ID": REGISTRAR_ID,
        "失効申請-失効理由コード": _number(one.revocation_reason),
        "失効申請-失効理由コメント": one.revocation_comment,
        "失効申請-確認項目フラグ": "1",
        "失効申請-利用管理者mail": one.revocation_mail,
    }


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(JAPAN).strftime("%Y-%m-%d %H:%M:%S")


def _number(value: int | None) -> str:
    return "" if value is None else str(value)

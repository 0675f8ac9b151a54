"""The support system's pages: upload, result, applications, link."""

from collections.abc import Iterable, Sequence
from html import escape

from demo.nii.authority import Fault
from demo.nii.columns import Kind
from demo.nii.listing import JAPAN
from demo.nii.records import STATE_LABELS, Application, State, Upload
from demo.nii.system import Mode
from demo.pages import page

TITLE = "デモ用の支援システム / Demonstration support system"

FAULTS = {
    Fault.NONE: "なし（正しい証明書） none",
    Fault.OTHER_NAME: "別のホスト名 another name",
    Fault.OTHER_KEY: "別の鍵 another key",
    Fault.OTHER_SUBJECT: "別の機関名 another organization",
}
"""What a person chooses from to have a certificate spoiled."""


def front(applications: Sequence[Application], *, failing_names: Iterable[str]) -> str:
    """Return the first page: upload, list, applications, switches."""
    return page(
        TITLE,
        f"""<h1>UPKI電子証明書発行サービス 支援システム</h1>
<p class="soft">NIIの支援システムの代わりに動く、デモ環境のページです。
<span lang="en">Stands in for NII's support system; nothing here reaches NII.</span></p>
<h2>サーバ証明書 発行・更新・失効</h2>
{_upload_form()}
<h2>サーバ証明書 証明書情報一括ダウンロード</h2>
<p><a href="/serverAll.tsv" download>serverAll.tsv</a> ・ 認証局の証明書:
<a href="/issuers.pem" download>中間CA</a>、<a href="/root.pem" download>ルートCA</a> ・
<a href="/issuing.crl" download>失効リスト (CRL)</a></p>
{_applications(applications)}
<h2>認証局がエラーにするホスト名 <span class="soft" lang="en">Names that the CA refuses</span></h2>
<form method="post" action="/failing-names">
<p><label for="names">1行に1つ。該当する申請は受け付けられ、一覧でのみエラーコード338になります。</label></p>
<p><textarea id="names" name="names" rows="5" cols="50">{escape(chr(10).join(failing_names))}</textarea></p>
<p><button>保存する</button></p>
</form>""",
    )


def _upload_form() -> str:
    return f"""<form method="post" action="/upload" enctype="multipart/form-data">
<fieldset><legend>申請種別</legend>{_radios("kind", [(kind.value, kind.value) for kind in Kind])}</fieldset>
<fieldset><legend>エラー時の処理</legend>{_radios("mode", [(mode.value, mode.value) for mode in Mode])}</fieldset>
<p><label for="file">申請ファイル（TSV）</label><br><input id="file" type="file" name="file" required></p>
<p><label for="fault">発行する証明書の誤り <span class="soft" lang="en">spoil the certificates</span></label><br>
<select id="fault" name="fault">{_options()}</select></p>
<p><button>アップロード</button></p>
</form>"""


def _radios(name: str, choices: Iterable[tuple[str, str]]) -> str:
    return "".join(
        f'<p><label><input type="radio" name="{name}" value="{escape(value)}"{" checked" if not number else ""}> '
        f"{escape(label)}</label></p>"
        for number, (value, label) in enumerate(choices)
    )


def _options() -> str:
    return "".join(f'<option value="{fault.value}">{escape(label)}</option>' for fault, label in FAULTS.items())


def _applications(applications: Sequence[Application]) -> str:
    rows = "\n".join(_application(one) for one in reversed(applications))
    return f"""<table class="mails">
<caption>申請 {len(applications)}件</caption>
<thead><tr><th scope="col">申請ID</th><th scope="col">CN</th><th scope="col">申請種別</th>
<th scope="col">状態</th><th scope="col">シリアル番号</th><th scope="col">最終更新日</th>
<th scope="col">取得済みの証明書</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>"""


def _application(one: Application) -> str:
    updated = one.updated_at.astimezone(JAPAN).strftime("%Y-%m-%d %H:%M:%S")
    state = STATE_LABELS[one.state] + (f" ({one.error_code})" if one.state is State.CA_ERROR else "")
    cells = (one.application_id, one.common_name, one.kind.value, f"{one.state.value}: {state}")
    serial = "" if one.serial is None else str(one.serial)
    return _row((*_escaped((*cells, serial, updated)), _download(one)))


def _download(one: Application) -> str:
    """Return a link to a certificate that was picked up; before that, only the link of NII's mail opens."""
    if one.picked_up_at is None:
        return ""
    name = escape(one.common_name)
    return f'<a href="/issued/{escape(one.application_id)}.cer" download>{name}.cer</a>'


def _cells(texts: Iterable[str]) -> str:
    return _row(_escaped(texts))


def _escaped(texts: Iterable[str]) -> list[str]:
    return [escape(text).replace("\n", "<br>") for text in texts]


def _row(cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def result(upload: Upload) -> str:
    """Return what came of a file, with the messages in a form that can be pasted."""
    rows = "\n".join(_cells(line) for line in upload.lines)
    messages = escape("\n".join(upload.messages))
    taken = sum(1 for line in upload.lines if line[2])
    return page(
        TITLE,
        f"""<p><a href="/">支援システム</a></p>
<h1>サーバ証明書 {upload.kind.value} 処理結果</h1>
<p>ファイルのアップロード処理が完了しました。登録: {taken}件</p>
<dl class="headers"><dt>操作ID</dt><dd>{escape(upload.operation_id)}</dd>
<dt>ファイル</dt><dd>{escape(upload.file_name)}</dd>
<dt>エラー時の処理</dt><dd>{escape(upload.mode)}</dd>
<dt>SHA-256</dt><dd>{escape(upload.sha256)}</dd></dl>
<h2>エラー内容</h2>
<pre id="messages">{messages or "なし"}</pre>
<table class="mails">
<thead><tr><th scope="col">SEQ</th><th scope="col">処理結果</th><th scope="col">申請ID</th>
<th scope="col">エラー内容</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>""",
    )


def refused(sentence: str) -> str:
    """Return a page that says one sentence."""
    return page(TITLE, f'<h1>{escape(sentence)}</h1><p><a href="/">支援システム</a></p>')

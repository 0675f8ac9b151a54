"""What NII's messages mean and what to do: code → (Japanese, English). Read through `tsv.texts.sentence`."""

from __future__ import annotations

_CORRECT = (
    "該当する申請を修正して、ファイルを作り直してください。",
    "Correct the application and make the file again.",
)
_ASK = ("NIIにお問い合わせください。", "Ask NII.")

_EXPLANATIONS: dict[str, tuple[str, str]] = {
    "201": ("必須の列が空です。", "A required column is empty."),
    "202": ("列の値が長すぎます。", "A value is too long."),
    "204": ("数字だけの列に、数字以外の文字があります。", "A column for digits holds something else."),
    "205": ("失効理由コメントに使えない文字があります。", "The comment contains a character that is not allowed."),
    "206": ("列の形式が正しくありません。", "A value has the wrong form."),
    "206_dn": ("主体者DNの形式が正しくありません。", "The subject DN has the wrong form."),
    "206_mail": ("メールアドレスの形式が正しくありません。", "The mail address has the wrong form."),
    "208": ("アップロードしたファイルが見つかりません。", "The uploaded file was not found."),
    "209": ("ファイルの拡張子が.tsvでも.txtでもありません。", "The file's name ends neither in .tsv nor in .txt."),
    "212": (
        "同じ名前(CN)の証明書が、過去のものを含めて既にあります。",
        "NII already has a certificate with this name (CN); expired and revoked ones count.",
    ),
    "213": ("ファイルが空です。", "The file is empty."),
    "214": ("1つのファイルの申請が99件を超えています。", "The file holds more than 99 applications."),
    "215": ("機関の状態が有効ではありません。", "The institution is not active at NII."),
    "338": (
        "名前が外部の複数の地点から同じように引けないか、CAAレコードが発行を禁じています。",
        "The name does not resolve alike from outside, or a CAA record forbids the issue.",
    ),
    "371": ("主体者DNにOUがあります。OUは廃止されました。", "The subject DN contains an OU, which was abolished."),
    "domain": ("ドメインの審査が終わっていません。", "The domain's validation at NII is not finished."),
    "approval": (
        "機関の証明書発行有効期限が切れています。",
        "The period in which the institution may have certificates is over.",
    ),
    "whois_connection": ("NII側でWHOISサーバに接続できませんでした。", "NII could not reach the WHOIS server."),
    "whois_difference": ("WHOISの登録と一致しません。", "The application does not agree with WHOIS."),
    "place": (
        "主体者DNのLまたはSTが、機関に登録された値と一致しません。",
        "L or ST of the subject DN is not the value registered for the institution.",
    ),
    "unknown": ("このメッセージの説明はありません。", "There is no explanation for this message."),
}

_REMEDIES: dict[str, tuple[str, str]] = {
    "205": (
        "コメントを書き直して、ファイルを作り直してください。",
        "Rewrite the comment and make the file again.",
    ),
    "208": ("ファイルをもう一度アップロードしてください。", "Upload the file again."),
    "209": (
        "ポータルからファイルをダウンロードし直し、名前を変えずにアップロードしてください。",
        "Download the file from the portal again and upload it under its own name.",
    ),
    "212": (
        "「発行」ではなく「更新」として申請してください。更新用のファイルに切り替えます。",
        "Apply for a renewal (更新), not for a first issue. Switch the application to the renewal file.",
    ),
    "213": ("ファイルを作り直してアップロードしてください。", "Make the file again and upload it."),
    "214": ("99件以内のファイルに分けてください。", "Split it into files of at most 99."),
    "215": _ASK,
    "338": (
        "学外からの名前解決とCAAレコードを確認し、直った後に申請し直してください。",
        "Check that the name resolves from outside and what its CAA record says; apply again when it is right.",
    ),
    "371": (
        "OUのないCSRを新しく作り、申請し直してください。",
        "Make a new request without OU and apply again.",
    ),
    "domain": _ASK,
    "approval": _ASK,
    "whois_connection": ("時間をおいて、もう一度アップロードしてください。", "Upload the file again later."),
    "whois_difference": _ASK,
    "place": (
        "NIIのST/L一覧で機関の値を確認し、CSRから作り直してください。",
        "Look the institution up in NII's list of ST and L, and begin with a new request.",
    ),
    "unknown": (
        "NIIのエラー一覧を確認し、分からない場合はNIIにお問い合わせください。",
        "Look it up in NII's list of errors; if that does not help, ask NII.",
    ),
}

REPLIES: dict[str, tuple[str, str]] = {
    **{f"reply.{name}.explanation": texts for name, texts in _EXPLANATIONS.items()},
    **{f"reply.{name}.remedy": _REMEDIES.get(name, _CORRECT) for name in _EXPLANATIONS},
}
"""Both sentences of every message that `tsv.replies` knows."""

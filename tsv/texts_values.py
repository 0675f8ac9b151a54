"""The sentences about values: code → (Japanese, English). Read through `tsv.texts`."""

from __future__ import annotations

VALUES: dict[str, tuple[str, str]] = {
    "tsv.required": (
        "この項目は必須です。値を入力してください。",
        "This column must not be empty. Enter a value.",
    ),
    "tsv.must_be_empty": (
        "この申請では使わない欄に値があります。空欄にしてください。",
        "This column is not used for this kind of application. Leave it empty.",
    ),
    "tsv.too_long": (
        "{length}文字あります。{max_length}文字以内にしてください。",
        "The value has {length} characters. Shorten it to {max_length} or fewer.",
    ),
    "tsv.not_digits": (
        "半角数字以外の文字が含まれています。半角数字だけで入力してください。",
        "The value contains something other than digits. Use the digits 0–9 only.",
    ),
    "tsv.not_ascii": (
        "半角英数記号以外の文字「{characters}」が含まれています。半角で入力してください。",
        "The value contains “{characters}”. Use plain ASCII letters, digits and symbols.",
    ),
    "tsv.quotes": (
        '二重引用符(")が含まれています。NIIの形式では使えないため、削除してください。',
        'The value contains a double quote ("). NII does not allow it; remove it.',
    ),
    "tsv.space_at_edge": (
        "値の前または後に空白があります。不要であれば削除してください。",
        "There is a space before or after the value. Remove it if it is not meant.",
    ),
    "tsv.character_control": (
        "タブ、改行などの制御文字({codepoint})が含まれています。削除してください。",
        "The value contains a tab, line break or other control character ({codepoint}). Remove it.",
    ),
    "tsv.character_invisible": (
        "目に見えない文字({codepoint})が含まれています。削除するか、入力し直してください。",
        "The value contains an invisible character ({codepoint}). Remove it or type the value again.",
    ),
    "tsv.character_half_width_katakana": (
        "半角カタカナ「{character}」は使えません。全角カタカナで入力してください。",
        "Half-width katakana “{character}” cannot be used. Use full-width katakana.",
    ),
    "tsv.character_not_writable": (
        "「{character}」({codepoint})はNIIのファイル(Shift_JIS)では使えません。「{suggestion}」などと書いてください。",
        "“{character}” ({codepoint}) cannot be written in NII's file (Shift_JIS). Write “{suggestion}”, for example.",
    ),
    "tsv.character_without_replacement": (
        "「{character}」({codepoint})はNIIのファイル(Shift_JIS)では使えません。かななど、別の表記で入力してください。",
        "“{character}” ({codepoint}) cannot be written in NII's file (Shift_JIS). Write it another way, as in kana.",
    ),
    "tsv.profile_unknown": (
        "証明書プロファイルID「{found}」はサーバ証明書では使えません。{allowed}のいずれかにしてください。",
        "The profile ID “{found}” is not one for servers. Use one of {allowed}.",
    ),
    "tsv.reason_unknown": (
        "失効理由「{found}」は使えません。{allowed}のいずれかにしてください。",
        "The reason “{found}” cannot be used. Use one of {allowed}.",
    ),
    "tsv.comment_needed": (
        "失効理由0(その他)ではコメントが必要です。具体的な理由を書いてください。",
        "Reason 0 (another reason) needs a comment. Say why the certificate is to be revoked.",
    ),
    "tsv.account_space": (
        "ACMEアカウントIDに空白が含まれています。空白を削除してください。",
        "The ACME account ID contains a space. Remove it.",
    ),
    "tsv.serial_malformed": (
        "「{value}」はシリアル番号として読めません。10進数、または0xで始まる16進数で入力してください。",
        "“{value}” is not a serial number. Enter it in decimal, or in hexadecimal with 0x in front.",
    ),
    "tsv.serial_not_positive": (
        "シリアル番号が0です。証明書に表示される番号を確認してください。",
        "The serial number is 0. Check the number that the certificate shows.",
    ),
    "tsv.serial_too_long": (
        "シリアル番号が長すぎます({max_octets}オクテットまで)。証明書に表示される番号を確認してください。",
        "The serial number is too long (at most {max_octets} octets). Check the number that the certificate shows.",
    ),
    "tsv.serial_leading_zero": (
        "シリアル番号の先頭に0があります。{decimal}と書いてください。",
        "The serial number begins with 0. Write {decimal}.",
    ),
    "tsv.serial_hexadecimal": (
        "シリアル番号が16進数です。10進数の{decimal}と書くのが確実です。",
        "The serial number is in hexadecimal. The decimal form {decimal} is the safe one.",
    ),
    "tsv.serial_without_0x": (
        "シリアル番号が0xのない16進数です。10進数の{decimal}と書いてください。",
        "The serial number is in hexadecimal without 0x. Write it in decimal: {decimal}.",
    ),
    "tsv.csr_with_pem_lines": (
        "CSRにBEGIN行またはEND行が含まれています。本文だけを1行で書いてください。",
        "The request contains its BEGIN or END line. Write only the body, on one line.",
    ),
    "tsv.csr_not_one_line": (
        "CSRの本文に空白が含まれています。空白や改行を除いて1行で書いてください。",
        "The body of the request contains spaces. Write it on one line without any.",
    ),
    "tsv.csr_damaged": (
        "CSRの本文が壊れているか、途中で切れています。CSRファイルからもう一度コピーしてください。",
        "The body of the request is damaged or cut off. Copy it again from the CSR file.",
    ),
    "tsv.csr_subject_differs": (
        "CSRの主体者DN「{found}」が1列目と一致しません。同じDNにしてください。",
        "The request's subject DN “{found}” differs from column 1. Make them equal.",
    ),
    "tsv.mail_characters": (
        "メールアドレスに「{characters}」が含まれています。使える記号は - _ . @ だけです。別のアドレスにしてください。",
        "The mail address contains “{characters}”. Only - _ . @ are allowed; use another address.",
    ),
    "tsv.mail_malformed": (
        "メールアドレスの形式ではありません。「name@example.ac.jp」の形で入力してください。",
        "This is not a mail address. Enter it as name@example.ac.jp.",
    ),
    "tsv.name_too_long": (
        "ホスト名「{name}」は{length}文字あります。{max_length}文字以内の名前にしてください。",
        "The host name “{name}” has {length} characters. Use a name of at most {max_length}.",
    ),
    "tsv.name_wildcard": (
        "ワイルドカード「{name}」は使えません。ホスト名を1つずつ書いてください。",
        "The wildcard “{name}” cannot be used. Write each host name.",
    ),
    "tsv.name_ip_address": (
        "「{name}」はIPアドレスです。ホスト名(FQDN)を書いてください。",
        "“{name}” is an IP address. Write a host name (FQDN).",
    ),
    "tsv.name_malformed": (
        "「{name}」はFQDNの形式ではありません。英数字、ハイフン、ピリオドだけで書いてください。",
        "“{name}” is not an FQDN. Use letters, digits, hyphens and periods only.",
    ),
    "tsv.name_upper_case": (
        "「{name}」に大文字があります。NIIで小文字に変換されるため、「{lower}」と書いてください。",
        "“{name}” has capitals. NII changes them to lower case; write “{lower}”.",
    ),
    "tsv.fqdn_differs": (
        "FQDN「{fqdn}」が主体者DNのCN「{common_name}」と一致しません。同じ名前にしてください。",
        "The FQDN “{fqdn}” differs from the subject DN's CN “{common_name}”. Make them equal.",
    ),
    "tsv.dns_names_prefix": (
        "「{part}」の前に「dNSName=」がありません。「dNSName={part}」の形で書いてください。",
        "“{part}” has no “dNSName=” in front. Write it as dNSName=host.example.ac.jp.",
    ),
    "tsv.dns_names_space": (
        "カンマの前後に空白があります。空白を削除してください。",
        "There is a space around a comma. Remove it.",
    ),
    "tsv.dns_names_trailing_comma": (
        "末尾にカンマがあります。削除してください。",
        "There is a comma at the end. Remove it.",
    ),
    "tsv.dns_names_too_many": (
        "ホスト名がCNを含めて{count}個あります。{limit}個以内にしてください。",
        "There are {count} host names, the CN included. Use at most {limit}.",
    ),
    "tsv.dns_names_duplicate": (
        "「{name}」が2回以上あります。1回だけ書いてください。",
        "“{name}” is given more than once. Write it once.",
    ),
    "tsv.dns_names_without_cn": (
        "dNSNameにCN「{common_name}」がありません。NIIが自動で追加します。先頭に書いておくと確実です。",
        "The dNSNames lack the CN “{common_name}”. NII adds it; to be safe, write it first.",
    ),
    "tsv.dns_names_too_long_with_cn": (
        "自動で追加されるCNを含めると{length}文字になります。{max_length}文字以内にしてください。",
        "With the CN, which is added, the list has {length} characters. Shorten it to {max_length}.",
    ),
    "tsv.dns_names_only_cn": (
        "dNSNameがCNだけです。空欄でも同じ結果になります。対応は不要です。",
        "The CN is the only dNSName. An empty column means the same; nothing needs to be done.",
    ),
    "tsv.dns_names_cn_not_first": (
        "CNが先頭ではありません。このままでも構いませんが、先頭に書くのが確実です。",
        "The CN is not the first name. That is allowed; to be safe, write it first.",
    ),
    "tsv.dn_malformed": (
        "主体者DNの形式ではありません。「CN=…,O=…,L=…,ST=…,C=JP」の形で書いてください。",
        "This is not a subject DN. Write it as CN=…,O=…,L=…,ST=…,C=JP.",
    ),
    "tsv.dn_space": (
        "主体者DNの「=」または「,」の前後に空白があります。空白を削除してください。",
        "There is a space around “=” or “,” in the subject DN. Remove it.",
    ),
    "tsv.dn_lower_case_type": (
        "主体者DNの属性名に小文字があります。「CN=」のように大文字で書いてください。",
        "An attribute type of the subject DN is in lower case. Write CN=, not cn=.",
    ),
    "tsv.dn_attribute_not_allowed": (
        "主体者DNに属性{attribute}は使えません。CN、O、L、ST、Cだけにしてください。",
        "The subject DN must not contain {attribute}. Use CN, O, L, ST and C only.",
    ),
    "tsv.dn_historic_attribute": (
        "主体者DNに属性{attribute}があります。失効する証明書のDNと同じであることを確認してください。",
        "The subject DN contains {attribute}. Check that it is the DN of the certificate to revoke.",
    ),
    "tsv.dn_attribute_missing": (
        "主体者DNに属性{attribute}の値がありません。追加してください。",
        "The subject DN has no value for {attribute}. Add it.",
    ),
    "tsv.dn_attribute_twice": (
        "主体者DNに属性{attribute}が2つ以上あります。1つにしてください。",
        "The subject DN has more than one {attribute}. Keep one.",
    ),
    "tsv.dn_order": (
        "主体者DNの順序が{found}です。CN,O,L,ST,Cの順に書いてください。",
        "The subject DN is in the order {found}. Write CN,O,L,ST,C.",
    ),
    "tsv.dn_country": (
        "主体者DNのCが「{found}」です。「JP」にしてください。",
        "The subject DN's C is “{found}”. It must be JP.",
    ),
    "tsv.dn_locality_forbidden": (
        "主体者DNのLが「{found}」です。機関に登録された地名にしてください。",
        "The subject DN's L is “{found}”. Use the place that is registered for the institution.",
    ),
    "tsv.dn_value_too_long": (
        "主体者DNの{attribute}が{length}文字あります。{max_length}文字以内にしてください。",
        "The subject DN's {attribute} has {length} characters. At most {max_length} are allowed.",
    ),
    "tsv.dn_value_characters": (
        "主体者DNの{attribute}に使えない文字があります。半角英数字、空白と ' ( ) , - . / : = だけで書いてください。",
        "The subject DN's {attribute} has a character that is not allowed. Use letters, digits, space and '(),-./:=.",
    ),
    "tsv.dn_organisation_too_long": (
        "主体者DNのOとOUが合わせて{length}文字あります。{max_length}文字以内にしてください。",
        "O and OU of the subject DN have {length} characters together. At most {max_length} are allowed.",
    ),
}

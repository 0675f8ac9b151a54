"""The sentences about files, lists and pasted messages: code → (Japanese, English). Read through `tsv.texts`."""

from __future__ import annotations

FILES: dict[str, tuple[str, str]] = {
    "tsv.column_count": (
        "列が{found}個あります。空欄もタブで区切り、{expected}列にしてください。",
        "The row has {found} columns. It needs {expected}; keep the tabs of empty columns.",
    ),
    "tsv.header": (
        "1行目が見出しになっています。申請ファイルに見出しは書けません。削除してください。",
        "The first line is a header. Application files have none; remove it.",
    ),
    "tsv.quoted": (
        "値が二重引用符で囲まれています。引用符を外してください。",
        "The value stands in double quotes. Remove the quotes.",
    ),
    "tsv.wrong_kind": (
        "{found}の申請のように見えます。{expected}として読んでいます。申請の種類を確認してください。",
        "The row looks like “{found}” but is read as “{expected}”. Check the kind of application.",
    ),
    "tsv.mixed_kinds": (
        "1つのファイルに異なる種類({kinds})があります。種類ごとに別のファイルにしてください。",
        "Different kinds ({kinds}) are in one file. Make one file for each kind.",
    ),
    "tsv.same_twice": (
        "「{value}」は{first}行目にもあります。同じ申請が重なっていないか確認してください。",
        "“{value}” is in line {first} already. Check that nothing is applied for twice.",
    ),
    "tsv.empty_file": (
        "ファイルに申請がありません。申請を1件以上入れてください。",
        "The file holds no application. Put at least one into it.",
    ),
    "tsv.too_many_rows": (
        "申請が{count}件あります。1つのファイルは{limit}件以内に分けてください。",
        "The file holds {count} applications. Split it into files of at most {limit}.",
    ),
    "tsv.file_too_large": (
        "ファイルが大きすぎます({octets}オクテット、上限{limit})。申請ファイルかどうか確認してください。",
        "The file is too large ({octets} octets, limit {limit}). Check that it is an application file.",
    ),
    "tsv.file_ending": (
        "ファイル名の拡張子が正しくありません。{allowed}のいずれかにしてください。",
        "The file's name has the wrong ending. Use one of {allowed}.",
    ),
    "tsv.file_name_not_ascii": (
        "ファイル名に半角英数記号以外の文字があります。半角の名前にすると確実です。",
        "The file's name has characters beyond ASCII. A plain ASCII name is safer.",
    ),
    "tsv.blank_line": (
        "空の行があります。削除してください。",
        "The line is empty. Remove it.",
    ),
    "tsv.line_end_cr": (
        "改行がCRだけの箇所があります。CRLFで保存し直してください。",
        "A line ends with CR alone. Save the file with CRLF.",
    ),
    "tsv.line_end_lf": (
        "改行がLFです。NIIは受け付けるため、対応は不要です。",
        "The lines end with LF. NII accepts that; nothing needs to be done.",
    ),
    "tsv.line_end_mixed": (
        "改行にCRLFとLFが混ざっています。CRLFにそろえてください。",
        "CRLF and LF are mixed. Use CRLF for every line.",
    ),
    "tsv.no_final_line_end": (
        "ファイルの末尾に改行がありません。NIIは受け付けるため、対応は不要です。",
        "The last line has no line end. NII accepts that; nothing needs to be done.",
    ),
    "tsv.encoding_utf8": (
        "文字コードがUTF-8です。Shift_JISで保存し直してください。",
        "The file is in UTF-8. Save it in Shift_JIS.",
    ),
    "tsv.encoding_utf16": (
        "文字コードがUTF-16です。Shift_JISで保存し直してください。",
        "The file is in UTF-16. Save it in Shift_JIS.",
    ),
    "tsv.encoding_other": (
        "文字コードが{encoding}のようです。Shift_JISで保存し直してください。",
        "The file seems to be in {encoding}. Save it in Shift_JIS.",
    ),
    "tsv.encoding_unknown": (
        "文字コードを判別できません。Shift_JISで保存し直してください。",
        "The file's encoding is not known. Save it in Shift_JIS.",
    ),
    "tsv.encoding_doubtful": (
        "Shift_JISとして読みましたが、UTF-8の可能性もあります。氏名などが正しく表示されているか確認してください。",
        "The file was read as Shift_JIS but could be UTF-8. Check that names are shown correctly.",
    ),
    "tsv.listing_header_missing": (
        "一覧に必要な列({names})がありません。NIIからダウンロードしたserverAll.tsvか確認してください。",
        "The list lacks needed columns ({names}). Check that it is serverAll.tsv as downloaded from NII.",
    ),
    "tsv.listing_columns_absent": (
        "一覧に次の列がありません: {names}。これらは空として読みます。列名が変わっていないか確認してください。",
        "The list lacks these columns: {names}. They are read as empty. Check whether their names have changed.",
    ),
    "tsv.listing_utf8": (
        "一覧の文字コードがUTF-8です。そのまま読みました。対応は不要です。",
        "The list is in UTF-8. It was read as it is; nothing needs to be done.",
    ),
    "tsv.listing_no_rows": (
        "一覧に読める行がありません。ファイルの内容を確認してください。",
        "The list has no row that could be read. Check the file.",
    ),
    "tsv.listing_row_broken": (
        "行の列数が合いません({found}列、正しくは{expected}列)。この行は飛ばしました。NIIから一覧を取り直してください。",
        "The row has {found} columns instead of {expected}. It was skipped; download the list again.",
    ),
    "tsv.listing_row_undecodable": (
        "行に読めない文字コードがあります。この行は飛ばしました。NIIから一覧を取り直してください。",
        "The row has bytes that are no text. It was skipped; download the list again.",
    ),
    "tsv.listing_subject_unreadable": (
        "{name}「{value}」が読めません。この行は飛ばしました。一覧を確認してください。",
        "{name} “{value}” could not be read. The row was skipped; look at it in the list.",
    ),
    "tsv.listing_state_unknown": (
        "{name}「{value}」は知られていない値です。この行は飛ばしました。一覧を確認してください。",
        "{name} “{value}” is not a known value. The row was skipped; look at it in the list.",
    ),
    "tsv.listing_serial_unreadable": (
        "{name}「{value}」が読めません。空として読みました。一覧を確認してください。",
        "{name} “{value}” could not be read and was taken as empty. Look at it in the list.",
    ),
    "tsv.listing_number_unreadable": (
        "{name}「{value}」は数値ではありません。空として読みました。一覧を確認してください。",
        "{name} “{value}” is not a number and was taken as empty. Look at it in the list.",
    ),
    "tsv.listing_moment_unreadable": (
        "{name}「{value}」は日時として読めません。空として読みました。一覧を確認してください。",
        "{name} “{value}” is not a date and was taken as empty. Look at it in the list.",
    ),
    "tsv.reply_code_unknown": (
        "エラーコード{number}の説明はありません。NIIのエラー一覧を確認してください。",
        "There is no explanation for code {number}. Look it up in NII's list of errors.",
    ),
    "tsv.reply_not_understood": (
        "NIIのメッセージとして読めません。「コード:行,列名,メッセージ」の行を貼り付けてください。",
        "This is not understood as a message of NII's. Paste lines of the form “code:line,column,message”.",
    ),
    "tsv.reply_row_unknown": (
        "{row}行目はこのファイルにありません({row_count}行)。別のファイルのメッセージでないか確認してください。",
        "The file has no line {row} (it has {row_count}). Check that the message is about this file.",
    ),
    "tsv.input_not_json": (
        "入力がJSONとして読めません。UTF-8のJSONファイルを指定してください。",
        "The input is not JSON. Give a JSON file in UTF-8.",
    ),
    "tsv.input_not_a_list": (
        "入力がレコードのリストではありません。レコードを角括弧([ ])で囲んだ配列にしてください。",
        "The input is not a list of records. Put the records between [ and ].",
    ),
    "tsv.input_key_missing": (
        "「{key}」がありません。追加してください。",
        "“{key}” is missing. Add it.",
    ),
    "tsv.input_key_unknown": (
        "「{key}」は使われない項目です。つづりを確認するか、削除してください。",
        "“{key}” is not used. Check its spelling or remove it.",
    ),
    "tsv.input_value_type": (
        "「{key}」の値の種類が違います。{expected}にしてください。",
        "“{key}” has the wrong kind of value. Give {expected}.",
    ),
}

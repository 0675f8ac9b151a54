"""Words for what could not be read as one certification request, and for issued certificates."""

from __future__ import annotations

READING: dict[str, tuple[str, str]] = {
    "input.too_large": (
        "ファイルが大きすぎます({found}バイト、上限{allowed}バイト)。CSRは2キロバイト程度です。"
        "別のファイルを選んでいないかご確認ください。",
        "The file is too large ({found} bytes; the limit is {allowed}). A CSR has about 2 kilobytes: please "
        "check that "
        "you chose the right file.",
    ),
    "input.empty": (
        "中身がありません。CSRファイルの内容を、BEGINの行からENDの行まで貼り付けてください。",
        "There is nothing in it. Please paste the content of the CSR file, from the BEGIN line to the END line.",
    ),
    "input.nul": (
        "文字ではないデータ(NULバイト)が混ざっており、読み取れません。CSRファイルをそのままアップロードしてください。",
        "It contains bytes that are not text (NUL) and cannot be read. Please upload the CSR file as it is.",
    ),
    "input.no_request": (
        "CSRが見つかりません。「-----BEGIN CERTIFICATE REQUEST-----」で始まる部分を貼り付けてください。",
        "No CSR was found. Please paste the part that begins with “-----BEGIN CERTIFICATE REQUEST-----”.",
    ),
    "input.armour_damaged": (
        "BEGINまたはENDの行が崩れています(ワープロソフトが「-----」を別の記号に変えた可能性があります)。"
        "CSRファイルを直接アップロードするか、メモ帳などのテキストエディタから貼り付けてください。",
        "The BEGIN or END line is damaged; a word processor may have replaced the hyphens “-----”. Please "
        "upload the CSR "
        "file itself, or paste it from a plain text editor.",
    ),
    "input.escaped_newlines": (
        "改行が「\\n」という文字になっています。CSRファイルを直接アップロードするか、"
        "「\\n」を改行に直して貼り付けてください。",
        "The line breaks have become the characters “\\n”. Please upload the CSR file itself, or turn each "
        "“\\n” into a "
        "line break.",
    ),
    "input.no_end": (
        "CSRが途中で切れています(「-----END CERTIFICATE REQUEST-----」の行がありません)。"
        "最後の行まで貼り付けてください。",
        "The CSR is cut off: the line “-----END CERTIFICATE REQUEST-----” is missing. Please paste it to the "
        "last line.",
    ),
    "input.bad_base64": (
        "BEGINとENDの間に、CSRには使われない文字が混ざっています。CSRファイルをそのままアップロードしてください。",
        "Between BEGIN and END there are characters that no CSR contains. Please upload the CSR file as it is.",
    ),
    "input.several_blocks": (
        "{found}個のブロック({labels})が含まれています。CSRを1つだけ貼り付けてください。"
        "証明書ごとに別の申請が必要です。",
        "It contains {found} blocks ({labels}). Please give exactly one CSR; each certificate needs its own request.",
    ),
    "input.wrong_header": (
        "中身はCSRですが、BEGINとENDの行が揃っていません({label})。CSRを作り直すか、"
        "元のファイルをそのままアップロードしてください。",
        "The content is a CSR, but its BEGIN and END lines do not both say so ({label}). Please upload the "
        "original file "
        "or make the CSR again.",
    ),
    "input.certificate": (
        "これは発行済みの証明書です。新しい鍵から作成したCSR(証明書署名要求)をお送りください。",
        "This is a certificate. Please give a CSR (certificate signing request) made from a new key.",
    ),
    "input.public_key": (
        "これは公開鍵です。必要なのはCSR(証明書署名要求)です。案内のコマンドで作成してください。",
        "This is a public key. What is needed is a CSR (certificate signing request); please make one with the "
        "commands "
        "that are shown.",
    ),
    "input.pkcs7": (
        "これは証明書を束ねたファイル(PKCS#7)です。CSR(証明書署名要求)をお送りください。",
        "This is a bundle of certificates (PKCS#7). Please give a CSR (certificate signing request).",
    ),
    "input.other_block": (
        "これはCSRではありません({label})。「BEGIN CERTIFICATE REQUEST」で始まるファイルを選んでください。",
        "This is not a CSR ({label}). Please choose the file that begins with “BEGIN CERTIFICATE REQUEST”.",
    ),
    "input.private_key": (
        "秘密鍵が含まれているため受け付けませんでした(保存も記録もしていません)。"
        "秘密鍵はサーバの外に出さないでください。"
        "この鍵は使わず、新しい鍵とCSRを作成して、CSRだけをお送りください。",
        "It contains a private key and was refused; nothing of it was stored or logged. A private key must "
        "never leave "
        "its server. Please do not use this key any more: make a new key and CSR, and send the CSR only.",
    ),
    "input.truncated": (
        "CSRのデータが途中で切れています。CSRファイルを作り直すか、元のファイルをそのままアップロードしてください。",
        "The data of the CSR ends too early. Please upload the original file or make the CSR again.",
    ),
    "input.trailing_bytes": (
        "CSRの終わりの後に余分なデータ({found}バイト)が付いています。元のファイルをそのままアップロードしてください。",
        "There are {found} extra bytes after the end of the CSR. Please upload the original file.",
    ),
    "input.not_der": (
        "CSRの形式が規格(DER)に合っていません。案内のコマンドでCSRを作り直してください。",
        "The CSR is not encoded as the standard (DER) demands. Please make it again with the commands that are shown.",
    ),
    "input.not_a_request": (
        "データは読めましたが、CSR(PKCS#10)ではありません。別のファイルを選んでいないかご確認ください。",
        "The data could be read but is not a CSR (PKCS#10). Please check that you chose the right file.",
    ),
    "input.no_attributes": (
        "このCSRには必須の項目(attributes)がありません。古い機器やソフトウェアで作られた可能性があります。"
        "OpenSSLなどで作り直してください。",
        "A mandatory field (attributes) is missing; old devices and programs make such CSRs. Please make a new "
        "one, for "
        "example with OpenSSL.",
    ),
    "input.version": (
        "CSRのバージョン番号が正しくありません。案内のコマンドでCSRを作り直してください。",
        "The version number in the CSR is wrong. Please make it again with the commands that are shown.",
    ),
    "input.no_armour": (
        "BEGINとENDの行がありませんでしたが、中身をCSRとして読み取りました。",
        "The BEGIN and END lines were missing; the content was read as a CSR all the same.",
    ),
    "certificate.unreadable": (
        "証明書として読み取れません。NIIから取得したファイルをそのままアップロードしてください。",
        "This cannot be read as a certificate. Please upload the file as it came from NII.",
    ),
    "certificate.none": (
        "証明書が含まれていません。「-----BEGIN CERTIFICATE-----」で始まるファイルか、"
        "PKCS#7のファイルを選んでください。",
        "It contains no certificate. Please choose the file that begins with “-----BEGIN CERTIFICATE-----”, or "
        "a PKCS#7 "
        "file.",
    ),
    "certificate.issuer_not_pinned": (
        "この証明書は、登録済みの認証局(NII)が発行したものと確認できません(発行者: {issuer})。取得元をご確認ください。",
        "This certificate could not be verified as issued by the registered authority (NII); it names {issuer} "
        "as its "
        "issuer. Please check where it came from.",
    ),
    "certificate.other_key": (
        "この証明書の公開鍵は、申請されたCSRの鍵と異なります。別の申請の証明書ではないかご確認ください。",
        "The certificate's public key is not the one of the CSR. Please check whether it belongs to another request.",
    ),
    "certificate.other_names": (
        "証明書の名前が申請と一致しません(証明書: {found}、申請: {expected})。"
        "別の申請の証明書ではないかご確認ください。",
        "The names differ from the request (certificate: {found}; request: {expected}). Please check whether "
        "it belongs to another request.",
    ),
    "certificate.other_subject": (
        "証明書の主体者DNが登録された値と一致しません(証明書: {found}、登録: {expected})。"
        "NIIの登録内容をご確認ください。",
        "The subject differs from the registered one (certificate: {found}; registered: {expected}). Please "
        "compare it with what is registered at NII.",
    ),
    "certificate.precertificate": (
        "これは審査用の事前証明書(プレ証明書)で、サーバでは使えません。NIIから届いた証明書を選んでください。",
        "This is a precertificate, which no server can use. Please choose the certificate that NII sent.",
    ),
    "revocation.unreadable": (
        "CRL(失効リスト)またはOCSPレスポンスとして読み取れません。認証局から取得したファイルをそのまま"
        "アップロードしてください。",
        "This can be read neither as a CRL nor as an OCSP response. Please upload the file as it came from the CA.",
    ),
    "revocation.partial": (
        "このCRLは一部の証明書だけを対象としています(差分CRLなど)。認証局の完全なCRLをアップロードしてください。",
        "This CRL covers only some certificates (a delta CRL, for example). Please upload the CA's complete CRL.",
    ),
    "revocation.too_large": (
        "ファイルが大きすぎます(上限{allowed}バイト)。CRLかOCSPレスポンスのファイルを選んでください。",
        "The file is too large ({allowed} bytes are allowed). Please choose the file of the CRL or the OCSP response.",
    ),
    "revocation.not_successful": (
        "OCSPレスポンダがエラーを返しています({status})。しばらくしてから取得し直してください。",
        "The OCSP responder answered with an error ({status}). Please fetch the response again later.",
    ),
    "revocation.unknown_certificate": (
        "OCSPレスポンダはこの証明書を知らないと答えています(unknown)。問い合わせた先をご確認ください。",
        "The OCSP responder says that it does not know this certificate (unknown). Please check which one was asked.",
    ),
    "revocation.not_by_issuer": (
        "この証明書を発行した認証局の署名が確認できません(名乗っている発行者: {issuer})。取得元をご確認ください。",
        "It is not signed by the CA that issued the certificate; it names {issuer}. Please check where it came from.",
    ),
    "revocation.other_certificate": (
        "このOCSPレスポンスは別の証明書についてのものです。シリアル番号をご確認ください。",
        "This OCSP response is about another certificate. Please check the serial number.",
    ),
    "revocation.not_yet_valid": (
        "発行時刻が未来になっています({begins})。取得元とサーバの時刻をご確認ください。",
        "It says that it was made in the future ({begins}). Please check where it came from, and the server's clock.",
    ),
    "revocation.out_of_date": (
        "有効期間が過ぎています({ended})。新しいCRLまたはOCSPレスポンスを取得してください。",
        "It is out of date ({ended}). Please fetch the present CRL or a new OCSP response.",
    ),
    "archive.unreadable": (
        "ZIPファイルを開けません(破損、暗号化、または対応していない形式)。"
        "証明書のファイルを取り出してアップロードしてください。",
        "The ZIP file cannot be opened (damaged, encrypted, or of an unknown kind). Please take the certificate's file "
        "out of it and upload that.",
    ),
    "archive.too_many": (
        "ZIPファイルに{found}個のファイルがあります(上限は{allowed}個)。分けてアップロードしてください。",
        "The ZIP file holds {found} files; {allowed} are allowed. Please upload them in several parts.",
    ),
    "archive.too_large": (
        "ZIPファイルの中身が大きすぎます(上限は{allowed}バイト)。証明書のファイルだけをアップロードしてください。",
        "The contents of the ZIP file are too large ({allowed} bytes are allowed). Please upload only certificates.",
    ),
}
"""Code to (Japanese, English)."""

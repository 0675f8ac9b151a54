"""Words for the rules that a request's subject, names, extensions, key or signature break."""

from __future__ import annotations

RULES_IN_WORDS: dict[str, tuple[str, str]] = {
    "request.too_long": (
        "CSRが長すぎます({found}文字、NIIの上限{allowed}文字)。余分な拡張や名前を入れずに作り直してください。",
        "The CSR is too long ({found} characters; NII takes {allowed}). Please make it again without extensions and "
        "further names.",
    ),
    "subject.unreadable": (
        "主体者DNに正しくない文字データが含まれています。半角英数字だけを使い、CSRを作り直してください。",
        "The subject DN contains characters that are not validly encoded. Please make the CSR again with ASCII only.",
    ),
    "subject.missing": (
        "主体者DNに {attribute} がありません。{attribute}={expected} を入れて、CSRを作り直してください。",
        "The subject DN has no {attribute}. Please make the CSR again with {attribute}={expected}.",
    ),
    "subject.repeated": (
        "主体者DNに {attribute} が{found}個あります。1個だけにして、CSRを作り直してください。",
        "The subject DN has {attribute} {found} times. Please make the CSR again with exactly one.",
    ),
    "subject.multi_valued": (
        "主体者DNの1つの要素に複数の属性({found})が入っています。属性を1つずつ分けて、CSRを作り直してください。",
        "One element of the subject DN holds several attributes ({found}). Please make the CSR again with one "
        "attribute "
        "in each.",
    ),
    "subject.order": (
        "主体者DNの順序が違います({found})。C, ST, L, O, CN の順か、そのちょうど逆の順で、CSRを作り直してください。",
        "The subject DN is in the wrong order ({found}). Please make the CSR again in the order C, ST, L, O, CN or "
        "exactly the reverse.",
    ),
    "subject.value": (
        "主体者DNの {attribute} が「{found}」になっています。「{expected}」としてCSRを作り直してください。",
        "{attribute} in the subject DN is “{found}”. Please make the CSR again with “{expected}”.",
    ),
    "subject.value_case": (
        "主体者DNの {attribute} が「{found}」になっています。大文字・小文字も「{expected}」のとおりにして、"
        "CSRを作り直してください。",
        "{attribute} in the subject DN is “{found}”. Did you mean “{expected}”? Capitals matter; please make the CSR "
        "again.",
    ),
    "subject.value_spacing": (
        "主体者DNの {attribute} が「{found}」になっており、空白が余分または不足しています。"
        "「{expected}」のとおりにして、CSRを作り直してください。",
        "{attribute} in the subject DN is “{found}”. Did you mean “{expected}”? Its spaces differ; please make "
        "the CSR "
        "again.",
    ),
    "subject.too_long": (
        "主体者DNが長すぎます({found}文字、NIIの上限{allowed}文字)。余分な属性を除いて、CSRを作り直してください。",
        "The subject DN is too long ({found} characters; NII takes {allowed}). Please make the CSR again "
        "without extra "
        "attributes.",
    ),
    "subject.ou": (
        "主体者DNにOU「{value}」が入っています。OUは2022年7月26日に廃止されました。"
        "OUの入力欄には「.」を入れるなどして、"
        "OUのないCSRを作り直してください。",
        "The subject DN has the OU “{value}”. OU was abolished on 26 July 2022. Please make the CSR again without it "
        "(answer “.” where OpenSSL asks).",
    ),
    "subject.email": (
        "主体者DNにメールアドレス「{value}」が入っています。メールアドレスは空欄(OpenSSLでは「.」)にして、"
        "CSRを作り直してください。",
        "The subject DN has the e-mail address “{value}”. Please leave it blank (“.” in OpenSSL) and make the "
        "CSR again.",
    ),
    "subject.not_allowed": (
        "主体者DNに使えない属性 {attribute}「{value}」が入っています。C, ST, L, O, CN だけにして、"
        "CSRを作り直してください。",
        "The subject DN has the attribute {attribute} (“{value}”), which is not allowed. Please make the CSR "
        "again with "
        "C, ST, L, O and CN only.",
    ),
    "name.empty": (
        "名前が空です。サーバの完全な名前(例: www.{domain})を入れてください。",
        "The name is empty. Please give the server's full name, such as www.{domain}.",
    ),
    "name.wildcard": (
        "ワイルドカード「{name}」の証明書は発行できません。使うホスト名を1つずつ書いてください(CNを含めて8個まで)。",
        "There are no wildcard certificates (“{name}”). Please name each host, up to 8 with the common name.",
    ),
    "name.address_of_page": (
        "「{name}」はホスト名ではありません。「https://」、「/」以降、ポート番号、"
        "「@」を除いた名前だけを書いてください。",
        "“{name}” is not a host name. Please give the name only, without “https://”, “/…”, port or “@”.",
    ),
    "name.underscore": (
        "「{name}」にはアンダースコア「_」が含まれており、証明書を発行できません。"
        "ハイフン「-」を使った名前に変えてください。",
        "“{name}” contains an underscore, for which no certificate can be issued. Please use a name with hyphens.",
    ),
    "name.trailing_dot": (
        "「{name}」の最後のピリオドを取り除いてください。",
        "Please remove the full stop at the end of “{name}”.",
    ),
    "name.bad_character": (
        "「{name}」に使えない文字「{characters}」があります。半角の英数字、ハイフン、ピリオドだけを使ってください。",
        "“{name}” contains “{characters}”, which host names cannot have. Please use letters a–z, digits, "
        "hyphens and full "
        "stops only.",
    ),
    "name.too_long": (
        "「{name}」は{found}文字あります。NIIの上限は{allowed}文字です。短い別名をDNSに登録してお使いください。",
        "“{name}” has {found} characters; NII takes {allowed}. Please register a shorter name in the DNS and use that.",
    ),
    "name.ip_address": (
        "IPアドレス「{name}」の証明書は発行できません。DNSに登録されたホスト名をお使いください。",
        "There are no certificates for the IP address “{name}”. Please use a host name that is in the DNS.",
    ),
    "name.hyphen": (
        "「{name}」の「{label}」がハイフンで始まるか終わっています。ホスト名の各部分の両端は英数字にしてください。",
        "In “{name}” the part “{label}” begins or ends with a hyphen. Please begin and end each part with a "
        "letter or digit.",
    ),
    "name.reserved_label": (
        "「{name}」の「{label}」は3・4文字目がハイフンで、予約された形のため使えません。別の名前にしてください。",
        "In “{name}” the part “{label}” has hyphens as third and fourth character, which is reserved. Please "
        "use another "
        "name.",
    ),
    "name.label_length": (
        "「{name}」にピリオドで区切られた長さ{found}の部分があります。"
        "各部分は1~63文字でなければなりません(「..」がないかご確認ください)。",
        "“{name}” has a part of length {found} between its full stops. Please check it (1 to 63 characters); is "
        "there a “..”?",
    ),
    "name.idn_invalid": (
        "「{name}」の「{label}」は国際化ドメイン名として正しくありません。元の日本語の名前を入力し直してください。",
        "In “{name}” the part “{label}” is not a valid internationalised name. Please enter the original name again.",
    ),
    "name.idn_raw": (
        "「{name}」に半角英数字でない文字({characters})があります。国際化ドメイン名であれば「{ascii}」と書き、"
        "そうでなければ文字を打ち直してください。",
        "“{name}” contains characters that are not ASCII ({characters}). For an internationalised name write "
        "“{ascii}”; "
        "otherwise please type it again.",
    ),
    "name.single_label": (
        "「{name}」は完全な名前(FQDN)ではありません。「{name}.{domain}」のようにドメインまで書いてください。",
        "“{name}” is not a full name (FQDN). Please write it with its domain, such as “{name}.{domain}”.",
    ),
    "name.public_suffix": (
        "「{name}」は多くの組織が共有するドメインで、証明書を発行できません。サーバの完全な名前を書いてください。",
        "“{name}” is a domain that many organisations share; it cannot have a certificate. Please give the "
        "server's full "
        "name.",
    ),
    "name.outside_domain": (
        "「{name}」は登録されたドメイン({domains})の外にあるため、ここでは発行できません。名前をご確認ください。",
        "“{name}” is outside the registered domains ({domains}) and cannot have a certificate from here. "
        "Please check the name.",
    ),
    "name.upper_case": (
        "「{name}」の大文字は小文字として扱われ、証明書には「{lower}」と記載されます。",
        "Capitals in “{name}” count as small letters; the certificate will say “{lower}”.",
    ),
    "name.idn": (
        "「{name}」は国際化ドメイン名で、「{readable}」と表示されます。",
        "“{name}” is an internationalised name that reads “{readable}”.",
    ),
    "name.lookalike": (
        "「{name}」の「{label}」は、"
        "広く知られたサービス「{service}」と紛らわしいと判断されるおそれがあります({how})。"
        "認証局の審査で発行が遅れたり断られたりすることがあります。変えられる場合は別の名前をご検討ください。",
        "“{label}” in “{name}” may be taken for the well-known service “{service}” ({how}). The certification "
        "authority "
        "may delay or refuse the certificate; please consider another name if you can.",
    ),
    "names.too_many": (
        "名前が{found}個あります。CNを含めて{allowed}個までです。減らすか、証明書を分けて申請してください。",
        "There are {found} names; at most {allowed} are possible, the common name included. Please drop some "
        "or apply for "
        "two certificates.",
    ),
    "names.too_long": (
        "名前をすべて並べると{found}文字になり、NIIの上限{allowed}文字を超えます。減らすか、"
        "証明書を分けて申請してください。",
        "All names together make {found} characters; NII takes {allowed}. Please drop some or apply for two "
        "certificates.",
    ),
    "names.duplicate": (
        "「{name}」が重複しています。1つにしてください。",
        "“{name}” is there twice. Please keep one.",
    ),
    "names.other_cn": (
        "CSRのCNは「{found}」ですが、申請の名前は「{expected}」です。CNを「{expected}」としてCSRを作り直してください。",
        "The CSR's CN is “{found}”, but the request is for “{expected}”. Please make the CSR again with the CN "
        "“{expected}”.",
    ),
    "names.not_requested": (
        "CSRに、申請にない名前「{name}」が含まれています。その名前を除いてCSRを作り直すか、"
        "申請に名前を加えてください。",
        "The CSR contains the name “{name}”, which was not applied for. Please make the CSR again without it, "
        "or add the "
        "name to the request.",
    ),
    "san.ip_address": (
        "CSRにIPアドレス「{value}」が含まれています。IPアドレスでは発行できません。除いてCSRを作り直してください。",
        "The CSR asks for the IP address “{value}”, which is not possible. Please make it again without it.",
    ),
    "san.email": (
        "CSRの別名(SAN)にメールアドレス「{value}」が含まれています。除いてCSRを作り直してください。",
        "The CSR asks for the e-mail address “{value}” as a name. Please make it again without it.",
    ),
    "san.uri": (
        "CSRの別名(SAN)にURI「{value}」が含まれています。除いてCSRを作り直してください。",
        "The CSR asks for the URI “{value}” as a name. Please make it again without it.",
    ),
    "san.directory_name": (
        "CSRの別名(SAN)にディレクトリ名(directoryName)が含まれています。除いてCSRを作り直してください。",
        "The CSR asks for a directoryName among its alternative names. Please make it again without it.",
    ),
    "san.other_name": (
        "CSRの別名(SAN)にotherName(UPNなど)が含まれています。除いてCSRを作り直してください。",
        "The CSR asks for an otherName (such as a UPN) among its alternative names. Please make it again without it.",
    ),
    "san.other_kind": (
        "CSRの別名(SAN)にホスト名でないものが含まれています。除いてCSRを作り直してください。",
        "The CSR asks for an alternative name that is not a host name. Please make it again without it.",
    ),
    "san.empty": (
        "CSRの別名(SAN)が空です。SANを付けずにCSRを作り直してください。",
        "The CSR has an empty list of alternative names. Please make it again without the extension.",
    ),
    "san.column_13": (
        "CSRに別名(SAN: {names})が含まれています。証明書に入る名前はCSRではなく、"
        "申請に書かれた名前(TSVの13列目)で決まります。",
        "The CSR contains alternative names ({names}). The names of the certificate come from the request "
        "(column 13 of "
        "the TSV), not from the CSR.",
    ),
    "attribute.not_allowed": (
        "CSRに使えない属性({oid})が含まれています。主体者DNだけを指定して、CSRを作り直してください。",
        "The CSR has an attribute that is not allowed ({oid}). Please make it again with the subject DN only.",
    ),
    "attribute.repeated": (
        "CSRに同じ属性または値が複数あります(拡張の要求など)。案内のコマンドでCSRを作り直してください。",
        "The CSR has an attribute or its value more than once (such as the extension request). Please make it "
        "again with "
        "the commands that are shown.",
    ),
    "attribute.unreadable": (
        "CSRの属性が読み取れません。案内のコマンドでCSRを作り直してください。",
        "The attributes of the CSR cannot be read. Please make it again with the commands that are shown.",
    ),
    "attribute.challenge_password": (
        "CSRにチャレンジパスワードが含まれています。CSRの中身は誰でも読めます。入力を求められたら空欄(「.」)にして、"
        "CSRを作り直してください。ほかでも使っているパスワードであれば変更してください。",
        "The CSR contains a challenge password, and anybody can read a CSR. Please make it again and leave "
        "that question "
        "blank (“.”); if you use the password elsewhere, change it.",
    ),
    "attribute.ignored": (
        "CSRに「{name}」が含まれていますが、NIIは使いません。そのままで構いません。",
        "The CSR contains “{name}”, which NII ignores. Nothing needs to be done.",
    ),
    "attribute.empty": (
        "CSRに中身のない属性({oid})があります。そのままで構いません。",
        "The CSR has an attribute without content ({oid}). Nothing needs to be done.",
    ),
    "extension.not_allowed": (
        "CSRに使えない拡張({oid})が含まれています。拡張を付けずにCSRを作り直してください。",
        "The CSR asks for an extension that is not allowed ({oid}). Please make it again without it.",
    ),
    "extension.unreadable": (
        "CSRの拡張が読み取れません(重複または形式の誤り)。拡張を付けずにCSRを作り直してください。",
        "The extensions of the CSR cannot be read (one is there twice or malformed). Please make it again "
        "without them.",
    ),
    "extension.ca": (
        "CSRが認証局の証明書(CA:TRUE)を求めています。サーバ証明書では使えません。設定を外してCSRを作り直してください。",
        "The CSR asks for a certificate authority's certificate (CA:TRUE). Please remove that setting and make "
        "it again.",
    ),
    "extension.key_usage": (
        "CSRが証明書やCRLに署名する用途(keyCertSignまたはcRLSign)を求めています。外してCSRを作り直してください。",
        "The CSR asks for the right to sign certificates or CRLs (keyCertSign, cRLSign). Please make it again "
        "without it.",
    ),
    "extension.extended_key_usage": (
        "CSRがサーバ証明書にない用途({oids})を求めています。用途はserverAuthとclientAuthだけにするか、"
        "指定せずに作り直してください。",
        "The CSR asks for usages that a server certificate does not have ({oids}). Please make it again with "
        "serverAuth and "
        "clientAuth only, or without usages.",
    ),
    "extension.ignored": (
        "CSRに拡張「{name}」が含まれていますが、NIIは使いません。そのままで構いません。",
        "The CSR contains the extension “{name}”, which NII ignores. Nothing needs to be done.",
    ),
    "key.algorithm": (
        "鍵の種類({found})は使えません。{expected} の新しい鍵とCSRを作成してください。",
        "Keys of the kind {found} are not taken. Please make a new key ({expected}) and CSR.",
    ),
    "key.rsa_bits": (
        "RSAの鍵の長さが{found}ビットです。NIIが受け付けるのは{expected}ビットだけです。"
        "新しい鍵とCSRを作成してください。",
        "The RSA key has {found} bits; NII takes exactly {expected}. Please make a new key and CSR.",
    ),
    "key.curve": (
        "楕円曲線 {found} は使えません。secp384r1の新しい鍵とCSRを作成してください。",
        "The curve {found} is not taken. Please make a new key on secp384r1 and a new CSR.",
    ),
    "key.ec_not_offered": (
        "楕円曲線(ECDSA)の鍵はここでは使えません。RSA {expected}ビットの新しい鍵とCSRを作成してください。",
        "Elliptic-curve keys are not offered here. Please make a new RSA key of {expected} bits and a new CSR.",
    ),
    "key.exponent": (
        "RSAの公開指数が{found}です。{smallest}以上の奇数でなければなりません。"
        "通常の設定で新しい鍵とCSRを作成してください。",
        "The RSA public exponent is {found}; it must be odd and at least {smallest}. Please make a new key and "
        "CSR with "
        "the usual settings.",
    ),
    "key.encoding": (
        "公開鍵の書き方が標準と異なります(曲線パラメータの直接指定など)。"
        "案内のコマンドで新しい鍵とCSRを作成してください。",
        "The public key is not written in the standard way (for example with explicit curve parameters). "
        "Please make a new "
        "key and CSR with the commands that are shown.",
    ),
    "key.unreadable": (
        "公開鍵が読み取れません。案内のコマンドで新しい鍵とCSRを作成してください。",
        "The public key cannot be read. Please make a new key and CSR with the commands that are shown.",
    ),
    "key.weak": (
        "この鍵は安全ではありません({check})。この鍵は使わず、"
        "OpenSSLなど信頼できるソフトウェアで新しい鍵とCSRを作成してください。",
        "This key is not safe: {check}. Please do not use it; make a new key and CSR with trustworthy software "
        "such as "
        "OpenSSL.",
    ),
    "key.known_compromised": (
        "この鍵は、漏えいまたは予測可能と知られている鍵の一覧にあります。この鍵は使わず、"
        "新しい鍵とCSRを作成してください。",
        "This key is on a list of keys that are known to be leaked or predictable. Please do not use it; make "
        "a new key "
        "and CSR.",
    ),
    "key.lists_missing": (
        "漏えいした鍵の一覧(Debianの脆弱な鍵など)がこのシステムに入っていないため、その照合だけは行っていません。",
        "The lists of compromised keys (Debian's weak keys and others) are not installed on this system, so "
        "the key was "
        "not compared with them.",
    ),
    "signature.algorithm": (
        "CSRの署名方式({found})は使えません。SHA-256で署名したCSRを作り直してください。",
        "The CSR is signed with a method that is not taken ({found}). Please make it again, signed with SHA-256.",
    ),
    "signature.hash": (
        "CSRが{found}で署名されています。SHA-256、SHA-384、SHA-512のいずれかで作り直してください(OpenSSLでは "
        "-sha256)。",
        "The CSR is signed with {found}. Please make it again with SHA-256, SHA-384 or SHA-512 (-sha256 in OpenSSL).",
    ),
    "signature.invalid": (
        "CSRの署名が正しくありません。作成後に内容が変わったか、壊れています。CSRを作り直してください。",
        "The CSR's signature is wrong: its content was changed or damaged after it was made. Please make it again.",
    ),
}
"""Code to (Japanese, English)."""

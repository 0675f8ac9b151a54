"""Make our own vectors anew: `python -m tests.unit.csr.make_vectors`. The keys are thrown away.

The expected codes are written here by hand, next to what is wrong with each request; the test compares.
"""

from __future__ import annotations

from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519

from tests.unit.csr import building as b
from tests.unit.csr import vectors

Made = tuple[str, str, str, bytes | str]
"""Name, what is special, expected codes (with "accepted" or "refused" before them), content."""


def subjects() -> Iterator[Made]:
    def with_subject(pairs: b.Subject | bytes) -> str:
        return b.pem(b.request(pairs))

    o = "The University of Electro-Communications"
    yield "plain", "nothing special", "accepted", with_subject(b.subject())
    yield (
        "trap-second-cn",
        "a second CN",
        "refused subject.repeated names.other_cn",
        with_subject(b.subject(extra=(("CN", "www2.cs.uec.ac.jp"),))),
    )
    yield (
        "trap-email",
        "emailAddress in the DN",
        "refused subject.email",
        with_subject(b.subject(extra=(("emailAddress", "root@cs.uec.ac.jp"),))),
    )
    yield "trap-ou", "OU in the DN", "refused subject.ou", with_subject(b.subject(extra=(("OU", "ITC"),)))
    multi = b.seq(
        *(b.tlv(0x31, b.attribute_value(*pair)) for pair in b.UEC_SUBJECT[:3]),
        b.tlv(0x31, *sorted((b.attribute_value("O", o), b.attribute_value("CN", b.FQDN)))),
    )
    yield "trap-multi-valued-rdn", "O and CN in one RDN", "refused subject.multi_valued", with_subject(multi)
    yield "subject-reversed", "exactly the reverse order", "accepted", with_subject(b.subject()[::-1])
    mixed = [*b.subject()[1:], b.subject()[0]]
    yield "subject-order", "C last, the rest in order", "refused subject.order", with_subject(mixed)
    yield "subject-empty", "no attribute at all", "refused subject.missing", with_subject([])
    yield "subject-no-l", "L missing", "refused subject.missing", with_subject(b.subject(L=None))
    yield "subject-empty-l", "L is an empty string", "refused subject.missing", with_subject(b.subject(L=""))
    yield "subject-two-o", "O twice", "refused subject.repeated", with_subject(b.subject(extra=(("O", o),)))
    yield "subject-l-capital", "L=Chofu", "refused subject.value_case", with_subject(b.subject(L="Chofu"))
    yield "subject-l-city", "L=chofu-shi", "refused subject.value", with_subject(b.subject(L="chofu-shi"))
    yield "subject-l-default", "OpenSSL's default", "refused subject.value", with_subject(b.subject(L="Default City"))
    yield "subject-space", "trailing space in O", "refused subject.value_spacing", with_subject(b.subject(O=o + " "))
    yield "subject-control", "line feed in O", "refused subject.value_spacing", with_subject(b.subject(O=o + "\n"))
    yield (
        "subject-dc",
        "domainComponent",
        "refused subject.not_allowed",
        with_subject(b.subject(extra=(("DC", "uec"),))),
    )
    yield (
        "subject-unknown",
        "businessCategory",
        "refused subject.not_allowed",
        with_subject(b.subject(extra=(("businessCategory", "Education"),))),
    )
    yield (
        "subject-long",
        "O of 240 characters",
        "refused subject.value subject.too_long",
        with_subject(b.subject(O="The University " * 16)),
    )
    for kind, tag in (("printable", b.PRINTABLE), ("bmp", b.BMP), ("teletex", b.TELETEX)):
        yield f"subject-{kind}", f"values as {kind} strings", "accepted", with_subject(b.name(b.subject(), tag))
    octets = b.seq(b.tlv(0x31, b.seq(b.oid("2.5.4.3"), b.tlv(0x0C, b"\xff\xfe"))))
    yield "subject-invalid-utf8", "octets that are not UTF-8", "refused subject.unreadable", with_subject(octets)
    bit_string = b.seq(b.tlv(0x31, b.seq(b.oid("2.5.4.6"), b.tlv(0x03, b"\0JP"))))
    yield "subject-bit-string", "C is a BIT STRING", "refused subject.unreadable", with_subject(bit_string)


def names() -> Iterator[Made]:
    def with_cn(cn: str) -> str:
        return b.pem(b.request(b.subject(cn)))

    for name, cn, codes in (
        ("empty", " ", "name.empty"),
        ("wildcard", "*.cs.uec.ac.jp", "name.wildcard"),
        ("page", "https://www.cs.uec.ac.jp/", "name.address_of_page"),
        ("port", "www.cs.uec.ac.jp:8443", "name.address_of_page"),
        ("mail", "root@cs.uec.ac.jp", "name.address_of_page"),
        ("underscore", "my_host.cs.uec.ac.jp", "name.underscore"),
        ("trailing-dot", "www.cs.uec.ac.jp.", "name.trailing_dot"),
        ("space", "www cs.uec.ac.jp", "name.bad_character"),
        ("two-names", "www.cs.uec.ac.jp,web.cs.uec.ac.jp", "name.bad_character"),
        ("control", "www\x07.cs.uec.ac.jp", "name.bad_character"),
        ("long", "a-name-of-a-host-that-is-much-longer-than-nii-takes-it.cs.uec.ac.jp", "name.too_long"),
        ("ipv4", "130.153.0.1", "name.ip_address"),
        ("ipv6", "2001:db8::1", "name.ip_address"),
        ("short-ip", "127.1", "name.ip_address"),
        ("hyphen", "www-.cs.uec.ac.jp", "name.hyphen"),
        ("reserved", "ab--cd.cs.uec.ac.jp", "name.reserved_label"),
        ("double-dot", "www..uec.ac.jp", "name.label_length"),
        ("idn-invalid", "xn--zzzzzz99999.uec.ac.jp", "name.idn_invalid"),
        ("idn-raw", "調布.uec.ac.jp", "name.idn_raw"),
        ("homoglyph-domain", "www.uеc.ac.jp", "name.idn_raw"),
        ("single", "www", "name.single_label"),
        ("suffix", "co.jp", "name.public_suffix"),
        ("boundary", "www.notuec.ac.jp", "name.outside_domain"),
        ("appended", "www.uec.ac.jp.example.com", "name.outside_domain"),
    ):
        yield f"name-{name}", f"CN={cn.strip() or 'white space'}", f"refused {codes} names.other_cn", with_cn(cn)
    for name, cn, codes in (
        ("capitals", "WWW.CS.UEC.AC.JP", "name.upper_case"),
        ("idn", "xn--wgv71a.uec.ac.jp", "name.idn"),
        ("lookalike", "google-login.uec.ac.jp", "name.lookalike"),
        ("lookalike-digit", "micr0soft.uec.ac.jp", "name.lookalike"),
        ("lookalike-slip", "amazno.uec.ac.jp", "name.lookalike"),
    ):
        yield f"name-{name}", f"CN={cn}", f"accepted {codes}", with_cn(cn)


def alternative_names() -> Iterator[Made]:
    def with_names(*values: bytes) -> str:
        return b.pem(b.request(None, [b.extensions(b.alternative_names(*values))]))

    own = b.dns(b.FQDN)
    yield "san-own", "dNSName = CN", "accepted san.column_13", with_names(own)
    yield "san-within", "dNSNames within the request", "accepted san.column_13", with_names(own, b.dns("web.uec.ac.jp"))
    yield (
        "san-other",
        "a dNSName that was not applied for",
        "refused names.not_requested san.column_13",
        with_names(own, b.dns("other.uec.ac.jp")),
    )
    yield (
        "san-outside",
        "dNSName of others",
        "refused name.outside_domain names.not_requested san.column_13",
        with_names(own, b.dns("www.example.com")),
    )
    yield "san-twice", "the same dNSName twice", "refused names.duplicate san.column_13", with_names(own, own)
    nine = [b.dns(f"h{number}.uec.ac.jp") for number in range(8)]
    yield "san-nine", "nine names", "refused names.too_many names.not_requested san.column_13", with_names(own, *nine)
    long = [b.dns(f"a-rather-long-name-of-host-number-{number}.cs.uec.ac.jp") for number in range(5)]
    yield (
        "san-long",
        "over 250 characters",
        "refused names.too_long names.not_requested san.column_13",
        with_names(*long),
    )
    ip = b.tlv(0x87, bytes((130, 153, 0, 1)))
    yield "san-ip", "IP address", "refused san.ip_address san.column_13", with_names(own, ip)
    yield "san-email", "e-mail address", "refused san.email", with_names(b.tlv(0x81, b"root@uec.ac.jp"))
    yield "san-uri", "URI", "refused san.uri", with_names(b.tlv(0x86, b"https://www.uec.ac.jp/"))
    directory = b.tlv(0xA4, b.name(b.subject()))
    yield "trap-directory-name", "directoryName", "refused san.directory_name", with_names(directory)
    bits = b.tlv(0xA4, b.seq(b.tlv(0x31, b.seq(b.oid("2.5.4.6"), b.tlv(0x03, b"\0JP")))))
    yield "san-directory-bits", "directoryName with a BIT STRING", "refused extension.unreadable", with_names(bits)
    upn = b.tlv(0xA0, b.oid("1.3.6.1.4.1.311.20.2.3"), b.tlv(0xA0, b.string("root@uec.ac.jp")))
    yield "trap-other-name", "otherName (UPN)", "refused san.other_name", with_names(upn)
    yield "san-registered-id", "registeredID", "refused san.other_kind", with_names(b.tlv(0x88, b"\x2a\x03"))
    yield "san-x400", "x400Address", "refused extension.unreadable", with_names(b.tlv(0xA3, b"\x30\x00"))
    yield "san-empty", "no name in it", "refused san.empty", with_names()
    raw = b.tlv(0x82, "電通.uec.ac.jp".encode())
    yield (
        "san-raw-utf8",
        "dNSName that is not ASCII",
        ("refused name.idn_raw names.not_requested san.column_13"),
        with_names(raw),
    )
    yield (
        "san-nul",
        "NUL in a dNSName",
        "refused name.bad_character names.not_requested san.column_13",
        with_names(b.tlv(0x82, b"www.uec.ac.jp\0.example.com")),
    )


def attributes() -> Iterator[Made]:
    def with_attributes(*values: bytes) -> str:
        return b.pem(b.request(None, values))

    ski = b.extension("2.5.29.14", b.tlv(0x04, b"\1" * 20))
    password = b.attribute(b.CHALLENGE_PASSWORD, b.string("not a secret", b.PRINTABLE))
    yield (
        "trap-challenge-password",
        "challenge password",
        "refused attribute.challenge_password",
        with_attributes(password),
    )
    company = b.attribute("1.2.840.113549.1.9.2", b.string("company"))
    yield "attribute-unstructured-name", "unstructuredName", "refused attribute.not_allowed", with_attributes(company)
    hidden = b.attribute("1.3.6.1.4.1.311.2.1.14", b.seq(b.alternative_names(b.dns("www.example.com"))))
    yield (
        "attribute-microsoft-extensions",
        "a second set of extensions in Microsoft's attribute",
        ("refused attribute.not_allowed"),
        with_attributes(hidden),
    )
    yield (
        "attribute-two-extension-requests",
        "two extensionRequests: libraries show one",
        ("refused attribute.repeated"),
        with_attributes(b.extensions(ski), b.dns_request("www.example.com")),
    )
    two = b.attribute(b.EXTENSION_REQUEST, b.seq(ski), b.seq(b.alternative_names(b.dns("www.example.com"))))
    yield (
        "attribute-two-values",
        "one extensionRequest with two values",
        "refused attribute.repeated",
        with_attributes(two),
    )
    version = b.attribute("1.3.6.1.4.1.311.13.2.3", b.string("10.0.20348.2", b.IA5))
    yield "attribute-microsoft", "Windows' OS version", "accepted attribute.ignored", with_attributes(version)
    empty = b.attribute(b.EXTENSION_REQUEST, b.seq())
    yield (
        "attribute-empty-extensions",
        "extensionRequest without extensions",
        "accepted attribute.empty",
        with_attributes(empty),
    )
    none = b.attribute(b.EXTENSION_REQUEST)
    yield "attribute-empty-set", "extensionRequest with an empty set", "accepted attribute.empty", with_attributes(none)
    yield (
        "attribute-three-parts",
        "an attribute of three parts",
        "refused attribute.unreadable",
        with_attributes(b.seq(b.oid(b.EXTENSION_REQUEST), b.tlv(0x31), b.NULL)),
    )


def extensions() -> Iterator[Made]:
    def with_extensions(*values: bytes) -> str:
        return b.pem(b.request(None, [b.extensions(*values)]))

    def usages(*oids: str) -> bytes:
        return b.extension("2.5.29.37", b.seq(*(b.oid(usage) for usage in oids)))

    server, client = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
    usage = b.extension("2.5.29.15", b.tlv(0x03, b"\5\xa0"), critical=True)
    yield (
        "extension-key-usage",
        "digitalSignature, keyEncipherment",
        "accepted extension.ignored",
        with_extensions(usage),
    )
    yield (
        "extension-usages",
        "serverAuth, clientAuth",
        "accepted extension.ignored",
        with_extensions(usages(server, client)),
    )
    yield (
        "extension-not-ca",
        "CA:FALSE",
        "accepted extension.ignored",
        with_extensions(b.extension("2.5.29.19", b.seq())),
    )
    yield (
        "extension-ski",
        "subjectKeyIdentifier",
        "accepted extension.ignored",
        with_extensions(b.extension("2.5.29.14", b.tlv(0x04, b"\1" * 20))),
    )
    yield (
        "extension-smime",
        "S/MIME capabilities",
        "accepted extension.ignored",
        with_extensions(b.extension("1.2.840.113549.1.9.15", b.seq())),
    )
    yield (
        "extension-ca",
        "CA:TRUE",
        "refused extension.ca",
        with_extensions(b.extension("2.5.29.19", b.seq(b"\x01\x01\xff"))),
    )
    yield (
        "extension-cert-sign",
        "keyCertSign",
        "refused extension.key_usage",
        with_extensions(b.extension("2.5.29.15", b.tlv(0x03, b"\2\x04"))),
    )
    yield (
        "extension-crl-sign",
        "cRLSign",
        "refused extension.key_usage",
        with_extensions(b.extension("2.5.29.15", b.tlv(0x03, b"\1\x02"))),
    )
    yield (
        "extension-code-signing",
        "codeSigning",
        "refused extension.extended_key_usage",
        with_extensions(usages(server, "1.3.6.1.5.5.7.3.3")),
    )
    yield (
        "extension-any-usage",
        "anyExtendedKeyUsage",
        "refused extension.extended_key_usage",
        with_extensions(usages("2.5.29.37.0")),
    )
    yield (
        "extension-must-staple",
        "TLS feature",
        "refused extension.not_allowed",
        with_extensions(b.extension("1.3.6.1.5.5.7.1.24", b.seq(b.integer(5)))),
    )
    yield (
        "extension-unknown",
        "an extension nobody knows",
        "refused extension.not_allowed",
        with_extensions(b.extension("1.2.3.4.5", b.NULL)),
    )
    yield "extension-twice", "keyUsage twice", "refused extension.unreadable", with_extensions(usage, usage)
    yield (
        "extension-malformed",
        "keyUsage that is no BIT STRING",
        "refused extension.unreadable",
        with_extensions(b.extension("2.5.29.15", b.NULL)),
    )


def keys() -> Iterator[Made]:
    def with_key(key: b.RsaKey | ec.EllipticCurvePrivateKey, **parts: bytes) -> str:
        return b.pem(b.request(key=key, **parts))

    for key_bits in (1024, 2040, 2056, 3072):
        yield f"key-rsa-{key_bits}", f"RSA of {key_bits} bits", "refused key.rsa_bits", with_key(b.rsa_key(key_bits))
    key = b.rsa_key()
    yield "key-exponent-3", "exponent 3", "refused key.exponent", with_key(b.rsa_key(2048, 3))
    yield (
        "key-exponent-huge",
        "exponent over 2^256",
        "refused key.exponent signature.invalid",
        with_key(key, spki=b.RsaKey(key.p, key.q, 2**256 + 1).spki()),
    )
    yield "key-close-primes", "p and q are neighbours (Fermat)", "refused key.weak", with_key(b.close_primes_key())
    yield "key-small-factor", "divisible by 65521", "refused key.weak", with_key(b.small_factor_key())
    yield "key-roca", "ROCA fingerprint", "refused key.weak", with_key(b.roca_key())
    yield (
        "key-no-null",
        "rsaEncryption without NULL",
        "refused key.encoding",
        with_key(key, spki=key.spki(parameters=b"")),
    )
    yield (
        "key-pss",
        "RSASSA-PSS key",
        "refused key.algorithm",
        with_key(key, spki=key.spki(b"", "1.2.840.113549.1.1.10")),
    )
    yield (
        "key-garbage",
        "no key in the BIT STRING",
        "refused key.unreadable",
        with_key(key, spki=b.seq(b.seq(b.oid("1.2.840.113549.1.1.1"), b.NULL), b.bits(b"\1\2\3"))),
    )
    short = b.seq(b.seq(b.oid("1.3.101.112")), b.bits(bytes(31)))
    yield "key-ed25519-short", "Ed25519 key of 31 octets", "refused key.unreadable", with_key(key, spki=short)
    p384 = ec.generate_private_key(ec.SECP384R1())
    yield "key-p384", "secp384r1 under UEC's default", "refused key.ec_not_offered", with_key(p384)
    yield "curves-p384", "secp384r1 where the policy has profile 11", "accepted", with_key(p384)
    yield (
        "curves-p256",
        "secp256r1 where the policy has profile 11",
        "refused key.curve",
        with_key(ec.generate_private_key(ec.SECP256R1())),
    )
    x962 = serialization.Encoding.X962
    point = p384.public_key().public_bytes(x962, serialization.PublicFormat.CompressedPoint)
    identifier = b.seq(b.oid("1.2.840.10045.2.1"), b.oid("1.3.132.0.34"))
    yield (
        "curves-compressed",
        "compressed point",
        "refused key.encoding",
        with_key(p384, spki=b.seq(identifier, b.bits(point))),
    )
    for name, other in (("ed25519", ed25519.Ed25519PrivateKey.generate()), ("dsa", dsa.generate_private_key(2048))):
        builder = x509.CertificateSigningRequestBuilder().subject_name(_name())
        made = builder.sign(other, hashes.SHA256() if name == "dsa" else None)
        pem = made.public_bytes(serialization.Encoding.PEM).decode()
        yield f"key-{name}", f"{name} key", "refused key.algorithm signature.algorithm", pem


def _name() -> x509.Name:
    oids = x509.NameOID
    types = (
        oids.COUNTRY_NAME,
        oids.STATE_OR_PROVINCE_NAME,
        oids.LOCALITY_NAME,
        oids.ORGANIZATION_NAME,
        oids.COMMON_NAME,
    )
    return x509.Name([x509.NameAttribute(kind, value) for kind, (_, value) in zip(types, b.subject(), strict=True)])


def signatures() -> Iterator[Made]:
    for digest in ("md5", "sha1", "sha224"):
        yield f"signature-{digest}", f"signed with {digest}", "refused signature.hash", b.pem(b.request(digest=digest))
    for digest in ("sha384", "sha512"):
        yield f"signature-{digest}", f"signed with {digest}", "accepted", b.pem(b.request(digest=digest))
    key = b.rsa_key()
    other = b.rsa_key(number=1).sign(b.info(b.subject(), key.spki()), "sha256")
    yield "signature-other-key", "signed by another key", "refused signature.invalid", b.pem(b.request(signature=other))
    yield "signature-zero", "zeros for a signature", "refused signature.invalid", b.pem(b.request(signature=bytes(256)))
    ecdsa = b.seq(b.oid("1.2.840.10045.4.3.2"))
    yield (
        "signature-ecdsa-rsa",
        "says ECDSA, has an RSA key",
        "refused signature.invalid",
        b.pem(b.request(algorithm=ecdsa)),
    )
    unknown = b.seq(b.oid("1.2.3.4"))
    yield (
        "signature-unknown",
        "an algorithm nobody knows",
        "refused signature.algorithm",
        b.pem(b.request(algorithm=unknown)),
    )


def inputs() -> Iterator[Made]:
    plain = b.request()
    pem = b.pem(plain)
    body = "".join(pem.splitlines()[1:-1])
    begin, end = pem.splitlines()[0], pem.splitlines()[-1]
    yield "input-der", "DER", "accepted", plain
    yield "input-new-header", "NEW CERTIFICATE REQUEST", "accepted", b.pem(plain, "NEW CERTIFICATE REQUEST")
    yield "input-crlf", "CRLF", "accepted", pem.replace("\n", "\r\n")
    yield "input-bom", "byte order mark", "accepted", "\ufeff" + pem
    yield "input-utf16", "UTF-16 as PowerShell writes it", "accepted", pem.encode("utf-16")
    yield "input-text-around", "text before and after", "accepted", f"こんにちは\n\n{pem}\n--\n電通 太郎\n"
    yield "input-openssl-text", "openssl req -text before it", "accepted", f"Certificate Request:\n    Data:\n{pem}"
    yield "input-quoted", "quoted by a mail program", "accepted", "> " + pem.replace("\n", "\n> ")
    yield "input-bare", "base64 without BEGIN and END", "accepted input.no_armour", body
    yield "input-empty", "nothing", "refused input.empty", ""
    yield "input-blank", "white space with a byte order mark", "refused input.empty", "\ufeff \r\n\t"
    yield "input-nul", "NUL inside", "refused input.nul", pem[:100] + "\0" + pem[100:]
    yield "input-words", "a sentence", "refused input.no_request", "Please issue a certificate for www.cs.uec.ac.jp."
    yield "input-dashes", "hyphens turned into dashes", "refused input.armour_damaged", pem.replace("-----", "—")
    yield "input-end-only", "BEGIN line missing", "refused input.armour_damaged", pem.split("\n", 1)[1]
    yield "input-escaped", "\\n for line breaks", "refused input.escaped_newlines", pem.replace("\n", "\\n")
    yield "input-no-end", "END line missing", "refused input.no_end", pem.replace(end, "")
    yield (
        "input-bad-base64",
        "a Japanese full stop inside",
        "refused input.bad_base64",
        pem.replace("A", "。", 1) if ("A" not in begin) else f"{begin}\n{body[:50]}。{body[50:]}\n{end}\n",
    )
    yield "input-two", "two requests", "refused input.several_blocks", pem + b.pem(b.request(b.subject("b.uec.ac.jp")))
    yield "input-with-certificate", "a request and a certificate", "refused input.several_blocks", pem + _certificate()
    yield "input-certificate", "a certificate", "refused input.certificate", _certificate()
    yield (
        "input-certificate-as-request",
        "a certificate under a request's header",
        "refused input.certificate",
        (_certificate().replace("CERTIFICATE", "CERTIFICATE REQUEST")),
    )
    yield "input-wrong-header", "a request under CERTIFICATE", "refused input.wrong_header", b.pem(plain, "CERTIFICATE")
    yield "input-public-key", "a public key", "refused input.public_key", b.pem(b.rsa_key().spki(), "PUBLIC KEY")
    pkcs7 = b.seq(b.oid("1.2.840.113549.1.7.2"), b.tlv(0xA0, b.seq(b.integer(1))))
    yield "input-pkcs7", "PKCS#7", "refused input.pkcs7", b.pem(pkcs7, "PKCS7")
    yield "input-pkcs7-der", "PKCS#7 in DER", "refused input.pkcs7", pkcs7
    yield "input-crl", "a revocation list", "refused input.other_block", b.pem(b.seq(), "X509 CRL")
    yield (
        "input-private-key-header",
        "the header of a private key, nothing else",
        "refused input.private_key",
        ("-----BEGIN PRIVATE KEY-----\n"),
    )
    yield "input-truncated", "the DER ends early", "refused input.truncated", b.pem(plain[:-20])
    yield "input-trailing", "bytes after the DER", "refused input.trailing_bytes", b.pem(plain + b"\0\0")
    yield "input-trailing-der", "a second request after the DER", "refused input.trailing_bytes", plain + plain
    yield (
        "input-long-length",
        "length with a leading zero",
        "refused input.not_der",
        (b.pem(plain[:1] + b"\x83\0" + plain[2:4] + plain[4:])),
    )
    yield "input-other-der", "DER of something else", "refused input.not_a_request", b.pem(b.seq(b.integer(1)))
    yield "input-no-attributes", "attributes left out", "refused input.no_attributes", b.pem(b.request(attributes=None))
    yield "input-version", "version 1", "refused input.version", b.pem(b.request(version=1))
    many = [b.dns(f"{'a' * 40}{number}.uec.ac.jp") for number in range(30)]
    yield (
        "input-long-body",
        "over 2048 characters",
        ("refused request.too_long names.too_many names.too_long names.not_requested san.column_13"),
        b.pem(b.request(None, [b.extensions(b.alternative_names(*many))])),
    )


def _certificate() -> str:
    key = b.rsa_key()
    algorithm = b.seq(b.oid(b.RSA_SIGNATURES["sha256"]), b.NULL)
    name = b.name(b.subject())
    validity = b.seq(b.tlv(0x17, b"260101000000Z"), b.tlv(0x17, b"260701000000Z"))
    version = b.tlv(0xA0, b.integer(2))
    signed = b.seq(version, b.integer(7), algorithm, name, validity, name, key.spki())
    return b.pem(b.seq(signed, algorithm, b.bits(key.sign(signed, "sha256"))), "CERTIFICATE")


ACCEPTED_NAMES = {"name-capitals", "name-idn", "name-lookalike", "name-lookalike-digit", "name-lookalike-slip"}


def main() -> None:
    for group in (subjects, names, alternative_names, attributes, extensions, keys, signatures, inputs):
        for name, what, expected, given in group():
            verdict, *codes = expected.split()
            allowed = what.removeprefix("CN=").lower() if name in ACCEPTED_NAMES else f"{b.FQDN} web.uec.ac.jp"
            fields = {
                "what": what.replace("\x07", "BEL"),
                "producer": "tests/unit/csr/make_vectors.py",
                "names": allowed,
                "policy": "uec with curves" if name.startswith("curves-") else "",
                "verdict": verdict,
                "codes": " ".join(sorted(codes)),
            }
            vectors.save(name, fields, given if isinstance(given, bytes) else given.encode())
    large = {"what": "over 64 KiB", "producer": "padded while reading", "padding": str(64 * 1024), "verdict": "refused"}
    vectors.save("input-large", large | {"codes": "input.too_large"}, b"MII")


if __name__ == "__main__":
    main()

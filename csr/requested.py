"""What a request asks for besides subject and key: its attributes and extensions, as a closed world.

What well-known tools add without being asked is accepted with information, since NII ignores it. Everything that is
not on a list here is refused: an unknown attribute may mean something to a CA that it does not mean to the reader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from cryptography import x509
from cryptography.x509.oid import AttributeOID, ExtendedKeyUsageOID, ExtensionOID

from csr import der
from csr.problems import Problem

CHALLENGE_PASSWORD = AttributeOID.CHALLENGE_PASSWORD.dotted_string
EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
"""PKCS#9 extensionRequest, RFC 2985, section 5.4.2."""

IGNORED_ATTRIBUTES = {
    "1.3.6.1.4.1.311.13.2.3": "Microsoft OS version",
    "1.3.6.1.4.1.311.21.20": "Microsoft client information",
    "1.3.6.1.4.1.311.13.2.2": "Microsoft enrolment CSP",
    "1.3.6.1.4.1.311.13.2.1": "Microsoft enrolment name and value",
}
"""Attributes of Windows' tools ([MS-WCCE] 2.2.2.7). Not here: 311.2.1.14, which carries a second set of extensions."""

IGNORED_EXTENSIONS = {
    ExtensionOID.SUBJECT_KEY_IDENTIFIER.dotted_string: "subjectKeyIdentifier",
    "1.2.840.113549.1.9.15": "S/MIME capabilities",
    "1.3.6.1.4.1.311.20.2": "Microsoft certificate type",
    "1.3.6.1.4.1.311.21.7": "Microsoft certificate template",
}
"""Extensions whose value does not matter: keytool, IIS and certreq add them by themselves."""

SERVER_USAGES = frozenset({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH})

_NAME_KINDS: tuple[tuple[type[x509.GeneralName], str], ...] = (
    (x509.IPAddress, "san.ip_address"),
    (x509.RFC822Name, "san.email"),
    (x509.UniformResourceIdentifier, "san.uri"),
    (x509.DirectoryName, "san.directory_name"),
    (x509.OtherName, "san.other_name"),
)


class Requested(NamedTuple):
    """The dNSNames that were asked for, as written, and every problem of attributes and extensions."""

    dns_names: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_requested(request: x509.CertificateSigningRequest) -> Requested:
    """Return what the attributes ask for, with every rule that they break."""
    try:
        attributes = list(_attributes(request.tbs_certrequest_bytes))
    except (ValueError, IndexError):  # DerError is a ValueError; so is an attribute of other than two parts
        return Requested(problems=(Problem.of("attribute.unreadable"),))
    problems = list(_check_attributes(attributes))
    extensions = [values for oid, values in attributes if oid == EXTENSION_REQUEST]
    if len(extensions) != 1 or extensions[0] != 1:
        return Requested(problems=tuple(problems))
    names, found = _read_extensions(request)
    return Requested(names, (*problems, *found))


def damage(info: bytes) -> str | None:
    """Return the code for attributes because of which `cryptography` does not load the request at all."""
    try:
        attributes = list(_attributes(info))
    except (ValueError, IndexError):
        return "attribute.unreadable"
    return "attribute.repeated" if any(values > 1 for _, values in attributes) else None


def _attributes(info: bytes) -> Iterator[tuple[str, int]]:
    """Yield OID and number of values of each attribute; `cryptography` refuses to show those with none or several."""
    fields = list(der.children(der.read(info).content))
    for attribute in der.children(fields[3].content):
        oid, values = der.children(attribute.content)
        if oid.tag != der.OBJECT_IDENTIFIER or values.tag != der.SET:
            raise der.DerError
        yield der.dotted(oid.content), len(list(der.children(values.content)))


def _check_attributes(attributes: list[tuple[str, int]]) -> Iterator[Problem]:
    for oid, times in Counter(oid for oid, values in attributes).items():
        if times > 1:
            yield Problem.of("attribute.repeated", oid=oid)
    for oid, values in dict(attributes).items():
        if oid == CHALLENGE_PASSWORD:
            yield Problem.of("attribute.challenge_password")
        elif oid != EXTENSION_REQUEST and oid not in IGNORED_ATTRIBUTES:
            yield Problem.of("attribute.not_allowed", oid=oid)
        elif values == 0:
            yield Problem.of("attribute.empty", oid=oid)
        elif values > 1:
            yield Problem.of("attribute.repeated", oid=oid)
        elif oid in IGNORED_ATTRIBUTES:
            yield Problem.of("attribute.ignored", name=IGNORED_ATTRIBUTES[oid])


def _read_extensions(request: x509.CertificateSigningRequest) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    try:
        extensions = list(request.extensions)
    except (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return (), (Problem.of("extension.unreadable"),)
    names: tuple[str, ...] = ()
    problems: list[Problem] = []
    for extension in extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            names = tuple(extension.value.get_values_for_type(x509.DNSName))
            problems += _check_alternative_names(extension.value)
        else:
            problems.append(_check_extension(extension.oid.dotted_string, extension.value))
    if not extensions:
        problems.append(Problem.of("attribute.empty", oid=EXTENSION_REQUEST))
    return names, tuple(problems)


def _check_alternative_names(names: x509.SubjectAlternativeName) -> Iterator[Problem]:
    if not list(names):
        yield Problem.of("san.empty")
    kinds = dict(_NAME_KINDS)
    for name in names:
        if isinstance(name, x509.DNSName):
            continue
        code = kinds.get(type(name), "san.other_kind")
        value = name.value
        yield Problem.of(code, value=str(value)) if code in _SHOWN else Problem.of(code)


_SHOWN = frozenset({"san.ip_address", "san.email", "san.uri"})
"""Kinds of names whose value people recognise; the others are structures."""


def _check_extension(oid: str, value: x509.ExtensionType) -> Problem:
    """Return the error or the information for one extension other than the alternative names."""
    if isinstance(value, x509.BasicConstraints):
        return Problem.of("extension.ca") if value.ca else Problem.of("extension.ignored", name="basicConstraints")
    if isinstance(value, x509.KeyUsage):
        signs = value.key_cert_sign or value.crl_sign
        return Problem.of("extension.key_usage") if signs else Problem.of("extension.ignored", name="keyUsage")
    if isinstance(value, x509.ExtendedKeyUsage):
        others = [usage.dotted_string for usage in value if usage not in SERVER_USAGES]
        if others:
            return Problem.of("extension.extended_key_usage", oids=", ".join(others))
        return Problem.of("extension.ignored", name="extendedKeyUsage")
    if oid in IGNORED_EXTENSIONS:
        return Problem.of("extension.ignored", name=IGNORED_EXTENSIONS[oid])
    return Problem.of("extension.not_allowed", oid=oid)

"""The subject DN of a request, compared with the institution's: exact attributes, exact values, exact order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from cryptography import x509
from cryptography.x509.oid import NameOID

from csr.policy import SUBJECT_ORDER, Policy
from csr.problems import Problem

SHORT_NAMES = {
    NameOID.COUNTRY_NAME.dotted_string: "C",
    NameOID.STATE_OR_PROVINCE_NAME.dotted_string: "ST",
    NameOID.LOCALITY_NAME.dotted_string: "L",
    NameOID.ORGANIZATION_NAME.dotted_string: "O",
    NameOID.COMMON_NAME.dotted_string: "CN",
    NameOID.ORGANIZATIONAL_UNIT_NAME.dotted_string: "OU",
    NameOID.EMAIL_ADDRESS.dotted_string: "emailAddress",
    NameOID.SERIAL_NUMBER.dotted_string: "serialNumber",
    NameOID.DOMAIN_COMPONENT.dotted_string: "DC",
    NameOID.STREET_ADDRESS.dotted_string: "street",
    NameOID.POSTAL_CODE.dotted_string: "postalCode",
    NameOID.GIVEN_NAME.dotted_string: "givenName",
    NameOID.SURNAME.dotted_string: "SN",
    NameOID.TITLE.dotted_string: "title",
    NameOID.USER_ID.dotted_string: "UID",
}
"""Attribute types as people write them (RFC 4514 and OpenSSL's spellings); others are shown by their number."""

Pairs = tuple[tuple[str, str], ...]


def read(name: x509.Name) -> Pairs:
    """Return attribute and value in the order of the DN; a value that is not text is given in hexadecimal."""
    return tuple(_pair(attribute) for rdn in name.rdns for attribute in rdn)


def _pair(attribute: x509.NameAttribute[str | bytes]) -> tuple[str, str]:
    oid, value = attribute.oid.dotted_string, attribute.value
    return SHORT_NAMES.get(oid, oid), value if isinstance(value, str) else value.hex()


def check(name: x509.Name, pairs: Pairs, policy: Policy) -> tuple[Problem, ...]:
    """Return every difference between `name`, read as `pairs`, and the policy's subject.

    The common name's value is not judged here.
    """
    problems = [*_check_shape(name), *_check_attributes(pairs), *_check_values(pairs, policy)]
    if not problems and tuple(attribute for attribute, _ in pairs) not in (SUBJECT_ORDER, SUBJECT_ORDER[::-1]):
        problems.append(Problem.of("subject.order", found=", ".join(attribute for attribute, _ in pairs)))
    length = len(",".join(f"{attribute}={value}" for attribute, value in pairs))
    if length > policy.max_dn_length:
        problems.append(Problem.of("subject.too_long", found=length, allowed=policy.max_dn_length))
    return tuple(problems)


def _check_shape(name: x509.Name) -> Iterator[Problem]:
    for rdn in name.rdns:
        if len(list(rdn)) > 1:
            yield Problem.of("subject.multi_valued", found=" + ".join(_pair(attribute)[0] for attribute in rdn))


def _check_attributes(pairs: Pairs) -> Iterator[Problem]:
    for attribute, times in Counter(attribute for attribute, _ in pairs).items():
        if times > 1 and attribute in SUBJECT_ORDER:
            yield Problem.of("subject.repeated", attribute=attribute, found=times)
    for attribute, value in pairs:
        if attribute == "OU":
            yield Problem.of("subject.ou", value=value)
        elif attribute == "emailAddress":
            yield Problem.of("subject.email", value=value)
        elif attribute not in SUBJECT_ORDER:
            yield Problem.of("subject.not_allowed", attribute=attribute, value=value)


def _check_values(pairs: Pairs, policy: Policy) -> Iterator[Problem]:
    expected = dict(policy.attributes())
    for attribute in SUBJECT_ORDER:
        values = [value for name, value in pairs if name == attribute]
        if not values or values == [""]:
            yield Problem.of("subject.missing", attribute=attribute, expected=expected.get(attribute, "FQDN"))
        elif attribute in expected:
            yield from _compare(attribute, values, expected[attribute])


def _compare(attribute: str, values: Sequence[str], expected: str) -> Iterator[Problem]:
    for value in values:
        if value == expected:
            continue
        code = "subject.value"
        if value.lower() == expected.lower():
            code = "subject.value_case"
        elif "".join(value.split()).lower() == "".join(expected.split()).lower():
            code = "subject.value_spacing"
        yield Problem.of(code, attribute=attribute, found=value, expected=expected)

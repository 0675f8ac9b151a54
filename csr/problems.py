"""What can be wrong with a certification request, a name or a certificate: one code for each rule, with its source.

A problem carries a code and parameters only; `csr.texts` turns it into a sentence when it is shown.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

Param = str | int
"""What a parameter may be: both survive JSON unchanged."""

MAX_SHOWN = 100
"""Characters of a foreign value that are kept in a problem: enough to recognise it, too few to flood a page."""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Rule:
    """The severity of a code and where its rule comes from."""

    severity: Severity
    source: str


def _errors(source: str, *codes: str) -> dict[str, Rule]:
    return {code: Rule(Severity.ERROR, source) for code in codes}


def _information(source: str, *codes: str) -> dict[str, Rule]:
    return {code: Rule(Severity.INFORMATION, source) for code in codes}


PEM = "RFC 7468, sections 2 and 7"
PKCS10 = "RFC 2986, section 4"
DER = "RFC 2986, section 3; ITU-T X.690, section 10"
CLOSED_WORLD = "UPKI: request attributes are null in principle (SECOM CP/CPS, CSR profile)"
NII_KEY = "UPKI manual 5-3-1, column 7: RSA 2048 (profile 3), secp384r1 (profile 11)"
NII_DN = "UPKI manual 5-3-1, column 1: CN, O, L, ST, C as registered"
NII_NAME = "UPKI manual 5-3-1, columns 11 and 13: letters, digits, hyphen and full stop"
BR_NAME = "CA/Browser Forum Baseline Requirements 2.2.6, section 7.1.2.7.12"
UEC = "UEC service page, UPKI Server Certificate Issuance Service"

RULES: Mapping[str, Rule] = {
    # what was given is not one readable request
    **_errors("portal: input is at most 64 KiB", "input.too_large"),
    **_errors(PEM, "input.empty", "input.nul", "input.no_request", "input.armour_damaged", "input.escaped_newlines"),
    **_errors(PEM, "input.no_end", "input.bad_base64", "input.several_blocks", "input.wrong_header"),
    **_errors(PEM, "input.certificate", "input.public_key", "input.pkcs7", "input.other_block"),
    **_errors("Baseline Requirements 2.2.6, sections 4.9.1.1 and 6.1.2", "input.private_key"),
    **_errors(DER, "input.truncated", "input.trailing_bytes", "input.not_der", "input.not_a_request"),
    **_errors(PKCS10, "input.no_attributes", "input.version"),
    **_information(PEM, "input.no_armour"),
    **_errors("UPKI manual 5-3-1, column 7: at most 2048 characters", "request.too_long"),
    # subject
    **_errors(PKCS10, "subject.unreadable"),
    **_errors(NII_DN, "subject.missing", "subject.repeated", "subject.multi_valued", "subject.order"),
    **_errors(NII_DN, "subject.value", "subject.value_case", "subject.value_spacing", "subject.too_long"),
    **_errors("Baseline Requirements 2.2.6, section 7.1.2.7.2; NII notice 2022-07-26", "subject.ou"),
    **_errors(UEC, "subject.email"),
    **_errors(NII_DN, "subject.not_allowed"),
    # names
    **_errors(NII_NAME, "name.empty", "name.wildcard", "name.address_of_page", "name.underscore", "name.trailing_dot"),
    **_errors(NII_NAME, "name.bad_character", "name.too_long"),
    **_errors("NII FAQ q4: no certificates for IP addresses", "name.ip_address"),
    **_errors("RFC 5890, section 2.3.1 (LDH labels)", "name.hyphen", "name.reserved_label", "name.label_length"),
    **_errors("RFC 5891, section 4 (IDNA 2008)", "name.idn_invalid", "name.idn_raw"),
    **_errors(BR_NAME, "name.single_label", "name.public_suffix"),
    **_errors("UPKI: registered domains only", "name.outside_domain"),
    **_information("NII notice 2024-07-05: names are lower-cased", "name.upper_case"),
    **_information("RFC 5890, section 2.3.2.1", "name.idn"),
    **_errors("UPKI manual 5-3-1, column 13: at most 8 names, 250 characters", "names.too_many", "names.too_long"),
    **_errors("UPKI manual 5-5-1: dNSNames without duplicates", "names.duplicate"),
    **_errors("portal: the request names what was applied for", "names.other_cn", "names.not_requested"),
    "name.lookalike": Rule(Severity.WARNING, UEC + ", Delay or Denial of Certificate Issuance"),
    # requested names and extensions
    **_errors(BR_NAME, "san.ip_address", "san.email", "san.uri", "san.directory_name", "san.other_name"),
    **_errors(BR_NAME, "san.other_kind", "san.empty"),
    **_information("UPKI manual 5-3-1, column 13", "san.column_13"),
    **_errors(CLOSED_WORLD, "attribute.not_allowed", "attribute.repeated", "attribute.unreadable"),
    **_errors("RFC 2985, section 5.4.1; UEC service page", "attribute.challenge_password"),
    **_information(CLOSED_WORLD, "attribute.ignored", "attribute.empty"),
    **_errors(CLOSED_WORLD, "extension.not_allowed", "extension.unreadable"),
    **_errors("Baseline Requirements 2.2.6, section 7.1.2.7", "extension.ca", "extension.key_usage"),
    **_errors("Baseline Requirements 2.2.6, section 7.1.2.7.10", "extension.extended_key_usage"),
    **_information(CLOSED_WORLD, "extension.ignored"),
    # key
    **_errors(NII_KEY, "key.algorithm", "key.rsa_bits", "key.curve", "key.ec_not_offered"),
    **_errors("Baseline Requirements 2.2.6, section 6.1.6", "key.exponent"),
    **_errors("RFC 3279, section 2.3; RFC 5480, section 2", "key.encoding", "key.unreadable"),
    **_errors("Baseline Requirements 2.2.6, section 6.1.1.3", "key.weak", "key.known_compromised"),
    **_information("Baseline Requirements 2.2.6, section 6.1.1.3", "key.lists_missing"),
    # signature of the request
    **_errors("Baseline Requirements 2.2.6, section 7.1.3.2", "signature.algorithm", "signature.hash"),
    **_errors(PKCS10, "signature.invalid"),
    # an issued certificate
    **_errors("RFC 5280, section 4.1; RFC 2315", "certificate.unreadable", "certificate.none"),
    **_errors("RFC 5280, section 6.1.3", "certificate.issuer_not_pinned"),
    **_errors("portal: a certificate belongs to the accepted row", "certificate.other_key", "certificate.other_names"),
    **_errors("portal: a certificate belongs to the accepted row", "certificate.other_subject"),
    **_errors("RFC 6962, section 3.1", "certificate.precertificate"),
    # what says that a certificate is revoked
    **_errors("RFC 5280, section 5.1; RFC 6960, section 4.2", "revocation.unreadable", "revocation.partial"),
    **_errors("portal: input is at most 2 MiB", "revocation.too_large"),
    **_errors("RFC 6960, section 4.2.1", "revocation.not_successful", "revocation.unknown_certificate"),
    **_errors("RFC 5280, section 6.3.3; RFC 6960, section 3.2", "revocation.not_by_issuer"),
    **_errors("RFC 6960, section 3.2", "revocation.other_certificate"),
    **_errors("RFC 5280, section 6.3.3; RFC 6960, section 3.2", "revocation.not_yet_valid", "revocation.out_of_date"),
    **_errors("portal: limits of an archive", "archive.unreadable", "archive.too_many", "archive.too_large"),
}
"""Every code that this package can report."""


def shown(value: str) -> str:
    """Return `value` safe to show: control, format and line characters as U+XXXX, at most `MAX_SHOWN` characters."""
    visible = (
        f"<U+{ord(character):04X}>" if unicodedata.category(character) in _HIDDEN else character
        for character in value[:MAX_SHOWN]
    )
    return "".join(visible) + ("…" if len(value) > MAX_SHOWN else "")


_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that turn text around, hide it or break the line: never shown raw."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule. `params` are sorted pairs, so that equal findings are equal and hashable."""

    code: str
    severity: Severity
    params: tuple[tuple[str, Param], ...] = ()
    source: str = ""

    @classmethod
    def of(cls, code: str, **params: Param) -> Self:
        """Build the problem `code` with the severity and source of its rule. Raises KeyError for an unknown code."""
        rule = RULES[code]
        safe = ((name, shown(value) if isinstance(value, str) else value) for name, value in params.items())
        return cls(code, rule.severity, tuple(sorted(safe)), rule.source)

    def param(self, name: str) -> Param:
        """Return one parameter. Raises KeyError where the problem has none of that name."""
        return dict(self.params)[name]

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def as_json(self) -> dict[str, Any]:
        """Return what a database or another program stores: no sentence, so the text can improve later."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "params": dict(self.params),
            "source": self.source,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote, also when its code no longer exists. Raises KeyError or ValueError if damaged."""
        params = tuple(sorted((str(name), _param(value)) for name, value in stored["params"].items()))
        return cls(str(stored["code"]), Severity(stored["severity"]), params, str(stored.get("source", "")))


def _param(value: object) -> Param:
    return value if isinstance(value, int) else str(value)

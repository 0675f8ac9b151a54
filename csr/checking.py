"""Check one certification request against a policy and report every rule that it breaks, never only the first."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.x509.oid import SignatureAlgorithmOID

from csr import keys, lookalikes, names, private_keys, reading, requested, subjects, texts
from csr.policy import Policy
from csr.problems import Problem

SIGNATURE_ALGORITHMS = {
    SignatureAlgorithmOID.RSA_WITH_SHA256: "RSA",
    SignatureAlgorithmOID.RSA_WITH_SHA384: "RSA",
    SignatureAlgorithmOID.RSA_WITH_SHA512: "RSA",
    SignatureAlgorithmOID.ECDSA_WITH_SHA256: "EC",
    SignatureAlgorithmOID.ECDSA_WITH_SHA384: "EC",
    SignatureAlgorithmOID.ECDSA_WITH_SHA512: "EC",
}
"""How a request may sign itself, and for which key: PKCS#1 v1.5 or ECDSA with SHA-2."""

OUTDATED_HASHES = {
    "1.2.840.113549.1.1.4": "MD5",
    "1.2.840.113549.1.1.5": "SHA-1",
    "1.2.840.113549.1.1.14": "SHA-224",
    "1.2.840.10045.4.1": "SHA-1",
    "2.16.840.1.101.3.4.3.14": "SHA3-256",
    "2.16.840.1.101.3.4.3.15": "SHA3-384",
    "2.16.840.1.101.3.4.3.16": "SHA3-512",
}
"""Signature algorithms of the right kind with a hash that is not taken, by the name that people know."""

OTHER_METHODS = {
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "2.16.840.1.101.3.4.3.2": "DSA",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}
"""Methods that are not taken at all, by their names; others are shown by their number."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a request says and every problem found. Only `problems` is filled when it could not be read at all.

    Names are in lower case. `body` is the base64 of `der` on one line, as column 7 of NII's file wants it.
    """

    accepted: bool
    common_name: str = ""
    dns_names: tuple[str, ...] = ()
    subject: subjects.Pairs = ()
    der: bytes = b""
    body: str = ""
    spki_sha256: str = ""
    key: keys.Key | None = None
    problems: tuple[Problem, ...] = ()

    def as_json(self, language: str) -> dict[str, Any]:
        """Return what `python -m csr check --json` prints, with the texts in `language` (ja or en)."""
        return {
            "accepted": self.accepted,
            "common_name": self.common_name,
            "dns_names": list(self.dns_names),
            "subject": [list(pair) for pair in self.subject],
            "key": self.key.as_json() if self.key else None,
            "problems": [problem.as_json() | {"text": texts.text(problem, language)} for problem in self.problems],
        }


def check(given: bytes | str, policy: Policy, *, names: Sequence[str] | None = None) -> Result:
    """Read and check the one request in `given`. Never raises for what a user gave.

    `names` are the names that were applied for, the common name first: another common name and a dNSName that is not
    among them are errors. Without it every name within the institution's domains is accepted.
    """
    try:
        read = reading.read_request(given, policy)
    except reading.Refused as refused:
        return Result(accepted=False, problems=(refused.problem,))
    return _check_read(read, policy, names)


def _check_read(read: reading.ReadRequest, policy: Policy, allowed: Sequence[str] | None) -> Result:
    request = read.request
    key, key_problems = keys.check_request_key(request, policy)
    wanted = requested.read_requested(request)
    subject, subject_problems = _check_subject(request, policy)
    written = tuple(value for attribute, value in subject if attribute == "CN")
    body = base64.b64encode(read.encoded).decode("ascii")
    problems = (
        *read.problems,
        *subject_problems,
        *check_names(written, wanted.dns_names, policy=policy, allowed=allowed),
        *wanted.problems,
        *key_problems,
        *check_signature(request, key),
        *_check_length(body, policy),
    )
    return Result(
        accepted=not any(problem.is_error for problem in problems),
        common_name=written[0].lower() if written else "",
        dns_names=tuple(dict.fromkeys(name.lower() for name in wanted.dns_names)),
        subject=subject,
        der=read.encoded,
        body=body,
        spki_sha256=key.spki_sha256 if key else "",
        key=key,
        problems=tuple(dict.fromkeys(problems)),
    )


def _check_subject(
    request: x509.CertificateSigningRequest, policy: Policy
) -> tuple[subjects.Pairs, tuple[Problem, ...]]:
    try:
        name = request.subject
    except (ValueError, TypeError):  # string types are only read now; a BIT STRING for a name is a TypeError
        return (), (Problem.of("subject.unreadable"),)
    pairs = subjects.read(name)
    return pairs, subjects.check(name, pairs, policy)


def check_names(
    common_names: Sequence[str], dns_names: Sequence[str], *, policy: Policy, allowed: Sequence[str] | None
) -> Iterator[Problem]:
    """Yield every problem of the names as the request writes them, and of the list that they make together."""
    written = (*common_names, *dns_names)
    for name in dict.fromkeys(written):
        errors = names.check_name(name, policy)
        yield from errors
        if not errors:
            yield from names.notes(name)
            yield from lookalikes.check_name(name, policy)
    for name in sorted({name for name in dns_names if [other.lower() for other in dns_names].count(name.lower()) > 1}):
        yield Problem.of("names.duplicate", name=name)
    yield from names.check_list(tuple(dict.fromkeys(name.lower() for name in written)), policy)
    if allowed is not None:
        yield from _compare_names(common_names, dns_names, [names.normalise(name) for name in allowed])
    if dns_names:
        yield Problem.of("san.column_13", names=", ".join(dict.fromkeys(dns_names)))


def _compare_names(common_names: Sequence[str], dns_names: Sequence[str], allowed: Sequence[str]) -> Iterator[Problem]:
    for name in common_names:
        if not allowed or name.lower() != allowed[0]:
            yield Problem.of("names.other_cn", found=name, expected=allowed[0] if allowed else "")
    for name in dict.fromkeys(dns_names):
        if name.lower() not in allowed:
            yield Problem.of("names.not_requested", name=name)


def check_signature(request: x509.CertificateSigningRequest, key: keys.Key | None) -> Iterator[Problem]:
    """Yield what is wrong with the request's own signature, the proof that its maker has the private key.

    The algorithm is looked at first: a correct signature with SHA-1 would read as an invalid one.
    """
    oid = request.signature_algorithm_oid
    if oid.dotted_string in OUTDATED_HASHES:
        yield Problem.of("signature.hash", found=OUTDATED_HASHES[oid.dotted_string])
    elif oid not in SIGNATURE_ALGORITHMS:
        yield Problem.of("signature.algorithm", found=OTHER_METHODS.get(oid.dotted_string, oid.dotted_string))
    elif key is not None and SIGNATURE_ALGORITHMS[oid] != key.algorithm:
        if key.algorithm in ("RSA", "EC"):  # another kind of key is an error of its own
            yield Problem.of("signature.invalid")
    elif key is not None and not _is_valid(request):
        yield Problem.of("signature.invalid")


def _is_valid(request: x509.CertificateSigningRequest) -> bool:
    try:
        return request.is_signature_valid
    except private_keys.UNREADABLE_KEY:  # a key or parameters that cannot verify anything
        return False


def _check_length(body: str, policy: Policy) -> Iterator[Problem]:
    if len(body) > policy.max_body_length:
        yield Problem.of("request.too_long", found=len(body), allowed=policy.max_body_length)

"""The exact commands that make a new key and a request that `check` accepts, for three tools.

Only the subject DN goes into the request: further names travel in column 13 of NII's file. The key is new each time,
and its file carries the date, so that an old key is never overwritten or used again by mistake.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

from csr.policy import Policy


def file_stem(fqdn: str, on: datetime.date | None = None) -> str:
    """Return the name that key and request share, without ending; `YYYYMMDD` stands where no date is given."""
    return f"{fqdn}-{on:%Y%m%d}" if on else f"{fqdn}-YYYYMMDD"


def openssl(fqdn: str, policy: Policy, *, on: datetime.date | None = None) -> tuple[str, ...]:
    """Return the shell commands for OpenSSL 1.1 and later; `-nodes` is the spelling that all of them know."""
    stem = file_stem(fqdn, on)
    subject = "".join(f"/{name}={_openssl_escaped(value)}" for name, value in (*policy.attributes(), ("CN", fqdn)))
    return (
        "umask 077",
        f"openssl req -new -newkey rsa:{policy.rsa_bits} -nodes -sha256 -keyout {stem}.key -out {stem}.csr"
        f" -subj {_quoted(subject)}",
        f"openssl req -in {stem}.csr -noout -verify -subject",
    )


def keytool(fqdn: str, policy: Policy, *, on: datetime.date | None = None) -> tuple[str, ...]:
    """Return the commands for Java's keytool; it asks for the password of the new key store."""
    stem = file_stem(fqdn, on)
    pairs = reversed((*policy.attributes(), ("CN", fqdn)))
    subject = ", ".join(f"{name}={_dn_escaped(value)}" for name, value in pairs)
    return (
        f"keytool -genkeypair -alias {fqdn} -keyalg RSA -keysize {policy.rsa_bits} -sigalg SHA256withRSA"
        f" -storetype PKCS12 -keystore {stem}.p12 -dname {_quoted(subject)}",
        f"keytool -certreq -alias {fqdn} -sigalg SHA256withRSA -keystore {stem}.p12 -file {stem}.csr",
    )


def certreq(fqdn: str, policy: Policy, *, on: datetime.date | None = None) -> tuple[str, ...]:
    """Return the lines of the file `<stem>.inf` and the command that reads it (Windows, `certreq -new`).

    certreq writes the subject in the order of the file, so C comes first; it spells ST as S.
    """
    stem = file_stem(fqdn, on)
    pairs = (*policy.attributes(), ("CN", fqdn))
    subject = ",".join(f"{'S' if name == 'ST' else name}={_certreq_escaped(value)}" for name, value in pairs)
    return (
        f"; {stem}.inf",
        "[Version]",
        'Signature="$Windows NT$"',
        "[NewRequest]",
        f'Subject="{subject}"',
        "KeyAlgorithm=RSA",
        f"KeyLength={policy.rsa_bits}",
        "HashAlgorithm=SHA256",
        'ProviderName="Microsoft RSA SChannel Cryptographic Provider"',
        "ProviderType=12",
        "KeySpec=AT_KEYEXCHANGE",
        "MachineKeySet=TRUE",
        "Exportable=TRUE",
        "RequestType=PKCS10",
        "SMIME=FALSE",
        f"; certreq -new {stem}.inf {stem}.csr",
    )


def _quoted(text: str) -> str:
    """Return `text` in double quotes, which sh, PowerShell and cmd read alike as long as it holds nothing special."""
    return '"' + re.sub(r'([\\"$`])', r"\\\1", text) + '"'


def _openssl_escaped(value: str) -> str:
    return re.sub(r"([/+\\])", r"\\\1", value)


def _dn_escaped(value: str) -> str:
    return re.sub(r'([,+"\\<>;=])', r"\\\1", value)


def _certreq_escaped(value: str) -> str:
    return f'""{value}""' if re.search(r'[,+=;"]', value) else value


TOOLS: dict[str, Callable[..., tuple[str, ...]]] = {"openssl": openssl, "keytool": keytool, "certreq": certreq}
"""The tools of `python -m csr command --tool`."""

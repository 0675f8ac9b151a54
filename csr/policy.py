"""What an institution may ask of NII: its registered DN, domains, profiles and limits, in one frozen value."""

from __future__ import annotations

from dataclasses import dataclass

RSA_PROFILE = 3
"""Certificate profile: RSA 2048, sha256WithRSAEncryption (UPKI manual 5-3-1, column 2)."""

EC_PROFILE = 11
"""Certificate profile: secp384r1, ecdsa-with-SHA384 (UPKI manual 5-3-1, column 2)."""

SUBJECT_ORDER = ("C", "ST", "L", "O", "CN")
"""Order of the subject in a request; exactly the reverse is accepted too (UPKI manual 5-3-1)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one institution. The defaults of the limits are NII's; the DN and the domains are the institution's.

    ST and L are compared exactly with what is registered at NII: whether NII ignores case is not known.
    """

    organization: str
    locality: str
    state: str
    country: str = "JP"
    domains: tuple[str, ...] = ()
    """Registered domains in lower case, A-labels, without a leading dot."""
    profiles: tuple[int, ...] = (RSA_PROFILE,)
    rsa_bits: int = 2048
    """Modulus length in bits that profile 3 takes: exactly this one."""
    min_exponent: int = 65537
    """Smallest public exponent (Baseline Requirements 2.2.6, section 6.1.6: SHOULD be at least 2^16+1)."""
    max_name_length: int = 64
    """Characters of one name (UPKI manual 5-3-1, column 11; RFC 5280 ub-common-name)."""
    max_names: int = 8
    """Names of a certificate, the common name included (NII FAQ q4)."""
    max_names_length: int = 250
    """Characters of column 13 as NII writes it: `dNSName=a,dNSName=b`."""
    max_dn_length: int = 250
    """Characters of column 1."""
    max_body_length: int = 2048
    """Characters of column 7: the request in base64 on one line."""
    known_services: tuple[str, ...] = ()
    """Further words for the look-alike screen, in lower case, beside those of `known_services.txt`."""
    max_input_bytes: int = 64 * 1024
    """Bytes of a file or text that is looked at."""

    def attributes(self) -> tuple[tuple[str, str], ...]:
        """Return the fixed part of the subject in the order C, ST, L, O."""
        return (("C", self.country), ("ST", self.state), ("L", self.locality), ("O", self.organization))

    def subject_dn(self, common_name: str) -> str:
        """Return the subject as NII's TSV wants it: CN, O, L, ST, C without spaces (UPKI manual 5-3-1, column 1)."""
        pairs = (*self.attributes(), ("CN", common_name))
        return ",".join(f"{name}={value}" for name, value in reversed(pairs))


UEC = Policy(
    organization="The University of Electro-Communications",
    locality="chofu",
    state="tokyo",
    domains=("uec.ac.jp",),
)
"""The University of Electro-Communications, as its service page prints the DN (lower-case tokyo and chofu)."""

"""The institution whose certificates these are, as csr's policy; UEC's values unless settings say otherwise."""

import dataclasses
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

from django.conf import settings

from csr import certificates
from csr.policy import UEC, Policy


@cache
def policy() -> Policy:
    """Return the policy that every check of the portal uses."""
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in settings.INSTITUTION.items()}
    return dataclasses.replace(UEC, **cast(dict[str, Any], given))


def issuers() -> tuple[certificates.Certificate, ...]:
    """Return the pinned certificates of the CAs that issue for the institution; none where the setting is empty.

    Read anew when the file changes, so that an operator adds the next CA without a restart.
    """
    path = Path(settings.ISSUERS_FILE) if settings.ISSUERS_FILE else None
    if path is None or not path.is_file():
        return ()
    return _issuers(str(path), path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _issuers(path: str, _changed_at: int) -> tuple[certificates.Certificate, ...]:
    found = certificates.read(Path(path).read_bytes())
    return tuple(certificate for certificate in found.certificates if certificate.is_ca)

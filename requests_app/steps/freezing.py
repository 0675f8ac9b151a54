"""Freezing a version: what was applied for becomes canonical bytes with a digest, which decisions name."""

import base64
from typing import Any

from django.utils import timezone

from audit import canonical
from requests_app import queries
from requests_app.models import CertificateRequest, Csr, Version, VersionName

FORMAT = "upki-portal/request-version/1"
"""Name of the canonical JSON's shape; a change of the shape gets a new number."""


def contents(request: CertificateRequest) -> dict[str, Any]:
    """Return what the request asks for at present, as plain JSON values."""
    csr = current_csr(request)
    return {
        "format": FORMAT,
        "request": request.pk,
        "names": list(request.names),
        "purpose": request.purpose,
        "applicant": request.applicant_id,
        "managers": sorted(manager.pk for manager in queries.managers_of(request)),
        "subscriber_contact": {
            "person": request.subscriber_contact_id,
            "name": request.contact_name,
            "affiliation": request.contact_affiliation,
        },
        "software": request.software,
        "installation": request.installation,
        "replaced": sorted(request.replaced.values_list("pk", flat=True)),
        "csr": base64.b64encode(bytes(csr.der)).decode() if csr else None,
    }


def current_csr(request: CertificateRequest) -> Csr | None:
    """Return the CSR that counts at present, if one was given."""
    return request.csrs.filter(superseded_at=None).first()


def put_misfit_aside(request: CertificateRequest) -> bool:
    """Put the current CSR aside if the draft's names have changed so that it has none of them or others too."""
    csr = current_csr(request)
    if csr is None or not request.common_name:
        return False
    if csr.common_name == request.common_name and set(csr.dns_names) <= set(request.names):
        return False
    csr.superseded_at = timezone.now()
    csr.save(update_fields=["superseded_at"])
    return True


def digest(request: CertificateRequest) -> str:
    """Return the SHA-256 that a version made now would have; pages show it and post it back."""
    return canonical.digest(contents(request))


def freeze(request: CertificateRequest, *, by_id: int) -> Version:
    """Store the next version of a locked request and make it the current one (the caller saves the request)."""
    what = contents(request)
    version = Version.objects.create(
        request=request,
        number=request.versions.count() + 1,
        canonical=canonical.encode(what).decode(),
        digest=canonical.digest(what),
        made_by_id=by_id,
    )
    VersionName.objects.bulk_create(
        VersionName(version=version, position=position, name=name) for position, name in enumerate(request.names)
    )
    request.current_version = version
    return version

"""How certificates and their holders enter the inventory: one way, whatever door they come through."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from audit.actors import Actor
from audit.recording import record
from inventory.models import Certificate, CertificateName, Holding, ListImport, Provenance, PublicKey


@dataclass(frozen=True)
class Facts:
    """What is known of a certificate. `serial` in decimal digits, digests in hexadecimal, moments aware."""

    serial: str
    subject_dn: str
    common_name: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    der: bytes | None = None
    der_sha256: str | None = None
    spki_sha256: str = ""
    issuer_spki_sha256: str = ""
    nii_application_id: str = ""


@transaction.atomic(durable=True)
def record_certificate(facts: Facts, *, provenance: Provenance, holder_ids: Iterable[int], actor: Actor) -> Certificate:
    """Record a certificate, its names, its key and its holders; the same certificate again changes nothing."""
    return add_certificate(facts, provenance=provenance, holder_ids=holder_ids, actor=actor)


def add_certificate(facts: Facts, *, provenance: Provenance, holder_ids: Iterable[int], actor: Actor) -> Certificate:
    """Do the same as a step of another verb, under that verb's locks."""
    known = _known(facts)
    if known:
        return known
    certificate = Certificate.objects.create(
        provenance=provenance,
        der=facts.der,
        der_sha256=facts.der_sha256,
        issuer_spki_sha256=facts.issuer_spki_sha256,
        serial=facts.serial,
        nii_application_id=facts.nii_application_id,
        subject_dn=facts.subject_dn,
        common_name=facts.common_name.lower(),
        spki_sha256=facts.spki_sha256,
        not_before=facts.not_before,
        not_after=facts.not_after,
    )
    names = dict.fromkeys(name.lower() for name in (facts.common_name, *facts.names))
    CertificateName.objects.bulk_create(CertificateName(certificate=certificate, name=name) for name in names)
    if facts.spki_sha256:
        PublicKey.objects.get_or_create(
            spki_sha256=facts.spki_sha256, defaults={"taken_by": certificate.subject, "taken_at": timezone.now()}
        )
    holders = list(dict.fromkeys(holder_ids))
    for person_id in holders:
        Holding.objects.create(certificate=certificate, person_id=person_id)
    record(
        certificate.subject,
        "CERTIFICATE_RECORDED",
        actor=actor,
        payload={"provenance": provenance, "serial": facts.serial, "names": list(names), "holders": holders},
    )
    return certificate


def _known(facts: Facts) -> Certificate | None:
    if facts.der_sha256:
        return Certificate.objects.filter(der_sha256=facts.der_sha256).first()
    if not facts.nii_application_id:
        raise ValueError("a certificate is known by its DER or by NII's application id")
    return Certificate.objects.filter(nii_application_id=facts.nii_application_id, serial=facts.serial).first()


@transaction.atomic(durable=True)
def record_list(listed_at: datetime, *, certificates: int, actor: Actor) -> None:
    """Note that NII's list of `listed_at` (aware) is in the inventory completely."""
    listing = ListImport.objects.create(listed_at=listed_at, certificates=certificates, completed_at=timezone.now())
    record(
        f"listing:{listing.pk}",
        "LIST_RECORDED",
        actor=actor,
        payload={"listed_at": listed_at.isoformat(), "certificates": certificates},
    )

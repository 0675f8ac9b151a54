"""How certificates and their holders enter the inventory: one way, whatever door they come through."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from audit.actors import Actor
from audit.recording import record, record_first
from csr import certificates
from inventory import expiry
from inventory.models import Certificate, CertificateName, Holding, Provenance, PublicKey


@dataclass(frozen=True)
class Facts:
    """What is known of a certificate. `serial` in decimal digits, digests in hexadecimal, moments aware."""

    serial: str
    subject_dn: str
    common_name: str
    names: tuple[str, ...]
    not_before: datetime | None
    not_after: datetime | None
    der: bytes | None = None
    der_sha256: str | None = None
    spki_sha256: str = ""
    issuer_spki_sha256: str = ""
    nii_application_id: str = ""

    @classmethod
    def of(
        cls, found: certificates.Certificate, *, issuer_spki_sha256: str = "", nii_application_id: str = ""
    ) -> "Facts":
        """Return what a certificate says of itself; who signed it is the caller's to have verified."""
        return cls(
            serial=found.serial_digits,
            subject_dn=found.subject_dn,
            common_name=found.common_name,
            names=found.names,
            not_before=found.not_before,
            not_after=found.not_after,
            der=found.der,
            der_sha256=found.fingerprint_sha256,
            spki_sha256=found.spki_sha256,
            issuer_spki_sha256=issuer_spki_sha256,
            nii_application_id=nii_application_id,
        )


def add_certificate(facts: Facts, *, provenance: Provenance, holder_ids: Iterable[int], actor: Actor) -> Certificate:
    """Record a certificate, its names, its key and its holders, as a step of a verb and under that verb's locks.

    The same certificate again changes nothing. One that is known already is completed by what is new: its DER where
    NII's list had only the serial number, a provenance that says more, and then its holders. Never a second row for it.
    """
    holders = list(dict.fromkeys(holder_ids))
    known = find(facts)
    if known:
        _absorb_seen(known, facts)
        _complete(known, facts, provenance=provenance, holders=holders, actor=actor)
        return known
    certificate = _certificate(facts, provenance=provenance, nii_application_id=_free_application_id(facts))
    certificate.save(force_insert=True)
    names = _add_names(certificate, facts)
    _take_key(certificate)
    for person_id in holders:
        Holding.objects.create(certificate=certificate, person_id=person_id)
    expiry.make_rungs(certificate)
    record(
        certificate.subject,
        "CERTIFICATE_RECORDED",
        actor=actor,
        payload=_told(certificate, names=names, holders=holders),
    )
    return certificate


def note_seen(facts: Facts) -> Certificate:
    """Return the certificate that a server showed, known or kept as SEEN now.

    Whoever runs a server writes what they like into a certificate: texts are cut, no key is taken, nobody holds it.
    """
    known = Certificate.objects.filter(der_sha256=facts.der_sha256).first()
    if known:
        return known
    certificate, is_new = Certificate.objects.get_or_create(
        der_sha256=facts.der_sha256,
        defaults={
            "provenance": Provenance.SEEN,
            "der": facts.der,
            "serial": facts.serial[:50],
            "subject_dn": facts.subject_dn.replace("\0", "")[:250],
            "common_name": facts.common_name.replace("\0", "").lower()[:64],
            "spki_sha256": facts.spki_sha256,
            "not_before": _showable(facts.not_before),
            "not_after": _showable(facts.not_after),
        },
    )
    if is_new:
        names = {name.lower() for name in facts.names[:MAX_NAMES_SEEN] if len(name) <= MAX_NAME and "\0" not in name}
        CertificateName.objects.bulk_create(CertificateName(certificate=certificate, name=name) for name in names)
    return certificate


def _showable(moment: datetime | None) -> datetime | None:
    """Return a moment that every time zone can show; the year 9999 means "no end" (RFC 5280, 4.1.2.5)."""
    return moment if moment and 1 < moment.year < 9999 else None


MAX_NAMES_SEEN = 100
"""Names kept of a certificate that was merely seen: a content network's has hundreds."""

MAX_NAME = 64
"""Characters of a name in the inventory."""


def add_unknown(facts: Sequence[Facts], *, provenance: Provenance, actor: Actor) -> list[Certificate]:
    """Record certificates without holders, none of them or of their serial numbers known, with a few statements.

    What is left is as after `add_certificate` for each. One that somebody recorded meanwhile meets a constraint: the
    transaction fails with IntegrityError, and comes again.
    """
    made = Certificate.objects.bulk_create(
        _certificate(one, provenance=provenance, nii_application_id=one.nii_application_id) for one in facts
    )
    names = {certificate.pk: _names(one) for certificate, one in zip(made, facts, strict=True)}
    CertificateName.objects.bulk_create(
        CertificateName(certificate_id=pk, name=name) for pk, several in names.items() for name in several
    )
    PublicKey.objects.bulk_create(
        (
            PublicKey(spki_sha256=one.spki_sha256, taken_by=one.subject, taken_at=timezone.now())
            for one in made
            if one.spki_sha256
        ),
        ignore_conflicts=True,
    )
    expiry.make_first_rungs(made)
    payloads = {one.subject: _told(one, names=names[one.pk], holders=[]) for one in made}
    record_first("CERTIFICATE_RECORDED", payloads, actor=actor)
    return made


def _certificate(facts: Facts, *, provenance: Provenance, nii_application_id: str) -> Certificate:
    """Return the row of a certificate, not written yet."""
    return Certificate(
        provenance=provenance,
        der=facts.der,
        der_sha256=facts.der_sha256,
        issuer_spki_sha256=facts.issuer_spki_sha256,
        serial=facts.serial,
        nii_application_id=nii_application_id,
        subject_dn=facts.subject_dn,
        common_name=facts.common_name.lower(),
        spki_sha256=facts.spki_sha256,
        not_before=facts.not_before,
        not_after=facts.not_after,
    )


def _told(certificate: Certificate, *, names: list[str], holders: list[int]) -> dict[str, Any]:
    """Return what the event of a new certificate tells."""
    return {"provenance": certificate.provenance, "serial": certificate.serial, "names": names, "holders": holders}


def find(facts: Facts) -> Certificate | None:
    """Return the certificate that these facts are about: by DER, by NII's application, or by serial number and CN.

    The last is for one of which only one side has a DER so far: pasted here, and in a list without its PEM.
    """
    if not facts.der_sha256 and not facts.nii_application_id:
        raise ValueError("a certificate is known by its DER or by NII's application id")
    shown = None
    if facts.der_sha256:
        known = Certificate.objects.filter(der_sha256=facts.der_sha256).first()
        if known and known.provenance != Provenance.SEEN:
            return known
        shown = known  # unless NII's list has the same one without its PEM
    same = Certificate.objects.filter(serial=facts.serial)
    if facts.der_sha256:
        same = same.filter(der_sha256=None)
    if facts.nii_application_id:
        known = same.filter(nii_application_id=facts.nii_application_id).first()
        if known:
            return known
    # What a server merely showed is known by its DER alone: anybody can write a serial number into a certificate.
    listed = same.exclude(provenance=Provenance.SEEN)
    return listed.filter(common_name=facts.common_name.lower()).order_by("pk").first() or shown


def _absorb_seen(known: Certificate, facts: Facts) -> None:
    """Let one that a server showed, and that NII's list had without PEM beside it, be a single row again."""
    if known.der_sha256 or not facts.der_sha256:
        return
    twin = Certificate.objects.filter(der_sha256=facts.der_sha256, provenance=Provenance.SEEN).first()
    if twin:
        twin.observations.update(certificate=known)
        twin.delete()


def _free_application_id(facts: Facts) -> str:
    """Return NII's id unless another certificate has it with this serial number: then the DER alone identifies it."""
    if not facts.nii_application_id:
        return ""
    taken = Certificate.objects.filter(nii_application_id=facts.nii_application_id, serial=facts.serial)
    return "" if taken.exists() else facts.nii_application_id


_RANK = {Provenance.SEEN: 0, Provenance.LISTED: 1, Provenance.ISSUED: 2}
"""A certificate only ever rises: seen on a server, then in NII's list, then matched with the row it was issued for."""


def _complete(known: Certificate, facts: Facts, *, provenance: Provenance, holders: list[int], actor: Actor) -> None:
    """Write what `facts` add to a known certificate; nothing where they add nothing."""
    changes = _changes(known, facts, provenance=provenance)
    if not changes:
        return
    Certificate.objects.select_for_update(no_key=True).get(pk=known.pk)
    for field, value in changes.items():
        setattr(known, field, value)
    known.save(update_fields=list(changes))
    if "der" in changes:
        _add_names(known, facts)
        _take_key(known)
    added = []
    if "provenance" in changes:
        added = [person_id for person_id in holders if _hold(known, person_id)]
    if changes.keys() & {"der", "provenance"}:
        expiry.make_rungs(known)
    record(
        known.subject,
        "CERTIFICATE_COMPLETED",
        actor=actor,
        payload={"provenance": known.provenance, "changed": sorted(changes), "holders": added},
    )


def _changes(known: Certificate, facts: Facts, *, provenance: Provenance) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    was_seen = known.provenance == Provenance.SEEN and provenance != Provenance.SEEN
    if (known.der_sha256 is None or was_seen) and facts.der_sha256:
        changes |= {
            "der": facts.der,
            "der_sha256": facts.der_sha256,
            "issuer_spki_sha256": facts.issuer_spki_sha256,
            "spki_sha256": facts.spki_sha256,
            "subject_dn": facts.subject_dn,
            "not_before": facts.not_before,
            "not_after": facts.not_after,
        }
    if not known.nii_application_id and _free_application_id(facts):
        changes["nii_application_id"] = facts.nii_application_id
    if _RANK[provenance] > _RANK[Provenance(known.provenance)]:
        changes["provenance"] = provenance
    return changes


def _hold(certificate: Certificate, person_id: int) -> bool:
    _holding, is_new = Holding.objects.get_or_create(certificate=certificate, person_id=person_id, until_at=None)
    return is_new


def _names(facts: Facts) -> list[str]:
    return list(dict.fromkeys(name.lower() for name in (facts.common_name, *facts.names)))


def _add_names(certificate: Certificate, facts: Facts) -> list[str]:
    names = _names(facts)
    CertificateName.objects.bulk_create(
        [CertificateName(certificate=certificate, name=name) for name in names], ignore_conflicts=True
    )
    return names


def _take_key(certificate: Certificate) -> None:
    """Let the certificate's key count as used (design: "Keys")."""
    if certificate.spki_sha256:
        PublicKey.objects.get_or_create(
            spki_sha256=certificate.spki_sha256, defaults={"taken_by": certificate.subject, "taken_at": timezone.now()}
        )

"""Opening, filing and settling a revocation: shared by holders' wishes, replacements, files, lists and proofs."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Q

from audit.actors import Actor
from audit.recording import record
from inventory.models import Certificate, RevocationSource
from inventory.serving import Serving, of_certificates
from requests_app import errors, mails, transitions
from requests_app.models import CertificateRequest, Revocation, RevocationReason
from requests_app.states import RevocationAction, State
from requests_app.states.revocation import OPEN_STATES
from requests_app.steps import completing
from tsv import writing
from tsv.problems import Refused
from tsv.records import RevokeRecord


def open_revocation(
    certificate: Certificate,
    *,
    reason: RevocationReason,
    actor: Actor,
    comment: str = "",
    request: CertificateRequest | None = None,
    on_behalf: bool = False,
    asked_by_id: int | None = None,
) -> Revocation:
    """Return the certificate's open revocation, made now in REQUESTED where there is none.

    The caller holds the certificate's lock and has checked who asks. `asked_by_id` names the person where the portal
    acts on a wish of theirs from earlier. The registrars hear of it, and the holders but for the one whose report of a
    request it follows from; a leaked key has a mail of its own.
    """
    known = certificate.revocations.filter(state__in=OPEN_STATES).first()
    if known:
        return known
    revocation = Revocation.objects.create(
        certificate=certificate,
        request=request,
        reason=reason,
        comment=comment,
        asked_by_id=asked_by_id or actor.human_id,
        on_behalf=on_behalf,
    )
    record(
        revocation.subject,
        "REVOCATION_ASKED",
        actor=actor,
        payload={"certificate": certificate.pk, "serial": certificate.serial, "reason": int(reason)},
    )
    if reason != RevocationReason.KEY_COMPROMISE:
        at_desk = mails.registrars()
        mails.tell_of_revocation("revocation_asked", revocation, to=at_desk, at_desk=True)
        knows = actor.person_id if request else None
        holders = [one for one in mails.holders(certificate) if one.pk != knows and one not in at_desk]
        mails.tell_of_revocation("revocation_asked", revocation, to=holders)
    return revocation


def row_of(revocation: Revocation) -> RevokeRecord:
    """Return the row as it would go to NII: the DN as it was issued or listed, the serial number in decimal."""
    certificate = revocation.certificate
    return RevokeRecord(
        certificate.subject_dn, serial=int(certificate.serial), reason=revocation.reason, comment=revocation.comment
    )


def content_of(revocation: Revocation) -> bytes:
    """Return the bytes of the row: those that were accepted, or those that would be. Raises RowRefused."""
    if revocation.content is not None:
        return bytes(revocation.content)
    try:
        return writing.row(row_of(revocation))
    except Refused as refused:
        raise errors.RowRefused(refused.problems) from refused


def served_of(revocations: Iterable[Revocation]) -> dict[int, Serving]:
    """Return what servers show of the certificates to be revoked and of those that replace them, by id."""
    several = list(revocations)
    ids = {one.certificate_id for one in several}
    ids.update(one.request.certificate_id for one in several if one.request and one.request.certificate_id)
    return of_certificates(ids)


def is_kept_back(revocation: Revocation, served: Mapping[int, Serving]) -> bool:
    """Tell whether a server still shows the certificate and no registrar decided to revoke it all the same.

    `served` by certificate id. A leaked key is not kept back: that a server still uses it makes haste, not delay.
    """
    if revocation.reason == RevocationReason.KEY_COMPROMISE or revocation.served_override_reason:
        return False
    return served.get(revocation.certificate_id) in {Serving.EVERYWHERE, Serving.SOMEWHERE}


def is_green(revocation: Revocation, served: Mapping[int, Serving]) -> bool:
    """Tell whether the new certificate was seen on every address of its names and the old one on none."""
    new = revocation.request.certificate_id if revocation.request else None
    if new is None or new == revocation.certificate_id:
        return False
    return served.get(new) is Serving.EVERYWHERE and served.get(revocation.certificate_id) is Serving.NOWHERE


def waiting_ids(certificate_ids: Iterable[int]) -> list[int]:
    """Return the requests that may be over once these certificates are: the caller locks them before revocations."""
    ids = list(certificate_ids)
    waiting = CertificateRequest.objects.filter(
        Q(replaced__in=ids) | Q(certificate__in=ids), state__in={State.ISSUED, State.INSTALLED}
    )
    return sorted(set(waiting.values_list("pk", flat=True)))


def lock(revocation_id: int) -> Revocation:
    """Return a revocation with its certificate, both locked after every request that may be over with it."""
    about = Revocation.objects.get(pk=revocation_id)
    transitions.lock_all({*waiting_ids([about.certificate_id]), *([about.request_id] if about.request_id else [])})
    revocation = transitions.lock_revocation(revocation_id)
    revocation.certificate = transitions.lock_certificate(about.certificate_id)
    return revocation


def settle_revoked(
    revocation: Revocation,
    *,
    revoked_at: datetime,
    source: RevocationSource,
    action: RevocationAction,
    actor: Actor,
) -> None:
    """Write that a locked revocation's certificate is revoked, tell its holders, and complete what waited for it.

    `action` is the caller's: CONFIRM_REVOKED or LIST_REVOKED. The caller has locked the requests of `waiting_ids`
    before the revocation. Raises what move_revocation raises; nothing is written then.
    """
    certificate = revocation.certificate
    details = {"source": source, "revoked_at": revoked_at.isoformat(), "serial": certificate.serial}
    transitions.move_revocation(revocation, action, actor=actor, details=details)
    certificate.revoked_at, certificate.revocation_source = revoked_at, source
    certificate.save(update_fields=["revoked_at", "revocation_source"])
    mails.tell_of_revocation("revocation_done", revocation, to=mails.holders(certificate))
    complete_waiting(certificate)


def complete_waiting(certificate: Certificate) -> None:
    """Complete the requests for which this certificate was the last thing open; the caller has locked them."""
    for request in transitions.lock_all(waiting_ids([certificate.pk])):
        completing.complete_if_done(request)

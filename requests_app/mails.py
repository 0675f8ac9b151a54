"""Which mails an action sends, to whom and with which facts. The texts are templates/notifications/<kind>/{ja,en}.txt.

Mail goes to the address on record, is put into the outbox in the transaction of the action, and its key names the
event, so that nothing is lost and nothing is sent twice.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts import queries as people
from accounts.choices import Role as Grant
from accounts.models import User
from accounts.recipients import recipient_of
from audit.models import Event
from csr import commands
from csr import names as csr_names
from inventory import queries as inventory
from inventory.models import Certificate
from notifications import kinds, outbox
from notifications.outbox import Recipient
from notifications.quoting import quoted
from requests_app import conflicts, queries, relations
from requests_app.institution import policy
from requests_app.models import CertificateRequest, HandOver, Incident, Revocation
from requests_app.states import Action, State


def applicant(request: CertificateRequest) -> list[User]:
    """Return the applicant alone."""
    return [request.applicant]


def applicant_and_managers(request: CertificateRequest) -> list[User]:
    """Return the people of the request, each once."""
    return list(dict.fromkeys([request.applicant, *queries.managers_of(request)]))


def registrars(request: CertificateRequest | None = None) -> list[User]:
    """Return everybody who is a registrar now."""
    return list(people.people_with_role(Grant.REGISTRAR, at=timezone.now()))


def holders_of_the_names(request: CertificateRequest) -> list[User]:
    """Return other people who hold a valid certificate, or have an open request, for one of the names.

    Holders who are asked for their word get that mail and not a second one that says there is nothing to do.
    """
    mine = {person.pk for person in applicant_and_managers(request)}
    asked = request.confirmations.filter(versions=request.current_version_id or 0).exclude(certificate=None)
    mine |= inventory.holder_ids(asked.values_list("certificate_id", flat=True))
    certificates = inventory.valid_for_names(request.names).values_list("pk", flat=True)
    ids = inventory.holder_ids(certificates)
    ids.update(conflicts.open_requests_for_names(request.names, besides=request).values_list("applicant_id", flat=True))
    return list(User.objects.filter(pk__in=ids - mine, is_active=True).order_by("pk"))


def waits_for_a_registrar(request: CertificateRequest) -> list[User]:
    """Return the registrars when the row needs their eye, nobody when it went straight to the queue."""
    return registrars() if request.state == State.PREPARED else []


def registrars_who_saw_it(request: CertificateRequest) -> list[User]:
    """Return the registrars unless the request ended before they had anything to do with it."""
    return registrars() if request.versions.filter(request__decisions__isnull=False).exists() else []


def holders_of_request(request: CertificateRequest) -> list[User]:
    """Return who holds the request's certificate now (or will): after a hand-over, not who applied for it."""
    return list(User.objects.filter(pk__in=relations.holder_ids(request), is_active=True).order_by("pk"))


def people_of_an_issued_one(request: CertificateRequest) -> list[User]:
    """Return the people and the contact where the certificate is the right one, nobody where it has to be held."""
    if request.state != State.ISSUED:
        return []
    contact = [request.subscriber_contact] if request.subscriber_contact else []
    return list(dict.fromkeys([*holders_of_request(request), *contact]))


def desk_address(request: CertificateRequest) -> str:
    """Return the path of the registrars' page of a request."""
    return reverse("admin:requests_app_certificaterequest_change", args=[request.pk])


def home_address(request: CertificateRequest) -> str:
    """Return the path of everybody's own list."""
    return reverse("requests:list")


@dataclass(frozen=True)
class Notice:
    """One mail of an action: its kind, its recipients, and which page it leads to."""

    kind: str
    to: Callable[[CertificateRequest], Iterable[User]]
    page: Callable[[CertificateRequest], str] = CertificateRequest.get_absolute_url


NOTICES: dict[Action, tuple[Notice, ...]] = {
    Action.APPLY: (
        Notice("application_received", applicant_and_managers),
        # They may not see the request itself.
        Notice("name_requested_elsewhere", holders_of_the_names, page=home_address),
    ),
    Action.AMEND: (
        Notice("application_received", applicant_and_managers),
        Notice("name_requested_elsewhere", holders_of_the_names, page=home_address),
    ),
    Action.ADJUST: (Notice("row_to_review", waits_for_a_registrar, page=desk_address),),
    Action.SETTLE: (Notice("ready_for_review", registrars, page=desk_address),),
    Action.REFUSE: (Notice("name_refused", applicant_and_managers),),
    Action.APPROVE: (Notice("request_approved", applicant_and_managers),),
    Action.RETURN: (Notice("request_returned", applicant_and_managers),),
    Action.REJECT: (Notice("request_rejected", applicant_and_managers),),
    Action.SEND: (Notice("key_sent", applicant), Notice("row_to_review", waits_for_a_registrar, page=desk_address)),
    Action.CORRECT: (Notice("correction_asked", applicant_and_managers),),
    Action.SUBMIT: (Notice("submitted_to_nii", applicant_and_managers),),
    Action.TAKE_AT_NII: (Notice("accepted_by_nii", applicant_and_managers),),
    Action.REFUSE_AT_NII: (Notice("held_by_nii", applicant_and_managers),),
    Action.HOLD_AT_NII: (Notice("held_by_nii", applicant_and_managers),),
    Action.REMAKE: (Notice("row_to_review", registrars, page=desk_address),),
    Action.RECORD_CERTIFICATE: (Notice("certificate_here", people_of_an_issued_one),),
    Action.LIST_CERTIFICATE: (Notice("certificate_here", people_of_an_issued_one),),
    Action.LIST_REFUSAL: (Notice("held_by_nii", applicant_and_managers),),
    Action.REPORT_INSTALLED: (Notice("installed", holders_of_request),),
    Action.RECORD_INSTALLED: (Notice("installed", holders_of_request),),
    Action.WITHDRAW: (
        Notice("request_withdrawn", applicant_and_managers),
        Notice("request_withdrawn", registrars_who_saw_it, page=desk_address),
    ),
    Action.LAPSE: (Notice("request_lapsed", applicant_and_managers),),
}
"""Actions without a row send no mail: OVERRIDE, ACCEPT, HOLD, FILE, FREE and their like stay at the desk."""

OTHER_KINDS = (
    "confirm_name",
    "confirm_name_reminder",
    "confirm_names",
    "answer_recorded",
    "confirmation_unanswered",
    "may_use_name",
    "contact_asked",
    "answers_contradict",
    "about_to_lapse",
    "key_compromise",
    "incident_opened",
    "report_installation",
    "fetch_certificate",
    "nothing_came",
    "revocation_asked",
    "revocation_declined",
    "revocation_done",
    "certificate_revoked",
    "key_compromise_reported",
    "hand_over_asked",
    "hand_over_accepted",
    "hand_over_declined",
    "hand_over_expired",
    "address_bounced",
    "comment_waits",
    "certificate_ending",
    "certificates_ending_soon",
    "certificate_not_needed",
    "morning_digest",
    "employment_ends",
    "zone_change_proposed",
    "zone_change_discarded",
    "zone_changed",
)
"""Mails that no action of the table sends."""


def register() -> None:
    """Tell notifications which kinds exist; a test demands both texts for each."""
    names = dict.fromkeys(notice.kind for notices in NOTICES.values() for notice in notices)
    kinds.register(*(kinds.Kind(name) for name in (*names, *OTHER_KINDS)))


def facts(request: CertificateRequest, *, reason: str = "") -> dict[str, Any]:
    """Return what every text about a request may use. `reason` arrives quoted line by line and shortened."""
    row = request.rows.filter(superseded_at=None).first()
    contact = request.subscriber_contact
    return {
        "reference": request.reference,
        "common_name": _name_for_a_subject(request.common_name),
        "names": list(request.names),
        **applicant_facts(request),
        "reason": quoted(reason),
        "openssl_commands": list(commands.openssl(request.common_name, policy())) if request.common_name else [],
        "row_kind": row.get_kind_display() if row else "",
        "key_sha256": row.csr.spki_sha256 if row else "",
        "sent_by_ja": (row.sent_by.name_ja or row.sent_by.name_en) if row and row.sent_by else "",
        "sent_by_en": (row.sent_by.name_en or row.sent_by.name_ja) if row and row.sent_by else "",
        "queued": request.state == State.QUEUED,
        "contact_ja": (contact.name_ja or contact.name_en) if contact else "",
        "contact_en": (contact.name_en or contact.name_ja) if contact else "",
        "contact_mail": contact.mail_address if contact else "",
        **_certificate_facts(request.certificate),
    }


def applicant_facts(request: CertificateRequest) -> dict[str, str]:
    """Return the applicant's name for either language."""
    applicant = request.applicant
    return {
        "applicant_ja": applicant.name_ja or applicant.name_en,
        "applicant_en": applicant.name_en or applicant.name_ja,
    }


def _certificate_facts(certificate: Certificate | None) -> dict[str, Any]:
    if certificate is None:
        return {"serial": "", "valid_until": ""}
    ends = timezone.localtime(certificate.not_after).strftime("%Y-%m-%d") if certificate.not_after else ""
    return {"serial": certificate.serial, "valid_until": ends}


def certificate_facts(certificate: Certificate) -> dict[str, Any]:
    """Return name, serial number and last day (Tokyo) of a certificate, as every text shows them."""
    return {"common_name": _name_for_a_subject(certificate.common_name), **_certificate_facts(certificate)}


def _name_for_a_subject(name: str) -> str:
    """Return a CN that the rules allow, else nothing: what a draft holds is free text, which no subject carries."""
    refused = any(problem.is_error for problem in csr_names.check_name(name, policy()))
    return "" if refused else name


def tell(request: CertificateRequest, action: Action, *, event: Event, reason: str) -> None:
    """Put the mails of `action` into the outbox; each recipient once for each kind."""
    context: dict[str, Any] | None = None
    told: set[tuple[str, int]] = set()
    for notice in NOTICES.get(action, ()):
        for person in notice.to(request):
            if (notice.kind, person.pk) in told:
                continue
            told.add((notice.kind, person.pk))
            context = context or facts(request, reason=reason)
            send(
                notice.kind,
                key=f"R{request.pk}/e{event.sequence}",
                person=person,
                context=context,
                link=notice.page(request),
            )


def send(kind: str, *, key: str, person: User, context: dict[str, Any], link: str) -> None:
    """Put one mail to one person into the outbox; nothing happens when this key was used for them before."""
    outbox.enqueue(kind, key=f"{key}/{kind}/u{person.pk}", recipient=recipient_of(person), context=context, link=link)


def tell_of_incident(incident: Incident, *, kind: str = "incident_opened") -> None:
    """Tell every registrar that something has to be looked into, and until when; `kind` is the mail's."""
    request, certificate = incident.request, incident.certificate
    named = certificate or request
    for registrar in registrars():
        send(
            kind,
            key=f"I{incident.pk}",
            person=registrar,
            context={
                "kind": incident.kind,
                "reference": request.reference if request else "",
                "serial": certificate.serial if certificate else "",
                "common_name": _name_for_a_subject(named.common_name) if named else "",
                "due_at": timezone.localtime(incident.due_at).strftime("%Y-%m-%d %H:%M"),
            },
            link=reverse("admin:requests_app_incident_change", args=[incident.pk]),
        )


OUT_OF_HOURS_NAMES = ("時間外窓口", "out-of-hours contact")
"""How the address that hears of a key compromise at any hour is addressed: nobody knows who reads it."""


def holders(certificate: Certificate) -> list[User]:
    """Return the people who hold a certificate now."""
    return list(User.objects.filter(pk__in=inventory.holder_ids([certificate.pk]), is_active=True).order_by("pk"))


def tell_of_revocation(
    kind: str, revocation: Revocation, *, to: Iterable[User], at_desk: bool = False, reason: str = ""
) -> None:
    """Tell each of these people of a revocation, once for each kind; `at_desk` leads to its page at the desk."""
    context = revocation_facts(revocation, reason=reason) | {"at_desk": at_desk}
    desk, portal = _revocation_pages(revocation)
    for person in to:
        send(kind, key=revocation.reference, person=person, context=context, link=desk if at_desk else portal)


def tell_that_revoked(certificate: Certificate, *, is_news: bool) -> None:
    """Tell the holders of a certificate that NII revoked it although nobody had asked for that here.

    Where nobody holds it, the registrars look for its servers; but of what came revoked in a first list (not `is_news`)
    they hear nothing.
    """
    revoked = timezone.localtime(certificate.revoked_at).strftime("%Y-%m-%d %H:%M") if certificate.revoked_at else ""
    context = certificate_facts(certificate) | {"revoked_at": revoked}
    found, address = holders(certificate), reverse("requests:certificate", args=[certificate.pk])
    is_orphan = is_news and not found
    if is_orphan:
        found, address = registrars(), reverse("admin:inventory_certificate_change", args=[certificate.pk])
    for person in found:
        of_nobody = {"is_orphan": is_orphan}
        send("certificate_revoked", key=certificate.subject, person=person, context=context | of_nobody, link=address)


def tell_out_of_hours(revocation: Revocation) -> None:
    """Tell the address that is read at any hour, where the settings have one, of a leaked key."""
    if not settings.OUT_OF_HOURS_MAIL:
        return
    name_ja, name_en = OUT_OF_HOURS_NAMES
    outbox.enqueue(
        "key_compromise_reported",
        key=f"{revocation.reference}/key_compromise_reported/out-of-hours",
        recipient=Recipient(None, settings.OUT_OF_HOURS_MAIL, "", name_ja, name_en),
        context=revocation_facts(revocation) | {"at_desk": True},
        link=_revocation_pages(revocation)[0],
    )


def _revocation_pages(revocation: Revocation) -> tuple[str, str]:
    return (
        reverse("admin:requests_app_revocation_change", args=[revocation.pk]),
        reverse("requests:revoke", args=[revocation.certificate_id]),
    )


def revocation_facts(revocation: Revocation, *, reason: str = "") -> dict[str, Any]:
    """Return what every text about a revocation may use. `reason` arrives quoted line by line and shortened."""
    certificate, asked_by = revocation.certificate, revocation.asked_by
    revoked = timezone.localtime(certificate.revoked_at).strftime("%Y-%m-%d %H:%M") if certificate.revoked_at else ""
    return {
        "reference": revocation.reference,
        "common_name": _name_for_a_subject(certificate.common_name),
        "reason_code": int(revocation.reason),
        "comment": quoted(revocation.comment),
        "asked_ja": asked_by.name_ja or asked_by.name_en,
        "asked_en": asked_by.name_en or asked_by.name_ja,
        "asked_at": timezone.localtime(revocation.asked_at).strftime("%Y-%m-%d %H:%M"),
        "on_behalf": revocation.on_behalf,
        "revoked_at": revoked,
        "reason": quoted(reason),
        **_certificate_facts(certificate),
    }


def tell_of_hand_over(kind: str, hand_over: HandOver, *, to: Iterable[User], reason: str = "") -> None:
    """Tell each of these people of a hand-over, once for each kind; who has no part in it any more is led home."""
    context = hand_over_facts(hand_over, reason=reason)
    for person in dict.fromkeys(to):
        sees_it = person.pk in {hand_over.successor_id, hand_over.asked_by_id}
        link = reverse("requests:hand_over", args=[hand_over.pk]) if sees_it else reverse("requests:list")
        send(kind, key=hand_over.subject, person=person, context=context, link=link)


def hand_over_facts(hand_over: HandOver, *, reason: str = "") -> dict[str, Any]:
    """Return what every text about a hand-over may use. `why` and `reason` arrive quoted and shortened."""
    request, certificate = hand_over.request, hand_over.certificate
    about = certificate or request
    asked_by, successor = hand_over.asked_by, hand_over.successor
    return {
        "reference": request.reference if request else "",
        "common_name": _name_for_a_subject(about.common_name) if about else "",
        "asked_ja": asked_by.name_ja or asked_by.name_en,
        "asked_en": asked_by.name_en or asked_by.name_ja,
        "successor_ja": successor.name_ja or successor.name_en,
        "successor_en": successor.name_en or successor.name_ja,
        "why": quoted(hand_over.reason),
        "reason": quoted(reason),
        **_certificate_facts(certificate),
    }

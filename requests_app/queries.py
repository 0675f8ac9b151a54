"""Who is what to a request, and who sees it. Read from the database each time; verbs ask after their lock."""

from collections.abc import Iterable

from django.db.models import Case, Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, When
from django.utils import timezone

from accounts import days
from accounts import queries as people
from accounts.choices import Role as Grant
from accounts.models import User
from audit.actors import Actor
from audit.models import Event
from inventory import queries as inventory
from inventory.models import Certificate, HolderProposal, ListImport, NotNeeded
from requests_app.models import (
    Absence,
    CertificateRequest,
    Confirmation,
    ConfirmationKind,
    ContactConsent,
    HandOver,
    Incident,
    NameOverride,
    OverrideKind,
    Revocation,
    RevocationReason,
    RowKind,
    Submission,
    SubmissionRow,
    TsvRow,
    Zone,
    ZoneAdministration,
    ZoneChange,
)
from requests_app.states import (
    Action,
    ConfirmationState,
    HandOverState,
    RevocationState,
    State,
    SubmissionRowState,
    SubmissionState,
)
from requests_app.states.request import TABLE
from requests_app.states.revocation import OPEN_STATES as OPEN_REVOCATIONS

AMENDABLE_STATES = frozenset(TABLE.rules[Action.AMEND].moves)
"""States in which somebody may be asked to be the contact before the amendment that names them."""

ANSWERABLE_STATES = (State.CONFIRMING, State.REVIEWING)
"""States in which a question about a name takes an answer; in REVIEWING an override may have gone before it."""

DESK_STATES = frozenset({State.CONFIRMING, State.REVIEWING, State.PREPARED, State.QUEUED, State.HELD})
"""States in which a registrar may have something to do."""


ZONE_ROLES = (Grant.REGISTRAR, Grant.SETTINGS_ADMINISTRATOR)
"""Who may propose and apply changes of zones."""


def managers_of(request: CertificateRequest) -> list[User]:
    """Return the managers at present, in the order in which they were named."""
    return [
        management.person
        for management in request.managements.filter(until_at=None).select_related("person").order_by("pk")
    ]


def managers_named(confirmation: Confirmation) -> list[User]:
    """Return the managers that the question names, who may no longer be the request's."""
    return list(User.objects.filter(pk__in=confirmation.manager_ids).order_by("pk"))


def live_row(request: CertificateRequest) -> SubmissionRow | None:
    """Return the request's open row in a file for NII that was made and not answered yet."""
    return request.submission_rows.filter(state=SubmissionRowState.OPEN).select_related("submission").first()


def live_revocation_row(revocation: Revocation) -> SubmissionRow | None:
    """Return the revocation's open row in a file for NII that was made and not answered yet."""
    return revocation.submission_rows.filter(state=SubmissionRowState.OPEN).select_related("submission").first()


def last_refusal(request: CertificateRequest) -> SubmissionRow | None:
    """Return the request's latest row at NII if NII refused it; one that was freed never was NII's."""
    rows = request.submission_rows.exclude(state=SubmissionRowState.FREED)
    return _if_refused(rows.select_related("submission", "row").order_by("-pk").first())


def _if_refused(row: SubmissionRow | None) -> SubmissionRow | None:
    return row if row and row.state == SubmissionRowState.REFUSED else None


def last_word_of_nii(request: CertificateRequest) -> str:
    """Return why the request is held where no answer to its file says so: NII's list, or what NII told a registrar."""
    told = Event.objects.filter(subject=request.subject, action__in=(Action.LIST_REFUSAL, Action.HOLD_AT_NII))
    event = told.order_by("-sequence").first()
    return str((event.payload or {}).get("reason", "")) if event else ""


_IN_LIVE_FILE = Exists(SubmissionRow.objects.filter(request=OuterRef("request"), state=SubmissionRowState.OPEN))


def queued_rows(kind: RowKind) -> QuerySet[TsvRow]:
    """Return the rows of a kind that wait, are not held and in no live file, oldest first."""
    return (
        TsvRow.objects.filter(kind=kind, superseded_at=None, request__state=State.QUEUED, request__held_at=None)
        .exclude(_IN_LIVE_FILE)
        .select_related("request", "request__applicant", "csr", "sent_by")
        .order_by("sent_at", "pk")
    )


def accepted_revocations() -> QuerySet[Revocation]:
    """Return the accepted revocations of certificates that are still valid, in no live file; leaked keys first."""
    in_live_file = Exists(SubmissionRow.objects.filter(revocation=OuterRef("pk"), state=SubmissionRowState.OPEN))
    still_valid = Q(certificate__not_after=None) | Q(certificate__not_after__gt=timezone.now())
    return (
        Revocation.objects.filter(still_valid, state=RevocationState.ACCEPTED, certificate__revoked_at=None)
        .exclude(in_live_file)
        .select_related("certificate", "request", "asked_by", "accepted_by")
        .order_by(Case(When(reason=RevocationReason.KEY_COMPROMISE, then=0), default=1), "accepted_at", "pk")
    )


def last_refusal_of_revocation(revocation: Revocation) -> SubmissionRow | None:
    """Return the revocation's latest row at NII if NII refused it."""
    rows = revocation.submission_rows.exclude(state=SubmissionRowState.FREED)
    return _if_refused(rows.select_related("submission").order_by("-pk").first())


def certificates_visible_to(person: User) -> QuerySet[Certificate]:
    """Return the certificates that `person` may see: those they hold or are asked to take over.

    For registrars and auditors every known one.
    """
    grants = people.current_roles(person, at=timezone.now())
    if grants & {Grant.REGISTRAR, Grant.AUDITOR}:
        return Certificate.objects.filter(provenance__in=inventory.KNOWN_TO_NII)
    asked = HandOver.objects.filter(successor=person, state=HandOverState.ASKED).exclude(certificate=None)
    seen = Q(pk__in=inventory.held_by(person.pk).values("pk")) | Q(pk__in=asked.values("certificate_id"))
    return Certificate.objects.filter(seen)


def hand_overs_visible_to(person: User) -> QuerySet[HandOver]:
    """Return the hand-overs that `person` may see: who is asked, who asked, registrars and auditors."""
    found = HandOver.objects.select_related("request", "certificate", "successor", "asked_by")
    if people.current_roles(person, at=timezone.now()) & {Grant.REGISTRAR, Grant.AUDITOR}:
        return found
    return found.filter(Q(successor=person) | Q(asked_by=person))


_HAND_OVER_STATES = tuple(TABLE.rules[Action.HAND_OVER].moves)


def asked_to_take_over(person: User) -> QuerySet[HandOver]:
    """Return the open hand-overs that wait for `person`, of things that can still be taken over; oldest first."""
    asked = HandOver.objects.filter(successor=person, state=HandOverState.ASKED)
    possible = Q(request=None) | Q(request__state__in=_HAND_OVER_STATES)
    return asked.filter(possible).select_related("request", "certificate", "asked_by").order_by("pk")


def renewals_under_way() -> QuerySet[CertificateRequest]:
    """Return the requests that are not over yet; those that replace a certificate are its renewals."""
    return CertificateRequest.objects.exclude(state__in=TABLE.final)


def renewals_by_certificate(certificate_ids: Iterable[int]) -> dict[int, list[CertificateRequest]]:
    """Return, by certificate, the requests under way that replace it; drafts bind nobody and are left out."""
    links = CertificateRequest.replaced.through.objects.filter(
        certificate_id__in=certificate_ids,
        certificaterequest_id__in=renewals_under_way().exclude(state=State.DRAFT).values("pk"),
    )
    found: dict[int, list[CertificateRequest]] = {}
    for link in links.select_related("certificaterequest"):
        found.setdefault(link.certificate_id, []).append(link.certificaterequest)
    return found


def open_revocations(certificate_ids: Iterable[int]) -> dict[int, Revocation]:
    """Return the open revocations of these certificates, by certificate: there is at most one of each."""
    found = Revocation.objects.filter(certificate__in=certificate_ids, state__in=OPEN_REVOCATIONS)
    return {one.certificate_id: one for one in found}


def open_hand_overs(certificate_ids: Iterable[int]) -> dict[int, HandOver]:
    """Return the open hand-overs of these certificates, by certificate: there is at most one of each."""
    found = HandOver.objects.filter(certificate__in=certificate_ids, state=HandOverState.ASKED)
    return {one.certificate_id or 0: one for one in found.select_related("successor")}


def requests_of(certificate_ids: Iterable[int]) -> dict[int, CertificateRequest]:
    """Return the requests for which these certificates were issued, by certificate."""
    return {one.certificate_id or 0: one for one in CertificateRequest.objects.filter(certificate__in=certificate_ids)}


def to_renew(person: User) -> QuerySet[Certificate]:
    """Return the valid certificates of `person` that nobody renews, revokes or gives up, the next end first."""
    # Somebody else's draft may never be applied for.
    binding = ~Q(state=State.DRAFT) | Q(pk__in=involving(person).values("pk"))
    renewed = renewals_under_way().filter(binding).exclude(replaced=None).values("replaced")
    leaving = Revocation.objects.filter(state__in=OPEN_REVOCATIONS).values("certificate_id")
    held = inventory.valid().exclude(not_after=None).filter(pk__in=inventory.held_by(person.pk).values("pk"))
    said = NotNeeded.objects.filter(taken_back_at=None).values("certificate_id")
    undecided = held.exclude(pk__in=renewed).exclude(pk__in=leaving).exclude(pk__in=said)
    return undecided.order_by("not_after", "pk")


def not_needed(certificate_ids: Iterable[int]) -> dict[int, NotNeeded]:
    """Return, by certificate, that somebody says now that it is not needed any more: there is at most one of each."""
    said = NotNeeded.objects.filter(certificate__in=certificate_ids, taken_back_at=None)
    return {one.certificate_id: one for one in said.select_related("person")}


def files_under_way() -> QuerySet[Submission]:
    """Return the files for NII that were made and have no answer yet, the oldest first."""
    live = Submission.objects.filter(state__in={SubmissionState.BUILT, SubmissionState.UPLOADED})
    return live.select_related("made_by").annotate(row_count=Count("rows")).order_by("pk")


def visible_to(person: User) -> QuerySet[CertificateRequest]:
    """Return the requests that `person` may see; for anybody else they are a 404."""
    grants = people.current_roles(person, at=timezone.now())
    if grants & {Grant.REGISTRAR, Grant.AUDITOR}:
        return CertificateRequest.objects.all()
    return involving(person)


_TAKING_OVER = (HandOverState.ASKED, HandOverState.TAKEN_OVER)


def involving(person: User) -> QuerySet[CertificateRequest]:
    """Return the requests that `person` applied for, prepared, manages, or is (asked to be) the contact of."""
    asked = ContactConsent.objects.filter(person=person, request__state__in=AMENDABLE_STATES)
    return CertificateRequest.objects.filter(
        Q(applicant=person)
        | Q(prepared_by=person)
        | Q(subscriber_contact=person)
        | Q(pk__in=asked.values("request_id"))
        | Q(pk__in=person.managements.filter(until_at=None).values("request_id"))
        | Q(certificate__in=inventory.held_by(person.pk).values("pk"))
        | Q(pk__in=HandOver.objects.filter(successor=person, state__in=_TAKING_OVER).values("request_id"))
    )


def consent_asked_of(actor: Actor, request: CertificateRequest) -> ContactConsent | None:
    """Return the question whether `actor` agrees to be the contact, if it is of any use now."""
    if request.subscriber_contact_id != actor.person_id and request.state not in AMENDABLE_STATES:
        return None
    return request.contact_consents.filter(person_id=actor.person_id).first()


def active_administrations() -> QuerySet[ZoneAdministration]:
    """Return who administers which zone now."""
    now = timezone.now()
    return ZoneAdministration.objects.filter(
        Q(until_at=None) | Q(until_at__gt=now), from_at__lte=now, person__is_active=True
    )


def absences_of(person: User) -> QuerySet[Absence]:
    """Return the absences of `person` that are not over and were not taken back, the next one first."""
    return Absence.objects.filter(person=person, cancelled_at=None, until_on__gte=days.today()).order_by(
        "from_on", "pk"
    )


def administrators_of(zone: Zone | None) -> QuerySet[User]:
    """Return the people who administer `zone` now, deputies among them."""
    return User.objects.filter(pk__in=active_administrations().filter(zone=zone).values("person_id")).order_by("pk")


def zone_of(name: str) -> Zone | None:
    """Return the longest zone that `name` lies in, at a label boundary; None if there is none."""
    labels = name.split(".")
    candidates = [".".join(labels[start:]) for start in range(len(labels))]
    found = {zone.name: zone for zone in Zone.objects.filter(name__in=candidates)}
    return next((found[candidate] for candidate in candidates if candidate in found), None)


def answerable_by(person: User) -> QuerySet[Confirmation]:
    """Return the questions that `person` may see: of the zones they administer, of the certificates they hold."""
    zones = active_administrations().filter(person=person).values("zone_id")
    held = inventory.held_by(person.pk).values("pk")
    return Confirmation.objects.filter(
        Q(kind=ConfirmationKind.ZONE, zone__in=zones) | Q(kind=ConfirmationKind.HOLDER, certificate__in=held)
    )


def asked_by_link(confirmation_id: int, *, person_id: int) -> Confirmation | None:
    """Return a question that the addressee of a mail may answer now and has not yet; None for any other."""
    person = User.objects.filter(pk=person_id, is_active=True).first()
    waits = waiting_for(person).filter(pk=confirmation_id) if person else Confirmation.objects.none()
    return waits.select_related("request", "zone", "applicant", "certificate").first()


def of_current_version(questions: QuerySet[Confirmation]) -> QuerySet[Confirmation]:
    """Return those of `questions` that belong to the current version of their request."""
    return questions.filter(versions=F("request__current_version"))


def takes_answers(confirmation: Confirmation) -> bool:
    """Tell whether a question belongs to the current version of a request that waits or is reviewed."""
    request = confirmation.request
    of_current = confirmation.versions.filter(pk=request.current_version_id or 0).exists()
    is_over = confirmation.state in {ConfirmationState.EXPIRED, ConfirmationState.VOID}
    return of_current and not is_over and request.state in ANSWERABLE_STATES


def open_questions() -> QuerySet[Confirmation]:
    """Return the questions that somebody is to answer: of the current version, and not decided by a registrar."""
    # A word about holders is about the certificates that there were.
    knew = Q(kind=OverrideKind.ZONE) | Q(decided_at__gte=OuterRef("certificate__recorded_at"))
    decided = NameOverride.objects.filter(
        knew,
        request=OuterRef("request"),
        versions=OuterRef("request__current_version"),
        name=OuterRef("name"),
        kind=OuterRef("kind"),
    )
    asked = Confirmation.objects.filter(state=ConfirmationState.ASKED, request__state__in=ANSWERABLE_STATES)
    return of_current_version(asked).exclude(Exists(decided))


def waiting_for(person: User) -> QuerySet[Confirmation]:
    """Return the open questions that `person` has not answered yet, those about their own requests included."""
    waiting = answerable_by(person).filter(
        state=ConfirmationState.ASKED,
        request__state__in=ANSWERABLE_STATES,
        versions=F("request__current_version"),
    )
    return waiting.exclude(answers__person=person)


def held() -> QuerySet[CertificateRequest]:
    """Return the requests whose row a registrar stopped, the longest first."""
    stopped = CertificateRequest.objects.filter(state=State.QUEUED).exclude(held_at=None)
    return stopped.select_related("applicant", "held_by").order_by("held_at")


def zone_changes_waiting() -> QuerySet[ZoneChange]:
    """Return the changes of zones that one person proposed and nobody applied or discarded yet, oldest first."""
    return ZoneChange.objects.filter(applied_at=None, discarded_at=None).order_by("pk")


def desk_counts() -> dict[str, int]:
    """Return how much waits for registrars: requests by state, rows that can be submitted by kind, files, incidents."""
    in_live_file = Exists(SubmissionRow.objects.filter(request=OuterRef("pk"), state=SubmissionRowState.OPEN))
    waiting = Q(state=State.QUEUED, held_at=None) & ~in_live_file
    # At most one row of a request is current, so the join multiplies nothing.
    requests = CertificateRequest.objects.filter(state__in=DESK_STATES).annotate(
        row=FilteredRelation("rows", condition=Q(rows__superseded_at=None))
    )
    counted = requests.aggregate(
        confirming=Count("pk", filter=Q(state=State.CONFIRMING)),
        reviewing=Count("pk", filter=Q(state=State.REVIEWING)),
        prepared=Count("pk", filter=Q(state=State.PREPARED)),
        issue=Count("pk", filter=waiting & Q(row__kind=RowKind.ISSUE)),
        renew=Count("pk", filter=waiting & Q(row__kind=RowKind.RENEW)),
        held=Count("pk", filter=Q(state=State.QUEUED, held_at__isnull=False)),
        held_by_nii=Count("pk", filter=Q(state=State.HELD)),
    )
    incidents = Incident.objects.filter(resolved_at=None).aggregate(
        incidents=Count("pk"), overdue=Count("pk", filter=Q(due_at__lt=timezone.now()))
    )
    revocations = {
        "revocations_asked": Revocation.objects.filter(state=RevocationState.REQUESTED).count(),
        "revoke": accepted_revocations().count(),
    }
    lists = ListImport.objects.filter(completed_at=None, discarded_at=None)
    found = {
        "lists": lists.filter(confirmed_at=None).count(),
        "lists_under_way": lists.exclude(confirmed_at=None).count(),
        "zone_changes": zone_changes_waiting().count(),
        "proposals": HolderProposal.objects.filter(settled_at=None).count(),
    }
    return counted | incidents | revocations | found | {"files": files_under_way().count()}

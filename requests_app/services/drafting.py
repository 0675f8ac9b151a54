"""Drafts: whoever prepares one may save it at any time; rules are asked when it is applied for."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import queries as people
from accounts.models import User
from audit.actors import Actor
from audit.recording import record
from csr import names as csr_names
from inventory import keys
from inventory import queries as inventory
from requests_app import errors, queries, transitions
from requests_app.models import CertificateRequest, Management
from requests_app.states import Action, Role, State
from requests_app.states.request import LABELS
from requests_app.steps import asking, freezing, rules
from tsv import characters


@dataclass(frozen=True)
class Contents:
    """What the form says. Accounts as typed; names in any case; `contact_account` empty means the applicant."""

    applicant_account: str = ""
    purpose: str = ""
    common_name: str = ""
    further_names: tuple[str, ...] = ()
    manager_accounts: tuple[str, ...] = ()
    contact_account: str = ""
    contact_name: str = ""
    contact_affiliation: str = ""
    software: str = ""
    installation: str = ""
    replaced_ids: tuple[int, ...] = ()


@transaction.atomic(durable=True)
def create(contents: Contents, *, actor: Actor) -> int:
    """Make a draft and return its id. Raises TooManyDrafts and NotReady (people who are not on the roster)."""
    author = User.objects.select_for_update().get(pk=actor.human_id)
    drafts = CertificateRequest.objects.filter(prepared_by=author, state=State.DRAFT).count()
    if drafts >= settings.OPEN_DRAFTS_PER_PERSON:
        raise errors.TooManyDrafts(count=drafts)
    applicant = people.find_by_account(contents.applicant_account) if contents.applicant_account else author
    request = CertificateRequest.objects.create(applicant=applicant or author, prepared_by=author)
    write(request, contents)
    request.save()
    record(request.subject, "CREATE", actor=actor, payload={})
    return request.pk


@transaction.atomic(durable=True)
def save(request_id: int, contents: Contents, *, actor: Actor) -> bool:
    """Replace what the draft says. Raises NotReady for people who are not on the roster, and move's refusals.

    Returns whether the CSR was put aside because it does not fit the names any more.
    """
    request = transitions.lock(request_id)
    transitions.check(request, Action.SAVE, actor=actor)
    dropped = write(request, contents)
    transitions.move(request, Action.SAVE, actor=actor, target=State(request.state))
    return dropped


@transaction.atomic(durable=True)
def delete(request_id: int, *, actor: Actor) -> None:
    """Delete a draft that was never applied for; its events stay. Raises NotADraft, IncidentAttached, NotPermitted."""
    request = transitions.lock(request_id)
    if not queries.roles(actor, request) & {Role.APPLICANT, Role.PREPARER}:
        raise errors.NotPermitted(action=_("Delete the draft"))
    if request.state != State.DRAFT or request.current_version_id:
        raise errors.NotADraft(state=LABELS[State(request.state)])
    if request.incidents.exists():
        raise errors.IncidentAttached
    record(request.subject, "DELETE", actor=actor, payload={"common_name": request.common_name})
    keys.release(owner=request.subject)
    request.delete()


@transaction.atomic(durable=True)
def agree_to_be_contact(request_id: int, *, actor: Actor) -> None:
    """Record that the signed-in person agrees to be the subscriber contact of this request."""
    request = transitions.lock(request_id)
    consent = queries.consent_asked_of(actor, request)
    if consent is None:
        raise errors.NotPermitted(action=_("I agree to be the subscriber contact"))
    if consent.agreed_at is None:
        consent.agreed_at = timezone.now()
        consent.save(update_fields=["agreed_at"])
        record(request.subject, "CONTACT_AGREED", actor=actor, payload={})


def write(request: CertificateRequest, contents: Contents) -> bool:
    """Write `contents` into the draft's columns and dated rows (a step: also for amendments).

    Returns whether a CSR was put aside: without that, a name could not be changed before there is a CSR for it.
    """
    applicant, managers, contact = _resolve(request, contents)
    request.applicant = applicant
    request.purpose = contents.purpose
    request.common_name = csr_names.normalise(contents.common_name)
    request.further_names = further_names(request.common_name, contents.further_names)
    request.software = contents.software
    request.installation = contents.installation
    _write_managers(request, managers)
    _write_contact(request, contact, contents)
    allowed = inventory.held_by(applicant.pk).filter(pk__in=contents.replaced_ids)
    request.replaced.set(allowed)
    dropped = freezing.put_misfit_aside(request)
    if dropped:
        keys.release(owner=request.subject)
    return dropped


def further_names(common_name: str, typed: tuple[str, ...]) -> list[str]:
    """Return the further names in order, normalised, each once, without the CN; column 13 gets the CN by itself."""
    normalised = (csr_names.normalise(name) for name in typed)
    return [name for name in dict.fromkeys(normalised) if name and name != common_name]


def _resolve(request: CertificateRequest, contents: Contents) -> tuple[User, list[User], User | None]:
    broken: list[errors.RuleBroken] = []
    applicant: User | None = request.applicant
    if contents.applicant_account:
        applicant = people.find_by_account(contents.applicant_account)
        if applicant is None:
            error = errors.ManagerNotFound(account=contents.applicant_account)
            error.field = "applicant"
            broken.append(error)
        elif applicant != request.applicant and request.current_version_id:
            broken.append(errors.ApplicantFixed(person=request.applicant.display_name))
    managers: list[User] = []
    for account in contents.manager_accounts:
        manager = people.find_by_account(account)
        if manager is None:
            broken.append(errors.ManagerNotFound(account=account))
        elif manager in managers:
            broken.append(errors.ManagerTwice(person=manager.display_name))
        else:
            managers.append(manager)
    contact = people.find_by_account(contents.contact_account) if contents.contact_account else applicant
    if contents.contact_account and contact is None:
        broken.append(errors.ContactNotEligible(person=contents.contact_account))
    if broken or applicant is None:
        raise errors.NotReady(broken)
    return applicant, managers, contact


def _write_managers(request: CertificateRequest, managers: list[User]) -> None:
    now = timezone.now()
    current = request.managements.filter(until_at=None)
    current.exclude(person__in=managers).update(until_at=now)
    known = set(current.values_list("person_id", flat=True))
    for manager in managers:
        if manager.pk not in known:
            Management.objects.create(request=request, person=manager)


def _write_contact(request: CertificateRequest, contact: User | None, contents: Contents) -> None:
    """Write contact and spelling. A form that shows the former contact's spelling does not give it to the new one."""
    is_other = request.subscriber_contact_id is not None and contact != request.subscriber_contact
    name, affiliation = (
        "" if is_other and given == stored else given
        for given, stored in (
            (contents.contact_name, request.contact_name),
            (contents.contact_affiliation, request.contact_affiliation),
        )
    )
    request.subscriber_contact = contact
    if contact:
        name = name or contact.name_nii or contact.name_ja or contact.name_en
        affiliation = affiliation or contact.affiliation_nii or contact.affiliation_ja or contact.affiliation_en
    request.contact_name = characters.as_written_for_nii(name).text
    request.contact_affiliation = characters.as_written_for_nii(affiliation).text
    if contact and contact in rules.eligible_contacts(request)[1:]:
        asking.ask_for_consent(request, contact)

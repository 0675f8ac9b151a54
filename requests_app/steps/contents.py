"""What an application says, and writing it into a draft: for drafts and for amendments."""

from dataclasses import dataclass

from django.utils import timezone

from accounts import queries as people
from accounts.models import User
from csr import names as csr_names
from inventory import keys
from inventory import queries as inventory
from requests_app import errors
from requests_app.models import CertificateRequest, Management
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


def write(request: CertificateRequest, contents: Contents) -> bool:
    """Write `contents` into the draft's columns and dated rows.

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


def change_contact(request: CertificateRequest, person: User) -> None:
    """Make `person` the subscriber contact, spelled as the roster has them."""
    _write_contact(request, person, Contents())


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
    if contact and contact != request.applicant and contact in rules.eligible_contacts(request)[1:]:
        asking.ask_for_consent(request, contact)

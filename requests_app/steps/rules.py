"""The rules of an application, asked when it is made, approved, sent, accepted and filed (people leave in between).

Each function returns every broken rule, never only the first. Source: uec-service-page.txt step 1, upki.md §7.1.
"""

from collections.abc import Iterable

from django.utils.translation import get_language

from accounts import days
from accounts import queries as people
from accounts.models import User
from accounts.plain_text import has_address
from csr import names as csr_names
from csr import texts as csr_texts
from csr.problems import Problem, Severity
from inventory import keys
from inventory import queries as inventory
from requests_app import errors, queries
from requests_app.institution import policy
from requests_app.models import MAX_MANAGERS, CertificateRequest, Purpose
from requests_app.states.request import OPEN_STATES
from requests_app.steps import freezing
from tsv import characters, fields
from tsv import texts as tsv_texts


def reader_language() -> str:
    """Return "en" or "ja" for the texts of the pure packages: the active language."""
    return "en" if (get_language() or "ja").startswith("en") else "ja"


def broken_by_application(request: CertificateRequest) -> list[errors.RuleBroken]:
    """Return every rule that keeps the draft from being applied for."""
    return [
        *broken_by_people(request),
        *broken_by_contact(request),
        *broken_by_names(request),
        *broken_by_own_requests(request),
        *broken_by_software(request),
        *broken_by_replaced(request),
        *broken_by_csr(request),
    ]


def broken_later(request: CertificateRequest) -> list[errors.RuleBroken]:
    """Return what no longer holds at approval, sending, acceptance or filing."""
    return [*broken_by_people(request), *broken_by_contact(request), *broken_by_replaced(request)]


def broken_by_people(request: CertificateRequest) -> list[errors.RuleBroken]:
    """Applicant full-time; at most three managers, all different; full-time unless for a student activity."""
    today = days.today()
    broken: list[errors.RuleBroken] = []
    if not people.is_full_time(request.applicant, on=today):
        broken.append(errors.ApplicantNotFullTime(person=request.applicant.display_name))
    if request.purpose not in Purpose.values:
        broken.append(errors.PurposeMissing())
    managers = queries.managers_of(request)
    if len(managers) > MAX_MANAGERS:
        broken.append(errors.TooManyManagers(limit=MAX_MANAGERS, count=len(managers)))
    for manager in managers:
        if manager == request.applicant:
            broken.append(errors.ManagerIsApplicant(person=manager.display_name))
        elif not manager.is_active:
            broken.append(errors.PersonInactive(person=manager.display_name))
        elif request.purpose != Purpose.STUDENT_ACTIVITY and not people.is_full_time(manager, on=today):
            broken.append(errors.ManagerNotFullTime(person=manager.display_name))
    return broken


def broken_by_contact(request: CertificateRequest) -> list[errors.RuleBroken]:
    """The contact is the applicant or a full-time manager who agreed, has an address, and is spelled for NII."""
    contact = request.subscriber_contact
    if contact is None:
        return [errors.ContactMissing()]
    broken: list[errors.RuleBroken] = []
    if contact != request.applicant:
        if contact not in queries.managers_of(request) or not people.is_full_time(contact, on=days.today()):
            broken.append(errors.ContactNotEligible(person=contact.display_name))
        elif not request.contact_consents.filter(person=contact, agreed_at__isnull=False).exists():
            broken.append(errors.ContactNotAgreed(person=contact.display_name))
    if not contact.mail_address:
        broken.append(errors.ContactWithoutMail(person=contact.display_name))
    for column, value, field in (
        (8, request.contact_name, "contact_name"),
        (9, request.contact_affiliation, "contact_affiliation"),
    ):
        for sentence in spelling_problems(column, value):
            error = errors.ContactSpelling(problem=sentence)
            error.field = field
            broken.append(error)
    return broken


def spelling_problems(column: int, value: str) -> list[str]:
    """Return sentences about what NII's column cannot hold, in the reader's language; tsv has the rule."""
    written = characters.as_written_for_nii(value)
    problems = [*written.problems, *fields.check_value(fields.column(fields.Kind.ISSUE, column), written.text)]
    unique = dict.fromkeys(tsv_texts.text(problem, reader_language()) for problem in problems)
    return list(unique)


def broken_by_names(request: CertificateRequest) -> list[errors.RuleBroken]:
    """Every name allowed by csr's rules, and at most eight of them with the CN."""
    names = request.names
    if not request.common_name:
        return [errors.NameRefused(name="CN", problem=_first_text(csr_names.check_name("", policy())))]
    broken: list[errors.RuleBroken] = []
    said: set[str] = set()
    for position, name in enumerate(names):
        kind = errors.NameRefused if position == 0 else errors.FurtherNameRefused
        texts = _texts(csr_names.check_name(name, policy()))
        broken += [kind(name=name, problem=text) for text in texts]
        said.update(texts)
    broken += [
        errors.FurtherNameRefused(name="CN + dNSName", problem=text)
        for text in _texts(csr_names.check_names(names, policy()))
        if text not in said
    ]
    return list({str(error): error for error in broken}.values())


def _texts(problems: Iterable[Problem]) -> list[str]:
    return [csr_texts.text(problem, reader_language()) for problem in problems if problem.severity is Severity.ERROR]


def _first_text(problems: Iterable[Problem]) -> str:
    return next(iter(_texts(problems)), "")


def broken_by_own_requests(request: CertificateRequest) -> list[errors.RuleBroken]:
    """One's own second open request for the same CN states another machine."""
    same = CertificateRequest.objects.filter(
        applicant=request.applicant,
        common_name=request.common_name,
        installation=request.installation,
        state__in=OPEN_STATES,
    ).exclude(pk=request.pk)
    return [errors.OwnOpenRequest(name=other.common_name, reference=other.reference) for other in same]


def broken_by_software(request: CertificateRequest) -> list[errors.RuleBroken]:
    """The software is required, fits NII's column 12 and is no address; the installation is none either."""
    addresses = [errors.InstallationAddress()] if has_address(request.installation) else []
    if not request.software.strip():
        return [errors.SoftwareMissing(), *addresses]
    if has_address(request.software):
        return [errors.SoftwareAddress(), *addresses]
    refused = [errors.SoftwareRefused(problem=sentence) for sentence in spelling_problems(12, request.software)]
    return [*refused, *addresses]


def broken_by_replaced(request: CertificateRequest) -> list[errors.RuleBroken]:
    """Only certificates that the applicant holds can be replaced."""
    held = set(inventory.held_by(request.applicant_id).values_list("pk", flat=True))
    return [errors.ReplacedNotHeld(serial=c.serial) for c in request.replaced.all() if c.pk not in held]


def broken_by_csr(request: CertificateRequest) -> list[errors.RuleBroken]:
    """A CSR given with the application fits the names as they are now, and its key is free."""
    from csr import check

    csr = freezing.current_csr(request)
    if csr is None:
        return []
    result = check(bytes(csr.der), policy(), names=request.names)
    broken: list[errors.RuleBroken] = [errors.CsrProblem(problem=text) for text in _texts(result.problems)]
    if not keys.is_free(csr.spki_sha256, owner=request.subject):
        broken.append(errors.CsrKeyUsed())
    return broken


def broken_by_key(request: CertificateRequest) -> list[errors.RuleBroken]:
    """The key of the current CSR is still the request's: it may have been shown and blocked since it was sent."""
    csr = freezing.current_csr(request)
    if csr is None or keys.is_free(csr.spki_sha256, owner=request.subject):
        return []
    return [errors.CsrKeyUsed()]


def eligible_contacts(request: CertificateRequest) -> list[User]:
    """Return who may be chosen as subscriber contact: the applicant and the full-time managers."""
    today = days.today()
    managers = [manager for manager in queries.managers_of(request) if people.is_full_time(manager, on=today)]
    return [request.applicant, *managers]

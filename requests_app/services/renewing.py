"""Renewal: a draft with everything filled in from the certificate and the request that it came from."""

import dataclasses

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import days
from accounts import queries as people
from accounts.models import User
from audit.actors import Actor
from inventory import queries as inventory
from inventory.models import Certificate
from requests_app import errors, queries, transitions
from requests_app.models import CertificateRequest
from requests_app.states import State
from requests_app.steps import drafts
from requests_app.steps.contents import Contents

RENEW = _("Renew")


@transaction.atomic(durable=True)
def renew(certificate_id: int, *, actor: Actor) -> int:
    """Return the id of the request that replaces a certificate: the one under way, or a draft made now.

    A holder who is not full-time prepares it for the applicant of the request that the certificate came from. Revoked
    and expired certificates are renewed in the same way. Raises NotPermitted, NobodyToRenew, RenewalUnderWay (somebody
    else's, which the actor may not see), TooManyDrafts, NotReady.
    """
    certificate = transitions.lock_certificate(certificate_id)
    person = User.objects.filter(pk=actor.human_id, is_active=True).first()
    if person is None or person.pk not in inventory.holder_ids([certificate_id]):
        raise errors.NotPermitted(action=RENEW)
    known = _under_way(certificate, person)
    if known:
        return known.pk
    source = CertificateRequest.objects.filter(certificate=certificate).first()
    applicant = _applicant(certificate, person, source)
    return drafts.make(_contents(certificate, applicant, person, source), actor=actor).pk


def _under_way(certificate: Certificate, person: User) -> CertificateRequest | None:
    """Return the renewal that `person` may see; somebody else's draft binds nobody, their open request does."""
    renewals = queries.renewals_under_way().filter(replaced=certificate).order_by("pk")
    mine = renewals.filter(pk__in=queries.involving(person).values("pk")).first()
    other = None if mine else renewals.exclude(state=State.DRAFT).select_related("applicant").first()
    if other:
        raise errors.RenewalUnderWay(person=other.applicant.display_name, reference=other.reference)
    return mine


def _applicant(certificate: Certificate, person: User, source: CertificateRequest | None) -> User:
    today = days.today()
    if people.is_full_time(person, on=today):
        return person
    holds = source is not None and source.applicant_id in inventory.holder_ids([certificate.pk])
    if source is None or not holds or not people.is_full_time(source.applicant, on=today):
        raise errors.NobodyToRenew
    return source.applicant


def _contents(certificate: Certificate, applicant: User, person: User, source: CertificateRequest | None) -> Contents:
    names = certificate.certificate_names.order_by("pk").values_list("name", flat=True)
    account = applicant.account if applicant != person else ""
    known = Contents(
        applicant_account=account,
        common_name=certificate.common_name,
        further_names=tuple(name for name in names if name != certificate.common_name),
        replaced_ids=(certificate.pk,),
    )
    if source is None:
        return known
    managers = [one for one in queries.managers_of(source) if one.is_active and one != applicant and one.account]
    contact = _contact(source, applicant, managers)
    is_same = contact == source.subscriber_contact
    return dataclasses.replace(
        known,
        purpose=source.purpose,
        manager_accounts=tuple(manager.account for manager in managers),
        contact_account=contact.account if contact != applicant else "",
        contact_name=source.contact_name if is_same else "",
        contact_affiliation=source.contact_affiliation if is_same else "",
        software=source.software,
        installation=source.installation,
    )


def _contact(source: CertificateRequest, applicant: User, managers: list[User]) -> User:
    """Return the contact as before, where they still are a full-time manager; else the applicant."""
    contact = source.subscriber_contact
    stays = contact in managers and contact is not None and people.is_full_time(contact, on=days.today())
    return contact if stays and contact else applicant

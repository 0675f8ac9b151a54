"""Renewal from a certificate: who becomes the applicant, what is filled in, and never two of them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Employment
from inventory.models import Certificate
from requests_app import errors, queries
from requests_app.models import CertificateRequest
from requests_app.services import drafting, renewing
from requests_app.states import State
from tests import factories
from tests.integration.requests_app.test_submission_pages import desk, post, said
from tests.requests import Cast
from tests.revocations import certificate

pytestmark = pytest.mark.django_db


def renew(held, by):
    return CertificateRequest.objects.get(pk=renewing.renew(held.pk, actor=factories.actor(by)))


def issued(cast, *holders, **changes):
    """A certificate that a request of the cast came to; how it came back is another test's matter."""
    request = cast.request(State.SUBMITTED, **changes)
    held = certificate(*holders, name=request.common_name, names=request.names)
    CertificateRequest.objects.filter(pk=request.pk).update(certificate=held)
    return held, CertificateRequest.objects.get(pk=request.pk)


def test_everything_is_filled_in_from_the_request():
    cast, manager, left = Cast(), factories.faculty(), factories.faculty()
    held, source = issued(
        cast,
        cast.applicant,
        further_names=("www.cs.uec.ac.jp", "a.cs.uec.ac.jp"),
        manager_accounts=(manager.account, left.account),
        installation="第2サーバ",
    )
    left.is_active = False
    left.save()
    renewal = renew(held, cast.applicant)
    assert (renewal.state, renewal.applicant, renewal.prepared_by) == (State.DRAFT, cast.applicant, cast.applicant)
    assert renewal.names == source.names
    assert (renewal.purpose, renewal.software, renewal.installation) == (
        source.purpose,
        source.software,
        source.installation,
    )
    assert queries.managers_of(renewal) == [manager]
    assert renewal.subscriber_contact == cast.applicant
    assert list(renewal.replaced.all()) == [held]
    assert not renewal.csrs.exists()


def test_a_contact_who_still_is_a_manager_stays_and_is_asked_again():
    cast, manager = Cast(), factories.faculty()
    request = cast.request(manager_accounts=(manager.account,), contact_account=manager.account)
    drafting.agree_to_be_contact(request.pk, actor=factories.actor(manager))
    cast.advance(request, State.SUBMITTED)
    held = certificate(cast.applicant, name=request.common_name)
    CertificateRequest.objects.filter(pk=request.pk).update(certificate=held)
    renewal = renew(held, cast.applicant)
    assert renewal.subscriber_contact == manager
    assert renewal.contact_consents.filter(person=manager, agreed_at=None).exists()


def test_a_full_time_holder_becomes_the_applicant():
    cast, manager = Cast(), factories.faculty()
    held, _source = issued(cast, cast.applicant, manager, manager_accounts=(manager.account,))
    renewal = renew(held, manager)
    assert renewal.applicant == renewal.subscriber_contact == manager
    assert queries.managers_of(renewal) == []


def test_another_holder_prepares_it_for_the_applicant():
    cast, student = Cast(), factories.student()
    held, _source = issued(
        cast, cast.applicant, student, purpose="STUDENT_ACTIVITY", manager_accounts=(student.account,)
    )
    renewal = renew(held, student)
    assert (renewal.applicant, renewal.prepared_by) == (cast.applicant, student)
    assert list(renewal.replaced.all()) == [held]


def test_without_a_full_time_applicant_a_student_is_told_what_to_do():
    cast, student = Cast(), factories.student()
    held, _source = issued(
        cast, cast.applicant, student, purpose="STUDENT_ACTIVITY", manager_accounts=(student.account,)
    )
    Employment.objects.filter(person=cast.applicant).update(until_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(errors.NobodyToRenew):
        renew(held, student)
    with pytest.raises(errors.NobodyToRenew):
        renew(certificate(student), student)


def test_one_of_niis_list_gives_its_names():
    holder = factories.faculty()
    held = certificate(holder, names=("old.cs.uec.ac.jp", "www.cs.uec.ac.jp"))
    renewal = renew(held, holder)
    assert renewal.names == ("old.cs.uec.ac.jp", "www.cs.uec.ac.jp")
    assert (renewal.purpose, renewal.software) == ("", "")


@pytest.mark.parametrize("change", [{"revoked_at": timezone.now()}, {"not_after": timezone.now()}])
def test_revoked_and_expired_ones_are_renewed_too(change):
    holder = factories.faculty()
    held = certificate(holder)
    Certificate.objects.filter(pk=held.pk).update(**change)
    assert renew(held, holder).state == State.DRAFT


def test_the_renewal_under_way_is_returned():
    cast = Cast()
    held = certificate(cast.applicant)
    assert renew(held, cast.applicant) == renew(held, cast.applicant)
    assert CertificateRequest.objects.count() == 1


def test_the_open_renewal_of_another_holder_is_named_and_their_draft_binds_nobody():
    cast, other = Cast(), factories.faculty()
    held = certificate(cast.applicant, other, name="old.cs.uec.ac.jp")
    draft = renew(held, cast.applicant)
    mine = renew(held, other)
    assert mine != draft
    drafting.delete(mine.pk, actor=factories.actor(other))
    opened = cast.request(State.CONFIRMING, replaced_ids=(held.pk,))
    with pytest.raises(errors.RenewalUnderWay) as refused:
        renew(held, other)
    assert opened.reference in str(refused.value)


def test_only_holders_renew():
    with pytest.raises(errors.NotPermitted):
        renew(certificate(factories.faculty()), factories.registrar())


def test_by_the_page():
    cast = Cast()
    held = certificate(cast.applicant)
    client = desk(cast.applicant)
    made = post(client, client.get(reverse("requests:certificate", args=[held.pk])), "/renew/")
    renewal = CertificateRequest.objects.get()
    assert made.redirect_chain[-1][0] == reverse("requests:edit", args=[renewal.pk])
    assert "new key pair" in said(made)

"""NII's list by two at once: one import, each certificate and event once, and an unbroken chain, on either database."""

from functools import partial

import pytest
from django.utils import timezone

from audit.models import Event
from audit.verification import verify_all
from inventory.models import Certificate, HolderProposal, ListImport, NiiApplication
from requests_app import errors, tasks
from requests_app.services import holders, listing
from requests_app.steps import list_preview
from tests import factories, lists
from tests.integration.faults.together import at_once, refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def nii(nii, monkeypatch):
    """The list comes in several chunks."""
    monkeypatch.setattr(list_preview, "LOOKED_UP_AT_ONCE", 2)
    nii.issue(*(f"h{number}.cs.uec.ac.jp" for number in range(7)))
    return nii


def is_taken_in_once() -> bool:
    assert verify_all().findings == []
    assert ListImport.objects.get().completed_at
    assert Event.objects.filter(action="CERTIFICATE_RECORDED").count() == Certificate.objects.count()
    assert Event.objects.filter(action="LIST_RECORDED").count() == 1
    return Certificate.objects.count() == NiiApplication.objects.count() == 7


def confirmed(cast, nii) -> int:
    pk = lists.give(nii.server_all(), by=cast.registrar)
    listing.confirm(pk, listed_on=timezone.localdate(), actor=factories.actor(cast.registrar))
    return pk


def test_two_workers_take_a_list_in_once(cast, nii):
    confirmed(cast, nii)
    taken = at_once(tasks.take_in_lists, tasks.take_in_lists)
    assert sorted(taken) == [0, 4], "the second finds the lease of the first"
    assert is_taken_in_once()


def test_the_command_beside_a_worker_takes_in_nothing_twice(cast, nii):
    pk = confirmed(cast, nii)
    at_once(partial(lists.apply_all, pk), tasks.take_in_lists)
    lists.apply_all(pk)
    assert is_taken_in_once()


def test_the_same_file_given_twice_at_once_is_one_import(cast, nii):
    content = nii.server_all()
    other = factories.registrar()
    given = at_once(partial(lists.give, content, by=cast.registrar), partial(lists.give, content, by=other))
    assert given == [ListImport.objects.get().pk] * 2
    assert ListImport.objects.get().chunks.count() == 4
    assert Event.objects.filter(action="LIST_GIVEN").count() == 1


def test_confirming_and_discarding_at_once_ends_in_a_list_that_is_given_up(cast, nii):
    """A confirmed list can be given up as long as it is not complete; a list that was given up is never confirmed."""
    pk = lists.give(nii.server_all(), by=cast.registrar)
    actor = factories.actor(cast.registrar)
    results = at_once(
        partial(listing.confirm, pk, listed_on=timezone.localdate(), actor=actor),
        partial(listing.discard, pk, actor=actor),
    )
    given = ListImport.objects.get()
    assert given.discarded_at
    assert [type(error) for error in refused(results)] == ([] if given.confirmed_at else [errors.ListMoved])
    assert not listing.apply_chunk(pk)


def test_of_two_decisions_about_a_proposed_holder_one_counts(cast, nii):
    lists.apply_all(confirmed(cast, nii))
    certificate = Certificate.objects.first()
    proposal = HolderProposal.objects.create(certificate=certificate, person=cast.applicant, mail="a@uec.example")
    actor = factories.actor(cast.registrar)
    results = at_once(
        partial(holders.confirm, proposal.pk, actor=actor), partial(holders.dismiss, proposal.pk, actor=actor)
    )
    assert [type(error) for error in refused(results)] == [errors.ProposalSettled]
    proposal.refresh_from_db()
    assert certificate.holdings.exists() == proposal.is_confirmed

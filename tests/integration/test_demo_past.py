"""The demonstration's past: real certificates of the stand-in's CA, in the inventory with their holders."""

import pytest

from csr import certificates
from demo import history, load
from demo.nii.mails import Postman
from demo.nii.system import SupportSystem
from inventory.models import Certificate, Holding, ListImport
from requests_app import institution
from tsv import listing

pytestmark = pytest.mark.django_db


@pytest.fixture
def nii(tmp_path, settings):
    system = SupportSystem(
        tmp_path, postman=Postman("127.0.0.1", 1), registrar_mail="", address="http://127.0.0.1:8003"
    )
    settings.ISSUERS_FILE = str(tmp_path / "ca" / "demo-issuing-ca.pem")
    return system


def test_the_past_is_issued_once_and_completed_after_an_interruption(nii, monkeypatch):
    everything = history.PAST
    monkeypatch.setattr(history, "PAST", everything[:2])
    history.issue_the_past(nii)
    monkeypatch.setattr(history, "PAST", everything)
    history.issue_the_past(nii)
    history.issue_the_past(nii)
    entries = listing.read(nii.server_all()).entries
    assert [entry.common_name for entry in entries] == [name for name, _holder, _days in everything]
    assert [entry.common_name for entry in entries if entry.revoked_at] == [history.REVOKED]


def test_the_list_gives_certificates_with_holders_and_their_issuer(nii):
    load.load_people()
    load.load_roles()
    history.issue_the_past(nii)
    load.record_listed(nii.server_all())
    (pinned,) = institution.issuers()
    for name, account, days_left in history.PAST:
        stored = Certificate.objects.get(common_name=name)
        (leaf,) = certificates.read(bytes(stored.der)).certificates
        assert (str(leaf.serial), leaf.spki_sha256) == (stored.serial, stored.spki_sha256)
        assert stored.issuer_spki_sha256 == pinned.spki_sha256
        is_over = days_left < 0 or name == history.REVOKED
        held_by = [one.person.account for one in Holding.objects.filter(certificate=stored)]
        assert held_by == ([] if is_over else [account.account])
        assert (stored.revoked_at is not None) == (name == history.REVOKED)
    load.record_listed(nii.server_all())
    assert Certificate.objects.count() == len(history.PAST)
    assert ListImport.objects.count() == 1

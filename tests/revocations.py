"""Certificates and their revocations for the tests, by a CA in a folder whose certificate the portal pins."""

import hashlib
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.actors import SYSTEM
from inventory import recording
from inventory.models import Certificate
from requests_app.models import Revocation, RevocationReason, Submission
from requests_app.services import revoking, submitting
from requests_app.steps import revoking as steps
from tests import factories
from tests.authority import PinnedAuthority

_serials = count(7_082_414_538_221_694_000)


def certificate(
    *holders: User, name: str = "old.cs.uec.ac.jp", issuer: str = "", ou: str = "", days: int = 98, **changes: Any
) -> Certificate:
    """Return a certificate of NII's list, held by these people."""
    now, serial = timezone.now(), str(next(_serials))
    between = f"OU={ou}," if ou else ""
    facts: dict[str, Any] = {
        "serial": serial,
        "subject_dn": f"CN={name},{between}O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP",
        "common_name": name,
        "names": (name,),
        "not_before": now - timedelta(days=100),
        "not_after": now + timedelta(days=days),
        "spki_sha256": hashlib.sha256(serial.encode()).hexdigest(),
        "issuer_spki_sha256": issuer,
        "nii_application_id": f"A{serial}",
    }
    with transaction.atomic():
        return recording.add_certificate(
            recording.Facts(**(facts | changes)),
            provenance="LISTED",
            holder_ids=[holder.pk for holder in holders],
            actor=SYSTEM,
        )


def ask(
    wanted: Certificate,
    by: User,
    *,
    reason: RevocationReason = RevocationReason.CESSATION_OF_OPERATION,
    comment: str = "",
    on_behalf: bool = False,
) -> Revocation:
    """`by` asks for the revocation, freshly signed in."""
    return revoking.ask(wanted.pk, reason=reason, comment=comment, actor=factories.actor(by), on_behalf=on_behalf)


def digest(revocation: Revocation) -> str:
    """Return the digest that a page shows."""
    return hashlib.sha256(steps.content_of(revocation)).hexdigest()


def accept(revocation: Revocation, by: User) -> Revocation:
    """`by` accepts the row as the page shows it."""
    revoking.accept(revocation.pk, digest=digest(revocation), actor=factories.actor(by))
    revocation.refresh_from_db()
    return revocation


def file(*accepted: Revocation, by: User) -> Submission:
    """`by` makes a file of these accepted revocations."""
    built = submitting.build_revocations(shown={one.digest for one in accepted}, actor=factories.actor(by))
    return Submission.objects.get(pk=built.submission_id)


def state(revocation: Revocation) -> str:
    """Return its state as stored."""
    return str(Revocation.objects.values_list("state", flat=True).get(pk=revocation.pk))


@pytest.fixture(name="authority")
def authority_fixture(tmp_path_factory: pytest.TempPathFactory, settings) -> PinnedAuthority:
    """A pinned CA."""
    made = PinnedAuthority(tmp_path_factory.mktemp("ca"))
    settings.ISSUERS_FILE = str(made.path)
    return made

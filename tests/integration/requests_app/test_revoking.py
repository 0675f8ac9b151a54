"""Revocations by verbs: who asks, who accepts, a leaked key, what is still served, and the proof that it happened."""

import dataclasses
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.actors import SYSTEM
from audit.models import Event
from inventory import keys
from inventory.models import Certificate, PublicKey
from inventory.serving import Serving
from notifications.models import OutboxMessage
from requests_app import errors, tasks
from requests_app.models import Incident, Revocation, RevocationReason
from requests_app.services import revoking
from requests_app.states import RevocationState as S
from requests_app.states.revocation import TABLE
from tests import factories, observations, revocations
from tests.revocations import accept, ask, certificate, digest, state

pytestmark = pytest.mark.django_db

authority = revocations.authority_fixture


@pytest.fixture
def holder():
    return factories.faculty()


@pytest.fixture
def registrar():
    return factories.registrar()


@pytest.fixture
def other():
    return factories.registrar()


def mails(kind):
    return set(OutboxMessage.objects.filter(kind=kind).values_list("person_id", flat=True))


def in_state(wanted, holder, registrar, authority):
    """A revocation that the verbs brought to a state."""
    old = certificate(holder, issuer=authority.spki_sha256)
    revocation = ask(old, holder)
    actor = factories.actor(registrar)
    if wanted in {S.ACCEPTED, S.SUBMITTED}:
        accept(revocation, registrar)
    if wanted == S.SUBMITTED:
        revoking.mark_submitted(revocation.pk, actor=actor)
    if wanted == S.DECLINED:
        revoking.decline(revocation.pk, reason="なぜなら", actor=actor)
    if wanted == S.CANCELLED:
        revoking.cancel(revocation.pk, actor=factories.actor(holder))
    if wanted == S.REVOKED:
        revoking.record_status(revocation.pk, authority.crl(old), actor=actor)
    if wanted == S.EXPIRED:
        Certificate.objects.filter(pk=old.pk).update(not_after=timezone.now())
        revoking.expire(revocation.pk)
    revocation.refresh_from_db()
    assert revocation.state == wanted
    return revocation


VERBS = {
    "accept": lambda one, who, by: revoking.accept(one.pk, digest=digest(one), actor=by(who)),
    "decline": lambda one, who, by: revoking.decline(one.pk, reason="なぜなら", actor=by(who)),
    "cancel": lambda one, who, by: revoking.cancel(one.pk, actor=by(one.asked_by)),
    "override_served": lambda one, who, by: revoking.override_served(one.pk, reason="なぜなら", actor=by(who)),
    "note_not_revoked": lambda one, who, by: revoking.note_not_revoked(one.pk, reason="なぜなら", actor=by(who)),
    "mark_submitted": lambda one, who, by: revoking.mark_submitted(one.pk, actor=by(who)),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("source", S)
def test_every_verb_in_every_state(verb, source, holder, registrar, authority):
    revocation = in_state(source, holder, registrar, authority)
    rules = [rule for rule in TABLE.rules.values() if rule.verb == f"requests_app.services.revoking.{verb}"]
    (target,) = rules[0].moves.get(source, (None,))
    if target is None:
        with pytest.raises(errors.RevocationMoved):
            VERBS[verb](revocation, registrar, factories.actor)
        assert state(revocation) == source
    else:
        VERBS[verb](revocation, registrar, factories.actor)
        assert state(revocation) == target


@pytest.mark.parametrize("source", S)
def test_proof_settles_what_is_open_and_nothing_else(source, holder, registrar, authority):
    revocation = in_state(source, holder, registrar, authority)
    crl = authority.crl(revocation.certificate)
    if source in TABLE.final:
        with pytest.raises(errors.RevocationMoved):
            revoking.record_status(revocation.pk, crl, actor=factories.actor(registrar))
        return
    revoking.record_status(revocation.pk, crl, actor=factories.actor(registrar))
    revocation.certificate.refresh_from_db()
    assert revocation.certificate.revoked_at
    assert revocation.certificate.revocation_source == "CRL"
    assert state(revocation) == S.REVOKED
    assert mails("revocation_done") == {holder.pk}


def test_a_wish_is_told_and_another_registrar_accepts_it(holder, registrar):
    old = certificate(holder)
    revocation = ask(old, holder)
    assert mails("revocation_asked") == {holder.pk, registrar.pk}
    accept(revocation, registrar)
    assert bytes(revocation.content).decode("shift_jis") == (
        f"{old.subject_dn}\t\t\t{old.serial}\t5\t\t\t\t\t\t\t\t\r\n"
    )
    assert revocation.accepted_by == registrar


def test_who_may_ask(holder, registrar):
    old = certificate(holder)
    for stranger in (factories.faculty(), registrar, factories.auditor()):
        with pytest.raises(errors.NotPermitted):
            ask(old, stranger)
    with pytest.raises(errors.NotPermitted):
        ask(old, holder, on_behalf=True)
    assert ask(old, registrar, on_behalf=True).on_behalf


def test_who_may_not_accept(holder, registrar, other):
    holding = factories.registrar()
    own = ask(certificate(holding), holding)
    asked = ask(certificate(holder), registrar, on_behalf=True)
    for revocation, who, why in (
        (own, holding, errors.Interested),
        (asked, registrar, errors.AskerMayNotAccept),
        (asked, holder, errors.NotPermitted),
        (asked, factories.auditor(), errors.NotPermitted),
    ):
        with pytest.raises(why):
            accept(revocation, who)
    accept(asked, other)
    accept(own, other)


def test_only_the_row_that_was_shown_is_accepted(holder, registrar):
    revocation = ask(certificate(holder), holder)
    with pytest.raises(errors.RowChanged):
        revoking.accept(revocation.pk, digest="0" * 64, actor=factories.actor(registrar))
    assert state(revocation) == S.REQUESTED


def test_what_cannot_be_asked_for(holder):
    revoked = certificate(holder)
    Certificate.objects.filter(pk=revoked.pk).update(revoked_at=timezone.now(), revocation_source="LIST")
    seen = certificate(holder)
    Certificate.objects.filter(pk=seen.pk).update(provenance="SEEN")
    under_way = certificate(holder)
    first = ask(under_way, holder)
    for one, why in (
        (revoked, errors.CertificateRevoked),
        (certificate(holder, days=-1), errors.CertificateEnded),
        (seen, errors.CertificateOnlySeen),
        (under_way, errors.RevocationOpen),
    ):
        with pytest.raises(why) as refused:
            ask(one, holder)
        assert str(refused.value)
    assert refused.value.revocation_id == first.pk


@pytest.mark.parametrize("comment", ["", "   "])
def test_something_else_needs_a_comment(comment, holder):
    with pytest.raises(errors.CommentRequired):
        ask(certificate(holder), holder, reason=RevocationReason.UNSPECIFIED, comment=comment)


def test_a_comment_that_nii_does_not_take_is_refused_at_once(holder):
    for comment in ("髙橋①", "あ" * 129, "a\tb"):
        with pytest.raises(errors.RowRefused):
            ask(certificate(holder), holder, comment=comment)
    assert not Revocation.objects.exists()


def test_a_dn_with_an_ou_goes_as_it_is_listed(holder, registrar):
    old = certificate(holder, ou="Information Technology Center")
    revocation = accept(ask(old, holder), registrar)
    assert bytes(revocation.content).decode().startswith(f"{old.subject_dn}\t")


def test_a_dn_that_nii_would_not_take_is_told(holder, registrar):
    old = certificate(holder, subject_dn="CN=old.cs.uec.ac.jp,O=UEC,C=JP")
    with pytest.raises(errors.RowRefused):
        accept(ask(old, holder), registrar)


def test_a_leaked_key_is_accepted_at_once_and_everybody_hears(holder, registrar, other, settings):
    settings.OUT_OF_HOURS_MAIL = "night@uec.example"
    manager = factories.faculty()
    old = certificate(holder, manager)
    revocation = ask(old, holder, reason=RevocationReason.KEY_COMPROMISE)
    revocation.refresh_from_db()
    assert (revocation.state, revocation.accepted_by) == (S.ACCEPTED, holder)
    assert revocation.digest == digest(revocation)
    assert mails("key_compromise_reported") == {holder.pk, manager.pk, registrar.pk, other.pk, None}
    assert OutboxMessage.objects.get(person_id=None).address == "night@uec.example"
    assert not mails("revocation_asked") | mails("incident_opened")
    assert PublicKey.objects.get(spki_sha256=old.spki_sha256).blocked_at
    assert not keys.is_free(old.spki_sha256, owner="request:1")
    incident = Incident.objects.get(kind="KEY_COMPROMISE")
    assert incident.certificate == old
    actions = Event.objects.filter(subject=revocation.subject).order_by("sequence").values_list("action", flat=True)
    assert list(actions) == ["REVOCATION_ASKED", "REPORT_COMPROMISE"]


@pytest.mark.parametrize("age", [timedelta(minutes=16), None])
def test_a_leaked_key_needs_a_fresh_sign_in(age, holder):
    signed_in_at = timezone.now() - age if age else None
    actor = dataclasses.replace(factories.actor(holder), signed_in_at=signed_in_at)
    with pytest.raises(errors.SignInAgain, match=r"sign in again|サインイン"):
        revoking.ask(certificate(holder).pk, reason=RevocationReason.KEY_COMPROMISE, comment="", actor=actor)
    assert not Revocation.objects.exists()
    assert not Incident.objects.exists()


def test_a_registrar_reports_a_leaked_key_on_behalf(holder, registrar):
    revocation = ask(certificate(holder), registrar, reason=RevocationReason.KEY_COMPROMISE, on_behalf=True)
    assert state(revocation) == S.ACCEPTED


def test_a_leaked_key_whose_row_nii_would_not_take_is_not_lost(holder):
    old = certificate(holder, subject_dn="CN=old.cs.uec.ac.jp,O=UEC,C=JP")
    revocation = ask(old, holder, reason=RevocationReason.KEY_COMPROMISE)
    assert state(revocation) == S.REQUESTED
    assert Incident.objects.get().certificate == old


def test_an_open_incident_about_the_key_is_enough(holder):
    old = certificate(holder)
    Incident.objects.create(kind="KEY_COMPROMISE", spki_sha256=old.spki_sha256, due_at=timezone.now())
    ask(old, holder, reason=RevocationReason.KEY_COMPROMISE)
    assert Incident.objects.count() == 1


def test_what_was_declined_is_told_and_can_be_asked_again(holder, registrar):
    old = certificate(holder)
    revoking.decline(ask(old, holder).pk, reason="まだ使われています", actor=factories.actor(registrar))
    assert mails("revocation_declined") == {holder.pk}
    assert state(ask(old, holder)) == S.REQUESTED


def test_only_holder_and_asker_cancel(holder, registrar, other):
    revocation = ask(certificate(holder), registrar, on_behalf=True)
    for who in (other, factories.faculty()):
        with pytest.raises(errors.NotPermitted):
            revoking.cancel(revocation.pk, actor=factories.actor(who))
    revoking.cancel(revocation.pk, actor=factories.actor(registrar))


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("not in it", errors.NotRevokedYet),
        ("garbage", errors.StatusRefused),
        ("out of date", errors.StatusRefused),
        ("another CA", errors.StatusRefused),
        ("huge", errors.StatusRefused),
    ],
)
def test_what_proves_nothing_changes_nothing(what, why, holder, registrar, authority, tmp_path):
    old = certificate(holder, issuer=authority.spki_sha256)
    revocation = accept(ask(old, holder), registrar)
    given = {
        "not in it": lambda: authority.crl(),
        "garbage": lambda: b"garbage",
        "out of date": lambda: authority.crl(old, at=timezone.now() - timedelta(days=9)),
        "another CA": lambda: revocations.PinnedAuthority(tmp_path).crl(old),
        "huge": lambda: b"\x30" * (2 * 1024 * 1024 + 1),
    }[what]()
    with pytest.raises(why) as refused:
        revoking.record_status(revocation.pk, given, actor=factories.actor(registrar))
    assert str(refused.value)
    old.refresh_from_db()
    assert old.revoked_at is None
    assert state(revocation) == S.ACCEPTED


def test_the_sweep_closes_what_ended_by_itself(holder, registrar):
    revocation, valid = ask(certificate(holder), holder), ask(certificate(holder), holder)
    Certificate.objects.filter(pk=revocation.certificate_id).update(not_after=timezone.now())
    assert tasks.expire_revocations() == 1
    assert [state(revocation), state(valid)] == [S.EXPIRED, S.REQUESTED]
    assert tasks.expire_revocations() == 0
    assert Event.objects.filter(subject=revocation.subject, action="EXPIRE_REVOCATION", actor_person=None).exists()


def test_the_batch_takes_only_what_is_replaced_everywhere(holder, registrar):
    revocation = ask(certificate(holder), holder)
    observations.show({revocation.certificate_id: Serving.NOWHERE})
    with pytest.raises(errors.NotGreen):
        revoking.accept(revocation.pk, digest=digest(revocation), actor=factories.actor(registrar), green_only=True)
    assert state(revocation) == S.REQUESTED


def test_the_system_takes_no_human_decision(holder):
    revocation = ask(certificate(holder), holder)
    with pytest.raises(errors.NotPermitted):
        revoking.accept(revocation.pk, digest=digest(revocation), actor=SYSTEM)


def test_a_leaked_key_is_reported_whatever_is_under_way(holder, registrar):
    waiting = ask(certificate(holder), holder)
    kept = accept(ask(certificate(holder), holder), registrar)
    for known in (waiting, kept):
        raised = ask(known.certificate, holder, reason=RevocationReason.KEY_COMPROMISE)
        assert raised.pk == known.pk
        raised.refresh_from_db()
        assert (raised.state, raised.reason) == (S.ACCEPTED, RevocationReason.KEY_COMPROMISE)
        assert digest(raised) == raised.digest
        assert PublicKey.objects.get(spki_sha256=known.certificate.spki_sha256).blocked_at
    assert Incident.objects.filter(kind="KEY_COMPROMISE").count() == 2


def test_a_leaked_key_and_a_registrars_wish_are_not_the_holders_to_take_back(holder, registrar):
    leaked = ask(certificate(holder), holder, reason=RevocationReason.KEY_COMPROMISE)
    with pytest.raises(errors.CompromiseStands):
        revoking.cancel(leaked.pk, actor=factories.actor(holder))
    behalf = ask(certificate(holder), registrar, on_behalf=True)
    with pytest.raises(errors.NotPermitted):
        revoking.cancel(behalf.pk, actor=factories.actor(holder))
    revoking.cancel(behalf.pk, actor=factories.actor(registrar))
    assert [state(leaked), state(behalf)] == [S.ACCEPTED, S.CANCELLED]

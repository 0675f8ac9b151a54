from datetime import UTC, datetime

import pytest

from audit.actors import SYSTEM, Actor, Door


def test_the_system_is_nobody():
    assert SYSTEM.is_system
    assert SYSTEM.as_payload() == {}


@pytest.mark.parametrize(("person_id", "door"), [(None, Door.PORTAL), (3, Door.SYSTEM)])
def test_a_person_and_the_system_use_their_own_doors(person_id, door):
    with pytest.raises(ValueError, match="door"):
        Actor(person_id, "REGISTRAR", door)


def test_the_payload_names_identity_and_address_but_not_the_person():
    actor = Actor(
        3,
        "REGISTRAR",
        Door.ADMIN,
        issuer="https://issuer.example",
        sub="s",
        signed_in_at=datetime(2026, 4, 1, 9, tzinfo=UTC),
        address="192.0.2.1",
    )
    assert actor.as_payload() == {
        "issuer": "https://issuer.example",
        "sub": "s",
        "signed_in_at": "2026-04-01T09:00:00+00:00",
        "address": "192.0.2.1",
    }


def test_a_sign_in_without_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        Actor(3, "", Door.PORTAL, signed_in_at=datetime(2026, 4, 1))  # noqa: DTZ001 (what is refused)

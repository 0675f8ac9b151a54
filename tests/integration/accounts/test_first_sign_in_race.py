"""Two first sign-ins of one account at the same moment."""

import threading

import pytest
from django.db import connection

from accounts import claims
from accounts.models import Identity, User
from accounts.services import signing_in


@pytest.mark.django_db(transaction=True)
def test_two_first_sign_ins_at_once_make_one_person(settings):
    said = claims.read(
        {"sub": "1", "email": "kato@gl.cc.uec.ac.jp", "email_verified": True, "hd": "gl.cc.uec.ac.jp", "name": "加藤"},
        issuer="https://issuer.example",
    )
    barrier = threading.Barrier(2)
    made: list[int] = []

    def sign_in() -> None:
        try:
            barrier.wait(10)
            made.append(signing_in.sign_in(said, address="127.0.0.1", request_id="test"))
        finally:
            connection.close()

    threads = [threading.Thread(target=sign_in) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(made) == 2
    assert len(set(made)) == 1
    assert User.objects.count() == Identity.objects.count() == 1

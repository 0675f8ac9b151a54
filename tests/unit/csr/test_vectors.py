"""Every vector gives exactly its codes, and every code has a vector that raises it and one that doesn't."""

import pytest

from csr import check
from csr.problems import RULES
from tests.unit.csr import vectors

VECTORS = vectors.all_vectors()

TRAPS = {
    "trap-second-cn": "subject.repeated",
    "trap-email": "subject.email",
    "trap-ou": "subject.ou",
    "trap-other-name": "san.other_name",
    "trap-directory-name": "san.directory_name",
    "trap-challenge-password": "attribute.challenge_password",
    "trap-multi-valued-rdn": "subject.multi_valued",
}

ELSEWHERE = {
    "key.known_compromised": "test_keys.py makes a small list of compromised keys",
    "key.lists_missing": "test_keys.py, with and without the list",
}
"""Codes that depend on the machine."""

NOT_OF_REQUESTS = ("certificate.", "revocation.", "archive.")
"""Codes about something else: test_certificates.py, test_revocation.py, and integration/…/test_issuing.py."""


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_vector_gives_exactly_its_codes(vector):
    result = check(vector.given, vector.policy, names=vector.names)
    codes = sorted({problem.code for problem in result.problems} - {vectors.ENVIRONMENT})
    assert (result.accepted, tuple(codes)) == (vector.accepted, vector.codes)


def test_every_code_is_raised_by_a_vector_and_not_by_another():
    raised = {code for vector in VECTORS for code in vector.codes}
    assert raised <= set(RULES)
    assert set(RULES) - raised - {code for code in RULES if code.startswith(NOT_OF_REQUESTS)} == set(ELSEWHERE)
    assert [code for code in raised if all(code in vector.codes for vector in VECTORS)] == []


@pytest.mark.parametrize(("name", "code"), TRAPS.items())
def test_the_seven_traps_of_a_parsed_view_are_refused(name, code):
    vector = vectors.load(vectors.FOLDER / f"{name}.vector")
    assert not vector.accepted
    assert code in vector.codes


def test_there_are_enough_vectors():
    own = [vector for vector in VECTORS if not vector.name.startswith("corpus-")]
    assert len(own) >= 60
    assert len(VECTORS) - len(own) == 110


def test_challenge_password_is_never_shown():
    vector = vectors.load(vectors.FOLDER / "trap-challenge-password.vector")
    assert "not a secret" not in str(check(vector.given, vector.policy).as_json("en")["problems"])

"""What is read from a verified id_token, and what is not believed."""

import pytest

from accounts import claims
from accounts.errors import IdTokenInvalid

GIVEN = {
    "sub": "123",
    "nonce": "n",
    "email": "Suzuki@GL.cc.uec.ac.jp",
    "email_verified": True,
    "hd": "gl.cc.uec.ac.jp",
    "name": "鈴木　遥",
}


def read(**changes: object) -> claims.Claims:
    return claims.read({**GIVEN, **changes}, issuer="https://issuer.example", affiliation_claim="affiliation")


def test_account_and_domain_are_lower_case():
    said = read()
    assert (said.account, said.mail_domain, said.name) == ("suzuki", "gl.cc.uec.ac.jp", "鈴木　遥")


@pytest.mark.parametrize("verified", ["true", 1, "1", None, [], {"": True}, False])
def test_only_true_is_true(verified: object):
    assert not read(email_verified=verified).email_is_verified


@pytest.mark.parametrize("sub", ["", None, 5, "x" * 256, "a\nb", "鈴木", ["1"]])
def test_a_subject_that_cannot_be_one_is_refused(sub: object):
    with pytest.raises(IdTokenInvalid):
        read(sub=sub)


@pytest.mark.parametrize("email", ["", None, "@x", "a b@x", "a..@x", "-a@x", "x" * 65 + "@x", "ａ@x", 7, "a\n@x"])
def test_an_account_must_have_the_shape_of_one(email: object):
    assert read(email=email).account == ""


def test_names_lose_control_and_bidirectional_characters():
    assert read(name="Taro\u202e \x00Den\u200btsu\r\nBcc: x").name == "Taro Dentsu  Bcc: x"
    assert len(read(name="x" * 500).name) == 100
    assert read(name={"ja": "x"}).name == ""


def test_affiliations_are_words_of_one_claim():
    assert read(affiliation=["Student", 5, "member"]).affiliations == {"student", "member"}
    assert read(affiliation="staff").affiliations == {"staff"}
    assert claims.read({**GIVEN, "affiliation": "staff"}, issuer="i").affiliations == frozenset()


def test_strength_is_one_short_line():
    assert read(acr="gold", amr=["pwd", "mfa"], auth_time=1).strength == "acr=gold amr=pwd,mfa auth_time=1"
    assert read(acr=5, amr={"x": 1}, auth_time=True).strength == ""
    assert len(read(acr="x" * 900).strength) <= 200

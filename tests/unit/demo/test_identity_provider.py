import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests

from demo import identity_provider
from demo.accounts import ACCOUNTS, FACULTY, STUDENT
from demo.identity_provider import IdentityProvider, Misbehaviour

CALLBACK = "http://127.0.0.1:8000/accounts/oidc/uec/login/callback/"
VERIFIER = "verifier-" * 6
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def provider():
    with IdentityProvider() as running:
        yield running


def ask(provider, **changes):
    query = {
        "client_id": "upki-portal",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "email openid profile",
        "state": "abc",
        "nonce": "n-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    query = {name: value for name, value in (query | changes).items() if value is not None}
    return f"{provider.issuer}/authorize?{urlencode(query)}"


def click(provider, account, **changes):
    """Sign in through the page: open it, press the account's button, return the query of the callback."""
    page = requests.get(ask(provider, **changes), timeout=5)
    transaction = page.text.split('name="transaction" value="')[1].split('"')[0]
    assert f'value="{account.account}"' in page.text
    answer = requests.post(
        f"{provider.issuer}/authorize",
        data={"transaction": transaction, "account": account.account},
        allow_redirects=False,
        timeout=5,
    )
    assert answer.headers["Location"].startswith(CALLBACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def redeem(provider, code, *, verifier=VERIFIER, secret="demonstration-only", redirect_uri=CALLBACK, basic=True):
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    auth = ("upki-portal", secret) if basic else None
    if not basic:
        form |= {"client_id": "upki-portal", "client_secret": secret}
    return requests.post(f"{provider.issuer}/token", data=form, auth=auth, timeout=5)


def sign_in(provider, account=FACULTY):
    """Return the verified claims of the id_token, and userinfo."""
    tokens = redeem(provider, click(provider, account)["code"]).json()
    config = requests.get(f"{provider.issuer}/.well-known/openid-configuration", timeout=5).json()
    key = jwt.PyJWKSet.from_dict(requests.get(config["jwks_uri"], timeout=5).json()).keys[0]
    claims = jwt.decode(
        tokens["id_token"], key=key, algorithms=["RS256"], audience="upki-portal", issuer=config["issuer"]
    )
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    return claims, requests.get(config["userinfo_endpoint"], headers=bearer, timeout=5).json()


def test_a_click_signs_in_with_all_claims(provider):
    claims, userinfo = sign_in(provider)
    assert claims["sub"] == userinfo["sub"] == FACULTY.sub
    assert claims["email"] == "suzuki@gl.cc.uec.ac.jp"
    assert claims["email_verified"] is True
    assert claims["hd"] == "gl.cc.uec.ac.jp"
    assert claims["name"] == "鈴木 遥"
    assert claims["nonce"] == "n-1"
    assert {"acr", "amr", "auth_time", "jti"} <= set(claims)


def test_the_page_offers_every_account(provider):
    page = requests.get(ask(provider), timeout=5)
    assert all(f'value="{one.account}"' in page.text and one.name_ja in page.text for one in ACCOUNTS)
    assert '<html lang="ja">' in page.text
    assert "style-src 'self'" in page.headers["Content-Security-Policy"]


def test_state_comes_back_and_secrets_may_be_posted(provider):
    back = click(provider, STUDENT)
    assert back["state"] == "abc"
    assert redeem(provider, back["code"], basic=False).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_a_wrong_request_goes_back_with_an_error(provider, changes, error):
    answer = requests.get(ask(provider, **changes), allow_redirects=False, timeout=5)
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["error"] == [error]


@pytest.mark.parametrize("changes", [{"client_id": "other"}, {"redirect_uri": "https://evil.example/"}])
def test_an_unknown_client_or_address_is_never_redirected_to(provider, changes):
    assert requests.get(ask(provider, **changes), allow_redirects=False, timeout=5).status_code == 400


def test_a_code_serves_once_and_only_its_client(provider):
    code = click(provider, FACULTY)["code"]
    assert redeem(provider, code, secret="guessed").status_code == 401
    assert redeem(provider, code).status_code == 200
    assert redeem(provider, code).json() == {"error": "invalid_grant"}
    assert redeem(provider, click(provider, FACULTY)["code"], verifier="other").status_code == 400
    assert redeem(provider, click(provider, FACULTY)["code"], redirect_uri="http://127.0.0.1/").status_code == 400


def test_sign_out_leads_back_to_this_machine_only(provider):
    def log_out(target):
        address = f"{provider.issuer}/logout?{urlencode({'post_logout_redirect_uri': target, 'state': 's'})}"
        return requests.get(address, allow_redirects=False, timeout=5)

    assert log_out("http://127.0.0.1:8000/").headers["Location"] == "http://127.0.0.1:8000/?state=s"
    assert log_out("https://evil.example/").status_code == 200


def test_the_page_can_be_skipped_in_tests(provider):
    assert provider.callback_for(ask(provider), FACULTY).startswith(f"{CALLBACK}?code=")


def test_a_sub_stays_the_same_at_every_start():
    assert len({one.sub for one in ACCOUNTS}) == len(ACCOUNTS)
    assert FACULTY.sub.isdecimal()


@pytest.mark.parametrize(
    ("misbehaviour", "claim", "value"),
    [
        (Misbehaviour.UNVERIFIED_MAIL, "email_verified", False),
        (Misbehaviour.MAIL_VERIFIED_AS_TEXT, "email_verified", "true"),
        (Misbehaviour.FOREIGN_HOSTED_DOMAIN, "hd", "example.com"),
        (Misbehaviour.NO_HOSTED_DOMAIN, "hd", None),
        (Misbehaviour.WRONG_NONCE, "nonce", "forged"),
        (Misbehaviour.NO_NONCE, "nonce", None),
        (Misbehaviour.OTHER_ACCOUNT, "email", "takahashi@gl.cc.uec.ac.jp"),
    ],
)
def test_claims_are_forged_on_demand(provider, misbehaviour, claim, value):
    provider.misbehaviour.add(misbehaviour)
    assert sign_in(provider)[0].get(claim) == value


def test_identities_are_mixed_up_on_demand(provider):
    provider.misbehaviour = {Misbehaviour.OTHER_SUB_IN_USERINFO}
    claims, userinfo = sign_in(provider)
    assert claims["sub"] == FACULTY.sub != userinfo["sub"]
    provider.misbehaviour = {Misbehaviour.SECOND_IDENTITY}
    claims, userinfo = sign_in(provider)
    assert claims["sub"] == userinfo["sub"] != FACULTY.sub


@pytest.mark.parametrize(
    ("misbehaviour", "error"),
    [
        (Misbehaviour.FOREIGN_ISSUER_IN_ID_TOKEN, jwt.InvalidIssuerError),
        (Misbehaviour.WRONG_AUDIENCE, jwt.InvalidAudienceError),
        (Misbehaviour.EXPIRED_ID_TOKEN, jwt.ExpiredSignatureError),
        (Misbehaviour.BAD_SIGNATURE, jwt.InvalidSignatureError),
        (Misbehaviour.UNSIGNED_ID_TOKEN, jwt.InvalidTokenError),
        (Misbehaviour.NO_ID_TOKEN, KeyError),
    ],
)
def test_id_tokens_are_spoiled_on_demand(provider, misbehaviour, error):
    provider.misbehaviour.add(misbehaviour)
    with pytest.raises(error):
        sign_in(provider)


def test_discovery_lies_on_demand(provider):
    address = f"{provider.issuer}/.well-known/openid-configuration"
    provider.misbehaviour = {Misbehaviour.FOREIGN_ISSUER_IN_DISCOVERY}
    assert requests.get(address, timeout=5).json()["issuer"] == identity_provider.FOREIGN_ISSUER
    provider.misbehaviour = {Misbehaviour.REDIRECTING_DISCOVERY}
    redirected = requests.get(address, timeout=5)
    assert [one.status_code for one in redirected.history] == [302]
    assert redirected.json()["issuer"] == provider.issuer
    provider.misbehaviour = {Misbehaviour.FOREIGN_ENDPOINTS}
    assert not requests.get(address, timeout=5).json()["token_endpoint"].startswith(provider.issuer)


def test_answers_fail_on_demand(provider):
    address = f"{provider.issuer}/.well-known/openid-configuration"
    provider.misbehaviour = {Misbehaviour.SERVER_ERROR}
    assert requests.get(address, timeout=5).status_code == 500
    provider.misbehaviour = {Misbehaviour.SERVER_ERROR_AT_TOKEN}
    assert requests.get(address, timeout=5).status_code == 200
    assert redeem(provider, "x").status_code == 500
    provider.misbehaviour = {Misbehaviour.MALFORMED}
    with pytest.raises(requests.JSONDecodeError):
        requests.get(address, timeout=5).json()
    provider.misbehaviour = {Misbehaviour.HUGE}
    assert len(requests.get(address, timeout=5).content) == 10_000_000
    provider.misbehaviour = {Misbehaviour.REDIRECTING_TOKEN}
    assert requests.post(f"{provider.issuer}/token", allow_redirects=False, timeout=5).status_code == 307


def test_a_hanging_provider_stops_at_once():
    provider = IdentityProvider(misbehaviour={Misbehaviour.HANGING})
    provider.start()
    with pytest.raises(requests.Timeout):
        requests.get(f"{provider.issuer}/jwks", timeout=0.3)
    provider.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{provider.issuer}/jwks", timeout=5)

"""Where a request comes from, where it may lead, and how often it may ask."""

import pytest
from django.test import RequestFactory
from redis.exceptions import ConnectionError as RedisDown

from accounts import adapters, addresses, ratelimits
from accounts.middleware import language_of


@pytest.mark.parametrize("path", ["/", "/requests/5/?a=b", "/accounts/me/"])
def test_paths_of_the_portal(path: str):
    assert adapters.is_local_path(path)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "requests/",
        "//x",
        "///x",
        "/\\x",
        "\\\\x",
        "https://x",
        "javascript:x",
        "/\t/x",
        "\t//x",
        "http:///x",
        " //x",
    ],
)
def test_what_leads_elsewhere(address: str):
    assert not adapters.is_local_path(address)


def test_only_our_own_proxy_says_where_a_client_is(settings):
    forwarded = {"X-Forwarded-For": "198.51.100.9, 203.0.113.7"}
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers=forwarded)
    settings.TRUSTED_PROXY = False
    assert addresses.client_address(request) == "192.0.2.1"
    settings.TRUSTED_PROXY = True
    assert addresses.client_address(request) == "203.0.113.7"


@pytest.fixture
def own_cache(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "limits"}}


def test_a_limit_counts_each_person_alone(own_cache):
    asked = [ratelimits.is_over("test-x", 2, window_seconds=3600, who=who) for who in ("a", "a", "b", "a", "b", "b")]
    assert asked == [False, False, False, True, False, True]


def test_a_limit_of_nothing_lets_nobody_in(own_cache):
    assert ratelimits.is_over("test-none", 0, window_seconds=60, who="a")


def test_a_cache_that_is_down_limits_nobody(settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert not ratelimits.is_over("test-down", 0, window_seconds=60, who="a")
    assert issubclass(RedisDown, ratelimits.RedisError)


@pytest.mark.parametrize(
    ("person", "cookie", "language"),
    [("", "", "ja"), ("", "en", "en"), ("", "xx", "ja"), ("ja", "en", "ja"), ("en", "ja", "en")],
)
def test_language(person: str, cookie: str, language: str):
    request = RequestFactory().get("/", headers={"Accept-Language": "en"})
    request.COOKIES["language"] = cookie
    request.user = type("Visitor", (), {"language": person})()
    assert language_of(request) == language

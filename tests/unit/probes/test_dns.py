import json
from datetime import UTC

import pytest
from dnslib import CAA, QTYPE, RCODE, RR

from probes import dns, guard
from probes.dns import CaaVerdict, Observation, Outcome, View
from tests.unit.probes.name_server import NameServer, failing, saying, silent_for

ZONE = """
$TTL 60
www.cs.uec.ac.jp.      IN A     192.0.2.10
www.cs.uec.ac.jp.      IN AAAA  2001:db8::10
six.uec.ac.jp.         IN AAAA  2001:db8::6
mail.uec.ac.jp.        IN MX    10 www.cs.uec.ac.jp.
alias.uec.ac.jp.       IN CNAME middle.uec.ac.jp.
middle.uec.ac.jp.      IN CNAME www.cs.uec.ac.jp.
dangling.uec.ac.jp.    IN CNAME gone.uec.ac.jp.
forbidden.uec.ac.jp.   IN A     192.0.2.11
forbidden.uec.ac.jp.   IN CAA   0 issue "letsencrypt.org"
allowed.uec.ac.jp.     IN A     192.0.2.12
allowed.uec.ac.jp.     IN CAA   0 issue "letsencrypt.org"
allowed.uec.ac.jp.     IN CAA   0 issue "SecomTrust.net; validationmethods=dns-01"
www.allowed.uec.ac.jp. IN A     192.0.2.13
tocaa.uec.ac.jp.       IN CNAME forbidden.uec.ac.jp.
"""


@pytest.fixture
def server():
    with NameServer(ZONE) as running:
        yield running


def look_up(server, name, **options):
    options.setdefault("want_caa", False)
    return dns.look_up(name, view=View("outside", (server.resolver,)), **options)


def test_an_address_is_found_with_both_families_and_its_circumstances(server):
    seen = look_up(server, "WWW.cs.uec.ac.jp.")
    assert (seen.name, seen.view, seen.outcome) == ("www.cs.uec.ac.jp", "outside", Outcome.ADDRESS)
    assert seen.addresses == ("192.0.2.10", "2001:db8::10")
    assert seen.exists
    assert not seen.is_temporary
    assert seen.resolver == f"127.0.0.1:{server.port}"
    assert seen.started_at.tzinfo is UTC
    assert seen.duration_ms >= 0
    assert seen.caa is None


def test_an_observation_survives_storage_as_json(server):
    for name in ("alias.uec.ac.jp", "forbidden.uec.ac.jp", "nowhere.uec.ac.jp"):
        seen = look_up(server, name, want_caa=True)
        assert Observation.from_json(json.loads(json.dumps(seen.as_json()))) == seen


@pytest.mark.parametrize(
    ("name", "outcome", "chain"),
    [
        ("six.uec.ac.jp", Outcome.ADDRESS, ()),
        ("alias.uec.ac.jp", Outcome.ADDRESS, ("middle.uec.ac.jp", "www.cs.uec.ac.jp")),
        ("nowhere.uec.ac.jp", Outcome.NXDOMAIN, ()),
        ("mail.uec.ac.jp", Outcome.NO_ADDRESS, ()),
        ("cs.uec.ac.jp", Outcome.NO_ADDRESS, ()),
        ("dangling.uec.ac.jp", Outcome.DANGLING_CNAME, ("gone.uec.ac.jp",)),
    ],
)
def test_what_a_sound_server_says_is_told_apart(server, name, outcome, chain):
    seen = look_up(server, name)
    assert (seen.outcome, seen.cname_chain) == (outcome, chain)
    assert not seen.is_temporary


def test_an_alias_that_the_server_did_not_follow_is_followed(server):
    server.special["half.uec.ac.jp"] = saying("half.uec.ac.jp. 60 IN CNAME www.cs.uec.ac.jp.", ra=0, aa=1)
    seen = look_up(server, "half.uec.ac.jp")
    assert (seen.outcome, seen.cname_chain) == (Outcome.ADDRESS, ("www.cs.uec.ac.jp",))


def test_a_loop_in_the_answer_is_seen(server):
    server.special["one.uec.ac.jp"] = saying(
        "one.uec.ac.jp. 60 IN CNAME two.uec.ac.jp.\ntwo.uec.ac.jp. 60 IN CNAME one.uec.ac.jp."
    )
    assert look_up(server, "one.uec.ac.jp").outcome is Outcome.CNAME_LOOP


def test_a_loop_that_the_resolver_calls_servfail_is_seen(server):
    other = {"one.uec.ac.jp": "two.uec.ac.jp", "two.uec.ac.jp": "one.uec.ac.jp"}

    def answer(request, handler):
        name = str(request.q.qname).rstrip(".")
        if request.q.qtype != 5:
            return failing("SERVFAIL")(request, handler)
        return saying(f"{name}. 60 IN CNAME {other[name]}.")(request, handler)

    server.special |= dict.fromkeys(other, answer)
    assert look_up(server, "one.uec.ac.jp").outcome is Outcome.CNAME_LOOP


def test_servfail_and_refused_are_told_apart(server):
    server.special |= {"broken.uec.ac.jp": failing("SERVFAIL"), "private.uec.ac.jp": failing("REFUSED")}
    assert look_up(server, "broken.uec.ac.jp").outcome is Outcome.SERVFAIL
    assert look_up(server, "private.uec.ac.jp").outcome is Outcome.REFUSED
    assert look_up(server, "broken.uec.ac.jp").is_temporary


def test_another_error_code_is_a_bad_answer(server):
    server.special["odd.uec.ac.jp"] = failing("NOTIMP")
    assert look_up(server, "odd.uec.ac.jp").outcome is Outcome.BAD_ANSWER


def test_servfail_that_goes_away_without_checking_is_a_dnssec_failure(server):
    def answer(request, handler):
        if not request.header.cd:
            return failing("SERVFAIL")(request, handler)
        return saying("bogus.uec.ac.jp. 60 IN A 192.0.2.9")(request, handler)

    server.special["bogus.uec.ac.jp"] = answer
    seen = look_up(server, "bogus.uec.ac.jp")
    assert seen.outcome is Outcome.DNSSEC_FAILURE
    assert seen.addresses == ()
    assert not seen.exists


def test_a_referral_is_no_statement_about_the_name(server):
    server.special["www.example.ac.jp"] = saying("", authority="example.ac.jp. 60 IN NS ns.example.ac.jp.", ra=0)
    assert look_up(server, "www.example.ac.jp").outcome is Outcome.REFERRAL


def test_silence_is_a_timeout_and_ends(server):
    server.special["silent.uec.ac.jp"] = silent_for(2)
    seen = look_up(server, "silent.uec.ac.jp", lifetime=0.4)
    assert seen.outcome is Outcome.TIMEOUT
    assert seen.is_temporary


def test_a_closed_port_is_unreachable():
    with NameServer() as stopped:
        resolver = stopped.resolver
    seen = dns.look_up("www.uec.ac.jp", view=View("outside", (resolver,)))
    assert seen.outcome is Outcome.UNREACHABLE


def test_a_resolver_outside_the_policy_is_never_asked(server):
    guard.install(guard.NOTHING)
    seen = look_up(server, "www.cs.uec.ac.jp")
    assert seen.outcome is Outcome.GUARD_REFUSED
    assert server.asked == []


def test_the_second_resolver_answers_when_the_first_fails(server):
    with NameServer() as first:
        first.special["www.cs.uec.ac.jp"] = failing("SERVFAIL")
        seen = dns.look_up("www.cs.uec.ac.jp", view=View("outside", (first.resolver, server.resolver)))
    assert seen.outcome is Outcome.ADDRESS
    assert seen.resolver == f"127.0.0.1:{server.port}"


def test_an_address_counts_although_the_other_family_fails(server):
    def answer(request, handler):
        if request.q.qtype == 28:
            return failing("SERVFAIL")(request, handler)
        return saying("half.uec.ac.jp. 60 IN A 192.0.2.9")(request, handler)

    server.special["half.uec.ac.jp"] = answer
    assert look_up(server, "half.uec.ac.jp").addresses == ("192.0.2.9",)


def test_no_ipv4_address_proves_nothing_while_ipv6_fails(server):
    def answer(request, handler):
        return failing("SERVFAIL")(request, handler) if request.q.qtype == 28 else server.zone.answer(request)

    server.special["mail.uec.ac.jp"] = answer
    assert look_up(server, "mail.uec.ac.jp").outcome is Outcome.SERVFAIL


def test_a_cut_answer_is_fetched_over_tcp(server):
    many = [f"2001:db8::{number:x}" for number in range(1, 60)]
    server.zone.add("\n".join(f"big.uec.ac.jp. 60 IN AAAA {address}" for address in many))
    assert set(look_up(server, "big.uec.ac.jp").addresses) == set(many)


def test_a_malformed_answer_is_no_answer(server):
    server.special["garbage.uec.ac.jp"] = lambda request, handler: _Garbage(request)
    assert look_up(server, "garbage.uec.ac.jp", lifetime=0.4).outcome in (Outcome.TIMEOUT, Outcome.BAD_ANSWER)


class _Garbage:
    def __init__(self, request):
        self.header, self._id = request.reply().header, request.header.id

    def pack(self):
        return self._id.to_bytes(2, "big") + b"\xff" * 40


@pytest.mark.parametrize("name", ["", ".", "a" * 64 + ".uec.ac.jp", "a..uec.ac.jp", "電通.uec.ac.jp"])
def test_what_cannot_stand_in_dns_is_refused(server, name):
    with pytest.raises(ValueError, match=r"name\.not_dns"):
        look_up(server, name)
    assert server.asked == []


@pytest.mark.parametrize(
    ("name", "verdict", "found_at"),
    [
        ("www.cs.uec.ac.jp", CaaVerdict.NONE, ""),
        ("forbidden.uec.ac.jp", CaaVerdict.FORBIDS, "forbidden.uec.ac.jp"),
        ("allowed.uec.ac.jp", CaaVerdict.ALLOWS, "allowed.uec.ac.jp"),
        ("www.allowed.uec.ac.jp", CaaVerdict.ALLOWS, "allowed.uec.ac.jp"),
        ("absent.forbidden.uec.ac.jp", CaaVerdict.FORBIDS, "forbidden.uec.ac.jp"),
        ("tocaa.uec.ac.jp", CaaVerdict.FORBIDS, "tocaa.uec.ac.jp"),
    ],
)
def test_caa_is_climbed_from_the_name(server, name, verdict, found_at):
    caa = look_up(server, name, want_caa=True).caa
    assert (caa.verdict, caa.found_at) == (verdict, found_at)


def test_what_strangers_put_into_records_is_escaped_and_bounded(server):
    def answer(request, handler):
        reply = request.reply()
        reply.add_answer(RR("odd.uec.ac.jp", QTYPE.CAA, rdata=CAA(0, "issue", "a\r\n\u202eb")))
        return reply

    server.special["odd.uec.ac.jp"] = answer
    (record,) = look_up(server, "odd.uec.ac.jp", want_caa=True).caa.records
    assert record.startswith('0 issue "a\\013\\010')
    assert record.isascii()
    many = [f"192.0.{high}.{low}" for high in (2, 3) for low in range(1, 100)]
    server.zone.add("\n".join(f"many.uec.ac.jp. 60 IN A {address}" for address in many))
    assert len(look_up(server, "many.uec.ac.jp").addresses) == dns.MAX_STORED_RECORDS


def test_a_failing_question_for_caa_is_not_permission(server):
    server.special["cs.uec.ac.jp"] = failing("SERVFAIL")
    caa = look_up(server, "www.cs.uec.ac.jp", want_caa=True).caa
    assert (caa.verdict, caa.failure, caa.is_temporary) == (CaaVerdict.FAILED, Outcome.SERVFAIL, True)


def test_many_names_are_looked_up_in_every_view(server):
    with NameServer("www.cs.uec.ac.jp. 60 IN A 10.0.0.1") as inside:
        views = (View("outside", (server.resolver,)), View("inside", (inside.resolver,)))
        names = ["www.cs.uec.ac.jp", "six.uec.ac.jp"]
        seen = {(one.name, one.view): one.exists for one in dns.look_up_many(names, views, concurrency=4)}
    assert seen == {
        ("www.cs.uec.ac.jp", "outside"): True,
        ("www.cs.uec.ac.jp", "inside"): True,
        ("six.uec.ac.jp", "outside"): True,
        ("six.uec.ac.jp", "inside"): False,
    }


@pytest.mark.parametrize(("rcode", "is_complete"), [("SERVFAIL", False), ("REFUSED", False), ("NXDOMAIN", True)])
def test_an_answer_for_a_beside_a_failure_for_aaaa_may_lack_addresses(server, rcode, is_complete):
    def answer(request, handler):
        reply = request.reply()
        if request.q.qtype == QTYPE.A:
            reply.add_answer(*RR.fromZone("half.uec.ac.jp. 60 IN A 10.0.0.1"))
        else:
            reply.header.rcode = getattr(RCODE, rcode)
        return reply

    server.special["half.uec.ac.jp"] = answer
    seen = look_up(server, "half.uec.ac.jp")
    assert (seen.outcome, seen.addresses, seen.is_complete) == (Outcome.ADDRESS, ("10.0.0.1",), is_complete)
    assert Observation.from_json(json.loads(json.dumps(seen.as_json()))) == seen


def test_an_observation_stored_before_completeness_was_noted_is_read(server):
    stored = look_up(server, "www.cs.uec.ac.jp").as_json()
    del stored["is_complete"]
    assert Observation.from_json(stored).is_complete

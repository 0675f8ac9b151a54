import pytest

from demo.dns_server import DemoNameServers, DnsServer, Zone
from probes import dns, guard
from probes.dns import CaaVerdict, Outcome, View
from probes.guard import Policy, Purpose, Rule


@pytest.fixture(autouse=True)
def loopback_only():
    before = guard.install(Policy((Rule(Purpose.DNS, guard.LOOPBACK, guard.ANY_PORT),)))
    yield
    guard.install(before)


@pytest.fixture(scope="module")
def servers():
    running = DemoNameServers(outside_port=0, inside_port=0)
    running.start()
    yield running
    running.stop()


def outside(servers, name, **options):
    return dns.look_up(name, view=View("outside", (servers.outside.resolver,)), **options)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("www.cs.uec.ac.jp", Outcome.ADDRESS),
        ("lab.cs.uec.ac.jp", Outcome.ADDRESS),
        ("www.ee.uec.ac.jp", Outcome.ADDRESS),
        ("mma.club.uec.ac.jp", Outcome.ADDRESS),
        ("www2.cs.uec.ac.jp", Outcome.ADDRESS),
        ("old.cs.uec.ac.jp", Outcome.DANGLING_CNAME),
        ("loop.cs.uec.ac.jp", Outcome.CNAME_LOOP),
        ("mail.cs.uec.ac.jp", Outcome.NO_ADDRESS),
        ("broken.cs.uec.ac.jp", Outcome.SERVFAIL),
        ("nowhere.cs.uec.ac.jp", Outcome.NXDOMAIN),
        ("intra.cs.uec.ac.jp", Outcome.NXDOMAIN),
    ],
)
def test_the_demonstration_shows_each_case(servers, name, outcome):
    assert outside(servers, name, want_caa=False).outcome is outcome


def test_a_silent_name_times_out(servers):
    assert outside(servers, "slow.cs.uec.ac.jp", lifetime=0.3).outcome is Outcome.TIMEOUT


def test_the_university_allows_the_ca_and_one_host_does_not(servers):
    assert outside(servers, "www.cs.uec.ac.jp").caa.verdict is CaaVerdict.ALLOWS
    assert outside(servers, "caa.cs.uec.ac.jp").caa.verdict is CaaVerdict.FORBIDS


def test_the_campus_sees_more(servers):
    inside = View("inside", (servers.inside.resolver,))
    assert dns.look_up("intra.cs.uec.ac.jp", view=inside).exists
    assert dns.look_up("www.cs.uec.ac.jp", view=inside).exists


def test_a_zone_may_change_while_it_is_served():
    with DnsServer(Zone()) as server:
        view = View("outside", (server.resolver,))
        assert dns.look_up("new.uec.ac.jp", view=view).outcome is Outcome.NXDOMAIN
        server.zone.add("new.uec.ac.jp. 60 IN A 192.0.2.9")
        assert dns.look_up("new.uec.ac.jp", view=view).exists
        server.zone.fail("new.uec.ac.jp", "REFUSED")
        assert dns.look_up("new.uec.ac.jp", view=view).outcome is Outcome.REFUSED
        server.zone.remove("new.uec.ac.jp")
        assert dns.look_up("new.uec.ac.jp", view=view).outcome is Outcome.NXDOMAIN
        assert ("new.uec.ac.jp", "A") in server.asked


def test_a_taken_port_is_an_error():
    with DnsServer(Zone()) as server, pytest.raises(OSError, match="in use"):
        DnsServer(Zone(), port=server.port)

"""`manage.py recheck_names` at real name servers: everything once, again after an interruption, and what it says."""

import os
import signal
import threading
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from inventory.models import CertificateName
from requests_app.models import NameLookup, NameObservation
from requests_app.services import observing
from requests_app.states import State
from tests import factories, revocations

pytestmark = pytest.mark.django_db(transaction=True)


def recheck(*options: str) -> tuple[str, str]:
    """Run the command; return what it printed, and why it failed ("" where it did not)."""
    out, why = StringIO(), ""
    try:
        call_command("recheck_names", *options, stdout=out, stderr=StringIO())
    except CommandError as error:
        why = str(error)
    return out.getvalue(), why


def certificates(*names: str) -> None:
    holder = factories.faculty()
    for name in names:
        revocations.certificate(holder, name=name)


def observed(name: str) -> int:
    return NameObservation.objects.filter(name=name).count()


def test_names_of_certificates_and_of_open_requests_are_looked_up_in_every_view(cast, name_servers):
    request = cast.request(State.CONFIRMING)
    certificates("www.cs.uec.ac.jp")
    for name in (request.common_name, "www.cs.uec.ac.jp"):
        name_servers.add(name)
    said, why = recheck()
    assert (said, why) == ("2 names were looked up.\n", "")
    assert observed("www.cs.uec.ac.jp") == observed(request.common_name) == 2
    # Nobody waits for the certificate's name: it is not asked again by itself.
    assert NameLookup.objects.get(name="www.cs.uec.ac.jp").next_at is None


def test_what_does_not_exist_is_named_and_is_the_exit_code(name_servers):
    certificates("gone.cs.uec.ac.jp", "inner.cs.uec.ac.jp", "www.cs.uec.ac.jp")
    name_servers.add("www.cs.uec.ac.jp")
    name_servers.inside.zone.add("inner.cs.uec.ac.jp. 300 IN A 192.0.2.1")
    said, why = recheck()
    assert why
    assert "missing in every view: 1\n  gone.cs.uec.ac.jp\n" in said
    assert "missing outside: 2\n  gone.cs.uec.ac.jp\n  inner.cs.uec.ac.jp\n" in said
    assert NameLookup.objects.filter(next_at=None).count() == 3


def interrupt_after(observations: int) -> threading.Thread:
    """Press Ctrl-C as soon as so many observations are stored."""

    def wait() -> None:
        while NameObservation.objects.count() < observations:
            time.sleep(0.01)
        connection.close()
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def test_what_cannot_stand_in_dns_stops_nobody(name_servers):
    """A row of NII's list without PEM may have anything in place of a name."""
    certificates("www.cs.uec.ac.jp", "other.cs.uec.ac.jp")
    CertificateName.objects.filter(name="other.cs.uec.ac.jp").update(name="a..uec.ac.jp")
    name_servers.add("www.cs.uec.ac.jp")
    assert recheck() == ("1 names were looked up.\n", "")
    now = timezone.now()
    for name in ("なし", "a..uec.ac.jp", "www.cs.uec.ac.jp"):
        NameLookup.objects.update_or_create(name=name, defaults={"next_at": now, "asked_since_at": now})
    assert observing.look_up_due() == 1
    assert not NameLookup.objects.exclude(name="www.cs.uec.ac.jp").exclude(next_at=None).exists()


def test_a_second_run_goes_on_where_the_first_was_interrupted(name_servers):
    names = [f"host{number}.cs.uec.ac.jp" for number in range(60)]
    certificates(*names)
    for name in names:
        name_servers.add(name)
    # It is silent for as long as a look-up may take: the interruption comes in the middle, whatever the machine does.
    name_servers.fail("host30.cs.uec.ac.jp", "SILENT")
    # A job in the background of a shell is born with SIGINT ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        thread = interrupt_after(8)
        _said, why = recheck("--concurrency", "4")
        thread.join()
    finally:
        signal.signal(signal.SIGINT, before)
    name_servers.heal("host30.cs.uec.ac.jp")
    name_servers.add("host30.cs.uec.ac.jp")
    assert "run it again" in why
    seen = {name: observed(name) for name in names}
    assert set(seen.values()) == {0, 2}
    again, why = recheck("--concurrency", "4")
    assert (again, why) == (f"{list(seen.values()).count(0)} names were looked up.\n", "")
    assert [observed(name) for name in names] == [2] * 60
    assert recheck() == ("0 names were looked up.\n", "")


def test_what_was_looked_up_lately_is_left_out_only_if_one_wishes(name_servers):
    certificates("www.cs.uec.ac.jp")
    name_servers.add("www.cs.uec.ac.jp")
    assert [recheck(*options)[0][0] for options in ((), (), ("--younger-than", "0"))] == ["1", "0", "1"]


def test_a_name_that_a_worker_has_is_left_to_it(name_servers):
    certificates("www.cs.uec.ac.jp")
    now = timezone.now()
    NameLookup.objects.create(name="www.cs.uec.ac.jp", next_at=now, lease_until=now + timedelta(minutes=1))
    said, _why = recheck()
    assert "1 names are being looked up by a worker" in said
    assert not observed("www.cs.uec.ac.jp")


@pytest.mark.parametrize("option", ["--concurrency=0", "--concurrency=201", "--younger-than=-1", "--younger-than=x"])
def test_odd_options_are_refused(option):
    with pytest.raises(CommandError):
        call_command("recheck_names", option)


def test_without_a_view_nothing_is_asked(settings):
    settings.DNS_VIEWS = []
    assert recheck() == ("", "There is no DNS view: set DNS_VIEWS.")

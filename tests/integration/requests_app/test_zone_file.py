"""Files of zones: what their cells may say, how much is read and told, and that a download reads as no change."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from requests_app import errors
from requests_app.models import Zone
from requests_app.services import zones
from requests_app.steps import zone_file
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people():
    """Two people of the roster, by the accounts that the tables below name."""
    return factories.staff(account="suzuki"), factories.staff(account="sato")


def csv(*lines, header="zone,account,deputy_of,from,until"):
    """Return a file; what a line leaves out at its end is empty."""
    missing = [header.count(",") - line.count(",") for line in lines]
    padded = [line + "," * number for line, number in zip(lines, missing, strict=True)]
    return "\r\n".join([header, *padded, ""]).encode()


def problems(content):
    with translation.override("en"):
        with pytest.raises(errors.ImportRefused) as refused:
            zone_file.read(content)
        return list(map(str, refused.value.problems))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (csv("cs.uec.ac.jp,suzuki,2027-01-01", header="zone,account,untill"), "columns that are unknown: untill"),
        (csv("a b.uec.ac.jp,suzuki"), "Line 2: “a b.uec.ac.jp” is not the name of a zone"),
        (csv("..uec.ac.jp,suzuki"), "is not the name of a zone"),
        (csv("*.uec.ac.jp,suzuki"), "is not the name of a zone"),
        (csv("c\u202es.uec.ac.jp,suzuki"), "“cs.uec.ac.jp” is not the name of a zone"),
        (csv("-cs.uec.ac.jp,suzuki"), "is not the name of a zone"),
        (csv(f"{'a' * 64}.uec.ac.jp,suzuki"), "is not the name of a zone"),
        (csv(",suzuki"), "is not the name of a zone"),
        (csv("cs.uec.ac.jp,suzuki,suzuki"), "nobody is their own deputy"),
        (csv("cs.uec.ac.jp,suzuki,nobody"), "the account “nobody”"),
        (csv(f"cs.uec.ac.jp,{'n' * 500}"), f"the account “{'n' * 80}”"),
        (csv("cs.uec.ac.jp,suzuki,,2026-02-30"), "“2026-02-30” is not a day"),
        (csv("cs.uec.ac.jp,suzuki,,20260201"), "“20260201” is not a day"),
        (csv("cs.uec.ac.jp,suzuki,,0001-01-01"), "“0001-01-01” is not a day"),
        (csv("cs.uec.ac.jp,suzuki,,2026-W05-1"), "“2026-W05-1” is not a day"),
        (csv(*["cs.uec.ac.jp,suzuki"] * (zone_file.MAX_LINES + 1)), "at most 10000 lines"),
    ],
)
def test_what_is_no_file_of_zones_is_refused(content, said):
    found = problems(content)
    assert len(found) == 1
    assert said in found[0]


def test_every_problem_is_told_but_not_thousands():
    many = problems(csv(*["cs.uec.ac.jp,q"] * 500))
    assert len(many) == zone_file.MAX_PROBLEMS + 1
    assert "not shown: 400" in many[-1]


def test_days_are_read_as_excel_writes_them(people):
    suzuki, sato = people
    (one,) = zone_file.read(csv("cs.uec.ac.jp,suzuki,sato,2027/4/1,2027/10/01")).added
    assert (one.zone, one.person_id, one.deputy_of_id) == ("cs.uec.ac.jp", suzuki.pk, sato.pk)
    days = [timezone.localdate(moment).isoformat() for moment in (one.from_at, one.until_at)]
    assert days == ["2027-04-01", "2027-10-01"]


def test_a_thousand_lines_are_read_by_few_queries(django_assert_max_num_queries):
    content = csv(*(f"z{number}.uec.ac.jp,suzuki,sato" for number in range(1000)))
    with django_assert_max_num_queries(12):
        difference = zone_file.read(content)
        zone_file.describe(difference)
    assert len(difference.new_zones) == 1000


def test_what_is_written_and_read_again_changes_nothing():
    day = (timezone.localdate() + timedelta(days=40)).isoformat()
    left = factories.staff(is_active=False)
    content = csv(
        f"cs.uec.ac.jp,suzuki,,,{day}",
        f"cs.uec.ac.jp,sato,suzuki,{day}",
        f"cs.uec.ac.jp,{left.account},,2020-01-01",
        "empty.uec.ac.jp,",
        "電通.uec.ac.jp,suzuki",
    )
    zones.import_first(content, actor=factories.actor(factories.registrar()))
    written = zone_file.written(Zone.objects.all())
    assert "empty.uec.ac.jp,,,," in written
    assert "xn--" in written
    assert zone_file.read(written.encode()).is_empty

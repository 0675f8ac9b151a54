import pytest

from probes import caa
from probes.caa import Record
from probes.observations import CaaVerdict


@pytest.mark.parametrize(
    ("records", "verdict"),
    [
        ([], CaaVerdict.NONE),
        ([Record(0, "issue", "secomtrust.net")], CaaVerdict.ALLOWS),
        ([Record(0, "ISSUE", " SECOMTRUST.NET ; policy=ev")], CaaVerdict.ALLOWS),
        ([Record(0, "issue", ";")], CaaVerdict.FORBIDS),
        ([Record(0, "issue", "")], CaaVerdict.FORBIDS),
        ([Record(0, "issue", "notsecomtrust.net")], CaaVerdict.FORBIDS),
        ([Record(0, "issue", "letsencrypt.org"), Record(0, "issue", "secomtrust.net")], CaaVerdict.ALLOWS),
        ([Record(0, "issuewild", "letsencrypt.org")], CaaVerdict.ALLOWS),
        ([Record(0, "iodef", "mailto:ca@uec.ac.jp")], CaaVerdict.ALLOWS),
        ([Record(128, "iodef", "mailto:ca@uec.ac.jp")], CaaVerdict.ALLOWS),
        ([Record(128, "future", "x"), Record(0, "issue", "secomtrust.net")], CaaVerdict.FORBIDS),
        ([Record(0, "future", "x"), Record(0, "issue", "secomtrust.net")], CaaVerdict.ALLOWS),
    ],
)
def test_records_are_read_as_a_ca_reads_them(records, verdict):
    assert caa.verdict(records) is verdict

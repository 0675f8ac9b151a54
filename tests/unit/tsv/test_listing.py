import random
from datetime import datetime

import pytest

from tests.unit.tsv import generating, vectors
from tsv import listing, showing, texts
from tsv.listing_cells import JAPAN, STATE_LABELS, State

HEADER = vectors.load("listing_header.json")
PEM = "-----BEGIN CERTIFICATE-----\nMIIC\nAAAA\n-----END CERTIFICATE-----\n"
VALUES = {
    "発行・更新申請-申請ID": "1201",
    "主体者DN": "CN=WWW.cs.uec.ac.jp,O=The University of Electro-Communications,L=chofu,ST=tokyo,C=JP",
    "発行・更新申請-日時": "2026-04-01 09:30:00",
    "証明書プロファイルID": "3",
    "状態": "5",
    "利用管理者氏名": "電通　太郎",
    "利用管理者mail": "taro@cc.uec.ac.jp",
    "利用管理者FQDN": "www.cs.uec.ac.jp",
    "dNSName": "dNSName=www.cs.uec.ac.jp,dNSName=web.cs.uec.ac.jp",
    "発行・更新申請-証明書": PEM.strip(),
    "発行・更新申請-シリアル番号": "2523387705629275603",
    "発行・更新申請-証明書有効期限": "2026/10/16 08:59:59",
    "アクセスPIN": "SECRETPIN",
    "その他送信先アドレス": "hanako@cc.uec.ac.jp",
    "その他送信先アドレス2": "jiro@cc.uec.ac.jp",
    "最終更新日": "2026-04-01",
}


def row(header=HEADER, **changes):
    values = VALUES | changes
    return "\t".join(values.get(name, "") for name in header)


def content(*rows, header=HEADER, end="\r\n", encoding="cp932"):
    return (end.join(("\t".join(header), *rows)) + end).encode(encoding)


def codes(found):
    return [problem.code for problem in found.problems]


def test_a_row_becomes_an_entry():
    found = listing.read(content(row()))

    assert not found.problems
    (entry,) = found.entries
    assert entry.line == 2
    assert entry.common_name == "www.cs.uec.ac.jp"
    assert entry.subject == VALUES["主体者DN"]
    assert entry.state is State.ISSUED
    assert entry.serial == 2523387705629275603
    assert entry.dns_names == ("www.cs.uec.ac.jp", "web.cs.uec.ac.jp")
    assert entry.not_after == datetime(2026, 10, 16, 8, 59, 59, tzinfo=JAPAN)
    assert entry.updated_at == datetime(2026, 4, 1, tzinfo=JAPAN)
    assert entry.certificate == PEM
    assert (entry.old_serial, entry.revocation_reason, entry.revoked_at) == (None, None, None)


def test_secrets_and_other_addresses_are_dropped_while_reading():
    found = listing.read(content(row()))

    for forbidden in ("SECRETPIN", "hanako@", "jiro@"):
        assert forbidden not in repr(found)


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_certificate_over_several_lines_is_one_cell(end, quote):
    pem = quote + PEM.strip().replace("\n", end) + quote
    rows = [row(**{"発行・更新申請-証明書": pem, "発行・更新申請-申請ID": str(number)}) for number in range(50)]

    found = listing.read(content(*rows, end=end))

    assert not found.problems
    assert [entry.application_id for entry in found.entries] == [str(number) for number in range(50)]
    assert {entry.certificate for entry in found.entries} == {PEM}


def test_everything_in_quotes():
    quoted = "\t".join(f'"{cell}"' for cell in row().split("\t"))

    found = listing.read(content(quoted, header=[f'"{name}"' for name in HEADER]))

    assert not found.problems
    assert found.entries[0].contact_name == "電通　太郎"


@pytest.mark.parametrize(
    "broken",
    [
        "1\t2\t3",
        row()[:200],
        row().replace("\t3\t", "\t", 1),
        row() + "\tmore",
        row(主体者DN="www.cs.uec.ac.jp"),
        row(状態="99"),
        row(利用管理者氏名='"電通') + "\t",
        "-----BEGIN CERTIFICATE-----",
        row(**{"発行・更新申請-証明書": "-----BEGIN CERTIFICATE-----\nMIIC"}) + "\tx",
    ],
)
def test_a_broken_row_is_told_and_the_others_are_read(broken):
    found = listing.read(content(row(), broken, row(**{"発行・更新申請-申請ID": "2"}), row()))

    assert len(found.entries) >= 3
    assert {entry.application_id for entry in found.entries} >= {"1201", "2"}
    assert codes(found)
    assert len(found.entries) + len(found.problems) >= 4


def test_a_stray_quote_is_part_of_its_cell():
    found = listing.read(content('"' + row(), row()))

    assert not found.problems
    assert [entry.application_id for entry in found.entries] == ['"1201', "1201"]


def test_an_undecodable_row_is_told_and_the_others_are_read():
    rows = content(row()) + row().replace("電通", "@@").encode("cp932").replace(b"@@", b"\x81\x20\xff\x81") + b"\r\n"

    found = listing.read(rows + row().encode("cp932") + b"\r\n")

    assert codes(found) == ["tsv.listing_row_undecodable"]
    assert found.problems[0].line == 2 + PEM.strip().count("\n") + 1
    assert len(found.entries) == 2


def test_a_header_with_other_widths_spaces_and_dashes_is_understood():
    def vary(name):
        return f" {name.replace('-', '－').replace('・', '･').replace('DN', 'ＤＮ')} "

    found = listing.read(content(row(), header=[vary(name) for name in HEADER]))

    assert not found.problems
    assert found.entries[0].serial == 2523387705629275603


def test_columns_in_another_order_are_found_by_name():
    header = list(reversed(HEADER))

    assert listing.read(content(row(header), header=header)).entries[0].serial == 2523387705629275603


@pytest.mark.parametrize("name", ["主体者DN", "状態", "発行・更新申請-シリアル番号"])
def test_without_a_required_column_nothing_is_imported(name):
    header = [each for each in HEADER if each != name]

    found = listing.read(content(row(header), header=header))

    assert not found.entries
    assert codes(found) == ["tsv.listing_header_missing"]
    assert found.problems[0].params["names"] == [name]


def test_an_absent_column_is_told():
    header = [name for name in HEADER if name != "dNSName"]

    found = listing.read(content(row(header), header=header))

    assert codes(found) == ["tsv.listing_columns_absent"]
    assert found.entries[0].dns_names == ()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("発行・更新申請-シリアル番号", "xyz", "tsv.listing_serial_unreadable"),
        ("失効申請-失効理由コード", "four", "tsv.listing_number_unreadable"),
        ("発行・更新申請-証明書有効期限", "2026-02-30 00:00:00", "tsv.listing_moment_unreadable"),
        ("発行・更新申請-証明書有効期限", "soon", "tsv.listing_moment_unreadable"),
    ],
)
def test_an_unreadable_cell_is_told_and_the_row_is_kept(name, value, code):
    found = listing.read(content(row(**{name: value})))

    assert codes(found) == [code]
    assert len(found.entries) == 1


@pytest.mark.parametrize("state", State)
def test_a_state_is_read_by_number_and_by_words(state):
    for cell in (str(state.value), STATE_LABELS[state], f"{state.value}:{STATE_LABELS[state]}"):
        assert listing.read(content(row(状態=cell))).entries[0].state is state


def test_other_encodings_and_empty_lists():
    assert codes(listing.read(content(row(), encoding="utf-8-sig"))) == ["tsv.listing_utf8"]
    assert codes(listing.read(content(row(), encoding="utf-8"))) == ["tsv.listing_utf8"]
    assert codes(listing.read(content())) == ["tsv.listing_no_rows"]
    assert codes(listing.read(b"")) == ["tsv.listing_header_missing"]
    assert codes(listing.read(row().encode("cp932"))) == ["tsv.listing_header_missing"]


def test_rows_without_end_do_not_fill_the_memory():
    found = listing.read(content("x" * 3_000_000, row()))

    assert len(found.entries) == 1
    assert set(codes(found)) == {"tsv.listing_row_broken"}


@pytest.mark.parametrize("seed", range(20))
def test_damaged_lists_are_read_without_an_exception(seed):
    chance = random.Random(seed)
    good = content(row(), row(), row())
    for _ in range(20):
        found = listing.read(generating.damage(good, chance))
        assert all(texts.text(problem, "ja") for problem in found.problems)
        assert list(showing.entries(found.entries)) or not found.entries

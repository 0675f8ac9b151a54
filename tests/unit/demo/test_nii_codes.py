"""Every message of the support system, in both modes, and that the portal can read each of them."""

import pytest

from demo.nii.columns import COLUMNS, Kind
from demo.nii.messages import Code, Message, numbers
from demo.nii.system import Outcome
from tests.unit.demo import nii
from tests.unit.demo.nii import ABORT, CN, SKIP, dn, file, issue_row, renew_row, request_body, revoke_row
from tsv import fields, replies

LONG = "a" * 70

BAD_CELLS = [
    ({"c1": ""}, [201]),
    ({"c10": ""}, [201]),
    ({"c12": ""}, [201]),
    ({"c8": "あ" * 65}, [202]),
    ({"c10": f"{LONG}@cc.uec.ac.jp"}, [202]),
    ({"c2": "x"}, [204]),
    ({"c2": "13"}, [905]),
    ({"c1": f"C=JP,ST=tokyo,L=chofu,O=The University of Electro-Communications,CN={CN}"}, [206]),
    ({"c1": dn().replace(",O=", ", O=")}, [206]),
    ({"c1": dn("*.cs.uec.ac.jp"), "c11": "*.cs.uec.ac.jp"}, [206]),
    ({"c10": "suzuki"}, [206]),
    ({"c10": "su+zuki@cc.uec.ac.jp"}, [206]),
    ({"c1": dn().replace("O=", "OU=period,O=", 1)}, [371]),
    ({"c1": dn().replace("chofu", "Chofu-shi")}, [931]),
    ({"c1": dn().replace("tokyo", "Tokyo")}, [931]),
    ({"c1": dn().replace("The University", "University")}, [933]),
    ({"c1": dn("www.example.ac.jp"), "c11": "www.example.ac.jp"}, [932]),
    ({"c1": dn("notuec.ac.jp"), "c11": "notuec.ac.jp"}, [932]),
    ({"c11": "git.cs.uec.ac.jp"}, [934]),
    ({"c13": "dNSName=www.example.ac.jp"}, [932]),
    ({"c13": "www2.cs.uec.ac.jp"}, [935]),
    ({"c13": "dNSName=www2.cs.uec.ac.jp,"}, [935]),
    ({"c13": ",".join(f"dNSName=a{n}.uec.ac.jp" for n in range(8))}, [936]),
    ({"c13": ",".join(f"dNSName={c * 45}.uec.ac.jp" for c in "abcd")}, [202]),
    ({"c3": "x"}, [902]),
    ({"c8": '"鈴木"'}, [904]),
    ({"c8": "髙橋"}, [903]),
    ({"c12": "①"}, [903]),
    ({"c11": "ｗｗｗ"}, [903]),
    ({"c7": "MIIC"}, [911]),
    ({"c7": request_body("git.cs.uec.ac.jp")}, [913]),
    ({"c7": request_body(dn_changes={"L": "Chofu"})}, [913]),
    ({"c7": request_body(signing_key=nii.ec_key())}, [914]),
    ({"c7": "A" * 2052}, [202]),
]


@pytest.mark.parametrize(("changes", "expected"), BAD_CELLS)
def test_a_bad_cell_of_an_application_gets_its_number_and_is_not_taken(place, changes, expected):
    result = place.upload(Kind.ISSUE, issue_row(**changes))
    assert numbers(result.messages) == expected
    assert result.taken == ()
    assert place.system.applications == ()
    assert place.sink.messages == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"c4": ""}, [201]),
        ({"c4": "0xAB"}, [204]),
        ({"c4": "1"}, [921]),
        ({"c5": ""}, [201]),
        ({"c5": "2"}, [925]),
        ({"c5": "x"}, [204]),
        ({"c5": "0"}, [201]),
        ({"c6": "①"}, [205]),
        ({"c1": dn("git.cs.uec.ac.jp")}, [924]),
        ({"c10": "suzuki"}, [206]),
        ({"c7": "MIIC"}, [902]),
    ],
)
def test_a_bad_cell_of_a_revocation(place, changes, expected):
    serial = place.issue().serial
    result = place.upload(Kind.REVOKE, revoke_row(serial, **changes))
    assert numbers(result.messages) == expected
    assert place.system.applications[0].revoked_at is None


@pytest.mark.parametrize(
    ("file_name", "content", "expected"),
    [
        ("upload.csv", file(issue_row()), "209:指定したファイルの拡張子が不正です。"),
        ("upload", file(issue_row()), "209:指定したファイルの拡張子が不正です。"),
        ("upload.tsv", b"", "213:申請ファイルに入力がありません。"),
        ("upload.txt", b"\r\n", "213:申請ファイルに入力がありません。"),
        (
            "upload.tsv",
            file(*[["x"] * 13] * 100),
            "214:ファイル内のレコードが指定件数を超えているため申請できません。",
        ),
    ],
)
@pytest.mark.parametrize("mode", [ABORT, SKIP])
def test_a_bad_file_is_refused_as_a_whole(place, file_name, content, expected, mode):
    result = place.system.upload(Kind.ISSUE, mode, file_name, content)
    assert result.text == expected
    assert result.rows == ()


def test_ninety_nine_rows_are_read(place):
    result = place.upload(Kind.ISSUE, *[["x"] * 13] * 99)
    assert len(result.rows) == 99


@pytest.mark.parametrize("content", [b"a\tb\r\n", file([*issue_row(), ""]), file(issue_row()).replace(b"\t", b"")])
def test_another_number_of_columns(place, content):
    assert numbers(place.system.upload(Kind.ISSUE, ABORT, "a.tsv", content).messages) == [901]


def test_both_line_ends_are_read_and_the_last_may_be_missing(place):
    content = file(issue_row("a.uec.ac.jp"), issue_row("b.uec.ac.jp")).replace(b"\r\n", b"\n").removesuffix(b"\n")
    assert len(place.system.upload(Kind.ISSUE, ABORT, "A.TSV", content).taken) == 2


def test_a_request_changed_after_signing_is_refused(place):
    body = request_body()
    place.upload(Kind.ISSUE, issue_row(c7=body[:-8] + "AAAAAAA="))
    result = place.upload(Kind.ISSUE, issue_row(c7=body[:-8] + "AAAA" + body[-4:]))
    assert numbers(result.messages) == [912]


def test_an_application_with_capitals_is_taken_in_lower_case(place):
    result = place.upload(Kind.ISSUE, issue_row("WWW.cs.uec.ac.jp", c13="dNSName=Web.cs.uec.ac.jp"))
    assert result.text == ""
    assert place.system.applications[0].names == [CN, "web.cs.uec.ac.jp"]


def test_a_request_in_the_reverse_order_is_taken(place):
    assert place.upload(Kind.ISSUE, issue_row(c7=request_body(is_reversed=True))).text == ""


def test_a_name_that_was_certified_is_renewed_whatever_became_of_it(place):
    serial = place.issue().serial
    place.upload(Kind.REVOKE, revoke_row(serial))
    place.clock.pass_days(300)
    result = place.upload(Kind.ISSUE, issue_row())
    assert result.text == "212:1,主体者DN,指定したDNはすでに存在しています。"
    assert place.upload(Kind.RENEW, renew_row(serial)).text == ""


def test_a_renewal_needs_a_known_serial_number_of_the_same_name(place):
    serial, other = place.issue().serial, place.issue("git.cs.uec.ac.jp").serial
    assert numbers(place.upload(Kind.RENEW, renew_row(1)).messages) == [921]
    assert numbers(place.upload(Kind.RENEW, renew_row(other)).messages) == [922]
    assert numbers(place.upload(Kind.RENEW, renew_row("")).messages) == [201]
    assert numbers(place.upload(Kind.RENEW, renew_row(f"{serial:X}G")).messages) == [204]
    assert place.upload(Kind.RENEW, renew_row(f"0x{serial:X}")).text == ""


def test_a_key_is_used_once(place):
    body = request_body(signing_key=nii.key(1))
    serial = place.issue(c7=body).serial
    again = request_body(signing_key=nii.key(1))
    assert numbers(place.upload(Kind.RENEW, renew_row(serial, c7=again)).messages) == [915]


def test_rows_of_one_file_know_each_other(place):
    shared = nii.key(2)
    rows = (
        issue_row("a.uec.ac.jp", c7=request_body("a.uec.ac.jp", signing_key=shared)),
        issue_row("a.uec.ac.jp"),
        issue_row("b.uec.ac.jp", c7=request_body("b.uec.ac.jp", signing_key=shared)),
    )
    result = place.upload(Kind.ISSUE, *rows, mode=SKIP)
    assert [numbers(row.messages) for row in result.rows] == [[], [212], [915]]
    assert len(result.taken) == 1


@pytest.mark.parametrize(("mode", "taken", "outcome"), [(ABORT, 0, Outcome.NOT_TAKEN), (SKIP, 28, Outcome.OK)])
def test_two_of_thirty_rows_are_bad_in_both_modes(place, mode, taken, outcome):
    rows = [issue_row(f"h{number}.cs.uec.ac.jp") for number in range(30)]
    rows[3][9], rows[17][11] = "no address", ""
    result = place.upload(Kind.ISSUE, *rows, mode=mode)
    assert result.text.split("\n") == [
        "206:4,利用管理者mail,利用管理者mailはメール形式ではありません。",
        "201:18,ソフトウェア名・バージョン,ソフトウェア名・バージョンは入力必須項目です。",
    ]
    assert len(result.taken) == len(place.system.applications) == len(place.sink.messages) == taken
    assert [row.line for row in result.rows if row.outcome is Outcome.NG] == [4, 18]
    assert sum(row.outcome is outcome for row in result.rows) == 28


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("code", [code for code in Code if code is not Code.CA_REFUSED])
def test_the_portal_reads_row_and_column_of_every_message(kind, code):
    portal_kind = {Kind.ISSUE: fields.Kind.ISSUE, Kind.RENEW: fields.Kind.RENEW, Kind.REVOKE: fields.Kind.REVOKE}[kind]
    for column in COLUMNS[kind].values():
        (reply,) = replies.parse(str(Message(code, 7, column.name, 250)), kind=portal_kind)
        assert (reply.code, reply.row, reply.column) == (code % 1000, 7, column.number)
    (about_file,) = replies.parse(str(Message(code)), kind=portal_kind)
    assert (about_file.code, about_file.row) == (code % 1000, None)


@pytest.mark.parametrize("code", [Code.PLACE, Code.DOMAIN])
def test_the_portal_knows_messages_whose_number_nobody_knows_by_their_words(code):
    (reply,) = replies.parse(str(Message(code, 2, "主体者DN")))
    assert reply.explanation != "reply.unknown.explanation"
    assert reply.row == 2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tsv import vectors
from tsv import replies, texts
from tsv.fields import Kind
from tsv.replies import Action


@pytest.mark.parametrize(("line", "code", "row", "column", "action", "codes"), vectors.load("replies.json"))
def test_a_message_leads_to_row_column_and_action(line, code, row, column, action, codes):
    (reply,) = replies.parse(line, kind=Kind.ISSUE, row_count=3)

    assert (reply.code, reply.row, reply.column, reply.action) == (code, row, column, Action(action))
    assert [problem.code for problem in reply.problems] == codes
    for lang in ("ja", "en"):
        assert texts.sentence(reply.explanation, lang)
        assert texts.sentence(reply.remedy, lang)


def test_the_remedy_of_212_is_the_renewal():
    (reply,) = replies.parse("212:1,主体者DN,指定したDNはすでに存在しています。")

    assert "更新" in texts.sentence(reply.remedy, "ja")
    assert "更新" in texts.sentence(reply.remedy, "en")


def test_a_column_is_found_in_the_table_of_the_file_that_was_sent():
    (reply,) = replies.parse("205:1,失効理由コメント,失効理由コメントは不正な文字が含まれています。", kind=Kind.REVOKE)

    assert reply.column == 6


def test_several_lines_and_empty_ones():
    pasted = "212:1,主体者DN,x\r\n\r\n  202:2,利用管理者氏名,y  \n"

    assert [(reply.code, reply.row) for reply in replies.parse(pasted)] == [(212, 1), (202, 2)]


@given(st.text())
def test_any_text_can_be_pasted(pasted):
    for reply in replies.parse(pasted, row_count=99):
        assert texts.sentence(reply.explanation, "ja")


def test_words_are_known_under_a_number_that_nobody_has_published():
    (reply,) = replies.parse("999:2,主体者DN,主体者DNのL(ST)が登録された値と一致しません。", row_count=2)

    assert (reply.row, reply.column, reply.action, reply.problems) == (2, 1, Action.CORRECT, ())

"""Words for stored codes: nothing that is recorded or sent is shown as a code, and facts read as facts."""

import ast

import pytest
from django.contrib import admin
from django.utils import translation

from notifications import kinds
from requests_app import errors, texts
from requests_app.states import Action, ConfirmationAction
from requests_app.steps import rows
from tests.architecture import sources

SAME_IN_JAPANESE = {"CN", "CSR", "CAA", "dNSName"}
NOT_SHOWN = {"id", "der", "session_epoch"}


@pytest.mark.parametrize("action", [*Action, *ConfirmationAction])
def test_every_action_has_words_for_what_happened(action):
    assert texts.event(action) != action


def test_every_kind_of_mail_has_words():
    names = {kind.name for kind in kinds.all_kinds() if not kind.name.startswith("example_")}
    assert {name for name in names if texts.mail(name) == name} == set()


def test_an_application_is_a_fact_in_the_history_and_a_verb_on_the_button():
    with translation.override("ja"):
        assert texts.event("APPLY") == "申請"
        assert texts.event("APPROVE") == "承認"


@pytest.mark.parametrize(("language", "expected"), [("ja", "甲、乙"), ("en", "甲, 乙")])
def test_a_list_is_joined_as_the_language_does_it(language, expected):
    with translation.override(language):
        assert texts.listed(["甲", "乙"]) == expected


@pytest.mark.parametrize(("count", "expected"), [(1, "1 point needs a change"), (2, "2 points need a change")])
def test_a_sentence_counts_in_english(count, expected):
    with translation.override("en"):
        assert expected in str(errors.NotReady([errors.NoCsr()] * count))


def test_a_sentence_counts_in_japanese():
    with translation.override("ja"):
        assert "1 件" in str(errors.NotReady([errors.NoCsr()]))


@pytest.mark.parametrize("code", rows.KIND_REASONS)
def test_every_reason_for_a_kind_has_a_sentence(code):
    assert rows.reason_text(code) != code


def test_every_event_that_is_recorded_by_name_has_words():
    calls = (
        node
        for _path, tree in sources.modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record" and len(node.args) > 1
    )
    names = {call.args[1].value for call in calls if isinstance(call.args[1], ast.Constant)}
    assert names
    assert {name for name in names if texts.event(name) == name} == set()


def test_every_field_that_the_admin_shows_has_a_japanese_name():
    shown = {model for one in admin.site._registry.values() for model in (one.model, *(i.model for i in one.inlines))}
    with translation.override("ja"):
        names = {
            (model.__name__, field.name): str(field.verbose_name)
            for model in shown
            for field in (*model._meta.concrete_fields, *model._meta.many_to_many)
            if field.name not in NOT_SHOWN
        }
    assert {place for place, name in names.items() if name.isascii() and name not in SAME_IN_JAPANESE} == set()

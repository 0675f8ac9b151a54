import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import canonical
from audit.actors import Door

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
numbers = st.integers(min_value=-canonical.LARGEST_INTEGER, max_value=canonical.LARGEST_INTEGER)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcがか゛", max_size=3), inner),
)


def test_members_are_sorted_texts_composed_and_nothing_is_escaped():
    value = {"b": [1, True, None], "a": "か\u3099", "": "/é"}
    assert canonical.encode(value) == '{"":"/é","a":"が","b":[1,true,null]}'.encode()


def test_members_are_sorted_by_code_point():
    assert canonical.encode({"\U00020bb7": 1, "\uff21": 2, "z": 3}) == '{"z":3,"Ａ":2,"𠮷":1}'.encode()


def test_an_enumeration_is_its_value():
    assert canonical.normalize({"door": Door.ADMIN}) == {"door": "ADMIN"}
    assert type(canonical.normalize(Door.ADMIN)) is str


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), 2**53, b"", object(), {1: 2}, {"a": {1.5}}, "\x00", "\ud800", {"が": 1, "か\u3099": 2}],
    ids=repr,
)
def test_what_readers_disagree_about_is_refused(value):
    with pytest.raises(canonical.NotCanonical):
        canonical.encode(value)


def test_the_refusal_says_where():
    with pytest.raises(canonical.NotCanonical) as refusal:
        canonical.encode({"names": ["a", {"b": 0.5}]})
    assert refusal.value.path == "$.names[1].b"


@given(values)
def test_what_was_read_back_has_the_same_bytes(value):
    encoded = canonical.encode(value)
    assert canonical.encode(json.loads(encoded)) == encoded

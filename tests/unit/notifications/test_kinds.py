import pytest

from notifications import kinds
from notifications.kinds import Kind


@pytest.fixture(autouse=True)
def _empty_registry(monkeypatch):
    monkeypatch.setattr(kinds, "_registered", {})


def test_kinds_are_listed_by_name():
    kinds.register(Kind("b"), Kind("a"))
    kinds.register(Kind("b"))
    assert kinds.all_kinds() == (Kind("a"), Kind("b"))
    assert kinds.get("a") == Kind("a")


def test_an_unknown_kind_is_refused():
    with pytest.raises(kinds.UnknownKind):
        kinds.get("a")


@pytest.mark.parametrize("name", ["", "A", "../a", "a/b", "1a", "a" * 51, "a\n"])
def test_a_name_is_a_folder(name):
    with pytest.raises(ValueError):
        Kind(name)

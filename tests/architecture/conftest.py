"""The stage, once for each module: the walks undo what each of their requests did."""

from collections.abc import Iterator

import pytest

from tests.architecture import stage


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker) -> Iterator[stage.Stage]:
    with django_db_blocker.unblock(), stage.set_up() as made:
        yield made

"""On which days holders hear that a certificate ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory import expiry


@pytest.mark.parametrize(
    ("lifetime", "days"),
    [
        (397, (45, 30, 14, 7, 3, 1, 0, -1)),
        (100, (33, 20, 14, 7, 3, 1, 0, -1)),
        (61, (20, 14, 12, 7, 3, 1, 0, -1)),
        (60, (30, 15, 7, 3, 1, 0, -1)),
        (47, (23, 11, 7, 3, 1, 0, -1)),
        (14, (7, 3, 1, 0, -1)),
    ],
)
def test_the_ladder_of_a_lifetime(lifetime, days):
    assert expiry.rungs(lifetime) == days


@given(st.floats(min_value=0, max_value=5000))
def test_every_ladder_descends_to_the_day_after_the_end(lifetime):
    found = expiry.rungs(lifetime)
    assert list(found) == sorted(set(found), reverse=True)
    assert found[-5:] == (7, 3, 1, 0, -1) or {7, 3, 1, 0, -1} <= set(found)
    assert max(found) <= max(45, 7)

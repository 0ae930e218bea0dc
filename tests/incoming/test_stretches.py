"""The quick answer to “does it cross one of these” equals the slow one."""

from hypothesis import given
from hypothesis import strategies as st

from duban.incoming.reading.stretches import Stretches

spans = st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))
asked = st.tuples(st.integers(0, 60), st.integers(1, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(spans, max_size=12), asked)
def test_cross_is_what_looking_at_each_would_say(rows, one) -> None:
    start, end = one
    slow = any(first < end and start < last for first, last in rows)
    assert Stretches(rows).cross(start, end) == slow

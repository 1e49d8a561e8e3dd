"""Where most of the numbers around exceed a limit, their median does."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.analysis.signal.statistics.chance import usual, usually


@given(st.lists(st.integers(0, 4), min_size=1, max_size=150), st.integers(0, 4))
def test_usually_is_where_the_median_exceeds_the_limit(numbers, limit):
    values = np.array(numbers, np.float64)
    np.testing.assert_array_equal(usually(values, limit), usual(values) > limit)

"""Permutation entropy: how evenly the orders of successive values are distributed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.validity import not_enough
from vital_widgets.analysis.signal.complexity.complexity_measure import (
    A_PAIR,
    NAN,
    Complexity,
    measured,
    whole_number,
)
from vital_widgets.analysis.signal.complexity.series import Series, SeriesLike, series_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

BLOCK = 1 << 18  # templates that are processed at a time
MAX_ORDER = 8  # 40 320 patterns


@analysis
def permutation_entropy(
    x: SeriesLike,
    fs: float | None = None,
    *,
    order: int = 3,
    delay: int = 1,
    normalize: bool = True,
    usable: UsableLike = None,
) -> Complexity:
    """Compute the permutation entropy of a series.

    Parameters
    ----------
    x, fs, delay, usable
        As for `approximate_entropy`.
    order : int
        Length of a pattern, 2 to 8. The series should have many more values than its factorial.
    normalize : bool
        Divide by the maximum, log2(order!), so that the entropy is 0 to 1; otherwise in bits.

    Returns
    -------
    Complexity
        The entropy; ``details`` has the number of patterns of each kind.

    Raises
    ------
    InvalidInputError
        A number is out of range, or ``x`` is not a series.

    Notes
    -----
    Of equal values, the earlier one counts as smaller. A constant series has an entropy of 0.

    References
    ----------
    Bandt C, Pompe B. Permutation entropy: a natural complexity measure for time series. Physical
    Review Letters 2002;88(17):174102. doi:10.1103/PhysRevLett.88.174102

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import permutation_entropy
    >>> float(permutation_entropy(np.arange(100)))
    0.0
    """
    series = series_of(x, fs, usable)
    order = whole_number(order, "order", 2, MAX_ORDER)
    delay = whole_number(delay, "delay", 1, 10**6)
    counts = _pattern_counts(series, order, delay)
    n, possible = int(counts.sum()), len(counts)
    value, note = NAN, None
    if n < A_PAIR:
        note = not_enough(f"there are {n} patterns of {order} values without a gap")
    else:
        p = counts[counts > 0] / n
        value = -float(np.sum(p * np.log2(p))) + 0.0
        value = value / math.log2(possible) if normalize else value
        if n < possible:
            note = f"{n} patterns are few for {possible} possible ones"
    units = "" if normalize else "bit"
    details = {"order": order, "delay": delay, "n_patterns": n, "counts": counts}
    return measured("permutation entropy", value, series, note, units, **details)


def _pattern_counts(series: Series, order: int, delay: int) -> NDArray[np.int64]:
    """Return how often each order of ``order`` values occurs, shape (order!,).

    The number of a pattern is its Lehmer code: for each value, how many later ones are smaller,
    in the factorial number system.
    """
    starts = series.starts((order - 1) * delay)
    counts = np.zeros(math.factorial(order), np.int64)
    for i in range(0, len(starts), BLOCK):
        columns = [series.values[starts[i : i + BLOCK] + j * delay] for j in range(order)]
        code = np.zeros(len(columns[0]), np.int64)
        for a in range(order - 1):
            for b in range(a + 1, order):
                code += math.factorial(order - 1 - a) * (columns[b] < columns[a])
        counts += np.bincount(code, minlength=len(counts))
    return counts

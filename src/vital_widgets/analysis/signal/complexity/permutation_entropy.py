"""Permutation entropy: how evenly the orders of successive values are spread."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.validity import not_enough
from vital_widgets.analysis.signal.complexity.complexity_measure import (
    NAN,
    Complexity,
    whole_number,
)
from vital_widgets.analysis.signal.complexity.series import Series, series_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 1 << 18  # templates at a time
LONGEST_ORDER = 8  # 40 320 patterns


@with_recipe("values")
def permutation_entropy(
    values: Any,
    fs: float | None = None,
    *,
    order: int = 3,
    delay: int = 1,
    normalize: bool = True,
    usable: Any = None,
) -> Complexity:
    """Permutation entropy.

    Parameters
    ----------
    values : array-like of float, shape (n,), or beats
        The series; NaN interrupts it, and no pattern crosses an interruption. Of beats, the
        intervals in ms.
    fs : float, optional
        Sampling rate in Hz; only to say how many seconds of signal the figure rests on.
    order : int
        Length of a pattern, 2 to 8. Have many more values than its factorial.
    delay : int
        Distance between the values of a pattern.
    normalize : bool
        Divide by the greatest possible, log(order!): 0 to 1. Otherwise the figure is in bits.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the values may be used.

    Notes
    -----
    Of equal values, the earlier counts as the smaller, as Bandt and Pompe have it. A constant
    series has one pattern and the entropy 0.

    References
    ----------
    Bandt, C., & Pompe, B. (2002). Permutation entropy: a natural complexity measure for time
    series. Physical Review Letters, 88(17), 174102.
    """
    series = series_of(values, fs, usable)
    order = whole_number(order, "order", 2, LONGEST_ORDER)
    delay = whole_number(delay, "delay", 1, 10**6)
    counts = pattern_counts(series, order, delay)
    patterns = int(counts.sum())
    value = NAN
    notes: tuple[str, ...] = ()
    if patterns < 2:  # noqa: PLR2004 - of one pattern there is no distribution
        notes = (not_enough(f"{patterns} patterns of {order} values without a gap"),)
    else:
        p = counts[counts > 0] / patterns
        bits = -float(np.sum(p * np.log2(p))) + 0.0
        value = bits / math.log2(math.factorial(order)) if normalize else bits
        if patterns < math.factorial(order):
            notes = (f"{patterns} patterns are few for {math.factorial(order)} possible ones",)
    return Complexity(
        name="permutation entropy",
        value=value,
        unit="" if normalize else "bit",
        n=len(series),
        details={"order": order, "delay": delay, "patterns": patterns, "counts": counts},
        valid=series.valid,
        notes=notes,
    )


def pattern_counts(series: Series, order: int, delay: int) -> NDArray[np.int64]:
    """Return how often each order of ``order`` values occurs, shape (order!,).

    The number of a pattern is its Lehmer code: how many later values are smaller, value by value,
    in the factorial number system.
    """
    starts = series.starts((order - 1) * delay)
    counts = np.zeros(math.factorial(order), np.int64)
    for i in range(0, len(starts), BLOCK):
        some = starts[i : i + BLOCK]
        columns = [series.values[some + j * delay] for j in range(order)]
        code = np.zeros(len(some), np.int64)
        for a in range(order - 1):
            smaller = np.zeros(len(some), np.int64)
            for b in range(a + 1, order):
                smaller += columns[b] < columns[a]
            code += smaller * math.factorial(order - 1 - a)
        counts += np.bincount(code, minlength=len(counts))
    return counts

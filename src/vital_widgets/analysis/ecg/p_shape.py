"""Whether the waves found before the QRS complexes are P waves, judged from neighbouring beats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.ecg.qrs_limits import Qrs

    Rows = NDArray[np.float64]
    Floats = NDArray[np.float64]
    Shapes = NDArray[np.float32]

BINS, LENGTH, APART = 16, 0.25, 0.005  # means over so many s before the QRS, and s from it
MIN_BINS = 6  # that the T wave of the previous beat leaves free
NO_QRS = 0.05  # s before the R peak, used where the onset of the QRS is not known
AROUND = 21  # beats in which P waves must keep their distance from the QRS
UNSTEADY_PR, UNSTEADY_RR = 0.020, 0.040  # s
# The square of the sum of n shapes of unit size is n where they have nothing in common; the excess,
# over n, is about exponential then (Rayleigh's test). P waves just above the noise reach 4.5 and
# more, waves of atrial fibrillation 3 at most.
IN_COMMON = 4.0


def p_shapes(x: Rows, at: int, qrs: Qrs, t_end: Floats, fs: float) -> Shapes:
    """Return the shape of the signal before each QRS complex: unit vectors without trend.

    ``at`` is the column of the beats, ``t_end`` that where the previous T wave ends (NaN: not in
    the row). The result has shape (k, BINS), with zeros where too little signal is free.
    """
    stop = np.where(np.isfinite(qrs.onset), qrs.onset, at - NO_QRS * fs) - APART * fs
    edges = stop[:, None] + np.linspace(-LENGTH * fs, 0, BINS + 1)
    column = np.clip(np.round(edges).astype(np.int64), 0, x.shape[1] - 1)
    total = np.take_along_axis(np.cumsum(x, axis=1), column, axis=1)
    width = np.maximum(np.diff(column, axis=1), 1)
    means = np.diff(total, axis=1) / width
    middle = (edges[:, 1:] + edges[:, :-1]) / 2
    free = ~(middle < t_end[:, None])
    count = np.maximum(free.sum(axis=1, keepdims=True), 1)
    time = np.where(free, middle, 0.0)
    time = np.where(free, middle - time.sum(axis=1, keepdims=True) / count, 0.0)
    value = np.where(free, means - np.where(free, means, 0.0).sum(1, keepdims=True) / count, 0.0)
    spread = np.maximum(np.sum(time**2, axis=1, keepdims=True), 1e-300)
    value -= time * (np.sum(time * value, axis=1, keepdims=True) / spread)
    size = np.linalg.norm(value, axis=1, keepdims=True)
    known = (size > 0) & (free.sum(axis=1, keepdims=True) >= MIN_BINS)
    return np.where(known, value / np.where(known, size, 1.0), 0.0).astype(np.float32)


def unsteady_p(pr_s: Floats, times: Floats, shapes: Shapes) -> NDArray[np.bool_]:
    """Return the beats before which there are no P waves, as in atrial fibrillation.

    The distance of the waves from the R peak (``pr_s``) jumps, in an irregular rhythm, and the
    shapes before the QRS complexes (of several leads side by side) have nothing in common.
    """
    import pandas as pd

    if len(times) < AROUND:
        return np.zeros(len(times), bool)
    pr = pd.Series(pr_s)
    rr = pd.Series(np.diff(times, prepend=np.nan))

    def rolling(series: pd.Series[float]) -> pd.Series[float]:
        return series.rolling(AROUND, center=True, min_periods=5).median()

    jumps = rolling((pr - rolling(pr)).abs()), rolling(rr.diff().abs())
    unsteady = np.asarray((jumps[0] > UNSTEADY_PR) & (jumps[1] > UNSTEADY_RR), bool)
    return unsteady & ~(_in_common(shapes, unsteady) > IN_COMMON)


def _in_common(shapes: Shapes, wanted: NDArray[np.bool_]) -> Floats:
    """Return how much the shapes around each wanted beat have in common."""
    result = np.full(len(shapes), np.nan)
    half = AROUND // 2
    for k in np.flatnonzero(wanted).tolist():
        first = min(max(k - half, 0), len(shapes) - AROUND)
        some = shapes[first : first + AROUND].astype(np.float64)
        squares = float(np.sum(some**2))  # the number of leads times that of the known beats
        if squares > 0:
            result[k] = float(np.sum(some.sum(axis=0) ** 2)) / squares - 1
    return result

"""Recurrence quantification: when a series comes back to where it was, and for how long."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_choice, checked_number, not_enough
from vital_widgets.analysis.signal.complexity.complexity_measure import (
    NAN,
    too_little,
    whole_number,
)
from vital_widgets.analysis.signal.complexity.correlation_dimension import NORMS, even_windows
from vital_widgets.analysis.signal.complexity.entropy import checked_ddof
from vital_widgets.analysis.signal.complexity.series import Series, series_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

WINDOW = 1000  # templates
LEAST_TEMPLATES = 20
FIGURES = (
    "recurrence_rate",
    "determinism",
    "mean_line",
    "max_line",
    "divergence",
    "line_entropy",
    "laminarity",
    "trapping_time",
    "max_vertical",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Recurrence(Result, given=("tolerance",)):
    """Figures of a recurrence plot. The main diagonal is never counted.

    Attributes
    ----------
    recurrence_rate : float
        RR: share of pairs of templates that are near, 0 to 1.
    determinism : float
        DET: share of those that lie on diagonal lines of ``shortest`` or more, 0 to 1.
    mean_line, max_line : float
        Lmean, Lmax: mean and greatest length of these lines, in values (beats).
    divergence : float
        1 / Lmax.
    line_entropy : float
        ENTR: Shannon entropy of the lengths of these lines, in nats.
    laminarity : float
        LAM: share of near pairs on vertical lines of ``shortest`` or more, 0 to 1.
    trapping_time, max_vertical : float
        TT, Vmax: mean and greatest length of vertical lines, in values.
    windows : int
        Number of windows a long series was cut into; their counts are pooled.
    tolerance : float
        The threshold distance; the median over windows.
    """

    recurrence_rate: float
    determinism: float
    mean_line: float
    max_line: float
    divergence: float
    line_entropy: float
    laminarity: float
    trapping_time: float
    max_vertical: float
    windows: int
    tolerance: float

    def to_frame(self) -> pd.DataFrame:
        """Return one row."""
        import pandas as pd

        names = (*FIGURES, "windows", "tolerance")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def facts(self) -> list[tuple[str, str]]:
        """Return the figures."""
        return [(name.replace("_", " "), quantity(getattr(self, name))) for name in FIGURES]


@with_recipe("values")
def recurrence(
    values: Any,
    fs: float | None = None,
    *,
    m: int = 10,
    delay: int = 1,
    r: float | None = None,
    tolerance: float | None = None,
    norm: str = "euclidean",
    shortest: int = 2,
    ddof: int = 1,
    window: int = WINDOW,
    usable: Any = None,
) -> Recurrence:
    """Recurrence quantification analysis.

    Parameters
    ----------
    values : array-like of float, shape (n,), or beats
        The series; NaN interrupts it: no template and no line crosses an interruption. Of beats,
        the intervals in ms.
    fs : float, optional
        Sampling rate in Hz; only to say how many seconds of signal the figures rest on.
    m, delay : int
        Embedding dimension (1 to 50) and delay.
    r : float, optional
        Threshold distance, in standard deviations of the values of the window; by default
        ``sqrt(m)``, the usual one for heart beats at m = 10.
    tolerance : float, optional
        Threshold distance in the unit of the values, in place of ``r``.
    norm : str
        'euclidean' or 'maximum'.
    shortest : int
        Length of the shortest line.
    ddof : int
        Of the standard deviation.
    window : int
        A longer series is cut into windows of at most so many templates, of like length; the
        matrix is never larger. Counts are pooled over them, so the rate is that within windows,
        and no line is longer than one.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the values may be used.

    References
    ----------
    Marwan, N., Romano, M. C., Thiel, M., & Kurths, J. (2007). Recurrence plots for the analysis
    of complex systems. Physics Reports, 438(5-6), 237-329.

    Webber, C. L., & Zbilut, J. P. (1994). Dynamical assessment of physiological systems and
    states using recurrence plot strategies. Journal of Applied Physiology, 76(2), 965-973.
    """
    series = series_of(values, fs, usable)
    m = whole_number(m, "m", 1, 50)
    delay = whole_number(delay, "delay", 1, 10**6)
    shortest = whole_number(shortest, "shortest", 2, 10**6)
    window = whole_number(window, "window", LEAST_TEMPLATES, 5000)
    ddof = checked_ddof(ddof)
    metric = NORMS[checked_choice(norm, "norm", tuple(NORMS))]
    share = math.sqrt(m) if r is None else checked_number(r, "r", 0, open_low=True)
    fixed = None
    if tolerance is not None:
        fixed = checked_number(tolerance, "tolerance", 0, open_low=True)
    note = too_little(series, (m - 1) * delay + LEAST_TEMPLATES, "recurrence quantification")
    found = None
    if not note:
        found = rqa(
            series,
            m,
            share,
            delay=delay,
            tolerance=fixed,
            metric=metric,
            shortest=shortest,
            ddof=ddof,
            window=window,
        )
    if not note and found is None:
        note = not_enough(f"no {LEAST_TEMPLATES} templates of {m} values without a gap")
    figures = found if found is not None else {**dict.fromkeys(FIGURES, NAN), "windows": 0}
    notes = (note,) if note else ()
    if figures["windows"] > 1:
        notes = (f"cut into {figures['windows']} windows of up to {window} templates",)
    return Recurrence(**{"tolerance": NAN, **figures}, valid=series.valid, notes=notes)


def rqa(
    series: Series,
    m: int,
    share: float,
    *,
    delay: int = 1,
    tolerance: float | None = None,
    metric: str = "euclidean",
    shortest: int = 2,
    ddof: int = 1,
    window: int = WINDOW,
) -> dict[str, Any] | None:
    """Return the figures pooled over windows; None if no window holds enough templates."""
    from scipy.spatial.distance import pdist, squareform

    starts = series.starts((m - 1) * delay)
    cells = near = 0
    diagonal, vertical = np.zeros(2, np.int64), np.zeros(2, np.int64)
    limits = []
    for i0, i1 in even_windows(len(starts), window):
        some = starts[i0:i1]
        if len(some) < LEAST_TEMPLATES:
            continue
        limit = tolerance
        if limit is None:
            part = series.values[some[0] : some[-1] + (m - 1) * delay + 1]
            limit = share * float(np.std(part, ddof=ddof))
        # A row of NaN after each interruption is near to nothing, and ends all lines there.
        templates = series.templates(some, m, delay)
        breaks = np.flatnonzero(np.diff(series.stretch[some])) + 1
        templates = np.insert(templates, breaks, np.nan, axis=0)
        matrix = squareform(pdist(templates, metric) <= limit)
        diagonal = _added(diagonal, _diagonal_lines(matrix))
        vertical = _added(vertical, _lines(np.pad(matrix, ((0, 0), (0, 1))).ravel()))
        cells += len(some) * (len(some) - 1) // 2
        near += int(np.count_nonzero(matrix)) // 2
        limits.append(limit)
    if not limits:
        return None
    det, mean, longest, entropy = _line_figures(diagonal, shortest, near)
    # Each near pair lies in two columns, so the vertical lines of both halves are counted.
    lam, trapping, highest, _ = _line_figures(vertical, shortest, 2 * near)
    return {
        "recurrence_rate": near / cells,
        "determinism": det,
        "mean_line": mean,
        "max_line": longest,
        "divergence": 1 / longest if longest > 0 else NAN,
        "line_entropy": entropy,
        "laminarity": lam,
        "trapping_time": trapping,
        "max_vertical": highest,
        "windows": len(limits),
        "tolerance": float(np.median(limits)),
    }


def _lines(flat: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many runs of true there are of each length, by length."""
    steps = np.diff(np.concatenate([[False], flat, [False]]).view(np.int8))
    edges = np.flatnonzero(steps).reshape(-1, 2)
    return np.bincount(edges[:, 1] - edges[:, 0], minlength=2)


def _diagonal_lines(matrix: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the lengths of the lines along the diagonals above the main one."""
    n = len(matrix)
    # Rows one longer than the matrix: going on by a row and a column is then n + 2 items on.
    skewed = np.zeros(n * (n + 2) + n, bool)
    skewed[: n * (n + 1)].reshape(n, n + 1)[:, :n] = np.triu(matrix, 1)
    by_offset = np.lib.stride_tricks.as_strided(skewed, (n, n), (n + 2, 1)).T
    return _lines(np.ascontiguousarray(by_offset[1:]).ravel())


def _added(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    total = longer.copy()
    total[: len(shorter)] += shorter
    return total


def _line_figures(
    counts: NDArray[np.int64], shortest: int, near: int
) -> tuple[float, float, float, float]:
    """Return the share of near pairs on lines, their mean and greatest length, their entropy."""
    lengths = np.flatnonzero(counts)
    lengths = lengths[lengths >= shortest]
    if not near:
        return NAN, NAN, NAN, NAN
    if not len(lengths):
        return 0.0, NAN, NAN, NAN
    n = counts[lengths]
    p = n / n.sum()
    points = float(n @ lengths)
    entropy = -float(np.sum(p * np.log(p))) + 0.0
    return points / near, points / float(n.sum()), float(lengths[-1]), entropy

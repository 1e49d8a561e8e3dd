"""Recurrence quantification: when a series returns to an earlier state, and for how long."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_integer,
    checked_number,
    not_enough,
    runs_of,
)
from vital_widgets.analysis.signal.complexity.correlation_dimension import (
    MAX_TEMPLATES,
    NORMS,
    WINDOW,
    even_windows,
    windows_note,
)
from vital_widgets.analysis.signal.complexity.entropy import checked_ddof
from vital_widgets.analysis.signal.complexity.series import (
    Series,
    SeriesLike,
    series_of,
    shannon_entropy,
    too_little,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

MIN_TEMPLATES = 20
MEASURES = (
    "recurrence_rate", "determinism", "mean_line", "max_line", "divergence", "line_entropy",
    "laminarity", "trapping_time", "max_vertical",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Recurrence(
    Result,
    given=("tolerance",),
    columns={name: name for name in (*MEASURES, "n_windows", "tolerance")},
):
    """Measures of a recurrence plot. The main diagonal is not counted.

    Attributes
    ----------
    recurrence_rate : float
        RR: share of pairs of templates within the tolerance, 0 to 1.
    determinism : float
        DET: share of those on diagonal lines of at least ``min_line``, 0 to 1.
    mean_line, max_line : float
        Lmean, Lmax: mean and maximum length of these lines, in values (beats).
    divergence : float
        1 / Lmax.
    line_entropy : float
        ENTR: Shannon entropy of the lengths of these lines, in nats.
    laminarity : float
        LAM: share of pairs on vertical lines of at least ``min_line``, 0 to 1.
    trapping_time, max_vertical : float
        TT, Vmax: mean and maximum length of vertical lines, in values.
    n_windows : int
        Number of windows that a long series was cut into; their counts are pooled.
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
    n_windows: int
    tolerance: float

    def _facts(self) -> list[tuple[str, str]]:
        return [(name.replace("_", " "), quantity(getattr(self, name))) for name in MEASURES]


@analysis
def recurrence(
    x: SeriesLike,
    fs: float | None = None,
    *,
    m: int = 10,
    delay: int = 1,
    r: float | None = None,
    tolerance: float | None = None,
    norm: str = "euclidean",
    min_line: int = 2,
    ddof: int = 1,
    max_templates: int = WINDOW,
    usable: UsableLike = None,
) -> Recurrence:
    """Compute a recurrence quantification analysis (RQA) of a series.

    Parameters
    ----------
    x, fs, delay, ddof, usable
        As for `approximate_entropy`; no line crosses an interruption either.
    m : int
        Embedding dimension, 1 to 50; 10 is usual for heartbeats.
    r : float, optional
        Threshold distance in standard deviations of the values of a window; by default
        ``sqrt(m)``, as is usual for heartbeats.
    tolerance : float, optional
        Threshold distance in the units of the series, instead of ``r``.
    norm : {'euclidean', 'maximum'}
        Distance between templates.
    min_line : int
        Length of the shortest line.
    max_templates : int
        Longer series are cut into windows of at most so many templates, 20 to 5000. Their counts
        are pooled; the recurrence rate is that within windows, and no line is longer than one.
        The memory grows with its square.

    Returns
    -------
    Recurrence
        The measures, after [1]_ and [2]_.

    Raises
    ------
    InvalidInputError
        A number is out of range, the norm is unknown, or ``x`` is not a series.

    References
    ----------
    .. [1] Marwan N, Romano MC, Thiel M, Kurths J. Recurrence plots for the analysis of complex
       systems. Physics Reports 2007;438(5-6):237-329. doi:10.1016/j.physrep.2006.11.001
    .. [2] Webber CL, Zbilut JP. Dynamical assessment of physiological systems and states using
       recurrence plot strategies. Journal of Applied Physiology 1994;76(2):965-973.
       doi:10.1152/jappl.1994.76.2.965

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import recurrence
    >>> wave = np.sin(2 * np.pi * np.arange(500) / 25)
    >>> round(recurrence(wave, m=2, delay=6, r=0.1).determinism, 3)
    1.0
    """
    series = series_of(x, fs, usable)
    m = checked_integer(m, "m", 1, 50)
    delay = checked_integer(delay, "delay", 1, 10**6)
    min_line = checked_integer(min_line, "min_line", 2, 10**6)
    window = checked_integer(max_templates, "max_templates", MIN_TEMPLATES, MAX_TEMPLATES)
    ddof = checked_ddof(ddof)
    metric = NORMS[checked_choice(norm, "norm", tuple(NORMS))]
    share = math.sqrt(m) if r is None else checked_number(r, "r", 0, open_low=True)
    if tolerance is not None:
        tolerance = checked_number(tolerance, "tolerance", 0, open_low=True)
    note = too_little(series, (m - 1) * delay + MIN_TEMPLATES, "recurrence quantification")
    found: dict[str, Any] = {**dict.fromkeys(MEASURES, np.nan), "n_windows": 0, "tolerance": np.nan}
    if not note:
        how: Any = {"delay": delay, "metric": metric, "min_line": min_line, "ddof": ddof}
        made = rqa(series, m, share, tolerance=tolerance, window=window, **how)
        if made is None:
            note = not_enough(f"there are no {MIN_TEMPLATES} templates of {m} values without a gap")
        found |= made or {}
    note = note or windows_note(found["n_windows"], window)
    return Recurrence(**found, valid=series.valid, notes=(note,) if note else ())


def rqa(
    series: Series,
    m: int,
    share: float,
    *,
    delay: int = 1,
    tolerance: float | None = None,
    metric: str = "euclidean",
    min_line: int = 2,
    ddof: int = 1,
    window: int = WINDOW,
) -> dict[str, Any] | None:
    """Return the measures pooled over windows; None if no window has enough templates."""
    from scipy.spatial.distance import pdist, squareform

    starts = series.starts((m - 1) * delay)
    cells = near = 0
    # Number of lines of each length; no line is longer than a window.
    diagonal, vertical = np.zeros(window + 1, np.int64), np.zeros(window + 1, np.int64)
    limits = []
    for i0, i1 in even_windows(len(starts), window):
        some = starts[i0:i1]
        if len(some) < MIN_TEMPLATES:
            continue
        limit = tolerance
        if limit is None:
            part = series.values[some[0] : some[-1] + (m - 1) * delay + 1]
            limit = share * float(np.std(part, ddof=ddof))
        # A row of NaN after each interruption is near to nothing, and ends all lines there.
        breaks = np.flatnonzero(np.diff(series.stretch[some])) + 1
        templates = np.insert(series.templates(some, m, delay), breaks, np.nan, axis=0)
        matrix = squareform(pdist(templates, metric) <= limit)
        diagonal += _line_lengths(_diagonals(matrix), window)
        vertical += _line_lengths(np.pad(matrix, ((0, 0), (0, 1))).ravel(), window)
        cells += len(some) * (len(some) - 1) // 2
        near += int(np.count_nonzero(matrix)) // 2
        limits.append(limit)
    if not limits:
        return None
    det, mean, longest, entropy = _line_measures(diagonal, min_line, near)
    # Each near pair lies in two columns, so the vertical lines of both halves are counted.
    lam, trapping, highest, _ = _line_measures(vertical, min_line, 2 * near)
    measures = (near / cells, det, mean, longest, 1 / longest, entropy, lam, trapping, highest)
    more = {"n_windows": len(limits), "tolerance": float(np.median(limits))}
    return {**dict(zip(MEASURES, measures, strict=True)), **more}


def _line_lengths(flat: NDArray[np.bool_], longest: int) -> NDArray[np.int64]:
    """Return how many runs of true there are of each length, shape (longest + 1,)."""
    first, stop = runs_of(flat).T
    return np.bincount(stop - first, minlength=longest + 1)


def _diagonals(matrix: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the diagonals above the main one, one after another, with false in between."""
    n = len(matrix)
    # Rows one longer than the matrix: one row and one column further is then n + 2 items further.
    skewed = np.zeros(n * (n + 2) + n, bool)
    skewed[: n * (n + 1)].reshape(n, n + 1)[:, :n] = np.triu(matrix, 1)
    by_offset = np.lib.stride_tricks.as_strided(skewed, (n, n), (n + 2, 1)).T
    return np.ascontiguousarray(by_offset[1:]).ravel()


def _line_measures(
    counts: NDArray[np.int64], min_line: int, near: int
) -> tuple[float, float, float, float]:
    """Return the share of near pairs on lines, their mean and maximum length, their entropy."""
    lengths = np.flatnonzero(counts[min_line:]) + min_line
    if not near or not len(lengths):
        return 0.0 if near else np.nan, np.nan, np.nan, np.nan
    n = counts[lengths]
    points = float(n @ lengths)
    return points / near, points / float(n.sum()), float(lengths[-1]), shannon_entropy(n)

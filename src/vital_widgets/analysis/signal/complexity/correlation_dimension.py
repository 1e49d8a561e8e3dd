"""Correlation dimension: how the number of near neighbours grows with the radius."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.validity import checked_choice, not_enough
from vital_widgets.analysis.signal.complexity.complexity_measure import (
    A_PAIR,
    NAN,
    Complexity,
    too_little,
    whole_number,
)
from vital_widgets.analysis.signal.complexity.series import Series, series_of
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NORMS = {"euclidean": "euclidean", "maximum": "chebyshev"}
WINDOW = 1000  # templates
LEAST_TEMPLATES = 50
N_RADII = 20
SHARES = (0.001, 0.05)  # of pairs, within the smallest and the largest radius by default
LEAST_LOG_RANGE = 1e-6
LEAST_PAIRS = 20  # within a radius


@with_recipe("values")
def correlation_dimension(
    values: Any,
    fs: float | None = None,
    *,
    m: int = 10,
    delay: int = 1,
    radii: Sequence[float] | None = None,
    norm: str = "euclidean",
    theiler: int = 1,
    window: int = WINDOW,
    usable: Any = None,
) -> Complexity:
    """Correlation dimension (D2).

    The correlation sum C(r) is the share of pairs of templates closer than r; D2 is the
    least-squares slope of log C on log r. The slope means a dimension only where it is constant:
    ``result.details`` holds log r and log C of the first window to look at.

    Parameters
    ----------
    values : array-like of float, shape (n,), or beats
        The series; NaN interrupts it, and no template crosses an interruption. Of beats, the
        intervals in ms.
    fs : float, optional
        Sampling rate in Hz; only to say how many seconds of signal the figure rests on.
    m : int
        Embedding dimension, 1 to 50; 10 is usual for heart beats. It must exceed D2 well.
    delay : int
        Distance between the values of a template.
    radii : sequence of float, optional
        Radii of the fit, in the unit of the values. By default twenty, spaced on a log scale,
        between those that hold 0.1 % (20 pairs at least) and 5 % of all pairs.
    norm : str
        'euclidean' or 'maximum'.
    theiler : int
        Templates that begin less than so many values apart are not compared; 1 leaves out each
        with itself only. Set it to the time over which a densely sampled signal is correlated.
    window : int
        A longer series is cut into windows of so many templates; D2 is the median over them.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the values may be used.

    References
    ----------
    Grassberger, P., & Procaccia, I. (1983). Measuring the strangeness of strange attractors.
    Physica D, 9(1-2), 189-208.

    Theiler, J. (1986). Spurious dimension from correlation algorithms applied to limited
    time-series data. Physical Review A, 34(3), 2427-2432.
    """
    series = series_of(values, fs, usable)
    m = whole_number(m, "m", 1, 50)
    delay = whole_number(delay, "delay", 1, 10**6)
    theiler = whole_number(theiler, "theiler", 1, 10**6)
    window = whole_number(window, "window", LEAST_TEMPLATES, 5000)
    metric = NORMS[checked_choice(norm, "norm", tuple(NORMS))]
    given = _checked_radii(radii)
    note = too_little(series, (m - 1) * delay + LEAST_TEMPLATES, "the correlation dimension")
    per_window, fit = (
        ([], None)
        if note
        else d2(series, m, delay=delay, radii=given, metric=metric, theiler=theiler, window=window)
    )
    if not note and not per_window:
        note = not_enough(
            "no window holds pairs of templates enough within the radii; use more values, a "
            "smaller m, or larger radii"
        )
    log_r, log_c = fit or (np.empty(0), np.empty(0))
    return Complexity(
        name="correlation dimension",
        value=float(np.median(per_window)) if per_window else NAN,
        n=len(series),
        details={
            "m": m,
            "windows": len(per_window),
            "window": window,
            "per_window": np.array(per_window),
            "log_r": log_r,
            "log_c": log_c,
        },
        valid=series.valid,
        notes=(note,) if note else windows_note(per_window, window),
    )


def d2(
    series: Series,
    m: int,
    *,
    delay: int = 1,
    radii: NDArray[np.float64] | None = None,
    metric: str = "euclidean",
    theiler: int = 1,
    window: int = WINDOW,
) -> tuple[list[float], tuple[NDArray[np.float64], NDArray[np.float64]] | None]:
    """Return D2 of each window where it can be told, and the points of the first fit."""
    from scipy.spatial.distance import pdist

    starts = series.starts((m - 1) * delay)
    found: list[float] = []
    first = None
    for i0, i1 in even_windows(len(starts), window):
        if i1 - i0 < LEAST_TEMPLATES:
            continue
        some = starts[i0:i1]
        distances = pdist(series.templates(some, m, delay), metric)
        if theiler > 1:
            i, j = np.triu_indices(len(some), 1)
            distances = distances[some[j] - some[i] >= theiler]
        used = radii if radii is not None else _radii_of(distances)
        if not len(used) or not len(distances):
            continue
        within = np.bincount(np.searchsorted(used, distances), minlength=len(used) + 1)
        counts = np.cumsum(within)[: len(used)]
        good = counts > 0
        if np.count_nonzero(good) < A_PAIR:
            continue
        log_r, log_c = np.log(used[good]), np.log(counts[good] / len(distances))
        x = log_r - log_r.mean()
        found.append(float(x @ log_c / (x @ x)))
        first = first or (log_r, log_c)
    return found, first


def even_windows(n: int, longest: int) -> list[tuple[int, int]]:
    """Return ``n`` items cut into as few windows of like length as ``longest`` allows."""
    k = max(-(-n // longest), 1)
    edges = np.linspace(0, n, k + 1).round().astype(int).tolist()
    return list(pairwise(edges))


def windows_note(per_window: Any, window: int) -> tuple[str, ...]:
    """Return the note that says that a long series was cut."""
    if len(per_window) < A_PAIR:
        return ()
    return (f"cut into {len(per_window)} windows of up to {window} templates",)


def _radii_of(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the radii between those that hold the default shares of pairs; none if they meet."""
    n = len(distances)
    low = max(round(SHARES[0] * n), LEAST_PAIRS)
    high = round(SHARES[1] * n)
    if high <= low:
        return np.empty(0)
    ordered = np.partition(distances, (low, high))
    r0, r1 = float(ordered[low]), float(ordered[high])
    if r0 <= 0:  # many templates are equal: begin where they differ
        apart = distances[distances > 0]
        r0 = float(apart.min()) if len(apart) else 0.0
    if not 0 < r0 < r1 or math.log(r1 / r0) < LEAST_LOG_RANGE:
        return np.empty(0)
    return np.geomspace(r0, r1, N_RADII)


def _checked_radii(radii: Any) -> NDArray[np.float64] | None:
    if radii is None:
        return None
    try:
        listed = np.unique(np.asarray(list(radii), np.float64))
    except (TypeError, ValueError):
        listed = np.empty(0)
    if len(listed) < A_PAIR or not np.all(np.isfinite(listed)) or listed[0] <= 0:
        raise InvalidInputError(
            f"radii={radii!r}: give two or more different radii above 0, in the unit of the values"
        )
    return listed

"""Correlation dimension: how the number of near neighbours grows with the radius."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.validity import checked_choice, checked_integer, not_enough
from vital_widgets.analysis.signal.complexity.series import (
    Complexity,
    Series,
    SeriesLike,
    measured,
    rising_numbers,
    series_of,
    slope,
    too_little,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Points = tuple[NDArray[np.float64], NDArray[np.float64]]

NORMS = {"euclidean": "euclidean", "maximum": "chebyshev"}
WINDOW = 1000  # templates
MIN_TEMPLATES, MAX_TEMPLATES = 50, 5000
N_RADII = 20
SHARES = (0.001, 0.05)  # of pairs, within the smallest and the largest radius by default
MIN_LOG_RANGE = 1e-6
MIN_PAIRS = 20  # within a radius


@analysis
def correlation_dimension(
    x: SeriesLike,
    fs: float | None = None,
    *,
    m: int = 10,
    delay: int = 1,
    radii: Sequence[float] | None = None,
    norm: str = "euclidean",
    theiler: int = 1,
    max_templates: int = WINDOW,
    usable: UsableLike = None,
) -> Complexity:
    """Compute the correlation dimension (D2) of a series.

    The correlation sum C(r) is the share of pairs of templates closer than r; D2 is the
    least-squares slope of log C on log r [1]_.

    Parameters
    ----------
    x, fs, delay, usable
        As for `approximate_entropy`.
    m : int
        Embedding dimension, 1 to 50, well above D2; 10 is usual for heartbeats.
    radii : sequence of float, optional
        Radii of the fit, in the units of the series. By default twenty on a log scale, between
        those that hold 0.1 % (at least 20 pairs) and 5 % of all pairs.
    norm : {'euclidean', 'maximum'}
        Distance between templates.
    theiler : int
        Theiler window [2]_: templates that begin less than so many values apart are not compared.
        1 excludes only each template with itself; with densely sampled signals, use the time over
        which they are correlated.
    max_templates : int
        Longer series are cut into windows of at most so many templates, and D2 is the median over
        them; 50 to 5000. The memory grows with its square.

    Returns
    -------
    Complexity
        D2. It is a dimension only if the slope is constant: ``details`` has log r and log C of the
        first window.

    Raises
    ------
    InvalidInputError
        A number is out of range, the norm is unknown, or ``x`` is not a series.

    References
    ----------
    .. [1] Grassberger P, Procaccia I. Measuring the strangeness of strange attractors. Physica D
       1983;9(1-2):189-208. doi:10.1016/0167-2789(83)90298-1
    .. [2] Theiler J. Spurious dimension from correlation algorithms applied to limited time-series
       data. Physical Review A 1986;34(3):2427-2432. doi:10.1103/PhysRevA.34.2427

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import correlation_dimension
    >>> noise = np.random.default_rng(0).random(1000)
    >>> round(float(correlation_dimension(noise, m=2)))
    2
    """
    series = series_of(x, fs, usable)
    m = checked_integer(m, "m", 1, 50)
    delay = checked_integer(delay, "delay", 1, 10**6)
    theiler = checked_integer(theiler, "theiler", 1, 10**6)
    window = checked_integer(max_templates, "max_templates", MIN_TEMPLATES, MAX_TEMPLATES)
    metric = NORMS[checked_choice(norm, "norm", tuple(NORMS))]
    used = None
    if radii is not None:
        expected = "radii above 0, in the units of the series"
        used = rising_numbers(radii, "radii", np.nextafter(0, 1), 2, expected, whole=False)
    note = too_little(series, (m - 1) * delay + MIN_TEMPLATES, "the correlation dimension")
    found: list[float] = []
    points = None
    if not note:
        found, points = d2(
            series, m, delay=delay, radii=used, metric=metric, theiler=theiler, window=window
        )
        note = windows_note(len(found), window)
    if not note and not found:
        note = not_enough(
            "no window has enough pairs of templates within the radii; use more values, a smaller "
            "m, or larger radii"
        )
    log_r, log_c = points or (np.empty(0), np.empty(0))
    details: dict[str, Any] = {"m": m, "n_windows": len(found), "max_templates": window}
    details |= {"per_window": np.array(found), "log_r": log_r, "log_c": log_c}
    value = float(np.median(found)) if found else np.nan
    return measured("correlation dimension", value, series, note, **details)


def d2(
    series: Series,
    m: int,
    *,
    delay: int = 1,
    radii: NDArray[np.float64] | None = None,
    metric: str = "euclidean",
    theiler: int = 1,
    window: int = WINDOW,
) -> tuple[list[float], Points | None]:
    """Return D2 of each window with enough pairs, and the points of the first fit."""
    from scipy.spatial.distance import pdist

    starts = series.starts((m - 1) * delay)
    found: list[float] = []
    first = None
    for i0, i1 in even_windows(len(starts), window):
        if i1 - i0 < MIN_TEMPLATES:
            continue
        some = starts[i0:i1]
        distances = pdist(series.templates(some, m, delay), metric)
        if theiler > 1:
            distances = distances[pdist(some[:, None], "cityblock") >= theiler]
        used = radii if radii is not None else _radii_of(distances)
        counts = np.bincount(np.searchsorted(used, distances), minlength=len(used) + 1)
        counts = np.cumsum(counts)[: len(used)]
        good = counts > 0
        if np.count_nonzero(good) <= 1:
            continue
        points = np.log(used[good]), np.log(counts[good] / len(distances))
        found.append(slope(*points))
        first = first or points
    return found, first


def even_windows(n: int, longest: int) -> list[tuple[int, int]]:
    """Return ``n`` items cut into as few windows of similar length as ``longest`` allows."""
    k = max(-(-n // longest), 1)
    edges = np.linspace(0, n, k + 1).round().astype(int).tolist()
    return list(pairwise(edges))


def windows_note(n_windows: int, window: int) -> str | None:
    """Return the note that a long series was cut."""
    cut = f"cut into {n_windows} windows of up to {window} templates"
    return cut if n_windows > 1 else None


def _radii_of(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the radii between those that hold the default shares of pairs; none if they meet."""
    n = len(distances)
    low, high = max(round(SHARES[0] * n), MIN_PAIRS), round(SHARES[1] * n)
    if high <= low:
        return np.empty(0)
    r0, r1 = np.partition(distances, (low, high))[[low, high]].tolist()
    if r0 <= 0:  # many templates are equal: begin where they differ
        r0 = float(np.min(distances, where=distances > 0, initial=math.inf))
    if not 0 < r0 < r1 or math.log(r1 / r0) < MIN_LOG_RANGE:
        return np.empty(0)
    return np.geomspace(r0, r1, N_RADII)

"""Patterns of successive values: their order (permutation entropy), and how much they vary."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_integer, not_enough
from vital_widgets.analysis.signal.complexity.correlation_dimension import even_windows
from vital_widgets.analysis.signal.complexity.series import (
    Complexity,
    Series,
    SeriesLike,
    measured,
    series_of,
    shannon_entropy,
    too_little,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

BLOCK = 1 << 18  # templates that are processed at a time
MAX_ORDER = 8  # 40 320 patterns
LENGTH = 3  # of a pattern
MIN_PATTERNS = 10
FAMILIES = {"v0": "0V", "v1": "1V", "v2_like": "2LV", "v2_unlike": "2UV"}


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
        Length of a pattern, 2 to 8; 3 suits short series, which should have many more values than
        the factorial of the length.
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
    order = checked_integer(order, "order", 2, MAX_ORDER)
    delay = checked_integer(delay, "delay", 1, 10**6)
    counts = _pattern_counts(series, order, delay)
    n, possible = int(counts.sum()), len(counts)
    value, note = np.nan, None
    if n <= 1:
        note = not_enough(f"there are {n} patterns of {order} values without a gap")
    else:
        value = shannon_entropy(counts) / math.log(possible if normalize else 2)
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


@dataclass(frozen=True, kw_only=True, eq=False)
class SymbolicDynamics(
    Result, columns={name: name for name in (*FAMILIES, "entropy", "n_patterns", "n_windows")}
):
    """Shares of the four families of patterns, in %; they add up to 100.

    Attributes
    ----------
    v0 : float
        0V: no variation, three equal symbols (of heartbeats, a marker of sympathetic drive).
    v1 : float
        1V: one variation, two neighbours are equal.
    v2_like : float
        2LV: two like variations, up and up or down and down.
    v2_unlike : float
        2UV: two unlike variations, a peak or a valley (a marker of vagal modulation).
    entropy : float
        Shannon entropy of the patterns, in nats.
    n_patterns, n_windows : int
        Number of patterns and of windows.
    """

    v0: float
    v1: float
    v2_like: float
    v2_unlike: float
    entropy: float
    n_patterns: int
    n_windows: int

    def _facts(self) -> list[tuple[str, str]]:
        return [
            *((label, quantity(getattr(self, name), "%")) for name, label in FAMILIES.items()),
            ("Shannon entropy", quantity(self.entropy, "nat")),
            ("patterns", f"{self.n_patterns:,} in {self.n_windows} windows"),
        ]


@analysis
def symbolic_dynamics(
    x: SeriesLike,
    fs: float | None = None,
    *,
    n_symbols: int = 6,
    max_values: int | None = None,
    usable: UsableLike = None,
) -> SymbolicDynamics:
    """Compute the symbolic dynamics after Porta: 0V, 1V, 2LV and 2UV.

    The range of the values is divided into levels of equal height, and each pattern of three
    successive symbols belongs to one of four families.

    Parameters
    ----------
    x, fs, usable
        As for `approximate_entropy`.
    n_symbols : int
        Number of symbols, 2 to 100; 6 as in the original.
    max_values : int, optional
        Longer series are cut into windows of at most so many values, each quantised by its own
        range; the patterns are pooled. By default there is one window. For recordings of hours use
        300 (beats), because otherwise slow changes determine the range and most patterns are 0V.

    Returns
    -------
    SymbolicDynamics
        The shares of the families.

    Raises
    ------
    InvalidInputError
        A number is out of range, or ``x`` is not a series.

    References
    ----------
    Porta A, Guzzetti S, Montano N, Furlan R, Pagani M, Malliani A, Cerutti S. Entropy, entropy
    rate, and pattern classification as tools to typify complexity in short heart period
    variability series. IEEE Transactions on Biomedical Engineering 2001;48(11):1282-1291.
    doi:10.1109/10.959324

    Examples
    --------
    >>> from vital_widgets.analysis import symbolic_dynamics
    >>> symbolic_dynamics([800, 1000] * 100).v2_unlike
    100.0
    """
    series = series_of(x, fs, usable)
    n_symbols = checked_integer(n_symbols, "n_symbols", 2, 100)
    longest = len(series) or 1
    if max_values is not None:
        longest = checked_integer(max_values, "max_values", MIN_PATTERNS + LENGTH, 10**9)
    note = too_little(series, MIN_PATTERNS + LENGTH - 1, "symbolic dynamics")
    families, words = np.zeros(len(FAMILIES), np.int64), np.zeros(n_symbols**LENGTH, np.int64)
    windows = [] if note else even_windows(len(series), longest)
    for i0, i1 in windows:
        one, other = _patterns(series.part(i0, i1), n_symbols)
        families, words = families + one, words + other
    total = int(families.sum())
    if not note and total < MIN_PATTERNS:
        note = not_enough(f"there are {total} patterns of three values without a gap")
    shares = np.full(len(FAMILIES), np.nan) if note else 100 * families / total
    return SymbolicDynamics(
        **dict(zip(FAMILIES, shares.tolist(), strict=True)),
        entropy=np.nan if note else shannon_entropy(words),
        n_patterns=total,
        n_windows=len(windows),
        valid=series.valid,
        notes=(note,) if note else (),
    )


def _patterns(series: Series, n_symbols: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the number of patterns of each family, and of each word."""
    low = float(series.values.min())
    span = float(np.ptp(series.values)) if not series.constant else np.inf
    scaled = np.floor((series.values - low) / span * n_symbols)
    symbols = np.minimum(scaled, n_symbols - 1).astype(np.int64)
    a, b, c = (symbols[series.starts(LENGTH - 1) + i] for i in range(LENGTH))
    first, second = b - a, c - b
    variations = np.count_nonzero([first, second], axis=0)
    family = variations + ((variations > 1) & (first * second < 0))
    words = np.bincount((a * n_symbols + b) * n_symbols + c, minlength=n_symbols**LENGTH)
    return np.bincount(family, minlength=len(FAMILIES)), words

"""Symbolic dynamics: patterns of three quantised values, by how much they vary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import not_enough
from vital_widgets.analysis.signal.complexity.complexity_measure import (
    NAN,
    too_little,
    whole_number,
)
from vital_widgets.analysis.signal.complexity.correlation_dimension import even_windows
from vital_widgets.analysis.signal.complexity.series import Series, series_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

LENGTH = 3  # of a pattern
LEAST = 10  # patterns


@dataclass(frozen=True, kw_only=True, eq=False)
class SymbolicDynamics(Result):
    """Shares of the four families of patterns, in %; they add up to 100.

    Attributes
    ----------
    v0 : float
        0V: no variation, three equal symbols (of heart beats, a marker of sympathetic drive).
    v1 : float
        1V: one variation, two neighbours are equal.
    v2_like : float
        2LV: two like variations, up and up or down and down.
    v2_unlike : float
        2UV: two unlike variations, a peak or a valley (a marker of vagal modulation).
    entropy : float
        Shannon entropy of the patterns, in nats.
    patterns : int
        Number of patterns.
    windows : int
        Number of windows.
    """

    v0: float
    v1: float
    v2_like: float
    v2_unlike: float
    entropy: float
    patterns: int
    windows: int

    def to_frame(self) -> pd.DataFrame:
        """Return one row."""
        import pandas as pd

        names = ("v0", "v1", "v2_like", "v2_unlike", "entropy", "patterns", "windows")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def facts(self) -> list[tuple[str, str]]:
        """Return the shares and the entropy."""
        return [
            ("0V", quantity(self.v0, "%")),
            ("1V", quantity(self.v1, "%")),
            ("2LV", quantity(self.v2_like, "%")),
            ("2UV", quantity(self.v2_unlike, "%")),
            ("Shannon entropy", quantity(self.entropy, "nat")),
            ("patterns", f"{self.patterns:,} in {self.windows} windows"),
        ]


@with_recipe("values")
def symbolic_dynamics(
    values: Any,
    fs: float | None = None,
    *,
    levels: int = 6,
    window: int | None = None,
    usable: Any = None,
) -> SymbolicDynamics:
    """Symbolic dynamics after Porta: 0V, 1V, 2LV and 2UV.

    The full range of the values is cut into ``levels`` steps of like height, and each pattern of
    three successive symbols falls into one of four families.

    Parameters
    ----------
    values : beats, Intervals, or array-like of float, shape (n,)
        Intervals in ms (an array may hold any series); NaN interrupts it, and no pattern crosses
        an interruption.
    fs : float, optional
        Sampling rate in Hz; only to say how many seconds of signal the figures rest on.
    levels : int
        Number of symbols, 2 to 100.
    window : int, optional
        Quantise windows of so many values each by its own range and pool the patterns. Over hours
        the range is that of the slow changes, so beats fall into 0V; 300 is usual for them. By
        default all values are one window.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the values may be used.

    References
    ----------
    Porta, A., Guzzetti, S., Montano, N., Furlan, R., Pagani, M., Malliani, A., & Cerutti, S.
    (2001). Entropy, entropy rate, and pattern classification as tools to typify complexity in
    short heart period variability series. IEEE Transactions on Biomedical Engineering, 48(11),
    1282-1291.
    """
    series = series_of(values, fs, usable)
    levels = whole_number(levels, "levels", 2, 100)
    longest = len(series) or 1
    if window is not None:
        longest = whole_number(window, "window", LEAST + LENGTH, 10**9)
    note = too_little(series, LEAST + LENGTH - 1, "symbolic dynamics")
    families, words, windows = np.zeros(4, np.int64), np.zeros(levels**LENGTH, np.int64), 0
    for i0, i1 in even_windows(len(series), longest) if not note else ():
        part = series.part(i0, i1)
        if part.constant:
            families[0] += len(part.starts(LENGTH - 1))
            words[0] += len(part.starts(LENGTH - 1))
        else:
            one, other = _patterns(part, levels)
            families, words = families + one, words + other
        windows += 1
    total = int(families.sum())
    if not note and total < LEAST:
        note = not_enough(f"{total} patterns of three values without a gap")
    shares = np.full(4, NAN) if note else 100 * families / total
    p = words[words > 0] / max(total, 1)
    return SymbolicDynamics(
        v0=float(shares[0]),
        v1=float(shares[1]),
        v2_like=float(shares[2]),
        v2_unlike=float(shares[3]),
        entropy=NAN if note else -float(np.sum(p * np.log(p))) + 0.0,
        patterns=total,
        windows=windows,
        valid=series.valid,
        notes=(note,) if note else (),
    )


def _patterns(series: Series, levels: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the number of patterns of each family, and of each word."""
    low = float(series.values.min())
    span = float(series.values.max()) - low
    scaled = np.floor((series.values - low) / span * levels)
    symbols = np.minimum(scaled, levels - 1).astype(np.int64)
    at = series.starts(LENGTH - 1)
    a, b, c = symbols[at], symbols[at + 1], symbols[at + 2]
    first, second = b - a, c - b
    turns = np.where((first == 0) | (second == 0), 1, np.where(first * second > 0, 2, 3))
    family = np.where((first == 0) & (second == 0), 0, turns)
    words = np.bincount((a * levels + b) * levels + c, minlength=levels**LENGTH)
    return np.bincount(family, minlength=4), words

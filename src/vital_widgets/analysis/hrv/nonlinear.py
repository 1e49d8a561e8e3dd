"""Non-linear heart rate variability: all measures of an interval series."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import PPG
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_choice, checked_integer, checked_number
from vital_widgets.analysis.hrv.nn_intervals import PRV, used_intervals
from vital_widgets.analysis.hrv.poincare import METHODS, sd1_sd2
from vital_widgets.analysis.signal.complexity import correlation_dimension as cd
from vital_widgets.analysis.signal.complexity import dfa
from vital_widgets.analysis.signal.complexity.entropy import (
    SCALES,
    apen,
    checked_ddof,
    checked_scales,
    coarse_grained,
    sampen,
    spread,
)
from vital_widgets.analysis.signal.complexity.recurrence import rqa
from vital_widgets.analysis.signal.complexity.series import of_intervals, too_little
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.progressbar import progress_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import IntervalsLike
    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.signal.complexity.series import Series

EMBEDDING = 10  # intervals of the templates of D2 and recurrence, as in Kubios
GROUPS = ("poincare", "apen", "sampen", "mse", "dfa", "d2", "recurrence")
NONLINEAR = {  # label and units of each measure
    "sd1": ("SD1", "ms"), "sd2": ("SD2", "ms"), "sd1_sd2": ("SD1/SD2", ""),
    "ellipse_area": ("ellipse area", "ms^2"), "apen": ("approximate entropy", "nat"),
    "sampen": ("sample entropy", "nat"), "dfa_alpha1": ("DFA alpha 1", ""),
    "dfa_alpha2": ("DFA alpha 2", ""), "d2": ("correlation dimension", ""),
    "recurrence_rate": ("recurrence rate", ""), "determinism": ("determinism", ""),
    "laminarity": ("laminarity", ""), "mean_line": ("mean line length", "beats"),
    "max_line": ("longest line", "beats"), "line_entropy": ("entropy of line lengths", "nat"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class HrvNonlinear(Result):
    """Non-linear measures of an interval series; NaN if there are too few intervals.

    Attributes
    ----------
    sd1, sd2, sd1_sd2 : float
        Of the Poincare plot, in ms, and their ratio.
    ellipse_area : float
        pi SD1 SD2, in ms^2.
    apen, sampen : float
        Approximate and sample entropy, in nats.
    mse, mse_scales : ndarray, shape (k,)
        Sample entropy in nats at each scale, and the scales in beats.
    dfa_alpha1, dfa_alpha2 : float
        Scaling exponents over short and long windows.
    d2 : float
        Correlation dimension, of templates of 10 intervals, as in Kubios. The CD of
        NeuroKit2, of templates of 2 and other radii, is another measure.
    recurrence_rate, determinism, laminarity : float
        Of the recurrence plot, 0 to 1.
    mean_line, max_line : float
        Length of its diagonal lines, in beats.
    line_entropy : float
        Shannon entropy of their lengths, in nats (ShanEn of Kubios). The ShanEn of NeuroKit2, the
        entropy of the intervals themselves, is another measure.
    n : int
        Number of intervals.
    source : str
        'ecg', or 'ppg' for pulse-rate variability.
    """

    sd1: float = np.nan
    sd2: float = np.nan
    sd1_sd2: float = np.nan
    ellipse_area: float = np.nan
    apen: float = np.nan
    sampen: float = np.nan
    mse: NDArray[np.float64]
    mse_scales: NDArray[np.int64]
    dfa_alpha1: float = np.nan
    dfa_alpha2: float = np.nan
    d2: float = np.nan
    recurrence_rate: float = np.nan
    determinism: float = np.nan
    laminarity: float = np.nan
    mean_line: float = np.nan
    max_line: float = np.nan
    line_entropy: float = np.nan
    n: int
    source: str

    @property
    def measures(self) -> dict[str, float]:
        """The single values by name."""
        return {name: float(getattr(self, name)) for name in NONLINEAR}

    def to_frame(self) -> pd.DataFrame:
        """Return one row, with multiscale entropy as columns ``mse_1``, ``mse_2`` ..."""
        import pandas as pd

        scaled = zip(self.mse_scales.tolist(), self.mse.tolist(), strict=True)
        mse = {f"mse_{scale}": value for scale, value in scaled}
        return pd.DataFrame([{**self.measures, **mse, "n": self.n}])

    def _facts(self) -> list[tuple[str, str]]:
        facts = [
            (label, quantity(getattr(self, name), units))
            for name, (label, units) in NONLINEAR.items()
        ]
        if len(self.mse):
            scales = f"sum over scales {self.mse_scales[0]} to {self.mse_scales[-1]}"
            facts.insert(6, ("multiscale entropy", f"{quantity(float(self.mse.sum()))} ({scales})"))
        return [("intervals", f"{self.n:,}"), *facts]


@analysis
def hrv_nonlinear(
    beats: IntervalsLike,
    *,
    groups: Sequence[str] = GROUPS,
    m: int = 2,
    r: float = 0.2,
    tolerance: float | None = None,
    ddof: int = 1,
    closed: bool = True,
    poincare_method: str = "pairs",
    mse_scales: int | Sequence[int] = SCALES,
    alpha1: tuple[int, int] = dfa.ALPHA1,
    alpha2: tuple[int, int] = dfa.ALPHA2,
    dfa_overlapping: bool = False,
    dfa_drop_flat: bool | str = False,
    window_beats: int = cd.WINDOW,
    usable: UsableLike = None,
) -> HrvNonlinear:
    """Compute non-linear heart rate variability.

    Parameters
    ----------
    beats : IntervalsLike
        As for `hrv`.
    groups : sequence of {'poincare', 'apen', 'sampen', 'mse', 'dfa', 'd2', 'recurrence'}
        Groups of measures to compute, all by default; the other measures are NaN.
    m, r, tolerance, closed
        As for `sample_entropy`; ``tolerance`` is in ms and replaces ``r``.
    ddof : int
        Of standard deviations: 1 divides by n - 1 (the default, as in Kubios and NeuroKit2), 0
        by n.
    poincare_method : {'pairs', 'moments'}
        As ``method`` of `poincare`.
    mse_scales
        As ``scales`` of `multiscale_entropy`, with the tolerance of the other entropies.
    alpha1, alpha2 : (int, int)
        Smallest and largest window of detrended fluctuation analysis in beats; all sizes between
        are used. A stretch without a gap must contain the largest window twice.
    dfa_overlapping, dfa_drop_flat
        As ``overlapping`` and ``drop_flat`` of `dfa`.
    window_beats : int
        A longer series is divided into windows of so many beats, because time and memory grow
        with the square of the length: D2 is then the median over windows, and recurrence is of
        the pooled counts.
    usable : UsableLike, optional
        As for `hrv`.

    Returns
    -------
    HrvNonlinear
        Measures of the series as it is, neither detrended nor interpolated. Nothing is computed
        across a gap: no pair, no template, no window and no line.

    Raises
    ------
    InvalidInputError
        An argument is unknown or out of range, or the values are not intervals in ms.

    Notes
    -----
    The defaults are those of the papers cited by `poincare`, `sample_entropy`,
    `multiscale_entropy`, `dfa`, `correlation_dimension` and `recurrence`. Kubios has the same
    embeddings and thresholds for D2 and recurrence, but other radii for D2.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import hrv_nonlinear
    >>> nn = 800 + 40 * np.sin(np.arange(300)) + np.random.default_rng(0).normal(0, 10, 300)
    >>> result = hrv_nonlinear(nn, groups=("poincare", "sampen"))
    >>> result.sd1 < result.sd2, result.sampen > 0
    (True, True)
    """
    with progress_part(0.0, 0.3):
        intervals = used_intervals(beats, usable)
    chosen = [groups] if isinstance(groups, str) else list(groups)
    unknown = [one for one in chosen if one not in GROUPS]
    if unknown or not chosen:
        given = repr(unknown[0]) if unknown else "none"
        raise InvalidInputError(
            f"groups: unknown group of measures {given}; available: {', '.join(GROUPS)}"
        )
    m, ddof = checked_integer(m, "m", 1, 10), checked_ddof(ddof)
    r = checked_number(r, "r", 0, 10, open_low=True)
    if tolerance is not None:
        tolerance = checked_number(tolerance, "tolerance", 0, open_low=True, unit="ms")
    checked_choice(poincare_method, "poincare_method", METHODS)
    scales = checked_scales(mse_scales)
    sizes = {
        "dfa_alpha1": dfa.checked_range(alpha1, "alpha1"),
        "dfa_alpha2": dfa.checked_range(alpha2, "alpha2"),
    }
    drop_flat = dfa.checked_flat(dfa_drop_flat, "dfa_drop_flat")
    window = checked_integer(window_beats, "window_beats", cd.MIN_TEMPLATES, 5000)

    series = of_intervals(intervals)
    note = too_little(series, m + 3, "non-linear variability")
    if note:
        chosen = []
    limit = r * spread(series, ddof) if tolerance is None else tolerance
    got: dict[str, Any] = {}
    if "poincare" in chosen:
        sd1, sd2, _ = sd1_sd2(series, ddof, poincare_method)
        ratio = sd1 / sd2 if sd2 > 0 else np.nan
        got |= {"sd1": sd1, "sd2": sd2, "sd1_sd2": ratio, "ellipse_area": math.pi * sd1 * sd2}
    with progress_part(0.3, 0.5):
        got |= _entropies(series, chosen, m, limit, scales, closed=closed)
    if "dfa" in chosen:
        got |= _exponents(series, sizes, overlapping=dfa_overlapping, drop_flat=drop_flat)
    if "d2" in chosen:
        with progress_part(0.5, 0.7):
            per_window, _ = cd.d2(series, EMBEDDING, window=window)
        got["d2"] = float(np.median(per_window)) if per_window else np.nan
    if "recurrence" in chosen:
        radius = math.sqrt(EMBEDDING)
        with progress_part(0.7, 1.0):
            plot = rqa(series, EMBEDDING, radius, min_line=2, ddof=ddof, window=window) or {}
        got |= {name: value for name, value in plot.items() if name in NONLINEAR}
    notes = [note] if note else _notes(got, chosen, sizes, len(intervals), window)
    return HrvNonlinear(
        **{"mse": np.full(len(scales), np.nan), **got},
        mse_scales=scales,
        n=len(intervals),
        source=intervals.source,
        valid=series.valid,
        notes=(*notes, *intervals.notes, *([PRV] if intervals.source == PPG else [])),
    )


def _entropies(
    series: Series,
    chosen: Sequence[str],
    m: int,
    limit: float,
    scales: NDArray[np.int64],
    *,
    closed: bool,
) -> dict[str, Any]:
    """Return the entropies for a limit of distances."""
    got: dict[str, Any] = {}
    if "apen" in chosen:
        got["apen"] = apen(series, m, limit)
    if "sampen" in chosen:
        got["sampen"] = sampen(series, m, limit, closed=closed)[0]
    if "mse" in chosen:
        known = {1: got["sampen"]} if "sampen" in got else {}
        got["mse"] = np.array([
            known[scale] if scale in known
            else sampen(coarse_grained(series, scale), m, limit, closed=closed)[0]
            for scale in scales.tolist()
        ])  # fmt: skip
    return got


def _exponents(
    series: Series,
    sizes: dict[str, NDArray[np.int64]],
    *,
    overlapping: bool,
    drop_flat: str,
) -> dict[str, float]:
    """Return the exponents whose largest window fits twice into a stretch."""
    longest = int(np.max(np.diff(series.bounds())))
    got = {}
    for name, windows in sizes.items():
        if longest >= 2 * windows[-1]:
            f, _ = dfa.fluctuations_of(
                series, windows, 1, overlapping=overlapping, drop_flat=drop_flat
            )
            got[name] = dfa.slope_of(windows, f)
    return got


def _notes(
    got: dict[str, Any], chosen: list[str], sizes: dict[str, Any], n: int, window: int
) -> list[str]:
    """Return notes on the measures that are not defined, and on windows."""
    missing = {name for name, value in got.items() if np.any(np.isnan(value))}
    notes = [
        f"{name} needs {2 * int(windows[-1])} intervals without a gap"
        for name, windows in sizes.items()
        if "dfa" in chosen and name not in got
    ]
    notes += [f"{name} is not defined: {dfa.STILL}" for name in sizes if name in missing]
    if "sampen" in missing:
        notes.append("sample entropy is not defined: no templates match")
    if "mse" in missing:
        notes.append("multiscale entropy is not defined at some scales: no templates match")
    if "d2" in missing:
        notes.append("there are too few intervals for the correlation dimension")
    if "recurrence" in chosen and "recurrence_rate" not in got:
        notes.append("there are too few intervals without a gap for recurrence")
    if n > window and {"d2", "recurrence"} & set(chosen):
        notes.append(f"correlation dimension and recurrence are of windows of {window} beats")
    return notes

"""Non-linear heart rate variability: all figures of an interval series at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import PPG
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_choice, checked_number
from vital_widgets.analysis.hrv.poincare import METHODS, sd1_sd2
from vital_widgets.analysis.signal.complexity.complexity_measure import (
    NAN,
    too_little,
    whole_number,
)
from vital_widgets.analysis.signal.complexity.correlation_dimension import (
    LEAST_TEMPLATES as LEAST_D2,
)
from vital_widgets.analysis.signal.complexity.correlation_dimension import d2
from vital_widgets.analysis.signal.complexity.dfa import (
    ALPHA1,
    ALPHA2,
    STILL,
    checked_flat,
    checked_range,
    fluctuations_of,
    slope_of,
)
from vital_widgets.analysis.signal.complexity.entropy import apen, checked_ddof, sampen, spread
from vital_widgets.analysis.signal.complexity.multiscale_entropy import (
    SCALES,
    checked_scales,
    coarse_grained,
)
from vital_widgets.analysis.signal.complexity.recurrence import WINDOW, rqa
from vital_widgets.analysis.signal.complexity.series import of_intervals
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.signal.complexity.series import Series

MEASURES = ("poincare", "apen", "sampen", "mse", "dfa", "d2", "recurrence")
FIGURES = {
    "sd1": ("SD1", "ms"),
    "sd2": ("SD2", "ms"),
    "sd1_sd2": ("SD1/SD2", ""),
    "ellipse_area": ("ellipse area", "ms^2"),
    "apen": ("approximate entropy", "nat"),
    "sampen": ("sample entropy", "nat"),
    "dfa_alpha1": ("DFA alpha 1", ""),
    "dfa_alpha2": ("DFA alpha 2", ""),
    "d2": ("correlation dimension", ""),
    "recurrence_rate": ("recurrence rate", ""),
    "determinism": ("determinism", ""),
    "laminarity": ("laminarity", ""),
    "mean_line": ("mean line length", "beats"),
    "max_line": ("longest line", "beats"),
    "line_entropy": ("entropy of line lengths", "nat"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class HrvNonlinear(Result):
    """Non-linear figures of an interval series; NaN where there are too few intervals.

    Attributes
    ----------
    sd1, sd2 : float
        Of the Poincare plot, in ms.
    sd1_sd2 : float
        Their ratio.
    ellipse_area : float
        pi SD1 SD2, in ms^2.
    apen, sampen : float
        Approximate and sample entropy, in nats.
    mse : ndarray of float64, shape (k,)
        Sample entropy at each scale, in nats.
    mse_scales : ndarray of int64, shape (k,)
        The scales, in beats.
    dfa_alpha1, dfa_alpha2 : float
        Scaling exponents over short and long windows.
    d2 : float
        Correlation dimension, of templates of 10 intervals (``d2_m``), as of Kubios. What
        NeuroKit2 calls CD comes from templates of 2 and other radii: another figure.
    recurrence_rate, determinism, laminarity : float
        Shares from 0 to 1, of the recurrence plot.
    mean_line, max_line : float
        Length of its diagonal lines, in beats.
    line_entropy : float
        Shannon entropy of their lengths, in nats (ShanEn of Kubios). What NeuroKit2 calls ShanEn
        is the entropy of the intervals themselves: another figure.
    n : int
        Number of intervals.
    source : str
        'ecg', or 'ppg' where this is pulse-rate variability.
    """

    sd1: float = NAN
    sd2: float = NAN
    sd1_sd2: float = NAN
    ellipse_area: float = NAN
    apen: float = NAN
    sampen: float = NAN
    mse: NDArray[np.float64]
    mse_scales: NDArray[np.int64]
    dfa_alpha1: float = NAN
    dfa_alpha2: float = NAN
    d2: float = NAN
    recurrence_rate: float = NAN
    determinism: float = NAN
    laminarity: float = NAN
    mean_line: float = NAN
    max_line: float = NAN
    line_entropy: float = NAN
    n: int
    source: str

    def figures(self) -> dict[str, float]:
        """Return the single figures by name."""
        return {name: float(getattr(self, name)) for name in FIGURES}

    def to_frame(self) -> pd.DataFrame:
        """Return one row, multiscale entropy as columns ``mse_1``, ``mse_2`` ..."""
        import pandas as pd

        scaled = zip(self.mse_scales.tolist(), self.mse.tolist(), strict=True)
        mse = {f"mse_{scale}": value for scale, value in scaled}
        return pd.DataFrame([{**self.figures(), **mse, "n": self.n}])

    def facts(self) -> list[tuple[str, str]]:
        """Return the figures."""
        facts = [
            (words, quantity(getattr(self, name), unit)) for name, (words, unit) in FIGURES.items()
        ]
        if len(self.mse):
            scales = f"sum over scales {self.mse_scales[0]} to {self.mse_scales[-1]}"
            facts.insert(6, ("multiscale entropy", f"{quantity(float(self.mse.sum()))} ({scales})"))
        return [("intervals", f"{self.n:,}"), *facts]


@with_recipe("nn", "usable")
def hrv_nonlinear(
    nn: Any,
    *,
    measures: Sequence[str] = MEASURES,
    m: int = 2,
    r: float = 0.2,
    tolerance: float | None = None,
    ddof: int = 1,
    closed: bool = True,
    poincare_method: str = "pairs",
    mse_scales: int | Sequence[int] = SCALES,
    mse_r: float | None = None,
    alpha1: tuple[int, int] = ALPHA1,
    alpha2: tuple[int, int] = ALPHA2,
    dfa_order: int = 1,
    dfa_overlap: bool = False,
    dfa_drop_flat: bool | str = False,
    d2_m: int = 10,
    recurrence_m: int = 10,
    recurrence_r: float | None = None,
    recurrence_shortest: int = 2,
    window: int = WINDOW,
    usable: Any = None,
) -> HrvNonlinear:
    """Non-linear heart rate variability.

    Nothing is computed across a gap: no pair, no template, no window and no line. The series is
    taken as it is, neither detrended nor interpolated.

    Parameters
    ----------
    nn : beats, Intervals, or array-like of float, shape (n,)
        Normal-to-normal intervals in ms.
    measures : sequence of str
        Which to compute, of 'poincare', 'apen', 'sampen', 'mse', 'dfa', 'd2', 'recurrence'; the
        figures of the others are NaN.
    m, r, tolerance, closed
        Of the entropies: `sample_entropy`. ``tolerance`` is in ms, and takes the place of ``r``.
    ddof : int
        Of the standard deviations: 1 divides by n - 1, 0 by n.
    poincare_method : str
        'pairs' or 'moments': `poincare`.
    mse_scales, mse_r
        Of multiscale entropy; ``mse_r`` is ``r`` by default.
    alpha1, alpha2 : (int, int)
        First and last window of detrended fluctuation analysis, in beats; every size between is
        used. A stretch without a gap must hold the largest window twice.
    dfa_order, dfa_overlap, dfa_drop_flat
        As in `dfa`.
    d2_m : int
        Embedding dimension of the correlation dimension.
    recurrence_m, recurrence_r, recurrence_shortest
        As in `recurrence`; the threshold is ``sqrt(m)`` standard deviations by default.
    window : int
        D2 and recurrence of a longer series are those of windows of so many beats: the median of
        D2, and the pooled counts of recurrence.
    usable : optional
        Stretches, Annotations or a quality result: intervals outside are left out, and the
        series is broken there.

    Notes
    -----
    The defaults are those of the papers cited by the single functions; Kubios takes the same
    embeddings and thresholds for D2 and recurrence, but chooses the radii of D2 by its own rule.
    """
    from vital_widgets.analysis.hrv.hrv import used_intervals
    from vital_widgets.analysis.hrv.hrv_notes import PRV

    intervals = used_intervals(nn, usable)
    chosen = _checked_measures(measures)
    share = checked_number(r, "r", 0, 10, open_low=True)
    short = checked_range(alpha1, "alpha1")
    rm = whole_number(recurrence_m, "recurrence_m", 1, 50)
    rr = math.sqrt(rm) if recurrence_r is None else recurrence_r
    if tolerance is not None:
        tolerance = checked_number(tolerance, "tolerance", 0, open_low=True, unit="ms")
    settings = _Settings(
        m=whole_number(m, "m", 1, 10),
        r=share,
        tolerance=tolerance,
        ddof=checked_ddof(ddof),
        closed=closed,
        poincare_method=checked_choice(poincare_method, "poincare_method", METHODS),
        scales=checked_scales(mse_scales),
        mse_r=share if mse_r is None else checked_number(mse_r, "mse_r", 0, 10, open_low=True),
        windows={"dfa_alpha1": short, "dfa_alpha2": checked_range(alpha2, "alpha2")},
        dfa_order=whole_number(dfa_order, "dfa_order", 1, int(short[0]) - 2),
        dfa_overlap=dfa_overlap,
        dfa_drop_flat=checked_flat(dfa_drop_flat, "dfa_drop_flat"),
        d2_m=whole_number(d2_m, "d2_m", 1, 50),
        recurrence_m=rm,
        recurrence_r=checked_number(rr, "recurrence_r", 0, open_low=True),
        recurrence_shortest=whole_number(recurrence_shortest, "recurrence_shortest", 2, 10**6),
        window=whole_number(window, "window", LEAST_D2, 5000),
    )
    series = of_intervals(intervals)
    note = too_little(series, settings.m + 3, "non-linear variability")
    got: dict[str, Any] = {}
    for measure in () if note else (one for one in MEASURES if one in chosen):
        got |= _COMPUTE[measure](series, settings, got)
    notes = [note] if note else _notes(got, chosen, len(intervals), settings)
    notes += intervals.notes
    if intervals.source == PPG:
        notes.append(PRV)
    return HrvNonlinear(
        **{"mse": np.full(len(settings.scales), NAN), **got},
        mse_scales=settings.scales,
        n=len(intervals),
        source=intervals.source,
        valid=series.valid,
        notes=tuple(notes),
    )


@dataclass(frozen=True, eq=False)
class _Settings:
    """The checked parameters of `hrv_nonlinear`."""

    m: int
    r: float
    tolerance: float | None
    ddof: int
    closed: bool
    poincare_method: str
    scales: NDArray[np.int64]
    mse_r: float
    windows: dict[str, NDArray[np.int64]]
    dfa_order: int
    dfa_overlap: bool
    dfa_drop_flat: str
    d2_m: int
    recurrence_m: int
    recurrence_r: float
    recurrence_shortest: int
    window: int

    def limit(self, series: Series, share: float) -> float:
        """Return the tolerance in ms."""
        return share * spread(series, self.ddof) if self.tolerance is None else self.tolerance


def _poincare(series: Series, s: _Settings, _got: dict[str, Any]) -> dict[str, Any]:
    sd1, sd2, _ = sd1_sd2(series, s.ddof, s.poincare_method)
    ratio = sd1 / sd2 if sd2 > 0 else NAN
    return {"sd1": sd1, "sd2": sd2, "sd1_sd2": ratio, "ellipse_area": math.pi * sd1 * sd2}


def _apen(series: Series, s: _Settings, _got: dict[str, Any]) -> dict[str, Any]:
    return {"apen": apen(series, s.m, s.limit(series, s.r))}


def _sampen(series: Series, s: _Settings, _got: dict[str, Any]) -> dict[str, Any]:
    return {"sampen": sampen(series, s.m, s.limit(series, s.r), closed=s.closed)[0]}


def _mse(series: Series, s: _Settings, got: dict[str, Any]) -> dict[str, Any]:
    """Return sample entropy by scale; that of scale 1 is not computed a second time."""
    limit = s.limit(series, s.mse_r)
    entropy = np.full(len(s.scales), NAN)
    for k, scale in enumerate(s.scales.tolist()):
        if scale == 1 and "sampen" in got and limit == s.limit(series, s.r):
            entropy[k] = got["sampen"]
        else:
            entropy[k] = sampen(coarse_grained(series, scale), s.m, limit, closed=s.closed)[0]
    return {"mse": entropy}


def _dfa(series: Series, s: _Settings, _got: dict[str, Any]) -> dict[str, Any]:
    longest = int(np.max(np.diff(series.bounds())))
    found = {}
    for name, windows in s.windows.items():
        if longest >= 2 * windows[-1]:
            f, _ = fluctuations_of(
                series,
                windows,
                s.dfa_order,
                overlap=s.dfa_overlap,
                drop_flat=s.dfa_drop_flat,
            )
            found[name] = slope_of(windows, f)
    return found


def _d2(series: Series, s: _Settings, _got: dict[str, Any]) -> dict[str, Any]:
    per_window, _ = d2(series, s.d2_m, window=s.window)
    return {"d2": float(np.median(per_window)) if per_window else NAN}


def _recurrence(series: Series, s: _Settings, _got: dict[str, Any]) -> dict[str, Any]:
    found = rqa(
        series,
        s.recurrence_m,
        s.recurrence_r,
        shortest=s.recurrence_shortest,
        ddof=s.ddof,
        window=s.window,
    )
    if found is None:
        return {}
    return {name: value for name, value in found.items() if name in FIGURES}


_COMPUTE: dict[str, Callable[[Series, _Settings, dict[str, Any]], dict[str, Any]]] = {
    "poincare": _poincare,
    "apen": _apen,
    "sampen": _sampen,
    "mse": _mse,
    "dfa": _dfa,
    "d2": _d2,
    "recurrence": _recurrence,
}


def _notes(got: dict[str, Any], chosen: set[str], n: int, s: _Settings) -> list[str]:
    """Return what a reader must know of the figures that were computed."""
    missing = {name for name, value in got.items() if np.any(np.isnan(value))}
    notes = [
        f"{name} needs {2 * int(windows[-1])} intervals without a gap"
        for name, windows in s.windows.items()
        if "dfa" in chosen and name not in got
    ]
    notes += [f"{name} is not defined: {STILL}" for name in s.windows if name in missing]
    if "sampen" in missing:
        notes.append("sample entropy is not defined: no templates stay alike")
    if "mse" in missing:
        notes.append("multiscale entropy is not defined at some scales: no templates alike there")
    if "d2" in missing:
        notes.append("too few intervals for the correlation dimension")
    if "recurrence" in chosen and "recurrence_rate" not in got:
        notes.append("too few intervals without a gap for recurrence")
    if n > s.window and {"d2", "recurrence"} & chosen:
        notes.append(
            f"correlation dimension and recurrence are those of windows of {s.window} beats"
        )
    return notes


def _checked_measures(measures: Any) -> set[str]:
    listed = [measures] if isinstance(measures, str) else list(measures)
    unknown = [one for one in listed if one not in MEASURES]
    if unknown or not listed:
        raise InvalidInputError(f"measures={measures!r}: choose some of {', '.join(MEASURES)}")
    return set(listed)

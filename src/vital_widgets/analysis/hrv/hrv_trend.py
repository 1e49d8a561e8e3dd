"""Heart rate variability in windows over a whole recording."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats.beat_series import PPG, Intervals
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.analysis.hrv.convention import HrvConvention, checked_convention
from vital_widgets.analysis.hrv.frequency_domain import FREQUENCY_UNITS, frequency_measures
from vital_widgets.analysis.hrv.hrv import UNITS, units_of
from vital_widgets.analysis.hrv.nn_intervals import (
    MIN_INTERVALS,
    PRV,
    used_intervals,
    what_varies,
)
from vital_widgets.analysis.hrv.time_domain import TIME_UNITS, time_measures
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.progressbar import progress_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import IntervalsLike
    from vital_widgets.analysis.engine.stretches import UsableLike

MEASURES = ("mean_nn", "mean_hr", "sdnn", "rmssd", "pnn50", "lf", "hf", "lf_hf", "total_power")


@dataclass(frozen=True, kw_only=True, eq=False)
class HrvTrend(Result, given=("times", "window_s", "covered")):
    """Measures of variability in windows.

    Attributes
    ----------
    times : ndarray, shape (k,)
        Start of each window in seconds.
    window_s : float
        Length of a window in seconds.
    covered : ndarray, shape (k,)
        Share of the window that intervals cover, 0 to 1.
    n : ndarray of int64, shape (k,)
        Number of intervals in the window.
    measures : dict of str to ndarray, shape (k,)
        Measures by name; NaN if too little of the window is covered.
    convention : HrvConvention
        How they were computed.
    source : str
        'ecg' or 'ppg'.
    """

    times: NDArray[np.float64]
    window_s: float
    covered: NDArray[np.float64]
    n: NDArray[np.int64]
    measures: dict[str, NDArray[np.float64]]
    convention: HrvConvention
    source: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per window: time (s), covered share, intervals, and every measure."""
        import pandas as pd

        head = {"time": self.times, "covered": self.covered, "n": self.n}
        return pd.DataFrame({**head, **self.measures})

    def _facts(self) -> list[tuple[str, str]]:
        facts = []
        units = units_of(self.convention)
        for name, values in self.measures.items():
            known = values[np.isfinite(values)]
            low, middle, high = np.percentile(known, [5, 50, 95]) if len(known) else (np.nan,) * 3
            percentiles = f"5 to 95 %: {low:.4g} to {high:.4g}"
            facts.append((name, f"{quantity(middle, units[name])} ({percentiles})"))
        computed = int(np.sum(np.isfinite(next(iter(self.measures.values())))))
        windows = f"{computed:,} of {len(self.times):,} of {self.window_s:g} s"
        what = what_varies(self.source)
        head = [("measured", what), ("windows", windows), ("convention", self.convention.name)]
        return [*head, *facts]


@analysis
def hrv_trend(
    beats: IntervalsLike,
    *,
    window_s: float = 300.0,
    step_s: float | None = None,
    measures: Sequence[str] = MEASURES,
    min_valid: float = 0.8,
    convention: str | HrvConvention = "task-force-1996",
    usable: UsableLike = None,
) -> HrvTrend:
    """Compute heart rate variability in windows over the whole series.

    Parameters
    ----------
    beats : IntervalsLike
        As for `hrv`.
    window_s : float
        Length of a window in seconds; 300, the short-term standard of the Task Force.
    step_s : float, optional
        Time from one window to the next in seconds, ``window_s`` by default. Windows begin at
        multiples of it from second 0 of the recording.
    measures : sequence of str
        Names of measures of the time and frequency domain; the most common ones by default.
    min_valid : float
        Smallest share of a window that intervals must cover; below, or with fewer than 10
        intervals, its measures are NaN.
    convention, usable
        As for `hrv`.

    Returns
    -------
    HrvTrend
        The measures of each window are those of `hrv` of its intervals alone.

    Raises
    ------
    InvalidInputError
        As for `hrv`, or a measure is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import hrv_trend
    >>> nn = 800 + 40 * np.sin(np.arange(1000))
    >>> trend = hrv_trend(nn, window_s=120, measures=("sdnn",))
    >>> trend.times[:3].tolist()
    [0.0, 120.0, 240.0]
    """
    chosen = checked_convention(convention)
    window = checked_number(window_s, "window_s", 10, 86400, unit="s")
    step = window if step_s is None else checked_number(step_s, "step_s", 1, 86400, unit="s")
    min_share = checked_number(min_valid, "min_valid", 0, 1)
    unknown = [name for name in measures if name not in UNITS]
    if isinstance(measures, str) or unknown or not measures:
        given = f"unknown measure {unknown[0]!r}" if unknown else "give a tuple of names"
        raise InvalidInputError(f"measures={measures!r}: {given}; available: {', '.join(UNITS)}")
    with progress_part(0.0, 0.6):
        nn = used_intervals(beats, usable)
    of_time = any(name in TIME_UNITS for name in measures)
    of_histogram = any(name in ("triangular_index", "tinn") for name in measures)
    of_bands = any(name in FREQUENCY_UNITS for name in measures)
    starts = _starts(nn, window, step)
    values = {name: np.full(len(starts), np.nan) for name in measures}
    covered, n = np.zeros(len(starts)), np.zeros(len(starts), np.int64)
    first = np.searchsorted(nn.times - nn.ms / 1000, starts)
    stop = np.maximum(first, np.searchsorted(nn.times, starts + window))
    for k, (i, j) in enumerate(zip(first.tolist(), stop.tolist(), strict=True)):
        ms = nn.ms[i:j]
        n[k], covered[k] = j - i, min(float(ms.sum()) / 1000 / window, 1.0)
        if j - i < MIN_INTERVALS:
            continue
        # The intervals at both edges belong to no window.
        if covered[k] < min_share - 2 * float(ms.max()) / 1000 / window:
            continue
        inside = replace(nn, ms=ms, times=nn.times[i:j], stretch=nn.stretch[i:j])
        found = time_measures(inside, chosen, geometry=of_histogram) if of_time else {}
        if of_bands:
            found |= frequency_measures(inside, chosen)[0]
        for name in measures:
            values[name][k] = found[name]
    notes = [*nn.notes, *([PRV] if nn.source == PPG else [])]
    if not any(np.isfinite(v).any() for v in values.values()):
        notes.append(
            not_enough(f"intervals cover {100 * min_share:g} % of no window of {window:g} s")
        )
    return HrvTrend(
        times=starts,
        window_s=window,
        covered=covered,
        n=n,
        measures=values,
        convention=chosen,
        source=nn.source,
        valid=nn.valid,
        notes=tuple(notes),
    )


def _starts(nn: Intervals, window: float, step: float) -> NDArray[np.float64]:
    """Return the starts of the windows that contain some of the series, on a fixed grid."""
    if not len(nn):
        return np.empty(0)
    first = np.floor((nn.times[0] - nn.ms[0] / 1000 + 1e-9) / step)
    last = max(np.ceil((nn.times[-1] - window) / step), first)
    return np.asarray(np.arange(first, last + 1) * step)

"""Heart rate variability window by window over a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import PPG
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.analysis.hrv.convention import checked_convention
from vital_widgets.analysis.hrv.frequency_domain import FREQUENCY_UNITS, frequency_figures
from vital_widgets.analysis.hrv.hrv import (
    UNITS,
    units_of,
    used_intervals,
    valid_of,
)
from vital_widgets.analysis.hrv.hrv_notes import LEAST_INTERVALS, PRV
from vital_widgets.analysis.hrv.time_domain import TIME_UNITS, time_figures
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.hrv.convention import HrvConvention

MEASURES = ("mean_nn", "mean_hr", "sdnn", "rmssd", "pnn50", "lf", "hf", "lf_hf", "total_power")


@dataclass(frozen=True, kw_only=True, eq=False)
class HrvTrend(Result, given=("times", "window", "covered")):
    """Figures of variability in windows.

    Attributes
    ----------
    times : ndarray, shape (k,)
        Begin of each window in seconds.
    window : float
        Its length in seconds.
    covered : ndarray, shape (k,)
        Share of the window that intervals cover, 0 to 1.
    n : ndarray of int64, shape (k,)
        Intervals in the window.
    values : dict of str to ndarray, shape (k,)
        Figures by name; NaN where too little of the window is covered.
    convention : HrvConvention
        How they were computed.
    source : str
        'ecg' or 'ppg'.
    """

    times: NDArray[np.float64]
    window: float
    covered: NDArray[np.float64]
    n: NDArray[np.int64]
    values: dict[str, NDArray[np.float64]]
    convention: HrvConvention
    source: str

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each window: time (s), covered share, intervals, and every figure."""
        import pandas as pd

        return pd.DataFrame(
            {"time": self.times, "covered": self.covered, "n": self.n, **self.values}
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return the windows and the range of each figure."""
        rows = []
        units = units_of(self.convention)
        for name, values in self.values.items():
            known = values[np.isfinite(values)]
            low, middle, high = np.percentile(known, [5, 50, 95]) if len(known) else (np.nan,) * 3
            rows.append(
                (name, f"{quantity(middle, units[name])} (5 to 95 %: {low:.4g} to {high:.4g})")
            )
        told = int(np.sum(np.isfinite(next(iter(self.values.values())))))
        what = "pulse-rate variability" if self.source == PPG else "heart rate variability"
        head = [
            ("what", what),
            ("windows", f"{told:,} of {len(self.times):,} of {self.window:g} s"),
        ]
        return [*head, ("convention", self.convention.name), *rows]


@with_recipe("beats", "usable")
def hrv_trend(
    beats: Any,
    *,
    window: float = 300.0,
    step: float | None = None,
    measures: Any = MEASURES,
    least_covered: float = 0.8,
    convention: Any = "task-force-1996",
    usable: Any = None,
) -> HrvTrend:
    """Return variability in windows over the whole series.

    Parameters
    ----------
    beats : Beats, CorrectedBeats, Intervals, or array-like of float, shape (n,)
        As for `hrv`.
    window, step : float
        Length of a window and from one to the next, in seconds; 300 s, side by side. Windows
        begin at multiples of the step from second 0 of the recording.
    measures : tuple of str
        Figures of the time and frequency domain, by name.
    least_covered : float
        Share of a window that intervals must cover; below, its figures are NaN, as they are below
        10 intervals.
    convention, usable
        As for `hrv`.

    Returns
    -------
    HrvTrend
        The figures of each window are those of `hrv` of its intervals alone.
    """
    chosen = checked_convention(convention)
    seconds = checked_number(window, "window", 10, 86400, unit="s")
    each = seconds if step is None else checked_number(step, "step", 1, 86400, unit="s")
    least = checked_number(least_covered, "least_covered", 0, 1)
    unknown = [name for name in measures if name not in UNITS]
    if isinstance(measures, str) or unknown or not measures:
        raise InvalidInputError(f"measures={measures!r} must be a tuple of some of {list(UNITS)!r}")
    nn = used_intervals(beats, usable)
    of_time = any(name in TIME_UNITS for name in measures)
    of_shape = any(name in ("triangular_index", "tinn") for name in measures)
    of_bands = any(name in FREQUENCY_UNITS for name in measures)
    starts = _starts(nn.times, nn.ms, seconds, each)
    values = {name: np.full(len(starts), np.nan) for name in measures}
    covered, n = np.zeros(len(starts)), np.zeros(len(starts), np.int64)
    for k, begin in enumerate(starts):
        part = nn.between(begin, begin + seconds)
        n[k], covered[k] = len(part), min(float(part.ms.sum()) / 1000 / seconds, 1.0)
        # A window ends within a beat on either side.
        if len(part) < LEAST_INTERVALS:
            continue
        if covered[k] < least - 2 * float(part.ms.max()) / 1000 / seconds:
            continue
        figures = time_figures(part, chosen, geometry=of_shape) if of_time else {}
        if of_bands:
            figures |= frequency_figures(part, chosen)[0]
        for name in measures:
            values[name][k] = figures[name]
    notes = [*nn.notes, *([PRV] if nn.source == PPG else [])]
    if not any(np.isfinite(v).any() for v in values.values()):
        notes.append(not_enough(f"no window of {seconds:g} s is covered to {100 * least:g} %"))
    return HrvTrend(
        times=starts,
        window=seconds,
        covered=covered,
        n=n,
        values=values,
        convention=chosen,
        source=nn.source,
        valid=valid_of(nn),
        notes=tuple(notes),
    )


def _starts(
    times: NDArray[np.float64], ms: NDArray[np.float64], window: float, step: float
) -> NDArray[np.float64]:
    """Return the begins of the windows that have some of the series in them, on a fixed grid."""
    if not len(times):
        return np.empty(0)
    first = np.floor((times[0] - ms[0] / 1000 + 1e-9) / step)
    last = max(np.ceil((times[-1] - window) / step), first)
    return np.asarray(np.arange(first, last + 1) * step)

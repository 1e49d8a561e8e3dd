"""Respiration as it modulates the heartbeat: even series and their rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import ValidSignal
from vital_widgets.analysis.respiration.rate_estimators import ESTIMATORS
from vital_widgets.analysis.respiration.rate_series import (
    RespirationRate,
    middle_and_spread,
    window_rates,
)
from vital_widgets.analysis.signal.statistics.running_median import running_median

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

EVEN_RATE = 4.0  # Hz: Karlen et al. (2013)
LONGEST_PAUSE = 3.0  # s between beats; longer ones are gaps
NEIGHBOURS = 11  # beats whose median an outlier is told by
FAR = 5.0  # median absolute deviations of the neighbours
ECTOPIC = 0.2  # an interval that differs so much from its neighbours' median is no sinus beat
NYQUIST = 30.0  # breaths a minute and beat a second: two beats a breath at least
FEW = 4
ROUNDING = 1e-9  # of the largest value


@dataclass(frozen=True, kw_only=True, eq=False)
class DerivedRespiration(Result, given=("times",)):
    """Respiration seen in the amplitude, the baseline and the rhythm of the heartbeat.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Seconds, at 4 Hz from the recording's start.
    amplitude : ndarray of float64, shape (n,)
        Of an ECG, R over S; of a PPG, peak over onset (RIAV). In the signal's units.
    baseline : ndarray of float64, shape (n,)
        Of an ECG, the mean level between beats; of a PPG, the level of the peak (RIIV).
    frequency : ndarray of float64, shape (n,)
        Interval between beats in ms (RSA; RIFV). NaN where there is a gap, in all three.
    rates : dict of str to RespirationRate
        'amplitude', 'baseline' and 'frequency': the rate of each, window by window.
    beats : dict of str to ndarray
        What was measured at each beat that was used: 'time' and the three.
    source : str
        'ecg' or 'ppg'.
    """

    times: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    baseline: NDArray[np.float64]
    frequency: NDArray[np.float64]
    rates: dict[str, RespirationRate]
    beats: dict[str, NDArray[np.float64]]
    source: str

    def to_frame(self) -> pd.DataFrame:
        """Return the three series, one row each 0.25 s."""
        import pandas as pd

        columns = {name: getattr(self, name) for name in self.rates}
        return pd.DataFrame(columns, index=pd.Index(self.times, name="time_s"))

    def facts(self) -> list[tuple[str, str]]:
        """Return the number of beats and the median rate of each series."""
        rows = [("from", self.source), ("beats", f"{len(self.beats['time']):,}")]
        for name, found in self.rates.items():
            known = found.rate[np.isfinite(found.rate)]
            middle = float(np.median(known)) if len(known) else float("nan")
            share = f", in {len(known):,} of {len(found):,} windows" if len(known) else ""
            rows.append((f"rate by {name}, median", quantity(middle, "breaths/min") + share))
        return rows


def sinus_beats(times: Signal, stretch: NDArray[np.int64]) -> tuple[Signal, NDArray[np.bool_]]:
    """Return the interval in ms that ends with each beat, and which beats may be used.

    The interval of a beat that follows a gap is NaN. An ectopic beat is left out with the pause
    after it.
    """
    from scipy.ndimage import median_filter

    rr = np.diff(times, prepend=np.nan) * 1000
    new = np.diff(stretch, prepend=-1) != 0
    rr[new | (rr > 1000 * LONGEST_PAUSE)] = np.nan
    known = np.isfinite(rr)
    good = np.ones(len(rr), bool)
    if known.any():
        usual = median_filter(rr[known], NEIGHBOURS, mode="nearest")
        off = np.zeros(len(rr), bool)
        off[known] = np.abs(rr[known] - usual) > ECTOPIC * usual
        good = ~off
    return rr, good


def even_series(times: Signal, values: Signal, stretch: NDArray[np.int64], grid: Signal) -> Signal:
    """Return values at uneven times on an even grid, by a cubic that overshoots nowhere (PCHIP).

    NaN outside the beats, and in gaps: across stretches, or longer than 3 s.
    """
    from scipy.interpolate import PchipInterpolator

    kept = np.isfinite(values)
    t, y, stretch = times[kept], values[kept], stretch[kept]
    kept = _no_outlier(y)
    t, y, stretch = t[kept], y[kept], stretch[kept]
    even = np.full(len(grid), np.nan)
    if not len(t):
        return even
    breaks = np.flatnonzero((np.diff(stretch) != 0) | (np.diff(t) > LONGEST_PAUSE)) + 1
    for a, b in zip([0, *breaks.tolist()], [*breaks.tolist(), len(t)], strict=True):
        if b - a < FEW:
            continue
        i0, i1 = np.searchsorted(grid, [t[a], t[b - 1]], side="left")
        even[i0:i1] = PchipInterpolator(t[a:b], y[a:b])(grid[i0:i1])
    return even


def _no_outlier(y: Signal) -> NDArray[np.bool_]:
    """Return which values are no outliers among their neighbours."""
    if len(y) < FEW:
        return np.ones(len(y), bool)
    apart = np.abs(y - running_median(y, NEIGHBOURS, "symmetric"))
    usual = running_median(apart, 5 * NEIGHBOURS, "symmetric")
    least = max(0.5 * float(np.median(apart)), ROUNDING * float(np.abs(y).max()))
    return np.asarray(apart <= FAR * np.maximum(usual, least))


def rate_of_series(
    x: Signal,
    beats: Signal,
    t0: float,
    window: tuple[float, float],
    limits: tuple[float, float],
    least: float,
) -> RespirationRate:
    """Return the rates of windows of an even series.

    Breathing faster than every second beat cannot be seen, so each window has its own limit.
    """
    n, hop = round(window[0] * EVEN_RATE), max(round(window[1] * EVEN_RATE), 1)
    starts = np.arange(0, max(len(x) - n + 1, 0), hop, dtype=np.int64)
    begin = t0 + starts / EVEN_RATE
    inside = np.diff(np.searchsorted(beats, np.stack([begin, begin + n / EVEN_RATE])), axis=0)[0]
    high = np.minimum(limits[1], NYQUIST / 60 * inside / (n / EVEN_RATE))
    high = np.maximum(high, 1.5 * limits[0])
    estimates, quality = window_rates(x, EVEN_RATE, starts, n, limits[0], high)
    median, spread = middle_and_spread(estimates)
    return RespirationRate(
        times=begin + n / EVEN_RATE / 2,
        rate=np.where(quality >= least, median, np.nan),
        names=ESTIMATORS,
        estimates=estimates,
        median=median,
        spread=spread,
        quality=quality,
        method="median",
        window=n / EVEN_RATE,
        step=hop / EVEN_RATE,
        valid=ValidSignal(float(np.isfinite(x).sum()) / EVEN_RATE, len(x) / EVEN_RATE),
    )


def checked_beats(beats: Any) -> tuple[Signal, NDArray[np.int64]]:
    """Return the times of beats in s and the number of the stretch each lies in."""
    from vital_widgets.analysis.beats.beat_series import checked_beat_times

    told = getattr(beats, "times", None)
    times = checked_beat_times(beats if told is None else told, "beats")
    stretch = getattr(beats, "stretch", None)
    numbers = np.zeros(len(times), np.int64) if stretch is None else np.asarray(stretch, np.int64)
    return times, numbers

"""Respiratory modulations of the heartbeat as evenly sampled series, and their rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.result import Result, median_of, quantity
from vital_widgets.analysis.engine.validity import ValidSignal
from vital_widgets.analysis.respiration.rate_estimators import ESTIMATORS
from vital_widgets.analysis.respiration.respiration_rate import (
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
MAX_PAUSE = 3.0  # s between beats; longer ones are gaps
NEIGHBOURS = 11  # beats whose median an outlier is compared with
FAR = 5.0  # median absolute deviations of the neighbours
ECTOPIC = 0.2  # relative difference from the median of its neighbours of an ectopic interval
NYQUIST = 30.0  # breaths/min for each beat/s: at least two beats per breath
FEW = 4
ROUNDING = 1e-9  # of the largest value


@dataclass(frozen=True, kw_only=True, eq=False)
class DerivedRespiration(Result, given=("times",)):
    """Respiration derived from the amplitude, baseline and rhythm of the heartbeat.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Times in s, at 4 Hz from the start of the recording.
    amplitude : ndarray of float64, shape (n,)
        Of an ECG, R minus S; of a PPG, peak minus onset (RIAV). In the units of the signal.
    baseline : ndarray of float64, shape (n,)
        Of an ECG, the mean level between beats; of a PPG, the level of the peak (RIIV).
    frequency : ndarray of float64, shape (n,)
        Interval between beats in ms (RSA; RIFV). NaN where there is a gap, in all three.
    rates : dict of str to RespirationRate
        Rate of 'amplitude', 'baseline' and 'frequency' in windows.
    beats : dict of str to ndarray
        Values at each beat that was used: 'time' and the three.
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
        """Return the three series, one row per 0.25 s."""
        import pandas as pd

        columns = {name: getattr(self, name) for name in self.rates}
        return pd.DataFrame(columns, index=pd.Index(self.times, name="time_s"))

    def _facts(self) -> list[tuple[str, str]]:
        rows = [("from", self.source), ("beats", f"{len(self.beats['time']):,}")]
        for name, found in self.rates.items():
            n = int(np.isfinite(found.rate).sum())
            share = f", in {n:,} of {len(found):,} windows" if n else ""
            middle = quantity(median_of(found.rate), "breaths/min")
            rows.append((f"rate by {name}, median", middle + share))
        return rows


def sinus_beats(times: Signal, stretch: NDArray[np.int64]) -> tuple[Signal, NDArray[np.bool_]]:
    """Return the interval in ms that ends with each beat, and which beats may be used.

    The interval of a beat after a gap is NaN. An ectopic beat is excluded with the pause after it.
    """
    from scipy.ndimage import median_filter

    rr = np.diff(times, prepend=np.nan) * 1000
    new = np.diff(stretch, prepend=-1) != 0
    rr[new | (rr > 1000 * MAX_PAUSE)] = np.nan
    known = np.isfinite(rr)
    good = np.ones(len(rr), bool)
    if known.any():
        usual = median_filter(rr[known], NEIGHBOURS, mode="nearest")
        off = np.zeros(len(rr), bool)
        off[known] = np.abs(rr[known] - usual) > ECTOPIC * usual
        good = ~off
    return rr, good


def even_series(times: Signal, values: Signal, stretch: NDArray[np.int64], grid: Signal) -> Signal:
    """Return values at uneven times on an even grid, by a cubic without overshoot (PCHIP).

    NaN outside the beats and in gaps (between stretches, or longer than 3 s).
    """
    from scipy.interpolate import PchipInterpolator

    kept = np.isfinite(values)
    t, y, stretch = times[kept], values[kept], stretch[kept]
    kept = _no_outlier(y)
    t, y, stretch = t[kept], y[kept], stretch[kept]
    even = np.full(len(grid), np.nan)
    if not len(t):
        return even
    breaks = np.flatnonzero((np.diff(stretch) != 0) | (np.diff(t) > MAX_PAUSE)) + 1
    for a, b in zip([0, *breaks.tolist()], [*breaks.tolist(), len(t)], strict=True):
        if b - a < FEW:
            continue
        i0, i1 = np.searchsorted(grid, [t[a], t[b - 1]], side="left")
        even[i0:i1] = PchipInterpolator(t[a:b], y[a:b])(grid[i0:i1])
    return even


def _no_outlier(y: Signal) -> NDArray[np.bool_]:
    """Return which values are not outliers among their neighbours."""
    if len(y) < FEW:
        return np.ones(len(y), bool)
    apart = np.abs(y - running_median(y, NEIGHBOURS, "symmetric"))
    usual = running_median(apart, 5 * NEIGHBOURS, "symmetric")
    floor = max(0.5 * float(np.median(apart)), ROUNDING * float(np.abs(y).max()))
    return np.asarray(apart <= FAR * np.maximum(usual, floor))


def rate_of_series(
    x: Signal,
    beats: Signal,
    t0: float,
    window: tuple[float, float],
    limits: tuple[float, float],
    min_quality: float,
) -> RespirationRate:
    """Return the rates in windows of an evenly sampled series.

    Beats cannot show breathing faster than half their rate, so each window has its own limit.
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
        times=begin + n / EVEN_RATE / 2, rate=np.where(quality >= min_quality, median, np.nan),
        names=ESTIMATORS, estimates=estimates, median=median, spread=spread, quality=quality,
        method="median", window_s=n / EVEN_RATE, step_s=hop / EVEN_RATE,
        valid=ValidSignal(float(np.isfinite(x).sum()) / EVEN_RATE, len(x) / EVEN_RATE),
    )  # fmt: skip

"""How much later one signal comes than another: by cross-correlation, window by window."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.source import SignalLike, signals_of
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

MIN_CORRELATION = 0.3  # below, the best lag of two windows of noise could be as good
MIN_OVERLAP = 0.5  # share of the window that both signals must have at a lag


@dataclass(frozen=True, kw_only=True, eq=False)
class Delay(
    Result,
    given=("times", "correlation"),
    columns={"time": "times", "delay": "delays", "correlation": "correlation"},
):
    """How much later the second signal comes, in each window and overall.

    Attributes
    ----------
    delay : float
        Median over the windows in seconds; positive if the second signal comes later.
    spread : float
        Interquartile range over the windows in seconds.
    times : ndarray, shape (n,)
        Centre of each window in seconds.
    delays : ndarray, shape (n,)
        Delay in each window in seconds; NaN if the signals are not similar, or are most similar
        at a longer delay than the largest allowed.
    correlation : ndarray, shape (n,)
        Correlation coefficient at that delay (of either sign), NaN without a signal.
    """

    delay: float
    spread: float
    times: NDArray[np.float64]
    delays: NDArray[np.float64]
    correlation: NDArray[np.float64]

    def _facts(self) -> list[tuple[str, str]]:
        found = int(np.isfinite(self.delays).sum())
        return [
            ("delay", quantity(self.delay, "s", 5)),
            ("interquartile range", quantity(self.spread, "s")),
            ("windows", f"{found:,} of {len(self.delays):,} with correlation"),
        ]


@analysis
def signal_delay(
    x: SignalLike,
    y: SignalLike,
    fs: float | None = None,
    *,
    max_delay_s: float = 2.0,
    window_s: float = 30.0,
    min_correlation: float = MIN_CORRELATION,
    usable: UsableLike = None,
) -> Plan[Any, Delay]:
    """Measure how much later the second of two signals comes, by cross-correlation.

    Parameters
    ----------
    x, y : array-like of float, shape (n,), or Channel
        Two signals with the same sample times (see `resample_signal`).
    fs : float, optional
        Sampling rate in Hz; required for arrays, and the channels' own for channels.
    max_delay_s : float
        Largest delay in seconds, in both directions; 2 covers the delay of a pulse behind the
        ECG. For periodic signals it should be below half a period, otherwise beats or breaths
        cannot be distinguished.
    window_s : float
        Length of a window in seconds, on a grid fixed to the start of each run; 30 contains
        enough beats or breaths. A last window of less than half that length has no delay.
    min_correlation : float
        Correlation (of either sign) below which a window has no delay; by chance, windows of noise
        reach up to 0.3.
    usable : UsableLike, optional
        Where both signals may be used; everywhere by default.

    Returns
    -------
    Delay
        The same to 1e-9 s however the recording is cut into pieces.

    Raises
    ------
    InvalidInputError
        The signals do not have the same sample times, or the delay is longer than the window.

    Notes
    -----
    Each window of the first signal is compared with the second at every lag. The correlation is
    Pearson's coefficient of the samples that both have, with the means and variances of exactly
    those samples, so a gap or a trend does not shift the peak to lag 0. The peak is interpolated
    between samples by a parabola. Signals of opposite polarity are found too.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import signal_delay
    >>> x = np.random.default_rng(0).normal(size=6000)
    >>> round(signal_delay(x, np.roll(x, 10), fs=100).delay, 2)
    0.1
    """
    signals = signals_of([x, y], fs, usable, names=("x", "y"))
    window = checked_number(window_s, "window_s", 0, open_low=True, unit="s")
    furthest = checked_number(max_delay_s, "max_delay_s", 0, open_low=True, unit="s")
    lowest = checked_number(min_correlation, "min_correlation", 0, 1)
    if furthest > window:
        raise InvalidInputError(
            f"max_delay_s={max_delay_s!r} is longer than window_s={window_s!r}; give a longer "
            "window"
        )
    # One more lag on either side: the largest delay must be a peak, not the end of the search.
    n, lags = max(round(window * signals.fs), 2), round(furthest * signals.fs) + 1
    work = functools.partial(_correlate, n=n, lags=lags, lowest=lowest)
    return Plan(work, _join, before=lags, after=lags, grid=n, source=signals)


def _correlate(piece: Piece, n: int, lags: int, lowest: float) -> NDArray[np.float64]:
    """Return centre (in samples of the channel), delay (s) and correlation of each window."""
    found = []
    for first, stop, _, _ in piece.blocks(n, 0, 0):
        x = piece.values[0, first:stop]
        if stop - first < MIN_OVERLAP * n:  # a few samples correlate with anything at some lag
            x = np.full(stop - first, np.nan)
        y = part_of(piece.values[1], first - lags, stop - first + 2 * lags)
        at, peak = _peak(coefficients(x, y))
        inside = 0 < at < 2 * lags  # at an end it still increases: the delay is longer
        similar = inside and np.isfinite(peak) and abs(peak) >= lowest
        delay = (at - lags) / piece.fs if similar else np.nan
        found.append((piece.first + (first + stop - 1) / 2, delay, peak))
    return np.array(found).reshape(-1, 3)


def part_of(series: NDArray[np.float64], first: int, n: int) -> NDArray[np.float64]:
    """Return ``n`` values of a series from index ``first`` on, NaN where it has none."""
    at = first + np.arange(n)
    return np.where((at >= 0) & (at < len(series)), series[np.clip(at, 0, len(series) - 1)], np.nan)


def coefficients(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Pearson's coefficient at each lag over the samples that both have."""
    from scipy.signal import correlate

    here, there = np.isfinite(x), np.isfinite(y)
    min_overlap = max(MIN_OVERLAP * len(x), 3)
    if here.sum() < min_overlap:
        return np.full(len(y) - len(x) + 1, np.nan)
    # Means are subtracted first, so that the sums below keep their digits.
    a = np.where(here, x - x[here].mean(), 0.0)
    b = np.where(there, y - (y[there].mean() if there.any() else 0.0), 0.0)
    m, k = here.astype(np.float64), there.astype(np.float64)

    def slide(long: NDArray[np.float64], short: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(correlate(long, short, mode="valid", method="fft"))

    count = np.rint(slide(k, m))
    enough = count >= min_overlap
    count = np.where(enough, count, 1.0)
    sx, sy = slide(k, a), slide(b, m)
    cxy = slide(b, a) - sx * sy / count
    vx = slide(k, a * a) - sx * sx / count
    vy = slide(b * b, m) - sy * sy / count
    # The rounding errors of the transforms of a constant are not a variance.
    floor_x = 1e-10 * max(float(np.sum(a * a)), 1e-300)
    floor_y = 1e-10 * max(float(np.sum(b * b)), 1e-300)
    good = enough & (vx > floor_x) & (vy > floor_y)
    product = np.where(good, vx * vy, 1.0)
    return np.where(good, np.clip(cxy / np.sqrt(product), -1, 1), np.nan)


def _peak(r: NDArray[np.float64]) -> tuple[float, float]:
    """Return place (between the samples) and height of the strongest coefficient."""
    if not np.isfinite(r).any():
        return np.nan, np.nan
    k = int(np.nanargmax(np.abs(r)))
    if 0 < k < len(r) - 1 and np.isfinite(r[k - 1 : k + 2]).all():
        before, peak, after = r[k - 1 : k + 2] * np.sign(r[k])
        bend = before - 2 * peak + after
        if bend < 0:
            return k + 0.5 * float(before - after) / float(bend), float(r[k])
    return float(k), float(r[k])


def _join(partials: Sequence[NDArray[np.float64]], extent: Extent) -> Delay:
    centres, delays, correlation = np.concatenate([np.empty((0, 3)), *partials]).T
    whole = np.floor(centres).astype(np.int64)
    times = extent.times(whole) + (centres - whole) / extent.fs if len(centres) else centres
    delay, spread = median_and_spread(delays)
    found = bool(np.isfinite(delays).any())
    return Delay(
        delay=delay,
        spread=spread,
        times=times,
        delays=delays,
        correlation=correlation,
        valid=extent.valid,
        notes=() if found else (not_enough("the signals are similar in no window"),),
    )


def median_and_spread(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the median and the interquartile range of the numbers; NaN if there are none."""
    known = values[np.isfinite(values)]
    q1, median, q3 = np.percentile(known, [25, 50, 75]) if len(known) else (np.nan,) * 3
    return float(median), float(q3 - q1)

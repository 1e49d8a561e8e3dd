"""How much later one signal comes than another: by cross-correlation, window by window."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

LEAST_CORRELATION = 0.3  # below, the best lag of two windows of noise could be as good
SIGNALS = 2
LEAST_OVERLAP = 0.5  # share of the window that two signals must both have at a lag


@dataclass(frozen=True, kw_only=True, eq=False)
class Delay(Result, given=("times", "correlation")):
    """How much later the second signal comes, in each window and over all.

    Attributes
    ----------
    delay : float
        Median over the windows in seconds; positive where the second signal comes later.
    spread : float
        Interquartile range of the windows in seconds.
    times : ndarray, shape (n,)
        Centre of each window in seconds.
    delays : ndarray, shape (n,)
        Delay in each window in seconds; NaN where the signals do not resemble each other, or
        most at a longer delay than was looked for.
    correlation : ndarray, shape (n,)
        Correlation coefficient at that delay (of either sign), NaN where there is no signal.
    """

    delay: float
    spread: float
    times: NDArray[np.float64]
    delays: NDArray[np.float64]
    correlation: NDArray[np.float64]

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each window: time (s), delay (s), correlation."""
        import pandas as pd

        return pd.DataFrame(
            {"time": self.times, "delay": self.delays, "correlation": self.correlation}
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return the delay and in how many windows it was found."""
        found = int(np.isfinite(self.delays).sum())
        return [
            ("delay", quantity(self.delay, "s", 5)),
            ("interquartile range", quantity(self.spread, "s")),
            ("windows", f"{found:,} of {len(self.delays):,} with correlation"),
        ]


def _plan(
    fs: float, *, max_delay: float = 2.0, window: float = 30.0, least: float = LEAST_CORRELATION
) -> Plan[Any, Delay]:
    rate = checked_fs(fs)
    seconds = checked_number(window, "window", 0, open_low=True, unit="s")
    furthest = checked_number(max_delay, "max_delay", 0, open_low=True, unit="s")
    least = checked_number(least, "least", 0, 1)
    if furthest > seconds:
        raise InvalidInputError(
            f"max_delay={max_delay!r} s is longer than window={window!r} s; give a longer window"
        )
    # One lag more on either side: the longest delay must be a peak too, not where the search ends.
    n, lags = max(round(seconds * rate), 2), round(furthest * rate) + 1
    work = functools.partial(_correlate, n=n, lags=lags, least=least)
    return Plan(work, _join, before=lags, after=lags, grid=n, stacked=True, channels=SIGNALS)


@chunked(_plan)
@with_recipe("values", "usable")
def signal_delay(
    values: Any,
    fs: float,
    *,
    max_delay: float = 2.0,
    window: float = 30.0,
    least: float = LEAST_CORRELATION,
    usable: Any = None,
) -> Delay:
    """Return how much later the second of two signals comes, by cross-correlation.

    Parameters
    ----------
    values : array-like of float, shape (2, n)
        Two signals at the same rate on the same time axis (resample one first where not).
    fs : float
        Sampling rate in Hz.
    max_delay : float
        The longest delay looked for, either way, in seconds. For periodic signals it should be
        below half a period, else beats or breaths cannot be told apart.
    window : float
        Seconds of each window; the windows lie on a grid fixed to the start of each run. A last
        one of less than half the length has no delay.
    least : float
        Correlation (of either sign) below which a window has no delay.
    usable : optional
        Where the signals may be used.

    Returns
    -------
    Delay
        The window of the first signal is held against the second, at every lag; the peak is
        refined between the samples by a parabola. The same whatever the chunk length, to 1e-9 s.

    Notes
    -----
    At each lag the correlation coefficient of the samples that both have is taken (Pearson's,
    with the means and variances of exactly those samples), so a gap or a trend of one signal
    does not pull the peak to lag 0. Signals of opposite polarity are found too.
    """
    plan = _plan(fs, max_delay=max_delay, window=window, least=least)
    signals = checked_signal(values, ndim=2)
    if len(signals) != SIGNALS:
        raise InvalidInputError(f"values has the shape {signals.shape}; give two signals: (2, n)")
    rate = checked_fs(fs)
    return run_on_array(plan, only_usable(signals, usable, rate), rate)


def _correlate(piece: Piece, n: int, lags: int, least: float) -> NDArray[np.float64]:
    """Return rows of centre (in samples of the channel), delay (s) and correlation."""
    rows = []
    for first in range(int(piece.core.start), int(piece.core.stop), n):
        stop = min(first + n, int(piece.core.stop))
        x = piece.values[0, first:stop]
        if stop - first < LEAST_OVERLAP * n:  # a few samples resemble anything at some lag
            x = np.full(stop - first, np.nan)
        # The second signal around the window, with nothing where the run has no samples.
        y = np.full(stop - first + 2 * lags, np.nan)
        lo, hi = max(first - lags, 0), min(stop + lags, piece.values.shape[1])
        y[lo - first + lags : hi - first + lags] = piece.values[1, lo:hi]
        r = coefficients(x, y)
        at, peak = _peak(r)
        inside = 0 < at < 2 * lags  # at an end it still rises: the delay is longer
        found = inside and np.isfinite(peak) and abs(peak) >= least
        delay = (at - lags) / piece.fs if found else np.nan
        rows.append((piece.first + (first + stop - 1) / 2, delay, peak))
    return np.array(rows).reshape(-1, 3)


def coefficients(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Pearson's coefficient at each lag over the samples that both have."""
    from scipy.signal import correlate

    here, there = np.isfinite(x), np.isfinite(y)
    least = max(LEAST_OVERLAP * len(x), 3)
    if here.sum() < least:
        return np.full(len(y) - len(x) + 1, np.nan)
    # Means are taken out first: the sums below then keep their digits.
    a = np.where(here, x - x[here].mean(), 0.0)
    b = np.where(there, y - (y[there].mean() if there.any() else 0.0), 0.0)
    m, k = here.astype(np.float64), there.astype(np.float64)

    def slide(long: NDArray[np.float64], short: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(correlate(long, short, mode="valid", method="fft"))

    count = np.rint(slide(k, m))
    enough = count >= least
    count = np.where(enough, count, 1.0)
    sx, sy = slide(k, a), slide(b, m)
    cxy = slide(b, a) - sx * sy / count
    vx = slide(k, a * a) - sx * sx / count
    vy = slide(b * b, m) - sy * sy / count
    # What rounding of the transforms leaves of a constant is no variance.
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
    rows = np.concatenate(partials) if partials else np.empty((0, 3))
    delays = rows[:, 1]
    found = delays[np.isfinite(delays)]
    q1, median, q3 = np.percentile(found, [25, 50, 75]) if len(found) else (np.nan,) * 3
    centres = rows[:, 0]
    whole = np.floor(centres).astype(np.int64)
    times = extent.times(whole) + (centres - whole) / extent.fs if len(rows) else centres
    notes = () if len(found) else (not_enough("the signals do not resemble each other anywhere"),)
    return Delay(
        delay=float(median),
        spread=float(q3 - q1),
        times=times,
        delays=delays,
        correlation=rows[:, 2],
        valid=extent.valid,
        notes=notes,
    )

"""Averages of a signal around events, with their confidence bands."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_integer,
    checked_number,
    not_enough,
)
from vital_widgets.analysis.signal.windows.event_windows import (
    Around,
    around_events,
    event_times,
    moments_of,
    pooled,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import EventsLike
    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.signal.windows.event_windows import Moments

    Part = tuple[list[Moments], list[NDArray[np.float32]]]

CENTRES = ("mean", "median")
METHODS = ("t", "bootstrap")
MAX_KEPT = 1 << 26  # samples that are kept for a median or bootstrap: 256 MB
COLUMNS = 32  # that are sorted at a time
AT_ONCE = 1 << 22  # drawn counts at a time
BANDS = ("average", "sd", "se", "low", "high")


@dataclass(frozen=True, kw_only=True, eq=False)
class EventAverage(
    Result,
    given=("times", "confidence"),
    columns={"time": "times", **{name: name for name in BANDS}},
):
    """An average around events.

    Attributes
    ----------
    times : ndarray of float64, shape (k,)
        Seconds from the event.
    average : ndarray of float64, shape (k,)
        Mean or median, in the units of the signal.
    sd, se : ndarray of float64, shape (k,)
        Standard deviation over events (divided by n - 1), and standard error of the mean.
    low, high : ndarray of float64, shape (k,)
        Confidence interval of the average, for each sample by itself.
    confidence : float
        Level of the confidence interval.
    centre : str
        'mean' or 'median'.
    method : str
        Method of the confidence interval: 't', 'bootstrap' or 'order statistics'.
    n_used : int
        Number of events that were averaged.
    n_excluded : dict of str to int
        Number of events 'outside' of the signal, too near its 'edge', or across a 'gap'.
    """

    times: NDArray[np.float64]
    average: NDArray[np.float64]
    sd: NDArray[np.float64]
    se: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    confidence: float
    centre: str
    method: str
    n_used: int
    n_excluded: dict[str, int]

    def _facts(self) -> list[tuple[str, str]]:
        excluded = ", ".join(f"{count} {why}" for why, count in self.n_excluded.items() if count)
        level = f"{100 * self.confidence:g} % confidence interval ({self.method})"
        return [
            ("events used", f"{self.n_used:,}"),
            ("events excluded", excluded or "none"),
            ("average", f"{self.centre} with a {level}"),
            ("range", f"{self.times[0]:.3g} to {self.times[-1]:.3g} s"),
        ]


@analysis
def event_average(
    x: SignalLike,
    fs: float | None = None,
    *,
    events: EventsLike,
    before_s: float = 0.5,
    after_s: float = 1.0,
    baseline: tuple[float, float] | None = None,
    centre: str = "mean",
    method: str = "t",
    confidence: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
    text: str | None = None,
    usable: UsableLike = None,
) -> Plan[Part, EventAverage]:
    """Average a signal around events, with a confidence interval.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        Signal; events with missing samples (NaN) around them are excluded.
    fs, usable
        As for `window_statistics`.
    events : Annotations, a result with ``times`` such as Beats, or array-like, shape (k,)
        Increasing times in seconds from the start of the recording, as floats (sample indices
        divided by ``fs``); integers are refused.
    before_s, after_s : float
        Seconds before and after the sample nearest to the event; 0.5 s and 1 s hold a heartbeat.
    baseline : (float, float), optional
        Range in seconds from the event, such as ``(-0.2, 0)``, whose mean is subtracted from each
        event first; nothing is subtracted by default.
    centre : {'mean', 'median'}
        Average to compute.
    method : {'t', 'bootstrap'}
        Confidence interval of a mean: Student's t, or percentiles of the means of events drawn
        with replacement [1]_. That of a median lies between order statistics, which assumes no
        distribution.
    confidence : float
        Level of the confidence interval, for each sample by itself; 0.95 is usual.
    n_resamples, seed : int
        Number of samples of the bootstrap, 1000 because the percentiles of fewer vary, and seed of
        its random numbers.
    text : str, optional
        Of Annotations, use those with this text only.

    Returns
    -------
    EventAverage
        The average at each sample around the event. It is the same to 1e-9 of the largest value
        however the recording is cut into pieces (medians and bootstraps to 1e-6, because they
        keep samples in single precision).

    Raises
    ------
    InvalidInputError
        Event times do not increase, a range is not within the event, or there are too many events
        for a median or bootstrap.

    References
    ----------
    .. [1] Efron B, Tibshirani RJ. An introduction to the bootstrap. Chapman & Hall; 1993.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import event_average
    >>> x = np.sin(2 * np.pi * np.arange(2000) / 100)
    >>> average = event_average(x, fs=100, events=np.arange(1.0, 19.0), before_s=0, after_s=0.5)
    >>> float(average.average[25])
    1.0
    """
    signal = signal_of(x, fs, usable)
    times = event_times(events, text)
    around = around_events(signal, times, before_s, after_s, baseline)
    checked_choice(centre, "centre", CENTRES)
    checked_choice(method, "method", METHODS)
    confidence = checked_number(confidence, "confidence", 0.01, 0.9999)
    n_resamples = checked_integer(n_resamples, "n_resamples", 10, 100_000)
    seed = checked_integer(seed, "seed")
    keep = centre == "median" or method == "bootstrap"
    if keep and len(times) * around.length > MAX_KEPT:
        raise InvalidInputError(
            f"{len(times)} events of {around.length} samples are too many for a median or a "
            f"bootstrap (at most {MAX_KEPT} samples); use centre='mean' with method='t', fewer "
            "events, or less time around them"
        )

    def join(partials: Sequence[Part], extent: Extent) -> EventAverage:
        from scipy.stats import t

        moments = [one for moments, _ in partials for one in moments]
        n, mean, squares = pooled(moments, around.length)
        blocks = [block for _, kept in partials for block in kept]
        none = np.full(around.length, np.nan)
        average = mean if n else none
        sd = np.sqrt(squares / (n - 1)) if n > 1 else none
        se = sd / np.sqrt(max(n, 1))
        low = high = none
        if n > 1 and centre == "median":
            average, low, high = _median_band(blocks, confidence)
        elif n > 1 and method == "bootstrap":
            low, high = _bootstrap_band(np.concatenate(blocks), confidence, n_resamples, seed)
        elif n > 1:
            half_width = float(t.ppf((1 + confidence) / 2, n - 1)) * se
            low, high = average - half_width, average + half_width
        n_complete = int(np.count_nonzero(around.samples >= 0))
        note = "there is no confidence interval of a single event"
        if not n:
            note = not_enough(f"none of {len(around.samples)} events has valid signal around it")
        return EventAverage(
            times=np.arange(-around.before, around.after) / extent.fs,
            average=average, sd=sd, se=se, low=low, high=high, confidence=confidence,
            centre=centre, method="order statistics" if centre == "median" else method, n_used=n,
            n_excluded={"outside": around.n_outside, "edge": around.n_edge, "gap": n_complete - n},
            valid=extent.valid, notes=(note,) if n <= 1 else (),
        )  # fmt: skip

    work = functools.partial(_averaged, around=around, keep=keep)
    return Plan(work, join, before=around.before, after=around.after, source=signal)


def _averaged(piece: Piece, *, around: Around, keep: bool) -> Part:
    moments, kept = [], []
    for _, stretches in around.cut(piece):
        moments.append(moments_of(stretches))
        if keep:
            kept.append(stretches.astype(np.float32))
    return moments, kept


def _bootstrap_band(
    stretches: NDArray[np.float32], confidence: float, n_resamples: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return percentiles of the means of events drawn with replacement."""
    n = len(stretches)
    rng = np.random.default_rng(seed)
    means = np.empty((n_resamples, stretches.shape[1]))
    at_once = max(AT_ONCE // n, 1)
    middle = stretches.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = stretches - middle
    for i in range(0, n_resamples, at_once):
        drawn = min(at_once, n_resamples - i)
        counts = rng.multinomial(n, np.full(n, 1 / n), size=drawn).astype(np.float32)
        means[i : i + drawn] = counts @ centred / n
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return low + middle, high + middle


def _median_band(
    blocks: list[NDArray[np.float32]], confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the median and the order statistics around it with at least this confidence.

    The interval is NaN with too few events (95 % needs six). The stretches come in blocks, shape
    (k, length), and are put together some columns at a time.
    """
    from scipy.stats import binom

    n, length = sum(len(one) for one in blocks), blocks[0].shape[1]
    rank = int(binom.ppf((1 - confidence) / 2, n, 0.5))
    middle, low, high = (np.full(length, np.nan) for _ in range(3))
    for i in range(0, length, COLUMNS):
        part = np.concatenate([one[:, i : i + COLUMNS] for one in blocks])
        part.sort(axis=0)
        columns = slice(i, i + COLUMNS)
        middle[columns] = part[[(n - 1) // 2, n // 2]].mean(axis=0, dtype=np.float64)
        if rank > 0:
            low[columns], high[columns] = part[rank - 1], part[n - rank]
    return middle, low, high

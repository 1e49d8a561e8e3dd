"""Troughs and peaks of a respiration signal, by three published methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.respiration.condition import HIGHPASS, filtered, is_flat
from vital_widgets.analysis.signal.statistics.running_median import running_median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.respiration.condition import Conditioned

    Signal = NDArray[np.float64]
    Marks = tuple[NDArray[np.int64], NDArray[np.bool_]]  # where, and which of them are peaks

SCALE_SECONDS, SCALE_STEP = 60.0, 5.0  # over which the usual height of a breath is known
MIN_SHARE = 0.3  # of the usual height: Schäfer and Kratky (2008), Khodadad et al. (2018)
MIN_OF_MEDIAN = 0.15  # of the median usual height, so that noise in a held breath is not a breath
COUNT_ORIG = 0.2  # of the third quartile of the maxima: Schäfer and Kratky (2008)
NEAR, FAR = 0.2, 0.8  # of the height: where a slope is measured at the end of a pause
RESTING = 0.42  # share of a cycle below NEAR of the height that makes a pause; a sine: 0.3
# A rise shaped as half a cosine takes this share of its time from NEAR to FAR to reach NEAR.
FOOT = float(np.arccos(1 - 2 * NEAR) / (np.arccos(1 - 2 * FAR) - np.arccos(1 - 2 * NEAR)))
ROW = ("onset", "peak", "rest", "end", "amplitude", "noise")
# Sum of the medians over breaths of the change from one to the next, of the duration as a share
# and of ln(height): 0.67 to 1.4 in noise, about 0.51 in quiet breathing, from its coefficients of
# variation (frequency 20.8 %, tidal volume 33 %: Tobin et al. 1988).
AROUND, ENOUGH = 61, 12  # breaths that are judged together; breaths needed
AT_RANDOM, CLEAR = 0.6, 0.35
IRREGULAR, NO_BREATH = 1.0, 2.0  # in the column 'noise'
FEW_MARKS = 3
METHODS = ("count-adv", "khodadad", "count-orig")


def _limits(low: Signal, rate: float, at: NDArray[np.int64]) -> Signal:
    """Return the smallest height of a breath at some samples.

    The usual height is the distance from the 10th to the 90th percentile over the surrounding
    60 s; that of a sine is 0.95 of its height.
    """
    thin = max(round(rate / 5), 1)  # five values a second are enough for a percentile
    band = filtered(low[::thin], rate / thin, HIGHPASS, "high")
    n = min(len(band), round(SCALE_SECONDS * rate / thin))
    step = max(round(SCALE_STEP * rate / thin), 1)
    views = np.lib.stride_tricks.sliding_window_view(band, n)[::step]
    ordered = np.sort(views, axis=1)  # faster than numpy.percentile
    usual = row_quantile(ordered, 0.9) - row_quantile(ordered, 0.1)
    centres = np.arange(len(usual)) * step + n // 2
    median = float(np.median(np.interp(np.arange(len(band)), centres, usual)))
    return np.maximum(MIN_SHARE * np.interp(at / thin, centres, usual), MIN_OF_MEDIAN * median)


def row_quantile(ordered: Signal, share: float) -> Signal:
    """Return a quantile of each row of sorted values, interpolated linearly."""
    at = share * (ordered.shape[1] - 1)
    k = int(at)
    after = ordered[:, min(k + 1, ordered.shape[1] - 1)]
    return np.asarray(ordered[:, k] + (at - k) * (after - ordered[:, k]))


def marks_of(stretch: Conditioned, rate: float, method: str) -> Marks:
    """Return alternating troughs and peaks."""
    if method == "count-orig":
        return _count_orig(stretch.band)
    x = stretch.band if method == "khodadad" else stretch.low
    at = _lobes(x) if method == "khodadad" else _turns(x)
    return _zigzag(x, at, _limits(stretch.low, rate, at))


def _turns(x: Signal) -> NDArray[np.int64]:
    """Return the local extrema, ends included."""
    slope = x[1:] - x[:-1]
    moving = None if slope.all() else np.flatnonzero(slope)
    rising = (slope if moving is None else slope[moving]) > 0
    if not len(rising):
        return np.empty(0, np.int64)
    turn = np.flatnonzero(rising[1:] != rising[:-1]) + 1
    return np.concatenate([[0], turn if moving is None else moving[turn], [len(x) - 1]])


def _lobes(x: Signal) -> NDArray[np.int64]:
    """Return the extreme of each lobe between two crossings of zero."""
    cuts = np.flatnonzero(np.diff(x >= 0)) + 1
    edges = np.concatenate([[0], cuts]).astype(np.int64)
    tops = np.maximum.reduceat(np.abs(x), edges)
    lobe = np.zeros(len(x), np.int64)
    lobe[cuts] = 1
    lobe = np.cumsum(lobe)
    hits = np.flatnonzero(np.abs(x) == tops[lobe])
    return hits[np.unique(lobe[hits], return_index=True)[1]]


def _zigzag(x: Signal, candidates: NDArray[np.int64], limits: Signal) -> Marks:
    """Return the extrema that remain when pairs that differ too little are removed."""
    step = np.diff(x[candidates])
    if np.all(np.abs(step) >= limits[1:]) and np.all(step[1:] * step[:-1] < 0):
        at, is_peak = candidates[:-1], step < 0  # the last one is never confirmed
    else:
        at, is_peak = _confirmed(candidates, x[candidates].tolist(), limits.tolist())
    inner = (at > 0) & (at < len(x) - 1)  # the end of the signal is not a turning point
    return at[inner], is_peak[inner]


def _confirmed(candidates: NDArray[np.int64], values: list[float], limits: list[float]) -> Marks:
    """Return the extrema that a later one confirms by differing enough."""
    kept: list[int] = []
    peaks: list[bool] = []
    up: bool | None = None
    high = low = 0
    for k, (value, limit) in enumerate(zip(values, limits, strict=True)):
        if value > values[high]:
            high = k
        if value < values[low]:
            low = k
        if up is not True and value - values[low] >= limit and k:
            kept.append(low)
            peaks.append(False)
            up, high = True, k
        elif up is not False and values[high] - value >= limit and k:
            kept.append(high)
            peaks.append(True)
            up, low = False, k
        if up is True and high == k:
            low = k
        if up is False and low == k:
            high = k
    return candidates[np.array(kept, np.int64)], np.array(peaks, bool)


def _count_orig(x: Signal) -> Marks:
    """Return maxima above 0.2 of their third quartile with a minimum below zero in between."""
    at = _turns(x)[1:-1]
    tops = at[(x[at] > x[at - 1])]
    tops = tops[x[tops] > 0]
    if not len(tops):
        return np.empty(0, np.int64), np.empty(0, bool)
    tops = tops[x[tops] > COUNT_ORIG * float(np.percentile(x[tops], 75))]
    kept: list[int] = []
    peaks: list[bool] = []
    for top in tops.tolist():
        if kept:
            trough = kept[-1] + int(np.argmin(x[kept[-1] : top]))
            if x[trough] >= 0:  # one breath with two summits
                if x[top] > x[kept[-1]]:
                    kept[-1] = top
                continue
            kept.append(trough)
            peaks.append(False)
        kept.append(top)
        peaks.append(True)
    return np.array(kept, np.int64), np.array(peaks, bool)


def between_samples(x: Signal, at: NDArray[np.int64]) -> Signal:
    """Return extrema to a fraction of a sample, by the parabola through three samples."""
    inner = np.clip(at, 1, max(len(x) - 2, 1))
    a, b, c = x[inner - 1], x[inner], x[inner + 1]
    bend = a - 2 * b + c
    flat = np.abs(bend) <= 1e-12 * np.maximum(np.abs(b), 1e-300)
    shift = np.where(flat, 0.0, 0.5 * (a - c) / np.where(flat, 1.0, bend))
    return np.where(inner == at, at + np.clip(shift, -0.5, 0.5), at)


def breaths_of(stretch: Conditioned, rate: float, method: str) -> Signal:
    """Return the breaths of a stretch, with the columns ROW; times in bins."""
    at, is_peak = marks_of(stretch, rate, method)
    if len(at) and is_peak[0]:
        at, is_peak = at[1:], is_peak[1:]
    if len(at) and is_peak[-1]:
        at = at[:-1]
    if len(at) < FEW_MARKS:
        return np.empty((0, len(ROW)))
    x = stretch.low
    exact = between_samples(x if method == METHODS[0] else stretch.band, at)
    troughs, tops = at[::2], at[1::2]
    ends, onsets = exact[::2].copy(), exact[::2].copy()
    _find_pauses(x, troughs, tops, ends, onsets)
    height = x[tops] - np.minimum(x[troughs[:-1]], x[tops])
    random = _come_at_random(np.diff(troughs).astype(np.float64), height)
    flat = random.any() and is_flat(stretch.x[None], rate)[0]
    noise = np.where(random, NO_BREATH if flat else IRREGULAR, 0.0)
    return np.stack([onsets[:-1], exact[1::2], ends[1:], onsets[1:], height, noise], axis=1)


def _come_at_random(lengths: Signal, heights: Signal) -> NDArray[np.bool_]:
    """Return which breaths have random durations and heights, each judged among its neighbours."""
    if len(lengths) < ENOUGH:
        return np.zeros(len(lengths), bool)
    size = np.log(np.maximum(heights, 1e-300))
    lengthened, grown = np.abs(np.diff(lengths)) / lengths[1:], np.abs(np.diff(size))
    whole = float(np.median(lengthened)) + float(np.median(grown))
    if len(lengths) <= AROUND:
        return np.full(len(lengths), whole > AT_RANDOM)
    changes = [np.concatenate([each[:1], each]) for each in (lengthened, grown)]
    if whole <= AT_RANDOM and not any(_mostly_above(each, AT_RANDOM / 2) for each in changes):
        return np.zeros(len(lengths), bool)  # no sum of two medians can exceed the limit
    one, other = (running_median(each, AROUND, "reflect") for each in changes)
    change = one + other
    if whole > AT_RANDOM and change.min() > CLEAR:
        return np.ones(len(lengths), bool)
    found = change > AT_RANDOM
    if not found.any():
        return found
    return np.asarray(running_median(found.astype(np.float64), AROUND, "reflect") > 0)


def _mostly_above(values: Signal, limit: float) -> bool:
    """Whether the running median exceeds a limit anywhere, which is faster to count."""
    half = AROUND // 2
    above = (values > limit).astype(np.float64)
    above = np.concatenate([above[half:0:-1], above, above[-2 : -half - 2 : -1]])
    return bool(np.convolve(above, np.ones(AROUND), "valid").max() > half)


def _find_pauses(
    x: Signal, troughs: NDArray[np.int64], tops: NDArray[np.int64], ends: Signal, onsets: Signal
) -> None:
    """Set the end of expiration and the onset of inspiration around troughs with a pause."""
    if len(tops) < 2:  # noqa: PLR2004 - no trough with a peak on either side
        return
    inner = troughs[1:-1]
    lengths = np.diff(tops)
    height = np.minimum(x[tops[:-1]], x[tops[1:]]) - x[inner]
    level = np.repeat(x[inner] + NEAR * height, lengths)
    low = np.add.reduceat((x[tops[0] : tops[-1]] < level).astype(np.int64), tops[:-1] - tops[0])
    for k in np.flatnonzero((low > RESTING * lengths) & (height > 0)).tolist():
        a, b = int(tops[k]), int(tops[k + 1])
        part = x[a : b + 1]
        base = float(x[inner[k]])
        ends[k + 1] = a + _foot(part, base)
        onsets[k + 1] = b - _foot(part[::-1], base)
        if ends[k + 1] > onsets[k + 1]:
            ends[k + 1] = onsets[k + 1] = 0.5 * (ends[k + 1] + onsets[k + 1])


def _foot(part: Signal, base: float) -> float:
    """Return where a signal that falls from its first value reaches the level ``base``."""
    height = float(part[0]) - base
    far = _below(part, base + FAR * height)
    near = _below(part, base + NEAR * height)
    return min(near + FOOT * (near - far), float(len(part) - 1))


def _below(part: Signal, level: float) -> float:
    k = max(int(np.argmax(part < level)), 1)
    before, after = float(part[k - 1]), float(part[k])
    return k - 1 + (before - level) / (before - after) if before > after else float(k)

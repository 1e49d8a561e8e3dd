"""P and T waves of beats by the wavelet transform, in one lead or over several leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.ecg.beat_rows import (
    BeatRows,
    box,
    crossing,
    last_true,
    pick,
    slopes,
    window,
)
from vital_widgets.analysis.ecg.qrs_limits import Qrs, slope_gain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Rows = NDArray[np.float64]
    Index = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

# Around the beat, in s: a row contains a P wave with the longest PR interval and the longest QT.
BEFORE, AFTER = 0.52, 0.85
# Widths of the running means in s: the scales 2^3 to 2^4 of the paper.
P_SCALE, T_SCALE = 0.020, 0.032
LIMITS_P, LIMITS_T = (0.30, 0.30), (0.20, 0.32)  # of the outermost flank's slope: on, off
SECOND_PART = 0.15  # of a wave's height that a part of the other sign must have
SECOND_FLANK = 0.40  # of the steepest slope
MIN_P, MIN_T = 0.02, 0.03  # height of a wave as a share of that of the QRS
INTO, HIDDEN = 0.010, 0.030  # s after, and before the onset of the QRS where P may end
GUARD = 0.016  # s between the QRS and the T wave
T_SHARE, T_MORE, T_LAST = 0.56, 0.02, 0.68  # a T wave ends before RR * share + s, and s
NEXT_QRS = 0.12  # s before the next R peak at which a T wave has ended
P_SHARE, P_FIRST = 0.45, 0.38  # share of the interval before, and s, within which P begins
CLEAR = 3.0  # height in standard deviations of the noise from which limits are reliable
SHARE = 0.5  # of the leads must have a wave if it is clear in none
BY_TWO, BY_THREE = 3, 6  # leads with a clear wave from which two, or three of them must agree


@dataclass(frozen=True, eq=False)
class Wave:
    """Columns of a wave in each row, its direction (1 or -1), and its height; NaN: absent."""

    onset: Floats
    peak: Floats
    offset: Floats
    sign: Floats
    height: Floats

    def where(self, there: Mask) -> Wave:
        """Return the waves of some rows, NaN in the others."""
        columns = (self.onset, self.peak, self.offset, self.sign, self.height)
        return Wave(*(np.where(there, one, np.nan) for one in columns))

    def shifted(self, columns: int) -> Wave:
        """Return the waves so many columns later."""
        onset, peak, offset = (one + columns for one in (self.onset, self.peak, self.offset))
        return Wave(onset, peak, offset, self.sign, self.height)


@dataclass(frozen=True, eq=False)
class Search:
    """How one kind of wave is searched: scale in samples, shares of slope at its limits."""

    width: int
    limits: tuple[float, float]
    lag: int  # half the length in samples of the mean in which the peak is searched


def without_qrs(rows: BeatRows, qrs: Qrs, fs: float) -> Rows:
    """Return the rows with a straight line in place of the QRS, which would affect P and T."""
    x = rows.x.copy()
    n = x.shape[1]
    pad = 0.004 * fs
    known = np.isfinite(qrs.onset) & np.isfinite(qrs.offset)
    a = np.clip(np.where(known, np.floor(qrs.onset - pad), 0), 0, n - 1).astype(np.int64)
    b = np.clip(np.where(known, np.ceil(qrs.offset + pad), 1), 1, n - 1).astype(np.int64)
    # The line's ends are means of 8 ms: one sample is noisy.
    steps = range(max(round(0.008 * fs), 1))
    left = np.mean([pick(x, a - d) for d in steps], axis=0)
    right = np.mean([pick(x, b + d) for d in steps], axis=0)
    first, stop = int(a.min(initial=n)), int(b.max(initial=0)) + 1
    columns = np.arange(first, stop)
    share = (columns - a[:, None]) / np.maximum(b - a, 1)[:, None]
    inside = (columns >= a[:, None]) & (columns <= b[:, None]) & known[:, None]
    line = left[:, None] + share * (right - left)[:, None]
    x[:, first:stop] = np.where(inside, line, x[:, first:stop])
    return x


def find_wave(
    x: Rows, first: Floats, stop: Floats, search: Search, min_height: Floats, noise: Floats
) -> Wave:
    """Return the largest wave of each row between columns ``first`` and ``stop`` (NaN: nowhere).

    ``min_height`` is the height below which there is no wave, ``noise`` its standard deviation.
    """
    width = search.width
    wavelet, delay = slopes(x, width)
    size = np.abs(wavelet)
    n = x.shape[1]
    known = np.isfinite(first) & np.isfinite(stop) & (stop - first > 2 * width)
    lo = np.maximum(np.where(known, np.ceil(first - delay), 0), 0).astype(np.int64)
    hi = np.minimum(np.where(known, np.floor(stop - delay), 0), n).astype(np.int64)
    inside = window(n, lo, hi)
    rising = np.argmax(np.where(inside, wavelet, -np.inf), axis=1)
    falling = np.argmin(np.where(inside, wavelet, np.inf), axis=1)
    both = known & (pick(wavelet, rising) > 0) & (pick(wavelet, falling) < 0)
    sign = np.where(rising < falling, 1.0, -1.0)
    early, late = np.minimum(rising, falling), np.maximum(rising, falling)
    signed = wavelet * sign[:, None]
    turn = last_true((signed > 0) & window(n, early, late))
    here, after = pick(signed, turn), pick(signed, turn + 1)
    drop = np.where(here > after, here - after, 1.0)
    middle = turn + np.clip(np.where(here > after, here / drop, 0.0), 0, 1) + delay
    smooth = _mean_around(x, search.lag) * sign[:, None]
    peak = _top(smooth, middle, search.lag)
    first_flank = _other_part(signed, smooth, (lo, early), (peak, late), delay, noise, before=True)
    last_flank = _other_part(signed, smooth, (late, hi), (peak, early), delay, noise, before=False)
    shaky = 2.0 * noise * slope_gain(width)
    levels = [
        np.minimum(np.maximum(share * pick(size, flank), shaky), 0.6 * pick(size, flank))
        for share, flank in zip(search.limits, (first_flank, last_flank), strict=True)
    ]
    onset = crossing(size, levels[0], np.where(both, first_flank, -1), -1, lo) + delay
    offset = crossing(size, levels[1], np.where(both, last_flank, -1), 1, hi - 1) + delay
    a, b, c = (_at(smooth, column) for column in (onset, peak, offset))
    span = np.where(offset > onset, offset - onset, 1.0)
    tall = b - (a + (c - a) * np.nan_to_num((peak - onset) / span))
    good = both & (turn >= 0) & (tall >= min_height) & (onset < peak) & (peak < offset)
    return Wave(onset, peak, offset, sign, tall).where(good)


def _mean_around(x: Rows, lag: int) -> Rows:
    """Return the mean of ``2 * lag + 1`` columns around each."""
    out = np.empty_like(x)
    out[:, lag : x.shape[1] - lag] = box(x, 2 * lag + 1)[:, : x.shape[1] - 2 * lag]
    out[:, :lag], out[:, x.shape[1] - lag :] = x[:, :lag], x[:, x.shape[1] - lag :]
    return out


def _at(x: Rows, column: Floats) -> Floats:
    return pick(x, np.round(np.nan_to_num(column)).astype(np.int64))


def _top(smooth: Rows, middle: Floats, reach: int) -> Floats:
    """Return the highest place of each row near a column, by a parabola."""
    n = smooth.shape[1]
    base = np.clip(np.round(middle).astype(np.int64), 2 * reach + 1, n - 2 * reach - 2)
    columns = base[:, None] + np.arange(-2 * reach, 2 * reach + 1)
    some = np.take_along_axis(smooth, columns, axis=1)
    top = base - 2 * reach + np.argmax(some, axis=1)
    a, b, c = (pick(smooth, top + d) for d in (-1, 0, 1))
    bend = a - 2 * b + c
    shift = np.where(bend < 0, 0.5 * (a - c) / np.where(bend < 0, bend, -1.0), 0.0)
    return np.asarray(top + np.clip(shift, -0.5, 0.5))


def _other_part(
    signed: Rows,
    smooth: Rows,
    between: tuple[Index, Index],
    main: tuple[Floats, Index],
    delay: float,
    noise: Floats,
    *,
    before: bool,
) -> Index:
    """Return the outermost flank on one side: that of a wave's second part, if it has one.

    A second part has the other sign; a P wave that follows a T wave closely has not.
    """
    n = signed.shape[1]
    lo, hi = between
    edge = hi if before else lo
    own, other = (1.0, -1.0) if before else (-1.0, 1.0)
    inside = window(n, lo, hi)
    flank = np.argmax(np.where(inside, other * signed, -np.inf), axis=1)
    steep = pick(other * signed, flank) >= SECOND_FLANK * pick(own * signed, edge)
    a, b = (flank, edge) if before else (edge, flank)
    trough = np.where(window(n, a + round(delay), b + round(delay)), smooth, np.inf).min(axis=1)
    # The level is that on the far side of the wave, where it has no second part.
    peak, far = main
    step = np.abs(np.nan_to_num(peak) - (far + delay))
    level = _at(smooth, peak - 2.2 * step if not before else peak + 2.2 * step)
    deep = level - trough > np.maximum(SECOND_PART * (_at(smooth, peak) - level), 2 * noise)
    return np.where(steep & deep & inside.any(axis=1), flank, edge)


def find_t(x: Rows, rows: BeatRows, qrs: Qrs, rr: tuple[Floats, Floats], fs: float) -> Wave:
    """Return the T waves; ``rr`` are the intervals before and after in s, NaN for none."""
    expected = [T_SHARE * one + T_MORE for one in rr]
    reach = np.fmax(expected[1], np.fmin(expected[0], rr[1] - NEXT_QRS))
    reach = np.fmin(np.where(np.isfinite(reach), reach, T_LAST), T_LAST)
    stop = rows.at + reach * fs
    stop = np.where(stop + 2 <= rows.high, stop, np.nan)
    left = rows.at - round(0.02 * fs)
    search = Search(max(round(T_SCALE * fs), 1), LIMITS_T, max(round(0.012 * fs), 1))
    first = qrs.offset + GUARD * fs - left
    min_height = np.maximum(MIN_T * qrs.height, qrs.noise)
    wave = find_wave(x[:, left:], first, stop - left, search, min_height, qrs.noise)
    return wave.shifted(left)


def find_p(x: Rows, rows: BeatRows, qrs: Qrs, rr_before: Floats, t_end: Floats, fs: float) -> Wave:
    """Return the P waves; ``t_end`` is where the T wave of the beat before ends, in columns."""
    reach = np.fmin(np.where(np.isfinite(rr_before), P_SHARE * rr_before, P_FIRST), P_FIRST)
    first = rows.at - reach * fs
    first = np.fmax(np.where(first - 2 >= rows.low, first, np.nan), t_end)
    left, right = rows.at - round((P_FIRST + 0.06) * fs), rows.at + round(0.12 * fs)
    search = Search(max(round(P_SCALE * fs), 1), LIMITS_P, max(round(0.008 * fs), 1))
    # A Q wave that is hidden by noise would be the steepest thing before the QRS found.
    stop = qrs.onset + np.where(qrs.shaky, -HIDDEN, INTO) * fs - left
    min_height = np.maximum(MIN_P * qrs.height, qrs.noise)
    wave = find_wave(x[:, left:right], first - left, stop, search, min_height, qrs.noise)
    return wave.shifted(left)


@dataclass(frozen=True)
class Near:
    """Largest distance in s of the peaks of one wave, and of limits that support each other."""

    peaks: float
    limits: float


OF_P, OF_T = Near(0.060, 0.012), Near(0.120, 0.020)


def waves_together(
    waves: Sequence[Wave], noise: Floats, near: Near, fs: float
) -> tuple[Wave, list[Wave]]:
    """Return the wave of each beat over the leads, and those of the leads that belong to it.

    ``noise`` is the standard deviation of each lead, shape (leads, k).
    """
    onset, peak, offset, sign, height = (
        np.stack([getattr(wave, name) for wave in waves])
        for name in ("onset", "peak", "offset", "sign", "height")
    )
    found = np.isfinite(peak)
    clearness = np.where(found, height / np.maximum(noise, 1e-300), -np.inf)
    best = np.argmax(clearness, axis=0)
    beats = np.arange(peak.shape[1])
    clear = clearness >= CLEAR
    # If it is clear in none: the wave of the clearest lead, if others have one too.
    alone = np.arange(len(waves))[:, None] == best
    good = np.where(clear.any(axis=0), clear, alone & (found.mean(axis=0) >= SHARE))
    apart = np.abs(peak - peak[best, beats])
    good &= apart <= near.peaks * fs
    there = good.any(axis=0)
    # Of an even number, the earlier of both middle ones: the peak of a lead, not a mean.
    ordered = np.sort(np.where(good, peak, np.inf), axis=0)
    middle = ordered[np.maximum(good.sum(axis=0) - 1, 0) // 2, beats]
    whole = Wave(
        _earliest(onset, good, near.limits * fs),
        np.where(there, middle, np.nan),
        -_earliest(-offset, good, near.limits * fs),
        np.where(there, sign[best, beats], np.nan),
        np.where(there, height[best, beats], np.nan),
    )
    belongs = found & (apart <= near.peaks * fs) & there
    return whole, [w.where(mine) for w, mine in zip(waves, belongs, strict=True)]


def _earliest(limit: Floats, good: Mask, within: float) -> Floats:
    """Return the earliest limit of each beat that enough others support."""
    n = len(limit)
    count = good.sum(axis=0)
    ordered = np.sort(np.where(good, limit, np.inf), axis=0)
    needed = (count >= BY_TWO).astype(np.int64) + (count >= BY_THREE)
    result = np.full(limit.shape[1], np.nan)
    for others in range(3):
        rows = np.flatnonzero((needed == others) & (count > others))
        if not len(rows):
            continue
        some = ordered[:, rows]
        known = np.isfinite(some[others:])
        last = np.where(known, some[others:], 0.0)
        supported = known & (last - np.where(known, some[: n - others], 0.0) <= within)
        first = np.argmax(supported, axis=0)
        at = np.where(supported.any(axis=0), first, others)
        result[rows] = some[at, np.arange(len(rows))]
    return result

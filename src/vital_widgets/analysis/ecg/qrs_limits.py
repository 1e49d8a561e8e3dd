"""Where the QRS complex begins and ends, in one lead or over several leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.ecg.beat_rows import (
    BeatRows,
    first_true,
    last_true,
    pick,
    slopes,
    window,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Rows = NDArray[np.float64]
    Index = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

QRS_SCALE = 0.008  # s: width of the running means, the scale 2^2 of the paper
QRS_REACH = 0.14  # s from the R peak within which a QRS begins and ends
QRS_ON, QRS_OFF = 0.045, 0.06  # of the steepest slope: the QRS is quiet below
P_PART = (0.32, 0.12)  # s before the R peak where the slope of the P wave is measured
P_STEEPEST = 0.15  # of the steepest slope of the QRS: no P wave is steeper
P_RUNS_IN = 0.030  # s by which the QRS would begin earlier if the P wave were part of it
T_PART = (0.16, 0.34)  # s after the R peak where the slope of the T wave is measured
# The same for the T wave, which begins at the end of a wide QRS without a quiet moment between.
T_STEEPEST, T_RUNS_IN = 0.15, 0.030
QUIET = 0.020  # s for which the slope must be low
# In all leads at once: the extremes of a QRS, where its slope is zero, hardly coincide.
QUIET_IN_ALL = 0.012
NOISE_TIMES = 2.5  # a slope within so many standard deviations of the noise is quiet
NOISE_LAG = 0.004  # s between the samples of the second difference that shows the noise
NOISY = 0.3  # of the steepest slope: the noise threshold is not higher than this
BY_TWO = 4  # leads from which one that disagrees with all others is ignored


@dataclass(frozen=True, eq=False)
class Qrs:
    """Onset and offset of QRS complexes in columns, their height, and the SD of the noise.

    ``shaky`` is whether noise may hide the beginning.
    """

    onset: Floats
    offset: Floats
    height: Floats
    noise: Floats
    shaky: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Slopes:
    """The size of the slope around the QRS of a lead, over thresholds below which it is quiet.

    The thresholds are those before and after the QRS, and those where a P wave runs into it
    (``in_p``) and where it runs into a T wave (``in_t``). ``known`` is whether there is a QRS
    complex, ``trusted`` whether it is steep enough above the noise and has no hole.
    """

    before: Rows
    in_p: Rows
    after: Rows
    in_t: Rows
    trusted: Mask
    known: Mask
    height: Floats
    noise: Floats
    shaky: Mask


@dataclass(frozen=True, eq=False)
class Frame:
    """Where the columns of `Slopes` lie: ``column + shift`` is a column of the row."""

    centre: int
    reach: int
    quiet: int
    shift: float
    margin: int


def find_qrs_together(leads: Sequence[BeatRows], fs: float) -> tuple[Qrs, list[Qrs]]:
    """Return the limits of the QRS complexes over leads, and those in each lead.

    The QRS lasts from the first to the last moment at which any lead is steep, of four leads and
    more at least two. Leads in which noise is as steep as the QRS are ignored unless all are. In
    each lead the limits are searched from those of all leads inwards.
    """
    frame = _frame(leads[0], fs, QUIET if len(leads) == 1 else QUIET_IN_ALL)
    some = [_slopes_of(rows, frame, fs) for rows in leads]
    trusted = np.stack([one.trusted for one in some])
    known = np.stack([one.known for one in some])
    trusted = np.where(trusted.any(axis=0), trusted, known)
    # Quiet before the QRS, first with P waves as a part of it, then without.
    before, in_p, after, in_t = (
        _steep_in_enough([getattr(one, name) for one in some], trusted)
        for name in ("before", "in_p", "after", "in_t")
    )
    k = len(before)
    centre = np.full(k, frame.centre, np.int64)
    level = np.ones(k)
    column = _quiet_from(before, level, centre, frame, -1)
    other = _quiet_from(in_p, level, centre, frame, -1)
    apart = (other >= 0) & (other - column > P_RUNS_IN * fs)
    column = np.where(apart, other, column)
    bounds = [_limit(np.where(apart[:, None], in_p, before), column, centre, frame, -1)]
    column = _quiet_from(after, level, centre, frame, 1)
    other = _quiet_from(in_t, level, centre, frame, 1)
    runs_on = (other >= 0) & ((column < 0) | (column - other > T_RUNS_IN * fs))
    column = np.where(runs_on, other, column)
    bounds.append(_limit(np.where(runs_on[:, None], in_t, after), column, centre, frame, 1))
    low = np.stack([rows.low for rows in leads]).astype(np.float64)
    high = np.stack([rows.high for rows in leads]).astype(np.float64)
    low = np.where(trusted, low, np.inf).min(axis=0)
    high = np.where(trusted, high, -np.inf).max(axis=0)
    good = trusted.any(axis=0)
    onset = np.where(good & (bounds[0] - frame.margin >= low), bounds[0], np.nan)
    offset = np.where(good & (bounds[1] + frame.margin < high), bounds[1], np.nan)
    height = np.stack([one.height for one in some]).max(axis=0)
    noise = np.stack([one.noise for one in some]).min(axis=0)
    shaky = np.all(~trusted | np.stack([one.shaky for one in some]), axis=0)
    whole = Qrs(onset, offset, height, noise, shaky)
    if len(leads) == 1:
        return whole, [whole]
    return whole, [_within(one, whole, apart, runs_on, frame) for one in some]


def _frame(rows: BeatRows, fs: float, quiet: float) -> Frame:
    width = _width(fs)
    left, _ = _part(rows, fs)
    delay = (4 * width - 3) / 2
    return Frame(
        rows.at - left - round(delay),
        round(QRS_REACH * fs),
        max(round(quiet * fs), 2),
        delay + left,
        2 * width,
    )


def _width(fs: float) -> int:
    return max(round(QRS_SCALE * fs), 2)


def _part(rows: BeatRows, fs: float) -> tuple[int, int]:
    """Return the columns in which the limits are searched."""
    width, quiet = _width(fs), max(round(QUIET * fs), 2)
    left = max(rows.at - round(P_PART[0] * fs) - 3 * width, 0)
    return left, rows.at + round(max(QRS_REACH * fs + 3 * quiet, T_PART[1] * fs)) + 5 * width


def _slopes_of(rows: BeatRows, frame: Frame, fs: float) -> Slopes:
    width = _width(fs)
    left, stop = _part(rows, fs)
    wavelet, _ = slopes(rows.x[:, left:stop], width)
    size = np.abs(wavelet)
    reach, centre = frame.reach, frame.centre
    steepest = size[:, max(centre - reach, 0) : centre + reach].max(axis=1, initial=0)
    noise = noise_of(rows.x, fs)
    shaky = NOISE_TIMES * noise * slope_gain(width)
    noisy = np.minimum(shaky, NOISY * steepest)
    before, after = (np.maximum(share * steepest, noisy) for share in (QRS_ON, QRS_OFF))
    # Where P runs into the QRS, a slope as steep as that of P is not yet the QRS.
    p_part = [centre - round(one * fs) for one in P_PART]
    of_p = 1.15 * size[:, max(p_part[0], 0) : p_part[1]].max(axis=1, initial=0)
    in_p = np.maximum(before, np.minimum(of_p, P_STEEPEST * steepest))
    t_part = [centre + round(one * fs) for one in T_PART]
    of_t = 1.15 * size[:, t_part[0] : t_part[1]].max(axis=1, initial=0)
    in_t = np.maximum(after, np.minimum(of_t, T_STEEPEST * steepest))
    height = np.ptp(rows.x[:, max(rows.at - reach, 0) : rows.at + reach], axis=1)
    known = (steepest > 0) & (height > 0)
    whole = (rows.low <= rows.at - reach) & (rows.high > rows.at + reach)

    sizes = [size / np.where(known, one, np.inf)[:, None] for one in (before, in_p, after, in_t)]
    return Slopes(
        *(sizes[0], sizes[1], sizes[2], sizes[3]),
        known & whole & (shaky < NOISY * steepest),
        known,
        height,
        noise,
        shaky > 1.5 * QRS_ON * steepest,
    )


def _steep_in_enough(sizes: list[Rows], trusted: Mask) -> Rows:
    """Return the size that enough trusted leads have at each moment."""
    if len(sizes) == 1:
        return sizes[0]
    stack = np.where(trusted[:, :, None], np.stack(sizes), 0.0)
    top = np.partition(stack, -2, axis=0)[-2:]
    by_two = trusted.sum(axis=0) >= BY_TWO
    return np.asarray(np.where(by_two[:, None], top[0], top[1]))


def _limit(size: Rows, column: Index, centre: Index, frame: Frame, step: int) -> Floats:
    """Return the place where the size falls below 1 next to a quiet column, by interpolation."""
    # If there is no quiet moment, a less quiet and shorter one is taken.
    half = Frame(frame.centre, frame.reach, frame.quiet // 2, frame.shift, frame.margin)
    rough = _quiet_from(size, np.full(len(size), 2.0), centre, half, step)
    column = np.where(column >= 0, column, rough)
    a, b = pick(size, column), pick(size, column - step)
    inner = np.clip(np.where(b > a, (1.0 - a) / np.where(b > a, b - a, 1), 0), 0, 1)
    return np.where(column >= 0, column - step * inner + frame.shift, np.nan)


def _within(one: Slopes, whole: Qrs, apart: Mask, runs_on: Mask, frame: Frame) -> Qrs:
    """Return the limits in one lead: the first and the last moment of the QRS that is steep."""
    first = np.nan_to_num(whole.onset - frame.shift)
    last = np.nan_to_num(whole.offset - frame.shift)
    n = one.before.shape[1]
    inside = window(n, np.floor(first), np.ceil(last) + 1)
    limits = []
    begin = np.where(apart[:, None], one.in_p, one.before)
    end = np.where(runs_on[:, None], one.in_t, one.after)
    for size, step in ((begin, -1), (end, 1)):
        steep = inside & (size >= 1)
        at = first_true(steep) if step < 0 else last_true(steep)
        a, b = pick(size, at + step), pick(size, at)
        share = np.clip(np.where(b > a, (b - 1) / np.where(b > a, b - a, 1), 0), 0, 1)
        limits.append(np.where(at >= 0, at + step * share + frame.shift, np.nan))
    known = np.isfinite(whole.onset + whole.offset) & one.known
    onset, offset = (np.where(known, limit, np.nan) for limit in limits)
    return Qrs(onset, offset, one.height, one.noise, one.shaky)


def _quiet_from(size: Rows, level: Floats, centre: Index, frame: Frame, step: int) -> Index:
    """Return the column of the quiet run that is next to the QRS, -1 where there is none."""
    reach, quiet = frame.reach, max(frame.quiet, 2)
    counted = np.cumsum(size < level[:, None], axis=1, dtype=np.int32)
    run = np.zeros(size.shape, bool)
    run[:, quiet:] = counted[:, quiet:] - counted[:, :-quiet] == quiet
    if step < 0:
        return last_true(run & window(size.shape[1], centre - reach - quiet, centre))
    after = run & window(size.shape[1], centre + quiet, centre + reach + 2 * quiet)
    return np.where(after.any(axis=1), first_true(after) - quiet + 1, -1)


def noise_of(x: Rows, fs: float) -> Floats:
    """Return the standard deviation of white noise, from the smaller second differences."""
    lag = max(round(NOISE_LAG * fs), 1)
    bend = np.abs(x[:, 2 * lag :] - 2 * x[:, lag:-lag] + x[:, : -2 * lag])
    rank = bend.shape[1] // 3
    return np.asarray(np.partition(bend, rank, axis=1)[:, rank] / (0.4307 * np.sqrt(6)))


def slope_gain(width: int) -> float:
    """Return the standard deviation of `slopes` over that of white noise."""
    kernel = np.ones(1)
    for _ in range(3):
        kernel = np.convolve(kernel, np.ones(width) / width)
    edge = np.zeros(width + 1)
    edge[0], edge[-1] = 1 / width, -1 / width
    return float(np.sqrt(np.sum(np.convolve(kernel, edge) ** 2)))

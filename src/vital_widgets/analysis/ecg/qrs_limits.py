"""Where the QRS complex begins and ends, in one lead or over several leads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.ecg.beat_rows import (
    BeatRows,
    first_true,
    fraction,
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

    The thresholds are those before the QRS, where a P wave runs into it, after it, and where it
    runs into a T wave. ``known`` is whether there is a QRS complex, ``trusted`` whether it is
    steep enough above the noise and has no hole.
    """

    sizes: tuple[Rows, ...]
    trusted: Mask
    known: Mask
    height: Floats
    noise: Floats
    shaky: Mask


@dataclass(frozen=True, eq=False)
class Frame:
    """Columns ``left`` to ``stop`` of a row are searched; ``shift`` leads from `Slopes` to them."""

    width: int
    left: int
    stop: int
    centre: int
    reach: int
    quiet: int
    shift: float


def find_qrs_together(leads: Sequence[BeatRows], fs: float) -> tuple[Qrs, list[Qrs]]:
    """Return the limits of the QRS complexes over leads, and those in each lead.

    The QRS lasts from the first to the last moment at which any lead is steep, of four leads and
    more at least two. Leads in which noise is as steep as the QRS are ignored unless all are. In
    each lead the limits are searched from those of all leads inwards.
    """
    frame = _frame(leads[0].at, fs, QUIET if len(leads) == 1 else QUIET_IN_ALL)
    some = [_slopes_of(rows, frame, fs) for rows in leads]
    trusted = np.stack([one.trusted for one in some])
    trusted = np.where(trusted.any(axis=0), trusted, np.stack([one.known for one in some]))
    before, in_p, after, in_t = (
        _steep_in_enough([one.sizes[k] for one in some], trusted) for k in range(4)
    )
    # Quiet before the QRS, first with P waves as a part of it, then without.
    column, other = _quiet_from(before, frame, -1), _quiet_from(in_p, frame, -1)
    apart = (other >= 0) & (other - column > P_RUNS_IN * fs)
    first = np.where(apart, other, column), np.where(apart[:, None], in_p, before)
    column, other = _quiet_from(after, frame, 1), _quiet_from(in_t, frame, 1)
    runs_on = (other >= 0) & ((column < 0) | (column - other > T_RUNS_IN * fs))
    last = np.where(runs_on, other, column), np.where(runs_on[:, None], in_t, after)
    onset, offset = _limit(*first, frame, -1), _limit(*last, frame, 1)
    low = np.where(trusted, np.stack([rows.low for rows in leads]), np.inf).min(axis=0)
    high = np.where(trusted, np.stack([rows.high for rows in leads]), -np.inf).max(axis=0)
    good, margin = trusted.any(axis=0), 2 * frame.width
    whole = Qrs(
        np.where(good & (onset - margin >= low), onset, np.nan),
        np.where(good & (offset + margin < high), offset, np.nan),
        np.stack([one.height for one in some]).max(axis=0),
        np.stack([one.noise for one in some]).min(axis=0),
        np.all(~trusted | np.stack([one.shaky for one in some]), axis=0),
    )
    if len(leads) == 1:
        return whole, [whole]
    return whole, [_within(one, whole, apart, runs_on, frame) for one in some]


def _frame(at: int, fs: float, quiet: float) -> Frame:
    width, reach = max(round(QRS_SCALE * fs), 2), QRS_REACH * fs
    left = max(at - round(P_PART[0] * fs) - 3 * width, 0)
    stop = at + round(max(reach + 3 * max(round(QUIET * fs), 2), T_PART[1] * fs)) + 5 * width
    delay = (4 * width - 3) / 2
    centre, shift = at - left - round(delay), delay + left
    return Frame(width, left, stop, centre, round(reach), max(round(quiet * fs), 2), shift)


def _slopes_of(rows: BeatRows, frame: Frame, fs: float) -> Slopes:
    size = np.abs(slopes(rows.x[:, frame.left : frame.stop], frame.width)[0])
    reach, centre = frame.reach, frame.centre

    def steepest_in(first: int, stop: int) -> Floats:
        return np.asarray(size[:, max(first, 0) : stop].max(axis=1, initial=0))

    steepest = steepest_in(centre - reach, centre + reach)
    noise = noise_of(rows.x, fs)
    shaky = NOISE_TIMES * noise * slope_gain(frame.width)
    noisy = np.minimum(shaky, NOISY * steepest)
    before, after = (np.maximum(share * steepest, noisy) for share in (QRS_ON, QRS_OFF))
    # Where P runs into the QRS, a slope as steep as that of P is not yet the QRS.
    of_p = 1.15 * steepest_in(*(centre - round(one * fs) for one in P_PART))
    of_t = 1.15 * steepest_in(*(centre + round(one * fs) for one in T_PART))
    in_p = np.maximum(before, np.minimum(of_p, P_STEEPEST * steepest))
    in_t = np.maximum(after, np.minimum(of_t, T_STEEPEST * steepest))
    height = np.ptp(rows.x[:, max(rows.at - reach, 0) : rows.at + reach], axis=1)
    known = (steepest > 0) & (height > 0)
    whole = (rows.low <= rows.at - reach) & (rows.high > rows.at + reach)
    quiet = (before, in_p, after, in_t)
    return Slopes(
        tuple(size / np.where(known, one, np.inf)[:, None] for one in quiet),
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


def _limit(column: Index, size: Rows, frame: Frame, step: int) -> Floats:
    """Return the place where the size falls below 1 next to a quiet column, by interpolation."""
    # If there is no quiet moment, a less quiet and shorter one is taken.
    rough = _quiet_from(size, replace(frame, quiet=frame.quiet // 2), step, level=2.0)
    column = np.where(column >= 0, column, rough)
    inner = fraction(pick(size, column), pick(size, column - step), 1.0)
    return np.where(column >= 0, column - step * inner + frame.shift, np.nan)


def _within(one: Slopes, whole: Qrs, apart: Mask, runs_on: Mask, frame: Frame) -> Qrs:
    """Return the limits in one lead: the first and the last moment of the QRS that is steep."""
    before, in_p, after, in_t = one.sizes
    first, last = (np.nan_to_num(limit - frame.shift) for limit in (whole.onset, whole.offset))
    inside = window(before.shape[1], np.floor(first), np.ceil(last) + 1)
    known = np.isfinite(whole.onset + whole.offset) & one.known
    limits = []
    for size, step in (
        (np.where(apart[:, None], in_p, before), -1),
        (np.where(runs_on[:, None], in_t, after), 1),
    ):
        steep = inside & (size >= 1)
        at = first_true(steep) if step < 0 else last_true(steep)
        a, b = pick(size, at + step), pick(size, at)
        share = np.clip(np.where(b > a, (b - 1) / np.where(b > a, b - a, 1), 0), 0, 1)
        limits.append(np.where(known & (at >= 0), at + step * share + frame.shift, np.nan))
    return Qrs(limits[0], limits[1], one.height, one.noise, one.shaky)


def _quiet_from(size: Rows, frame: Frame, step: int, level: float = 1.0) -> Index:
    """Return the column of the quiet run that is next to the QRS, -1 where there is none."""
    reach, centre, quiet = frame.reach, frame.centre, max(frame.quiet, 2)
    counted = np.cumsum(size < level, axis=1, dtype=np.int32)
    run = np.zeros(size.shape, bool)
    run[:, quiet:] = counted[:, quiet:] - counted[:, :-quiet] == quiet
    if step < 0:
        run[:, : max(centre - reach - quiet, 0)] = run[:, centre:] = False
        return last_true(run)
    run[:, : centre + quiet] = run[:, centre + reach + 2 * quiet :] = False
    return np.where(run.any(axis=1), first_true(run) - quiet + 1, -1)


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

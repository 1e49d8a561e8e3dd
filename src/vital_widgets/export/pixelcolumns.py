"""Reduce the bins of a channel to one minimum and maximum per pixel column, as the viewer does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.core.timebase import TimeBase

# From this number of pixels per sample on, lines join the samples; below, columns show ranges.
LINE = 0.25
SPARSE = 8
NO_NEIGHBOUR = 8  # columns of room for a point at least


@dataclass(frozen=True)
class Columns:
    """Values of each pixel column.

    Attributes
    ----------
    lo, hi : ndarray of float, shape (width,)
        Minimum and maximum in physical units; NaN where nothing is drawn.
    empty : ndarray of bool, shape (width,)
        Columns in which samples exist that have no value.
    sample_x, sample_values : ndarray of float
        Positions in columns and values of single samples, if lines join them; they are drawn as
        points if they are at least 6 pixels apart.
    """

    lo: NDArray[np.float64]
    hi: NDArray[np.float64]
    empty: NDArray[np.bool_]
    sample_x: NDArray[np.float64]
    sample_values: NDArray[np.float64]

    def bands(self) -> NDArray[np.bool_]:
        """Return the columns that are shown as missing values.

        Sparse values, for example of a slow channel in the table of a fast one, are not gaps.
        """
        missing = self.empty & np.isnan(self.hi)
        begins = np.count_nonzero(missing & ~np.roll(missing, 1))
        return missing if 2 * begins <= len(missing) / SPARSE else np.zeros_like(missing)

    def points(self) -> list[tuple[float, float, float, float]]:
        """Return values beside which there are none, such as single slow samples.

        For each: the middle of its one or two columns, its maximum and minimum, and the columns
        of room that a dot has.
        """
        known = np.concatenate([[False], ~np.isnan(self.hi), [False]])
        edges = np.flatnonzero(known[1:] != known[:-1])
        firsts, stops = edges[::2], edges[1::2]
        before = np.append(-np.inf, stops[:-1] - 1)
        after = np.append(firsts[1:], np.iinfo(np.int64).max)
        ahead = np.where(
            (after < len(self.hi)) & (after < stops + 8), after - stops + 1, NO_NEIGHBOUR
        )
        room = np.minimum(firsts - before, ahead)
        few = stops - firsts <= 2  # noqa: PLR2004 - columns
        return [
            ((a + b) / 2, float(self.hi[a:b].max()), float(self.lo[a:b].min()), float(free))
            for a, b, free in zip(
                firsts[few].tolist(), stops[few].tolist(), room[few].tolist(), strict=True
            )
        ]


def columns_of(
    values: tuple[NDArray[Any], NDArray[Any]],
    first: int,
    size: int,
    base: TimeBase,
    t_range: tuple[float, float],
    width: int,
    *,
    hold: bool = False,
) -> Columns:
    """Return the columns of consecutive bins.

    Parameters
    ----------
    values : pair of ndarray of float, shape (n,)
        Minima and maxima in physical units; NaN where a bin has no value.
    first : int
        Index of the first bin.
    size : int
        Samples per bin; 1 for the samples themselves. At most the samples per column.
    base : TimeBase
        Times of the samples.
    t_range : (float, float)
        The window in seconds.
    width : int
        Number of columns.
    hold : bool
        A sample is valid until the next one, and is not joined to it by a line.
    """
    lo, hi = np.full(width, np.nan), np.full(width, np.nan)
    empty = np.zeros(width, bool)
    nothing = np.empty(0)
    out = Columns(lo, hi, empty, nothing, nothing)
    if not len(values[0]):
        return out
    t0, t1 = t_range
    per_second = width / (t1 - t0)
    step = per_second / base.fs
    if size == 1 and step >= LINE and not hold:
        return _lines(out, values[0], first, base, t0, per_second)
    # Of a bin across the edge of a run, each part is drawn where its samples are.
    stop = min((first + len(values[0])) * size, base.n_samples)
    begins = np.arange(first * size, stop, size, dtype=np.int64)
    runs = base.starts[(base.starts > first * size) & (base.starts < stop)]
    if len(runs):
        begins = np.union1d(begins, runs)
    lasts = np.append(begins[1:], stop) - 1
    x0, x1 = ((base.times_of(at) - t0) * per_second for at in (begins, lasts))
    left = np.floor(x0)
    # A bin in two columns is drawn in both, so that no value is displaced or lost at an edge.
    right = np.floor(x1)
    if size * step > 1:
        right = np.maximum(left, np.ceil(x1 + step) - 1)
    left, right = np.maximum(left, 0), np.minimum(right, width - 1)
    counts = np.maximum(right - left + 1, 0).astype(np.int64)
    which = np.repeat(begins // size - first, counts)
    offset = np.repeat(np.cumsum(counts) - counts - left.astype(np.int64), counts)
    column = np.arange(len(which)) - offset
    _widen(lo, hi, column, values[0][which], values[1][which])
    empty[column[np.isnan(values[0][which]) | np.isnan(values[1][which])]] = True
    return out


def _lines(
    out: Columns,
    values: NDArray[Any],
    first: int,
    base: TimeBase,
    t0: float,
    per_second: float,
) -> Columns:
    """Return columns of a line that joins the samples of each run."""
    width = len(out.lo)
    step = per_second / base.fs
    index = np.arange(first, first + len(values), dtype=np.int64)
    x = (base.times_of(index) - t0) * per_second
    near = (x > -step - 1) & (x < width + step + 1)
    if not near.any():
        return out
    begin, end = int(np.argmax(near)), len(near) - int(np.argmax(near[::-1]))
    x, v, index = x[begin:end], values[begin:end].astype(np.float64), index[begin:end]
    finite = np.isfinite(v)
    joined = finite[1:] & finite[:-1] & ~np.isin(index[1:], base.starts)
    _segments(out, x[:-1][joined], v[:-1][joined], x[1:][joined], v[1:][joined])
    alone = finite.copy()
    alone[1:] &= ~joined
    inside = alone & (x >= 0) & (x < width)
    _widen(out.lo, out.hi, np.floor(x[inside]).astype(np.int64), v[inside], v[inside])
    for at in x[~finite]:
        out.empty[max(0, int(at - step) + 1) : max(0, int(at + step))] = True
    if step <= 1:
        return out
    dots = finite & (x >= 0) & (x <= width)
    return Columns(out.lo, out.hi, out.empty, x[dots], v[dots])


def _segments(
    out: Columns,
    xa: NDArray[np.float64],
    va: NDArray[np.float64],
    xb: NDArray[np.float64],
    vb: NDArray[np.float64],
) -> None:
    """Widen the columns that each line from ``(xa, va)`` to ``(xb, vb)`` crosses."""
    width = len(out.lo)
    first = np.clip(np.floor(xa), 0, width).astype(np.int64)
    last = np.clip(np.floor(xb), -1, width - 1).astype(np.int64)
    counts = np.maximum(last - first + 1, 0)
    which = np.repeat(np.arange(len(xa)), counts)
    column = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts) + first[which]
    a, b, begin = xa[which], xb[which], va[which]
    with np.errstate(over="ignore", invalid="ignore"):
        slope = (vb[which] - begin) / (b - a)
        at = [begin + (x - a) * slope for x in (column, column + 1)]
        # The difference may overflow: then the values are interpolated by weights.
        steep = ~np.isfinite(slope)
        share = ((column[steep] + np.array([[0], [1]])) - a[steep]) / (b[steep] - a[steep])
        at[0][steep], at[1][steep] = begin[steep] * (1 - share) + vb[which][steep] * share
        left = np.where(column <= a, begin, at[0])
        right = np.where(column + 1 >= b, vb[which], at[1])
    _widen(out.lo, out.hi, column, np.fmin(left, right), np.fmax(left, right))


def _widen(
    lo: NDArray[np.float64],
    hi: NDArray[np.float64],
    column: NDArray[np.int64],
    low: NDArray[Any],
    high: NDArray[Any],
) -> None:
    np.fmin.at(lo, column, low)
    np.fmax.at(hi, column, high)


def gap_columns(
    base: TimeBase, t_range: tuple[float, float], width: int, least: int
) -> NDArray[np.bool_]:
    """Return the columns of gaps, each gap at least ``least`` columns wide.

    The time before the first sample and after the last one is a gap too.
    """
    t0, t1 = t_range
    per_second = width / (t1 - t0)
    ends = np.append(base.onsets[:-1] + np.diff(base.starts) / base.fs, base.end)
    begin, end = ends[:-1], base.onsets[1:]
    shown = (end - begin >= 0.5 / base.fs) & (begin < t1) & (end > t0)
    c0 = np.floor((begin[shown] - t0) * per_second)
    c1 = np.ceil((end[shown] - t0) * per_second)
    narrow = c1 - c0 < least
    middle = np.round(((begin[shown] + end[shown]) / 2 - t0) * per_second - least / 2)
    c0 = np.clip(np.where(narrow, middle, c0), 0, max(width - least, 0)).astype(np.int64)
    c1 = np.where(narrow, middle + least, c1)
    c1 = np.clip(c1, min(least, width), width).astype(np.int64)
    change = np.zeros(width + 1, np.int64)
    np.add.at(change, c0, 1)
    np.add.at(change, c1, -1)
    mask: NDArray[np.bool_] = np.cumsum(change[:-1]) > 0
    if base.start - t0 > 1 / base.fs:
        mask[: max(0, int((base.start - t0) * per_second))] = True
    if t1 - base.end > 1 / base.fs:
        mask[max(0, int(np.ceil((base.end - t0) * per_second))) :] = True
    return mask

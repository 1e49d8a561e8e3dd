"""Fiducial points on pulses and their derivatives, and measures, for all pulses at once.

Pulses are rows, samples from the onset on are columns. A point is a fractional column, or NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]
    Mask = NDArray[np.bool_]

AFTER_PEAK = 0.05  # s after the peak: earliest notch
E_AFTER_PEAK = 0.08  # s after the peak: earliest e without a visible notch
BESIDE = 0.08  # s between a notch and e, at most
LAST_NOTCH, LAST_DIASTOLIC, LAST_E = 0.75, 0.9, 0.65  # of the pulse's length
MIN_RISE = 0.01  # of the pulse's height, from the notch to the diastolic peak
DEEP = 0.3  # of the deepest: b is the first minimum this deep
WIDTHS = (10, 25, 50, 75, 90)  # % of the height


@dataclass(frozen=True, eq=False)
class PulseRows:
    """Pulses as rows: the signal, its first and second derivative, and where they end."""

    x: Signal
    d1: Signal
    d2: Signal
    peak: NDArray[np.int64]
    end: NDArray[np.int64]
    fs: float

    @property
    def column(self) -> NDArray[np.int64]:
        """Number of each column, shape (1, n)."""
        return np.arange(self.x.shape[1])[None, :]


def points_of(rows: PulseRows) -> tuple[dict[str, Signal], Mask]:
    """Return the points by name, and for which pulses the notch is a minimum."""
    j, end = rows.column, rows.end[:, None]
    peak = rows.peak[:, None]
    after = peak + round(AFTER_PEAK * rows.fs)
    u = _extreme(rows.d1, (j > 0) & (j <= peak))
    u_column = _column(u)
    a = _extreme(rows.d2, j <= u_column)
    notch, diastolic = _seen_notch(rows, after)
    seen = np.isfinite(notch)
    # A visible notch has e beside it; otherwise e takes its place.
    e_place = (j > peak + round(E_AFTER_PEAK * rows.fs)) & (j < LAST_E * end)
    beside = np.abs(j - _column(notch)) <= round(BESIDE * rows.fs)
    e = _extreme(rows.d2, np.where(seen[:, None], beside, e_place) & _tops(rows.d2))
    notch = np.where(seen, notch, e)
    w = _first(rows.d1, _tops(rows.d1) & (j > _column(notch)) & (j < LAST_DIASTOLIC * end))
    w = np.where(np.isfinite(notch), w, np.nan)
    diastolic = np.where(seen, diastolic, w)
    e_column = np.where(np.isfinite(e), e, 0.0)[:, None]
    v = _extreme(-rows.d1, (j > u_column) & (j < np.maximum(_column(notch), peak + 1)))
    until_e = (j >= u_column) & (j < np.floor(e_column))
    deepest = np.min(np.where(until_e, rows.d2, 0.0), axis=1, keepdims=True)
    b = _first(-rows.d2, _tops(-rows.d2) & until_e & (rows.d2 < DEEP * deepest))
    between = (j > _column(b) + 1) & (j < np.floor(e_column))
    c = _extreme(rows.d2, between & _tops(rows.d2) & np.isfinite(b)[:, None])
    later = (j > _column(c)) & (j < np.floor(e_column)) & np.isfinite(c)[:, None]
    d = _extreme(-rows.d2, later & _tops(-rows.d2))
    f = _first(-rows.d2, _tops(-rows.d2) & (j > e_column + 1) & (j < end))
    f = np.where(np.isfinite(e), f, np.nan)
    c = np.where(np.isfinite(d), c, np.nan)
    rise, slope = at_points(rows.x, u) - rows.x[:, 0], at_points(rows.d1, u)
    foot = u - rows.fs * rise / np.where(slope > 0, slope, np.nan)
    points = {"notch": notch, "diastolic": diastolic, "u": u, "v": v, "w": w}
    points |= {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "foot": foot}
    return points, seen


def _seen_notch(rows: PulseRows, after: NDArray[np.int64]) -> tuple[Signal, Signal]:
    """Return the minimum after the peak with the largest rise after it, and the next maximum."""
    j, end = rows.column, rows.end[:, None]
    x = np.where(j < LAST_DIASTOLIC * end, rows.x, -np.inf)
    highest_after = np.maximum.accumulate(x[:, ::-1], axis=1)[:, ::-1]
    height = rows.x[np.arange(len(rows.x)), rows.peak] - rows.x[:, 0]
    rise = highest_after - rows.x
    bottoms = _tops(-rows.x) & (j > after) & (j < LAST_NOTCH * end)
    bottoms &= rise >= MIN_RISE * height[:, None]
    most = np.argmax(np.where(bottoms, rise, -np.inf), axis=1)
    notch = _between(-rows.x, most, bottoms.any(axis=1))
    tops = _tops(rows.x) & (j < LAST_DIASTOLIC * end)
    top = _extreme(rows.x, tops & (j > _column(notch)))
    both = np.isfinite(notch) & np.isfinite(top)
    return np.where(both, notch, np.nan), np.where(both, top, np.nan)


def at_points(values: Signal, points: Signal) -> Signal:
    """Return the values at points, interpolated linearly between columns."""
    known = np.isfinite(points)
    place = np.where(known, points, 0.0)
    lower = np.clip(place.astype(np.int64), 0, values.shape[1] - 2)
    row = np.arange(len(values))
    share = place - lower
    at = (1 - share) * values[row, lower] + share * values[row, lower + 1]
    return np.where(known, at, np.nan)


def _column(points: Signal) -> NDArray[np.int64]:
    """Return points as integers, shape (n, 1); 0 where there is none."""
    return np.where(np.isfinite(points), points, 0.0).round().astype(np.int64)[:, None]


def _tops(values: Signal) -> Mask:
    """Return where a column is above its neighbours."""
    tops = np.zeros(values.shape, bool)
    tops[:, 1:-1] = (values[:, 1:-1] > values[:, :-2]) & (values[:, 1:-1] >= values[:, 2:])
    return tops


def _extreme(values: Signal, where: Mask) -> Signal:
    """Return the column of the largest value in ``where``."""
    masked = np.where(where, values, -np.inf)
    return _between(values, np.argmax(masked, axis=1), np.isfinite(masked).any(axis=1))


def _first(values: Signal, where: Mask) -> Signal:
    """Return the first column in ``where``, all of them maxima."""
    return _between(values, np.argmax(where, axis=1), where.any(axis=1))


def _between(values: Signal, at: NDArray[np.int64], found: Any) -> Signal:
    """Return maxima interpolated by a parabola through three samples."""
    row = np.arange(len(values))
    inner = np.clip(at, 1, values.shape[1] - 2)
    before, here, after = (values[row, inner + k] for k in (-1, 0, 1))
    bend = before - 2 * here + after
    is_top = (here >= before) & (here >= after) & (bend < 0) & (inner == at)
    shift = np.where(is_top, 0.5 * (before - after) / np.where(is_top, bend, 1.0), 0.0)
    return np.where(found, at + np.clip(shift, -0.5, 0.5), np.nan)


def measures_of(
    rows: PulseRows, points: dict[str, Signal], height_m: float | None
) -> dict[str, Signal]:
    """Return the measures by name: times in s, amplitudes in the units of the signal."""
    fs = rows.fs
    row = np.arange(len(rows.x))
    # From the straight line between the onsets, so that drift changes no width and no area.
    share = np.minimum(rows.column / rows.end[:, None], 1.0)
    foot, end = rows.x[:, :1], rows.x[row, rows.end][:, None]
    above = rows.x - (foot + share * (end - foot))
    systolic = above[row, rows.peak]
    good = systolic > 0
    systolic = np.where(good, systolic, np.nan)
    diastolic = at_points(above, points["diastolic"])
    delta = (points["diastolic"] - rows.peak) / fs
    measures = {
        "amplitude": rows.x[row, rows.peak] - rows.x[:, 0],
        "pulse_interval_s": rows.end / fs,
        "crest_time_s": rows.peak / fs,
    }
    for percent in WIDTHS:
        measures[f"width_{percent}_s"] = _width(above, rows, systolic * percent / 100) / fs
    areas = _areas(above, rows, points["notch"])
    measures["systolic_area"], measures["diastolic_area"] = areas
    measures["ipa"] = areas[1] / np.where(areas[0] > 0, areas[0], np.nan)
    measures["reflection_index"] = diastolic / systolic
    measures["augmentation_index"] = (systolic - diastolic) / systolic
    measures["delta_t_s"] = delta
    tall = np.nan if height_m is None else height_m
    measures["stiffness_index_m_s"] = tall / np.where(delta > 0, delta, np.nan)
    measures["max_slope"] = at_points(rows.d1, points["u"])
    a = at_points(rows.d2, points["a"])
    a = np.where(a > 0, a, np.nan)
    for name in "bcde":
        measures[f"{name}_a"] = at_points(rows.d2, points[name]) / a
    measures["agi"] = measures["b_a"] - measures["c_a"] - measures["d_a"] - measures["e_a"]
    return measures


def _width(above: Signal, rows: PulseRows, level: Signal) -> Signal:
    """Return the number of columns between the crossings of a level on either side of the peak."""
    row, j = np.arange(len(above)), rows.column
    peak, end = rows.peak[:, None], rows.end[:, None]
    low = above < level[:, None]
    left = low & (j < peak)
    right = low & (j > peak) & (j <= end)
    n = above.shape[1]
    i = n - 1 - np.argmax(left[:, ::-1], axis=1)  # the last below, before the peak
    k = np.argmax(right, axis=1)  # the first below, after it
    found = left.any(axis=1) & right.any(axis=1)
    i, k = np.where(found, i, 0), np.where(found, k, 1)
    rise = above[row, i + 1] - above[row, i]
    fall = above[row, k - 1] - above[row, k]
    safe = found & (rise > 0) & (fall > 0)
    begin = i + (level - above[row, i]) / np.where(safe, rise, 1.0)
    stop = k - (level - above[row, k]) / np.where(safe, fall, 1.0)
    return np.where(safe, stop - begin, np.nan)


def _areas(above: Signal, rows: PulseRows, notch: Signal) -> tuple[Signal, Signal]:
    """Return the areas from the onset to the notch, and from there to the end."""
    row, j = np.arange(len(above)), rows.column
    inside = np.where(j <= rows.end[:, None], above, 0.0)
    steps = 0.5 * (inside[:, 1:] + inside[:, :-1]) / rows.fs
    total = np.concatenate([np.zeros((len(above), 1)), np.cumsum(steps, axis=1)], axis=1)
    first = at_points(total, notch)
    return first, total[row, rows.end] - first

"""Fiducial points on pulses and their derivatives, for all pulses at once.

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
    points = {"notch": notch, "diastolic": diastolic, "u": u, "v": v, "w": w}
    points |= {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f}
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

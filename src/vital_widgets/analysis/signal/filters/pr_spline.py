"""The baseline as a cubic through the level of the PR segments (Meyer and Keiser 1977)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import Beats, checked_beat_times
from vital_widgets.analysis.engine.samplewise import empty_core, stretches_of
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece
    from vital_widgets.core.timebase import TimeBase

BEFORE_R = 0.066  # s: the PR segment, before the Q wave begins
AROUND = 0.010  # s to each side
LONGEST_RR = 5.0  # s: beats further apart do not say what the baseline does between them


def knots_of(beats: Any, timebase: TimeBase) -> NDArray[np.float64]:
    """Return where the R peaks lie, in samples of the channel (with fractions), rising."""
    if beats is None:
        raise InvalidInputError(
            "method='spline' needs beats: the R peaks, as ecg_peaks gives them or as an array of "
            "times in seconds"
        )
    times = checked_beat_times(beats.times if isinstance(beats, Beats) else beats, "beats")
    base = timebase
    run = np.searchsorted(base.onsets, times, side="right") - 1
    kept = run >= 0
    run, times = run[kept], times[kept]
    place = base.starts[run] + (times - base.onsets[run]) * base.fs
    ends = np.append(base.starts[1:], base.n_samples)[run]
    return np.asarray(place[place < ends])


def without_spline(piece: Piece, knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the core of a piece without the baseline that its PR segments tell."""
    fs = piece.fs
    half = max(round(AROUND * fs), 0)
    out = empty_core(piece)
    for stretch in stretches_of(piece):
        values, n = stretch.values, len(stretch.values)
        lo, hi = np.searchsorted(knots, [stretch.first, stretch.first + n])
        at = np.floor(knots[lo:hi] - BEFORE_R * fs + 0.5).astype(np.int64) - stretch.first
        at = np.unique(at[(at >= half) & (at < n - half)])
        if not len(at):
            continue  # nothing tells where the baseline is
        level = np.mean(values[at[:, None] + np.arange(-half, half + 1)], axis=1)
        i = np.arange(stretch.keep.start, stretch.keep.stop)
        out[stretch.into] = values[stretch.keep] - cubic(at, level, i, LONGEST_RR * fs)
    return out


def cubic(
    at: NDArray[np.int64], level: NDArray[np.float64], i: NDArray[np.int64], longest: float
) -> NDArray[np.float64]:
    """Return the curve through ``level`` at ``at``, evaluated at ``i``.

    Beside a hole between knots that is longer than ``longest`` the nearest level is kept, up to
    that distance; beyond, the curve is NaN.
    """
    after = np.searchsorted(at, i, side="right")
    left, right = np.maximum(after - 1, 0), np.minimum(after, len(at) - 1)
    to_left, to_right = np.abs(i - at[left]), np.abs(at[right] - i)
    nearest = np.where(to_left <= to_right, left, right)
    near = np.minimum(to_left, to_right) <= longest
    curve = np.where(near, level[nearest], np.nan)
    step = np.diff(at)
    joined = step <= longest
    inside = np.flatnonzero((after > 0) & (after < len(at)))
    inside = inside[joined[after[inside] - 1]]
    k = after[inside] - 1
    slope = _slopes(at, level, joined)
    h = step[k]
    u = (i[inside] - at[k]) / h
    curve[inside] = (
        (1 + 2 * u) * (1 - u) ** 2 * level[k]
        + u * (1 - u) ** 2 * h * slope[k]
        + u**2 * (3 - 2 * u) * level[k + 1]
        + u**2 * (u - 1) * h * slope[k + 1]
    )
    return curve


def _slopes(
    at: NDArray[np.int64], level: NDArray[np.float64], joined: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the slope at each knot: between its neighbours, as far as they are joined to it."""
    k = np.arange(len(at))
    before = np.concatenate([[False], joined])
    after = np.concatenate([joined, [False]])
    lo, hi = k - before, k + after
    width = at[hi] - at[lo]
    return np.where(width > 0, (level[hi] - level[lo]) / np.maximum(width, 1), 0.0)

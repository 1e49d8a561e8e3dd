"""The baseline as a cubic through the level of the PR segments (Meyer and Keiser 1977)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats.beat_marks import beat_times
from vital_widgets.analysis.engine.samplewise import empty_core, stretches_of
from vital_widgets.core.channel import Channel
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import BeatsLike
    from vital_widgets.analysis.engine.plan import Piece
    from vital_widgets.core.timebase import TimeBase

BEFORE_R_S = 0.066  # the PR segment, before the Q wave begins
AROUND_S = 0.010  # to each side
MAX_RR_S = 5.0  # the baseline is unknown between beats further apart


def knots_of(
    beats: BeatsLike | None, timebase: TimeBase
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return the R peaks in samples of the channel (with fractions), in order, and notes."""
    if beats is None or isinstance(beats, Channel):
        given = "" if beats is None else f", not the channel {beats.name!r}"
        raise InvalidInputError(
            f"method='spline' needs beats{given}: give the result of ecg_peaks, annotations, or "
            "an array of times in seconds"
        )
    times, notes = beat_times(beats, "beats")
    base = timebase
    run = np.searchsorted(base.onsets, times, side="right") - 1
    kept = run >= 0
    run, times = run[kept], times[kept]
    place = base.starts[run] + (times - base.onsets[run]) * base.fs
    ends = np.append(base.starts[1:], base.n_samples)[run]
    return np.asarray(place[place < ends]), tuple(notes)


def without_spline(piece: Piece, knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the core of a piece without the baseline through its PR segments."""
    half = round(AROUND_S * piece.fs)
    out = empty_core(piece)
    for stretch in stretches_of(piece):
        values, n = stretch.values, len(stretch.values)
        lo, hi = np.searchsorted(knots, [stretch.first, stretch.first + n])
        at = np.floor(knots[lo:hi] - BEFORE_R_S * piece.fs + 0.5).astype(np.int64) - stretch.first
        at = np.unique(at[(at >= half) & (at < n - half)])
        if len(at):
            level = np.mean(values[at[:, None] + np.arange(-half, half + 1)], axis=1)
            i = np.arange(stretch.keep.start, stretch.keep.stop)
            out[stretch.into] = values[i] - cubic(at, level, i, MAX_RR_S * piece.fs)
    return out


def cubic(
    at: NDArray[np.int64], level: NDArray[np.float64], i: NDArray[np.int64], longest: float
) -> NDArray[np.float64]:
    """Return the curve through ``level`` at ``at``, evaluated at ``i``.

    Between knots further apart than ``longest`` the level of the nearest knot is kept up to that
    distance; beyond, the curve is NaN.
    """
    from scipy.interpolate import CubicHermiteSpline

    after = np.searchsorted(at, i, side="right")
    left, right = np.maximum(after - 1, 0), np.minimum(after, len(at) - 1)
    nearest = np.where(np.abs(i - at[left]) <= np.abs(at[right] - i), left, right)
    curve = np.where(np.abs(i - at[nearest]) <= longest, level[nearest], np.nan)
    joined = np.diff(at) <= longest
    inside = (left < right) & np.append(joined, False)[left]
    if inside.any():
        curve[inside] = CubicHermiteSpline(at, level, _slopes(at, level, joined))(i[inside])
    return curve


def _slopes(
    at: NDArray[np.int64], level: NDArray[np.float64], joined: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the slope at each knot between those neighbours that are joined to it."""
    k = np.arange(len(at))
    before = np.concatenate([[False], joined])
    after = np.concatenate([joined, [False]])
    lo, hi = k - before, k + after
    width = at[hi] - at[lo]
    return np.where(width > 0, (level[hi] - level[lo]) / np.maximum(width, 1), 0.0)

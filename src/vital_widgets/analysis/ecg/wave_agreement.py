"""One P and one T wave of each beat from the waves of several leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.ecg.p_t_waves import Wave

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

CLEAR = 3.0  # height in standard deviations of the noise from which limits are reliable
SHARE = 0.5  # of the leads must have a wave if it is clear in none
BY_TWO, BY_THREE = 3, 6  # leads with a clear wave from which two, or three of them must agree


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

"""The samples that two channels have at the same times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.timebase import TimeBase

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAME_TIME = 1e-3  # of a sample interval: times computed in two ways differ by rounding


@dataclass(frozen=True, eq=False)
class Overlap:
    """Common samples of two time bases of one rate.

    Attributes
    ----------
    timebase : TimeBase
        Times of the common samples.
    starts : ndarray of int64, shape (k,)
        Index of the first common sample of each piece; a piece is consecutive in both.
    first, second : ndarray of int64, shape (k,)
        Index of that sample in each of the two.
    """

    timebase: TimeBase
    starts: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]


def same_times(a: TimeBase, b: TimeBase) -> bool:
    """Return whether all samples of two time bases have the same times."""
    return a is b or (
        a.fs == b.fs
        and a.n_samples == b.n_samples
        and np.array_equal(a.starts, b.starts)
        and np.array_equal(a.onsets, b.onsets)
    )


def overlap_of(a: TimeBase, b: TimeBase) -> Overlap | float:
    """Return the common samples of two time bases with the same rate.

    Where samples of both exist but not at the same times, the result is the distance between
    them, as a share of the sample interval.
    """
    fs = a.fs
    lengths_a = np.diff(a.starts, append=a.n_samples)
    lengths_b = np.diff(b.starts, append=b.n_samples)
    # Runs that may share samples: b's runs from the first that ends after a run of a begins.
    slack = 0.5 / fs
    first = np.searchsorted(b.onsets + lengths_b / fs, a.onsets - slack, side="left")
    stop = np.searchsorted(b.onsets, a.onsets + lengths_a / fs + slack, side="right")
    counts = np.maximum(stop - first, 0)
    of_a = np.repeat(np.arange(len(counts)), counts)
    of_b = np.arange(len(of_a)) - np.repeat(np.cumsum(counts) - counts, counts) + first[of_a]
    apart = (b.onsets[of_b] - a.onsets[of_a]) * fs  # in samples
    shift = np.round(apart).astype(np.int64)
    lo = np.maximum(shift, 0)
    hi = np.minimum(lengths_a[of_a], lengths_b[of_b] + shift)
    common = hi > lo
    of_a, of_b, apart, shift, lo, hi = (one[common] for one in (of_a, of_b, apart, shift, lo, hi))
    off = np.abs(apart - shift)
    if len(off) and off.max() > SAME_TIME:
        return float(off.max())
    n = hi - lo
    starts = np.cumsum(n) - n
    onsets = a.onsets[of_a] + lo / fs
    in_a, in_b = a.starts[of_a] + lo, b.starts[of_b] + lo - shift
    # The times of one run of `a` go on where only `b` begins a new run without a gap.
    new = np.ones(len(starts), bool)
    new[1:] = (of_a[1:] != of_a[:-1]) | (lo[1:] != hi[:-1])
    base = TimeBase(fs, int(n.sum()), starts[new], onsets[new]) if len(starts) else TimeBase(fs, 0)
    return Overlap(base, starts, in_a, in_b)

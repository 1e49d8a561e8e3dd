"""Minimum and maximum of the bins of a window, at their places, from finer bins of the pyramid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.samples import ArraySamples, FrameChannel
from vital_widgets.pyramid.reduce import BASE_BIN, FACTOR, bins_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.core.samples import Samples
    from vital_widgets.figures.lazyseries import ChannelSource

# Fine bins in each bin of the figure, where there are so many: the place of an extreme is known
# to this part of the bin.
FINE_BINS = 32
# The most bytes of a file that are read for a window which the pyramid could answer.
READ_BYTES = 1 << 24
UNKNOWN_BYTES = 32  # for one sample: of a filtered channel, for example


def envelope(
    source: ChannelSource, start: int, stop: int, n_out: int
) -> tuple[NDArray[np.int64], NDArray[Any], bool]:
    """Return minimum and maximum of bins of a window, in the order in which they occur.

    Parameters
    ----------
    source : ChannelSource
        The channel.
    start, stop : int
        The samples of the window.
    n_out : int
        The number of points: two for each bin. The ends of the window are two more.

    Returns
    -------
    samples : ndarray of int64, shape (n,)
        Where the points are: the samples themselves in short windows, else the middles of the
        fine bins that contain them.
    values : ndarray of float, shape (n,)
        In physical units; NaN where the line is interrupted.
    complete : bool
        Whether the pyramid was built so far.

    Notes
    -----
    The bins divide the window into equal parts, as those of plotly-resampler's MinMaxAggregator.
    Each consists of whole fine bins: samples, or bins of the pyramid that begin at multiples of
    their length, so the first and the last may begin before the window or end after it.
    """
    channel, n_bins = source.channel, max(n_out // 2, 1)
    size = fine_size(stop - start, n_bins, int(READ_BYTES / bytes_per_sample(channel.samples)))
    first, last = start // size * size, min(-(-stop // size) * size, source.n_samples)
    part = source.session.bins(source.k, size, first, last)
    lo, hi = bins_of(part.lo, 1, channel.missing) if size == 1 else (part.lo, part.hi)
    # Rounded, so that the middles of the fine bins of a bin are in the bin.
    edges = np.round((np.linspace(start, stop, n_bins + 1) - first) / size).astype(np.int64)
    empty = ~(lo <= hi)
    at, lowest = _points(lo, hi, edges, empty)
    values = channel.physical(np.where(lowest, lo[at], hi[at]))
    values[empty[at]] = np.nan  # the ends
    samples = np.minimum(first + at * size + size // 2, last - 1)
    # The line ends where at least half of the way to the next point has no values.
    missing = np.cumsum(empty)[at]
    holes = np.flatnonzero(2 * np.diff(missing) >= np.maximum(np.diff(at), 1)) + 1
    samples = np.insert(samples, holes, samples[holes])
    return samples, np.insert(values, holes, np.nan), part.complete


def fine_size(n_samples: int, n_bins: int, n_read: int) -> int:
    """Return the number of samples in a fine bin.

    Parameters
    ----------
    n_samples : int
        Length of the window.
    n_bins : int
        The number of bins that show it.
    n_read : int
        The most samples that are read where the pyramid has some fine bins for each bin.
    """
    step = n_samples / n_bins
    if step < BASE_BIN * FINE_BINS and (n_samples <= n_read or step < 2 * BASE_BIN):
        return 1
    size = BASE_BIN
    while size * FACTOR * FINE_BINS <= step:
        size *= FACTOR
    return size


def bytes_per_sample(samples: Samples) -> float:
    """Return how many bytes of a file are read for each sample, with those between them."""
    if isinstance(samples, ArraySamples):
        return samples.dtype.itemsize
    if not isinstance(samples, FrameChannel):
        return UNKNOWN_BYTES
    source = samples.source
    frame = np.dot(source.samples_per_frame, [dtype.itemsize for dtype in source.dtypes])
    return float(frame) / source.samples_per_frame[samples.channel]


def _points(
    lo: NDArray[Any], hi: NDArray[Any], edges: NDArray[np.int64], empty: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return which fine bins hold the points, and whether a point is the minimum of its bin.

    Parameters
    ----------
    lo, hi : ndarray, shape (n,)
        Minimum and maximum of each fine bin that is built.
    edges : ndarray, shape (k + 1,)
        The first fine bin of each bin and the end of the last, in ascending order.
    empty : ndarray, shape (n,)
        Fine bins without values: they hold no points, except the ends of the window.
    """
    edges = np.unique(np.minimum(edges, len(lo)))
    least = _first(lo, edges, np.fmin if lo.dtype.kind == "f" else np.minimum)
    most = _first(hi, edges, np.fmax if hi.dtype.kind == "f" else np.maximum)
    least, most = least[~empty[least]], most[~empty[most]]
    ends = [0, len(lo) - 1] if len(lo) else []
    at = np.concatenate([least, most, ends]).astype(np.intp)
    lowest = np.arange(len(at)) < len(least)
    order = np.argsort(at, kind="stable")
    return at[order], lowest[order]


def _first(values: NDArray[Any], edges: NDArray[np.int64], extreme: np.ufunc) -> NDArray[np.int64]:
    """Return where each bin has its extreme first; its first row, if it has no values."""
    begin = edges[:-1]
    if not len(begin):
        return begin
    inside = values[begin[0] : edges[-1]]
    wanted = np.repeat(extreme.reduceat(inside, begin - begin[0]), np.diff(edges))
    found = np.append(np.flatnonzero(inside == wanted) + begin[0], len(values))
    at = found[np.searchsorted(found, begin)]
    return np.where(at < edges[1:], at, begin)

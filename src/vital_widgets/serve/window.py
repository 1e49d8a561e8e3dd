"""The bins of a window, from the pyramid where it is built or from a limited number of samples."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.pyramid.reduce import BASE_BIN, bins_of, merge_bins
from vital_widgets.serve.protocol import TILE_BINS, WIRE_DTYPES, bin_size_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.core.channel import Channel
    from vital_widgets.pyramid.level_store import Pyramid
    from vital_widgets.serve.protocol import Buffer

# Number of samples that a request may reduce if the pyramid is not built yet: some milliseconds.
SAMPLES_PER_REQUEST = 1 << 22
FLOAT32_MAX = float(np.finfo(np.float32).max)
FLOAT32_MIN = float(np.finfo(np.float32).tiny / np.finfo(np.float32).eps)


@dataclass(frozen=True)
class Part:
    """The bins of one channel in native values; ``hi`` is ``lo`` for a bin size of 1."""

    bin: int
    first: int
    lo: NDArray[Any]
    hi: NDArray[Any]
    complete: bool


def window_part(
    channel: Channel, pyramid: Pyramid | None, t0: float, t1: float, width: int, allowance: int
) -> Part:
    """Return the bins of ``channel`` that show ``[t0, t1)`` on ``width`` device pixels.

    Parameters
    ----------
    channel : Channel
        The channel.
    pyramid : Pyramid or None
        Its bins of 64 samples and more, as far as they are built.
    t0, t1 : float
        Seconds from the recording's start.
    width : int
        Device pixels.
    allowance : int
        Number of samples that may be reduced where the pyramid is not built yet.

    Returns
    -------
    Part
        Whole tiles of `TILE_BINS` bins; fewer at the end of the recording or of the built part.
    """
    base = channel.timebase
    growing = channel.ready is not None and not channel.ready.ended
    n = min(base.n_samples, channel.samples.n_samples)
    size = bin_size_for(base.fs, t0, t1, width)
    tile = size * TILE_BINS
    i0, i1 = base.sample_range(t0, t1)
    # One more sample on each side, so that the trace reaches the edges of the window.
    start = max(i0 - 1, 0) // tile * tile
    stop = min((i1 // tile + 1) * tile, n)
    if start >= stop:
        empty = np.empty(0, channel.dtype)
        return Part(size, start // size, empty, empty, complete=not growing)
    part = bins_part(channel, pyramid, size, (start, stop), allowance)
    return replace(part, complete=part.complete and not (growing and stop == n))


def bins_part(
    channel: Channel,
    pyramid: Pyramid | None,
    size: int,
    samples: tuple[int, int],
    allowance: int = SAMPLES_PER_REQUEST,
) -> Part:
    """Return the bins of ``size`` samples of a range of samples that begins with a bin."""
    start, stop = samples
    if size < BASE_BIN:
        native = channel.samples.read(start, stop)
        lo, hi = (native, native) if size == 1 else bins_of(native, size, channel.missing)
        covered = stop
    else:
        lo, hi, covered = _stored(channel, pyramid, size, start, stop, allowance)
    return Part(size, start // size, lo, hi, complete=covered == stop)


def _stored(
    channel: Channel, pyramid: Pyramid | None, size: int, start: int, stop: int, allowance: int
) -> tuple[NDArray[Any], NDArray[Any], int]:
    """Return bins of a stored size and the sample at which they end."""
    pieces: list[tuple[NDArray[Any], NDArray[Any]]] = []
    covered = start
    if pyramid is not None:
        # Coarse levels first; while building, finer levels may already reach further.
        for level in sorted((s for s in pyramid.bin_sizes if s <= size), reverse=True):
            first = covered // level
            last = min(-(-stop // level), pyramid.available(level))
            if last * level < stop:  # end at a whole bin of the requested size
                last = last * level // size * (size // level)
            if first < last:
                lo, hi = pyramid.read(level, first, last)
                pieces.append(merge_bins(lo, hi, size // level) if level < size else (lo, hi))
                covered = min(last * level, stop)
            if covered >= stop:
                break
    if covered < stop and stop - covered <= allowance:
        pieces.append(bins_of(channel.samples.read(covered, stop), size, channel.missing))
        covered = stop
    if not pieces:
        empty = np.empty(0, channel.dtype)
        return empty, empty, covered
    if len(pieces) == 1:
        return *pieces[0], covered
    return (
        np.concatenate([lo for lo, _ in pieces]),
        np.concatenate([hi for _, hi in pieces]),
        covered,
    )


def pack_part(index: int, channel: Channel, part: Part, buffer: Buffer) -> dict[str, Any]:
    """Append a part to ``buffer`` and return its header; see docs/wire-protocol.md."""
    lo, hi, offset = part.lo, part.hi, channel.offset
    if part.bin > 1 and lo.dtype.itemsize == 8:  # noqa: PLR2004
        lo, hi, offset = _for_drawing(lo, hi, channel)
    if lo.dtype.name not in WIRE_DTYPES:
        lo, hi = lo.astype(np.float64), hi.astype(np.float64)
    at = buffer.add(lo) if part.bin == 1 else buffer.add(lo, hi)
    return {
        "channel": index,
        "bin": part.bin,
        "first": part.first,
        "count": len(lo),
        "dtype": lo.dtype.name,
        "at": at,
        "gain": channel.gain,
        "offset": offset,
        "missing": channel.missing,
        "complete": part.complete,
    }


def _for_drawing(
    lo: NDArray[Any], hi: NDArray[Any], channel: Channel
) -> tuple[NDArray[Any], NDArray[Any], float]:
    """Return bins of 8-byte values as float32 relative to a median, with the new offset.

    Bins are only drawn: relative to the median of the lower ends (of the upper ones if no lower
    one is finite), float32 is exact to 1e-7 of the range, that is a thousandth of a pixel. If the
    range exceeds float32, or the median in physical units is not finite, the values stay float64.
    Bins without samples are NaN.
    """
    empty = lo > hi
    low, high = lo.astype(np.float64), hi.astype(np.float64)
    finite = low[np.isfinite(low) & ~empty]
    if not len(finite):
        finite = high[np.isfinite(high) & ~empty]
    middle = float(np.partition(finite, len(finite) // 2)[len(finite) // 2]) if len(finite) else 0.0
    offset = channel.offset + middle * channel.gain
    low[empty] = np.nan
    high[empty] = np.nan
    with np.errstate(over="ignore"):
        shifted = low - middle, high - middle
    if not (
        math.isfinite(offset)
        and all(_within_float32(x, n) for x, n in zip(shifted, (low, high), strict=True))
    ):
        return low, high, channel.offset
    return shifted[0].astype(np.float32), shifted[1].astype(np.float32), offset


def _within_float32(shifted: NDArray[np.float64], values: NDArray[np.float64]) -> bool:
    """Whether float32 can represent ``shifted``, except where ``values`` are infinite."""
    reach = float(np.max(np.abs(shifted), where=np.isfinite(values), initial=0.0))
    return reach == 0 or FLOAT32_MIN < reach < FLOAT32_MAX

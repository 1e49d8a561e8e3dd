"""Interfaces of readers: samples by range, in their native dtype, without loading the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from vital_widgets.runtime.budget import blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Native = NDArray[Any]


@runtime_checkable
class Samples(Protocol):
    """Samples of one channel. Picklable, and safe to call from several threads at once."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Native dtype: int8..int64, uint8..uint32, float32 or float64."""

    @property
    def n_samples(self) -> int:
        """Number of samples that can be read now."""

    def read(self, start: int, stop: int) -> Native:
        """Return samples ``start <= i < stop`` (within range): native, contiguous, a copy."""


@runtime_checkable
class FrameSource(Protocol):
    """Channels interleaved in one file: each frame holds a fixed number of samples of each.

    A frame is an EDF data record, a WFDB frame, a row of a table. Picklable and thread-safe.
    """

    @property
    def key(self) -> str:
        """Key of the bytes, unique in this process and stable (fingerprint + part)."""

    @property
    def n_frames(self) -> int:
        """Number of whole frames that can be read now; may grow while a file is ingested."""

    @property
    def samples_per_frame(self) -> tuple[int, ...]:
        """Samples of each channel in a frame."""

    @property
    def dtypes(self) -> tuple[np.dtype[Any], ...]:
        """Native dtype of each channel."""

    @property
    def block_frames(self) -> int:
        """Frames that are best read together (about a megabyte)."""

    def read_frames(self, f0: int, f1: int, channels: tuple[int, ...]) -> list[Native]:
        """Return for each of ``channels`` its samples of frames ``f0 <= f < f1``."""


@dataclass(frozen=True)
class FrameChannel:
    """One channel of a frame source as `Samples`; blocks read for one channel serve the others."""

    source: FrameSource
    channel: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """Native dtype."""
        return self.source.dtypes[self.channel]

    @property
    def n_samples(self) -> int:
        """Number of samples that can be read now."""
        return self.source.n_frames * self.source.samples_per_frame[self.channel]

    def read(self, start: int, stop: int) -> Native:
        """Return samples ``start <= i < stop``."""
        if stop <= start:
            return np.empty(0, self.dtype)
        per_frame = self.source.samples_per_frame[self.channel]
        size = self.source.block_frames
        first, last = start // per_frame // size, (stop - 1) // per_frame // size
        pieces = []
        for block in range(first, last + 1):
            origin = block * size * per_frame
            lo, hi = max(start - origin, 0), min(stop - origin, size * per_frame)
            values = self._block(block, (origin + hi + per_frame - 1) // per_frame)
            pieces.append(values[lo:hi])
        # Always a copy: a caller that changes the array must not change the cache.
        return pieces[0].copy() if len(pieces) == 1 else np.concatenate(pieces)

    def _block(self, block: int, frames_needed: int) -> Native:
        """Return this channel's samples of one block, from the cache where it is long enough."""
        source, size = self.source, self.source.block_frames
        f0 = block * size
        key = (source.key, block)
        held = blocks().get(key)
        per_frame = source.samples_per_frame[self.channel]
        if held is None or len(held[self.channel]) < (frames_needed - f0) * per_frame:
            f1 = min(f0 + size, source.n_frames)
            held = source.read_frames(f0, f1, tuple(range(len(source.dtypes))))
            blocks().put(key, held, sum(values.nbytes for values in held))
        return held[self.channel]


@dataclass(frozen=True, eq=False)
class ArraySamples:
    """Samples already in memory."""

    values: Native

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of the array."""
        return self.values.dtype

    @property
    def n_samples(self) -> int:
        """Length of the array."""
        return len(self.values)

    def read(self, start: int, stop: int) -> Native:
        """Return samples ``start <= i < stop``."""
        return self.values[start:stop].copy()


@dataclass(frozen=True, eq=False)
class JoinedSamples:
    """Samples of several sources one after another: the segments of a multi-segment record."""

    parts: tuple[Samples, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype wide enough for all parts without loss."""
        return np.result_type(*(part.dtype for part in self.parts))

    @property
    def n_samples(self) -> int:
        """Length of all parts together."""
        return sum(part.n_samples for part in self.parts)

    def read(self, start: int, stop: int) -> Native:
        """Return samples ``start <= i < stop``."""
        pieces: list[Native] = []
        origin = 0
        for part in self.parts:
            lo, hi = max(start - origin, 0), min(stop - origin, part.n_samples)
            if lo < hi:
                pieces.append(part.read(lo, hi))
            origin += part.n_samples
            if origin >= stop:
                break
        return (
            np.concatenate(pieces).astype(self.dtype, copy=False)
            if pieces
            else np.empty(0, self.dtype)
        )


@dataclass(frozen=True, eq=False)
class PartOfSamples:
    """Samples ``start <= i < stop`` of others; the first of them is sample 0."""

    base: Samples
    start: int
    stop: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """Native dtype."""
        return self.base.dtype

    @property
    def n_samples(self) -> int:
        """Length of the part."""
        return self.stop - self.start

    def read(self, start: int, stop: int) -> Native:
        """Return samples ``start <= i < stop`` of the part."""
        first = min(max(start, 0), self.n_samples)
        last = min(max(stop, first), self.n_samples)
        return self.base.read(self.start + first, self.start + last)


@dataclass(frozen=True, eq=False)
class ScaledSamples:
    """Samples in physical units as float64, where parts of a channel have different scales."""

    base: Samples
    gain: float
    offset: float
    missing: int | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """Always float64."""
        return np.dtype(np.float64)

    @property
    def n_samples(self) -> int:
        """Length of the samples underneath."""
        return self.base.n_samples

    def read(self, start: int, stop: int) -> Native:
        """Return samples ``start <= i < stop`` in physical units, NaN where missing."""
        return to_physical(self.base.read(start, stop), self.gain, self.offset, self.missing)


def to_physical(native: Native, gain: float, offset: float, missing: int | None) -> Native:
    """Return ``native * gain + offset`` as float64, NaN where the sample is ``missing``.

    Floating-point samples with gain 1 and offset 0 keep their dtype. Values beyond all floating
    point are infinite.
    """
    if native.dtype.kind == "f" and gain == 1 and offset == 0:
        return native
    values = native.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        values *= gain
        values += offset
    if missing is not None:
        values[native == missing] = np.nan
    return values

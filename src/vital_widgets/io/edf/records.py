"""The data records of an EDF or BDF file, read in place."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.runtime.fileerrors import with_file_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.io.edf.header import EdfHeader
    from vital_widgets.runtime.files import SourceFile

BLOCK_BYTES = 1 << 20
LONGEST_FRAME = 2 * BLOCK_BYTES
_AHEAD = 64  # padding before the bytes of the file: `_decode` needs one byte, the rest aligns


class EdfRecords:
    """Data records as a frame source: one contiguous read for any number of whole records.

    Parameters
    ----------
    file : SourceFile
        The file.
    header : EdfHeader
        Its header.
    signals : tuple of int
        Which signals are the channels: those with samples and without annotations.
    n_frames : int
        Whole records in the file.
    fingerprint : str
        Identity of the file.
    """

    def __init__(
        self,
        file: SourceFile,
        header: EdfHeader,
        signals: tuple[int, ...],
        n_frames: int,
        fingerprint: str,
    ) -> None:
        width = header.sample_bytes
        places = np.cumsum([0, *(signal.samples for signal in header.signals)]) * width
        self.file = file
        self.first_byte = header.n_bytes
        self.frame_bytes = header.record_bytes
        self.width = width
        self.places = tuple(int(places[k]) for k in signals)
        self._n_frames = n_frames
        self._samples = tuple(header.signals[k].samples for k in signals)
        self._key = f"{fingerprint}:records"

    @property
    def key(self) -> str:
        """Name of the bytes behind it."""
        return self._key

    @property
    def n_frames(self) -> int:
        """Number of whole records."""
        return self._n_frames

    @property
    def samples_per_frame(self) -> tuple[int, ...]:
        """Samples of each channel in a record."""
        return self._samples

    @property
    def dtypes(self) -> tuple[np.dtype[Any], ...]:
        """The int16 of EDF as it is; the 24 bits of BDF in an int32."""
        return (np.dtype(np.int16 if self.width == 2 else np.int32),) * len(self._samples)  # noqa: PLR2004

    @property
    def block_frames(self) -> int:
        """Records in about a megabyte."""
        return max(1, BLOCK_BYTES // self.frame_bytes)

    @with_file_errors("file.path")
    def read_frames(self, f0: int, f1: int, channels: tuple[int, ...]) -> list[NDArray[Any]]:
        """Return for each of ``channels`` its samples of records ``f0 <= f < f1``, contiguous."""
        return [part[0] for part in self.read_groups(f0, f1, tuple((k,) for k in channels))]

    @with_file_errors("file.path")
    def read_groups(
        self, f0: int, f1: int, groups: tuple[tuple[int, ...], ...]
    ) -> list[NDArray[Any]]:
        """Return the samples of groups of channels in records ``f0 <= f < f1``, read once.

        Parameters
        ----------
        f0, f1 : int
            Range of records.
        groups : tuple of tuple of int
            Channels, in each group with the same number of samples in a record.

        Returns
        -------
        list of ndarray, shape (channels of the group, samples)
            Each contiguous.
        """
        n = max(f1 - f0, 0)
        raw = self._bytes(self.first_byte + f0 * self.frame_bytes, n * self.frame_bytes)
        return [self._decoded(raw, n, group) for group in groups]

    @with_file_errors("file.path")
    def read_within(self, frame: int, channel: int, i0: int, i1: int) -> NDArray[Any]:
        """Return samples ``i0 <= i < i1`` of a channel within one record."""
        place = self.first_byte + frame * self.frame_bytes + self.places[channel]
        raw = self._bytes(place + i0 * self.width, (i1 - i0) * self.width)
        samples = np.empty(i1 - i0, self.dtypes[channel])
        _decode(raw, samples, 0, (self.width,), self.width)
        return samples

    def _bytes(self, offset: int, n_bytes: int) -> NDArray[np.uint8]:
        """Return bytes of the file behind `_AHEAD` others."""
        raw = np.empty(_AHEAD + n_bytes, np.uint8)
        raw[:_AHEAD] = 0
        self.file.read_into(offset, raw[_AHEAD:])
        self.file.check()  # after the read, so that changes during the read are detected
        return raw

    def _decoded(self, raw: NDArray[np.uint8], n: int, group: tuple[int, ...]) -> NDArray[Any]:
        samples = np.empty((len(group), n, self._samples[group[0]]), self.dtypes[group[0]])
        places = [self.places[k] for k in group]
        steps = {after - before for before, after in pairwise(places)} or {0}
        if len(steps) == 1:  # evenly apart: one copy of all of them
            _decode(raw, samples, places[0], (*steps, self.frame_bytes, self.width), self.width)
        else:
            for place, channel in zip(places, samples, strict=True):
                _decode(raw, channel, place, (self.frame_bytes, self.width), self.width)
        return samples.reshape(len(group), -1)


@dataclass(frozen=True)
class LongRecordChannel:
    """One channel with records of many megabytes: only the requested samples are read.

    Some programs write a whole night as one record. Nothing is cached.
    """

    records: EdfRecords
    channel: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """Native dtype."""
        return self.records.dtypes[self.channel]

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return self.records.n_frames * self.records.samples_per_frame[self.channel]

    @with_file_errors("records.file.path")
    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return samples ``start <= i < stop``."""
        size = self.records.samples_per_frame[self.channel]
        pieces = [np.empty(0, self.dtype)]
        while start < stop:
            frame, i0 = divmod(start, size)
            i1 = min(size, i0 + stop - start)
            pieces.append(self.records.read_within(frame, self.channel, i0, i1))
            start += i1 - i0
        return pieces[-1] if len(pieces) <= 2 else np.concatenate(pieces)  # noqa: PLR2004


def _decode(
    raw: NDArray[np.uint8],
    samples: NDArray[Any],
    place: int,
    strides: tuple[int, ...],
    width: int,
) -> None:
    """Fill ``samples`` from those that lie ``strides`` bytes apart behind the `_AHEAD` bytes.

    24-bit samples are seen as overlapping 32-bit ones that begin a byte early: shifting that
    byte out leaves the sample with its sign.
    """
    if not samples.size:
        return
    if width == 2:  # noqa: PLR2004
        samples[:] = np.ndarray(samples.shape, "<i2", raw.data, _AHEAD + place, strides)
        return
    wide = np.ndarray(samples.shape, "<i4", raw.data, _AHEAD + place - 1, strides)
    np.right_shift(wide, 8, out=samples)

"""The WFDB signal formats of fixed width, unpacked with NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Native = NDArray[Any]


@dataclass(frozen=True)
class SignalFormat:
    """One format: groups of ``group_samples`` samples in ``group_bytes`` bytes.

    Attributes
    ----------
    dtype : str
        Dtype of the unpacked samples.
    missing : int
        The value that stands for a sample that is missing.
    ends : tuple of int
        Bytes of a group that its first, second, … sample needs, for a file cut within a group.
    unpack : callable
        From whole groups of bytes to samples.
    """

    dtype: str
    missing: int
    ends: tuple[int, ...]
    unpack: Callable[[Bytes], Native]

    @property
    def group_samples(self) -> int:
        """Samples in a group."""
        return len(self.ends)

    @property
    def group_bytes(self) -> int:
        """Bytes in a group."""
        return self.ends[-1]

    def samples_in(self, n_bytes: int) -> int:
        """Return how many whole samples lie in ``n_bytes``."""
        groups, rest = divmod(max(n_bytes, 0), self.group_bytes)
        return groups * self.group_samples + sum(end <= rest for end in self.ends)

    def byte_range(self, first: int, stop: int) -> tuple[int, int, int]:
        """Return where samples ``first <= i < stop`` lie.

        Returns
        -------
        start, end : int
            Bytes to read, from the start of the group of ``first``.
        skip : int
            Samples of that group before ``first``.
        """
        group, skip = divmod(first, self.group_samples)
        last, rest = divmod(stop, self.group_samples)
        end = last * self.group_bytes + (self.ends[rest - 1] if rest else 0)
        return group * self.group_bytes, end, skip

    def samples(self, packed: Bytes, skip: int, count: int) -> Native:
        """Return ``count`` samples after the first ``skip`` of bytes that begin with a group."""
        short = -len(packed) % self.group_bytes
        if short:
            packed = np.concatenate([packed, np.zeros(short, np.uint8)])
        return self.unpack(packed)[skip : skip + count]


def _view(dtype: str) -> Callable[[Bytes], Native]:
    native = np.dtype(dtype).newbyteorder("=")

    def unpack(packed: Bytes) -> Native:
        return packed.view(dtype).astype(native, copy=False)

    return unpack


def _offset_8(packed: Bytes) -> Native:
    return (packed ^ np.uint8(0x80)).view(np.int8)


def _offset_16(packed: Bytes) -> Native:
    words = packed.view("<u2").astype(np.uint16, copy=False)
    return (words ^ np.uint16(0x8000)).view(np.int16)


def _unpack_24(packed: Bytes) -> Native:
    wide = np.empty((len(packed) // 3, 4), np.uint8)
    wide[:, 0] = 0
    wide[:, 1:] = packed.reshape(-1, 3)
    samples: Native = wide.reshape(-1).view("<i4") >> 8
    return samples.astype(np.int32, copy=False)


def _unpack_212(packed: Bytes) -> Native:
    """Two samples of 12 bits in 3 bytes; the middle byte holds the high bits of both."""
    triples = packed.reshape(-1, 3)
    middle = triples[:, 1].astype(np.int16)
    out = np.empty((len(triples), 2), np.int16)
    out[:, 0] = triples[:, 0] | (middle & 0x0F) << 8
    out[:, 1] = triples[:, 2] | (middle & 0xF0) << 4
    return _signed(out.reshape(-1), 12)


def _unpack_310(packed: Bytes) -> Native:
    """Three samples of 10 bits in two little-endian words.

    Bits 1 to 10 of each word are a sample; bits 11 to 15 of both are the halves of the third.
    """
    words = packed.view("<u2").astype(np.uint16, copy=False).reshape(-1, 2)
    out = np.empty((len(words), 3), np.uint16)
    out[:, :2] = words >> 1
    out[:, 2] = words[:, 0] >> 11 | words[:, 1] >> 11 << 5
    return _signed(out.reshape(-1).view(np.int16), 10)


def _unpack_311(packed: Bytes) -> Native:
    """Three samples of 10 bits one after another from the low end of a 32-bit word."""
    words = packed.view("<u4").astype(np.uint32, copy=False)
    out = np.empty((len(words), 3), np.int16)
    for k in range(3):
        out[:, k] = words >> np.uint32(10 * k) & np.uint32(0x3FF)
    return _signed(out.reshape(-1), 10)


def _signed(samples: NDArray[np.int16], bits: int) -> Native:
    """Return the low ``bits`` of each sample as a two's complement number, in place."""
    samples <<= 16 - bits
    samples >>= 16 - bits
    return samples


FORMATS = {
    16: SignalFormat("int16", -(1 << 15), (2,), _view("<i2")),
    24: SignalFormat("int32", -(1 << 23), (3,), _unpack_24),
    32: SignalFormat("int32", -(1 << 31), (4,), _view("<i4")),
    61: SignalFormat("int16", -(1 << 15), (2,), _view(">i2")),
    80: SignalFormat("int8", -(1 << 7), (1,), _offset_8),
    160: SignalFormat("int16", -(1 << 15), (2,), _offset_16),
    212: SignalFormat("int16", -(1 << 11), (2, 3), _unpack_212),
    310: SignalFormat("int16", -(1 << 9), (2, 4, 4), _unpack_310),
    311: SignalFormat("int16", -(1 << 9), (2, 3, 4), _unpack_311),
}
NOT_RANDOM = {
    8: "stores differences, so that each sample depends on all before it",
    508: "is FLAC-compressed",
    516: "is FLAC-compressed",
    524: "is FLAC-compressed",
}

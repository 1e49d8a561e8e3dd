"""The messages between browser and kernel: see docs/wire-protocol.md."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import ProtocolError, SourceChangedError, StoreError
from vital_widgets.pyramid.reduce import FACTOR as BIN_FACTOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

# The front end has the same constants in js/src/data/protocol.ts; the tests of both languages
# compare them with tests/fixtures/protocol.json.
VERSION = 1
TILE_BINS = 512
MAX_WIDTH = 1 << 14
MAX_BIN = BIN_FACTOR**24  # samples: nine years at 1 MHz
MAX_ANNOTATIONS = 100_000  # in one reply
MARK_KINDS = ("annotations", "list", "find", "legend", "mark", "compare")
_ANSWERED = ("window", "runs", *MARK_KINDS, "lanes", "measure", "points", "spectrogram")
REQUEST_KINDS = (*_ANSWERED, "cancel")
REPLY_KINDS = (*_ANSWERED, "cancelled", "error")
ERROR_CODES: dict[type[Exception], str] = {  # the first class that fits gives the code
    SourceChangedError: "source-changed",
    ProtocolError: "protocol",
    StoreError: "store",
    Exception: "failed",
}
ALIGNMENT = 8
WIRE_DTYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64")


def bin_size_for(fs: float, t0: float, t1: float, width: int) -> int:
    """Return the bin size that shows ``[t0, t1)`` on ``width`` device pixels at full resolution.

    This is the largest power of 4 that is at most the number of samples per pixel, so that each
    pixel has one to four bins; 1 means the samples themselves. The largest size is `MAX_BIN`.
    """
    per_pixel = fs * (t1 - t0) / width
    size = 1
    while size * BIN_FACTOR <= min(per_pixel, MAX_BIN):
        size *= BIN_FACTOR
    return size


@dataclass(frozen=True)
class WindowRequest:
    """A request for the bins of ``[t0, t1)`` seconds on a plot of ``width`` device pixels."""

    channels: tuple[int, ...]
    t0: float
    t1: float
    width: int


@dataclass(frozen=True)
class MeasureRequest:
    """A request for statistics of the samples in ``[t0, t1)`` seconds."""

    channels: tuple[int, ...]
    t0: float
    t1: float


def window_request(content: Mapping[str, Any], n_channels: int) -> WindowRequest:
    """Check a ``window`` message and return its content."""
    t0, t1 = time_range(content)
    width = integer(content, "width", 1, MAX_WIDTH)
    return WindowRequest(channel_indices(content, n_channels), t0, t1, width)


def measure_request(content: Mapping[str, Any], n_channels: int) -> MeasureRequest:
    """Check a ``measure`` message and return its content."""
    return MeasureRequest(channel_indices(content, n_channels), *time_range(content))


def channel_indices(content: Mapping[str, Any], n_channels: int) -> tuple[int, ...]:
    """Return the checked signals of a message."""
    channels = content.get("channels")
    if not isinstance(channels, list) or not all(
        isinstance(k, int) and not isinstance(k, bool) and 0 <= k < n_channels for k in channels
    ):
        msg = f"channels={channels!r} is not a list of indices from 0 to {n_channels - 1}"
        raise ProtocolError(msg)
    return tuple(dict.fromkeys(channels))


def lanes_request(content: Mapping[str, Any]) -> dict[str, Any]:
    """Check a ``lanes`` message and return what it changes."""
    wanted = {name: content[name] for name in ("montage", "filters") if name in content}
    filters = wanted.get("filters", {})
    if not isinstance(filters, dict) or not all(
        isinstance(one, str | None) for one in filters.values()
    ):
        msg = f"filters={filters!r} is not a mapping from names to texts or null"
        raise ProtocolError(msg)
    if not isinstance(wanted.get("montage"), str | dict | None):
        msg = f"montage={wanted['montage']!r} is neither a name nor a montage nor null"
        raise ProtocolError(msg)
    return wanted


def checked_version(content: Mapping[str, Any]) -> None:
    """Raise unless the message has this version of the protocol."""
    if content.get("v") != VERSION:
        msg = (
            f"the browser uses protocol version {content.get('v')!r}, the kernel uses version "
            f"{VERSION}; reload the page to load the front end that belongs to this kernel"
        )
        raise ProtocolError(msg)


def as_json(content: Any) -> Any:
    """Replace each number that JSON cannot represent (NaN, infinities) by None.

    All messages to the browser pass this function, because Jupyter rejects such numbers.
    """
    if isinstance(content, float):
        return float(content) if math.isfinite(content) else None
    if isinstance(content, dict):
        return {key: as_json(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [as_json(value) for value in content]
    return content


class Buffer:
    """The binary buffer of a message: consecutive arrays, each aligned to 8 bytes."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, *arrays: NDArray[Any]) -> int:
        """Append arrays (little-endian, contiguous) and return the byte offset of the first."""
        padding = -self._size % ALIGNMENT
        at = self._size + padding
        pieces = [bytes(padding), *(_little_endian(array).tobytes() for array in arrays)]
        self._pieces += pieces
        self._size += sum(map(len, pieces))
        return at

    def __len__(self) -> int:
        """Return the number of bytes."""
        return self._size

    def to_bytes(self) -> bytes:
        """Return the whole buffer."""
        return b"".join(self._pieces)


def _little_endian(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def time_range(content: Mapping[str, Any]) -> tuple[float, float]:
    """Return a checked time range ``t0``, ``t1`` of a message."""
    t0, t1 = seconds(content, "t0"), seconds(content, "t1")
    if not t0 < t1:
        msg = f"[{t0}, {t1}) is not a time range: t0 must be less than t1, both in seconds"
        raise ProtocolError(msg)
    return t0, t1


def seconds(content: Mapping[str, Any], field: str) -> float:
    """Return a checked number of seconds of a message."""
    value = content.get(field)
    if isinstance(value, int | float) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):  # a JSON integer may exceed the float range
            if math.isfinite(value):
                return float(value)
    msg = f"{field}={value!r} is not a finite number of seconds"
    raise ProtocolError(msg)


def integer(content: Mapping[str, Any], field: str, minimum: int, maximum: int) -> int:
    """Return a checked whole number of a message, rounded up."""
    value = content.get(field)
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or not (minimum <= value <= maximum)
    ):
        msg = f"{field}={value!r} is not a number from {minimum} to {maximum}"
        raise ProtocolError(msg)
    return int(np.ceil(value))

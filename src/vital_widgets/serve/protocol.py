"""The messages between browser and kernel: see docs/wire-protocol.md."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

VERSION = 1
TILE_BINS = 512
MAX_WIDTH = 1 << 14
MAX_BIN = 4**24  # samples; at 1 MHz a bin of nine years
ALIGNMENT = 8
WIRE_DTYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64")


def bin_size_for(fs: float, t0: float, t1: float, width: int) -> int:
    """Return the bin size that shows ``[t0, t1)`` on ``width`` device pixels at full resolution.

    The largest power of 4 that is at most the number of samples in a pixel, so that there are
    one to four bins to a pixel; 1 means the samples themselves. No recording needs more than
    `MAX_BIN`.
    """
    per_pixel = fs * (t1 - t0) / width
    size = 1
    while size * 4 <= min(per_pixel, MAX_BIN):
        size *= 4
    return size


@dataclass(frozen=True)
class WindowRequest:
    """A request for the picture of ``[t0, t1)`` seconds on ``width`` device pixels."""

    channels: tuple[int, ...]
    t0: float
    t1: float
    width: int


@dataclass(frozen=True)
class AnnotationRequest:
    """A request for at most ``limit`` annotations that touch ``[t0, t1)`` seconds."""

    t0: float
    t1: float
    limit: int


def window_request(content: Mapping[str, Any], n_channels: int) -> WindowRequest:
    """Check a ``window`` message and return what it asks for."""
    t0, t1 = _stretch(content)
    width = _whole(content, "width", 1, MAX_WIDTH)
    channels = content.get("channels")
    if not isinstance(channels, list) or not all(
        isinstance(k, int) and not isinstance(k, bool) and 0 <= k < n_channels for k in channels
    ):
        msg = f"channels={channels!r}: a list of indices from 0 to {n_channels - 1} is needed"
        raise ProtocolError(msg)
    return WindowRequest(tuple(dict.fromkeys(channels)), t0, t1, width)


def annotation_request(content: Mapping[str, Any]) -> AnnotationRequest:
    """Check an ``annotations`` message and return what it asks for."""
    t0, t1 = _stretch(content)
    return AnnotationRequest(t0, t1, _whole(content, "limit", 1, 100_000))


def checked_version(content: Mapping[str, Any]) -> None:
    """Raise unless the message is of this version of the protocol."""
    if content.get("v") != VERSION:
        msg = (
            f"message of protocol version {content.get('v')!r}, this kernel speaks {VERSION}; "
            "reload the page so that browser and kernel are of one version"
        )
        raise ProtocolError(msg)


def as_json(content: Any) -> Any:
    """Return what is sent, with null for each number that JSON cannot hold.

    Everything that leaves the kernel passes here: Jupyter sends no message with an infinity.
    """
    if isinstance(content, float):
        return float(content) if math.isfinite(content) else None
    if isinstance(content, dict):
        return {key: as_json(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [as_json(value) for value in content]
    return content


class Buffer:
    """The one binary buffer of a message: arrays one after another, each aligned to 8 bytes."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, *arrays: NDArray[Any]) -> int:
        """Append arrays (little-endian, contiguous) back to back; return where they begin."""
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


def _stretch(content: Mapping[str, Any]) -> tuple[float, float]:
    t0, t1 = _seconds(content, "t0"), _seconds(content, "t1")
    if not t0 < t1:
        msg = f"[{t0}, {t1}) is not a stretch of time: t0 < t1 in seconds is needed"
        raise ProtocolError(msg)
    return t0, t1


def _seconds(content: Mapping[str, Any], field: str) -> float:
    value = content.get(field)
    if isinstance(value, int | float) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):  # JSON has integers of any length
            if math.isfinite(value):
                return float(value)
    msg = f"{field}={value!r} is not a finite number of seconds"
    raise ProtocolError(msg)


def _whole(content: Mapping[str, Any], field: str, least: int, most: int) -> int:
    value = content.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        msg = f"{field}={value!r} is not a number from {least} to {most}"
        raise ProtocolError(msg)
    return int(np.ceil(value))

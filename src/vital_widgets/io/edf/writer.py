"""Write EDF+ record by record, with annotations and gaps, in constant memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from vital_widgets.core.annotations import Annotations

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
SEPARATORS = "\x00\x14\x15"
INT16_MAX = 32767


@dataclass(frozen=True)
class EdfSignal:
    """A signal of an EDF file, symmetric about 0.

    Attributes
    ----------
    label, units, transducer : str
        ASCII of at most 16, 8 and 80 characters.
    physical_max : float
        Largest value in ``units``; the smallest is its negative.
    digital_max : int
        The integer stored for it, at most 32767.
    per_record : int
        Samples in a data record.
    """

    label: str
    units: str
    physical_max: float
    digital_max: int
    per_record: int
    transducer: str = ""

    def digitize(self, values: NDArray[np.float64]) -> NDArray[np.int16]:
        """Return physical values as stored, clipped to the range of the signal."""
        scaled = np.rint(values * (self.digital_max / self.physical_max))
        return np.clip(scaled, -self.digital_max, self.digital_max).astype("<i2")


class EdfPlusWriter:
    """Writes the header at once and the data records as they come.

    Parameters
    ----------
    stream : binary file
        Where to write.
    signals : sequence of EdfSignal
        The signals, in order.
    onsets : ndarray, shape (n,)
        Begin of each data record in seconds from ``start``, rising, the first below 1. If a
        record does not begin at the end of the previous one, there is a gap, and the file is
        EDF+D.
    record_seconds : int
        Length of a data record; 0 for a file without signals.
    annotations : Annotations
        Each is stored in the record in which it begins, or in the last one before.
    start : datetime
        Clock time of second 0.
    patient, recording : str
        The free part of the EDF+ identifications.
    """

    def __init__(
        self,
        stream: BinaryIO,
        signals: Sequence[EdfSignal],
        onsets: NDArray[np.float64],
        annotations: Annotations,
        *,
        start: datetime,
        record_seconds: int = 1,
        patient: str = "",
        recording: str = "",
    ) -> None:
        self._stream = stream
        self._signals = tuple(signals)
        self._lists = annotation_lists(onsets, annotations)
        self._written = 0
        # Whole samples of two bytes, as long as the busiest record needs.
        width = max(len(one) for one in self._lists)
        width += width % 2
        self._annotation_bytes = width
        gaps = bool(np.any(np.diff(onsets) != record_seconds))
        day = f"{start.day:02d}-{MONTHS[start.month - 1]}-{start.year}"
        columns: tuple[tuple[int, list[object]], ...] = (
            (16, [*(s.label for s in signals), "EDF Annotations"]),
            (80, [*(s.transducer for s in signals), ""]),
            (8, [*(s.units for s in signals), ""]),
            (8, [*(_number(-s.physical_max) for s in signals), "-1"]),
            (8, [*(_number(s.physical_max) for s in signals), "1"]),
            (8, [*(-s.digital_max for s in signals), -INT16_MAX - 1]),
            (8, [*(s.digital_max for s in signals), INT16_MAX]),
            (80, [""] * (len(signals) + 1)),
            (8, [*(s.per_record for s in signals), width // 2]),
            (32, [""] * (len(signals) + 1)),
        )
        n_signals = len(signals) + 1
        fields: list[tuple[int, object]] = [
            (8, "0"),
            (80, f"X X X {patient or 'X'}"),
            (80, f"Startdate {day} X X {recording or 'X'}"),
            (8, start.strftime("%d.%m.%y")),
            (8, start.strftime("%H.%M.%S")),
            (8, 256 * (n_signals + 1)),
            (44, "EDF+D" if gaps else "EDF+C"),
            (8, len(onsets)),
            (8, record_seconds),
            (4, n_signals),
        ]
        fields += [(size, value) for size, values in columns for value in values]
        stream.write(b"".join(_field(size, value) for size, value in fields))

    def append(self, digital: Sequence[NDArray[np.int16]]) -> None:
        """Write whole data records: for each signal its samples, shape ``(records * per,)``."""
        parts = [
            np.ascontiguousarray(values, "<i2").reshape(-1, signal.per_record).view(np.uint8)
            for signal, values in zip(self._signals, digital, strict=True)
        ]
        n = len(parts[0])
        lists = self._lists[self._written : self._written + n]
        if len(lists) < n:
            msg = f"{n} data records were given, but only {len(lists)} remain to be written"
            raise InvalidInputError(msg)
        padded = b"".join(one.ljust(self._annotation_bytes, b"\0") for one in lists)
        parts.append(np.frombuffer(padded, np.uint8).reshape(n, self._annotation_bytes))
        self._stream.write(np.hstack(parts).tobytes())
        self._written += n

    def append_annotations(self) -> None:
        """Write all data records of a file without signals."""
        for one in self._lists[self._written :]:
            self._stream.write(one.ljust(self._annotation_bytes, b"\0"))
        self._written = len(self._lists)

    def finish(self) -> None:
        """Check that every record was written."""
        if self._written != len(self._lists):
            msg = f"{self._written} of {len(self._lists)} data records were written"
            raise InvalidInputError(msg)


def annotation_lists(onsets: NDArray[np.float64], annotations: Annotations) -> list[bytes]:
    """Return for each data record its time-keeping mark and annotations, as EDF+ stores them."""
    if len(onsets) == 0 or np.any(np.diff(onsets) <= 0):
        msg = "an EDF file needs at least one data record, each beginning after the one before"
        raise InvalidInputError(msg)
    # Annotations are in order of onset, so those of a record are neighbours.
    home = np.maximum(np.searchsorted(onsets, annotations.onset, side="right") - 1, 0)
    edges = np.searchsorted(home, np.arange(len(onsets) + 1)).tolist()
    return [
        f"{_seconds(onset)}\x14\x14\x00".encode()
        + b"".join(_stored(annotations, i) for i in range(edges[k], edges[k + 1]))
        for k, onset in enumerate(np.asarray(onsets).tolist())
    ]


def _stored(annotations: Annotations, i: int) -> bytes:
    text = annotations.text[i]
    if any(mark in text for mark in SEPARATORS):
        msg = f"annotation {text!r}: the characters 0, 20 and 21 cannot be stored in EDF+"
        raise InvalidInputError(msg)
    duration = float(annotations.duration[i])
    lasting = f"\x15{_seconds(duration)[1:]}" if duration else ""
    return f"{_seconds(float(annotations.onset[i]))}{lasting}\x14{text}\x14\x00".encode()


def _seconds(value: float) -> str:
    """Return seconds with a sign, to the microsecond, in the shortest form."""
    text = f"{value:+.6f}".rstrip("0").rstrip(".")
    return "+0" if text == "-0" else text


def _number(value: float) -> str:
    text = f"{value:.7g}"
    return text if len(text) <= 8 else f"{value:.2g}"  # noqa: PLR2004


def _field(size: int, value: object) -> bytes:
    text = str(value)
    if len(text) > size or not text.isascii() or not text.isprintable():
        msg = f"{text!r} does not fit into {size} printable ASCII characters of an EDF header"
        raise InvalidInputError(msg)
    return text.ljust(size).encode("ascii")

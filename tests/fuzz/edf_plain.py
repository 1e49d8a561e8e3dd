"""A plain oracle for EDF, EDF+ and BDF: what a file says, read record by record."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fuzz.exercise import compare
from fuzz.model import Fault

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.core.recording import Recording

MARKS = (b"EDF Annotations", b"BDF Annotations")


def _sizes(told: str) -> dict[str, int]:
    return {name: int(size) for name, size in (one.split(":") for one in told.split())}


_MAIN = _sizes(
    "version:8 patient:80 recording:80 date:8 time:8 header_bytes:8 reserved:44 n_records:8 "
    "duration:8 n_signals:4"
)
MAIN = {name: (sum(list(_MAIN.values())[:k]), size) for k, (name, size) in enumerate(_MAIN.items())}
SIGNAL = _sizes(
    "label:16 transducer:80 units:8 physical_min:8 physical_max:8 digital_min:8 digital_max:8 "
    "prefilter:80 samples:8 reserved:32"
)


@dataclass
class Plain:
    """An EDF file read as its specification says, in the plainest way."""

    raw: bytes
    n_signals: int
    width: int
    declared: int | None
    duration: float | None
    sizes: list[int]
    there: int = 0
    rest: int = 0
    texts: list[bytes] = field(default_factory=list)

    @classmethod
    def parse(cls, raw: bytes) -> Plain | None:
        """Return the layout of a file; None where its header does not say it plainly."""
        version = raw[:8]
        if version not in (b"0       ", b"\xffBIOSEMI"):
            return None
        n = _whole(raw[252:256])
        if not n or len(raw) < 256 * (n + 1):
            return None
        width = 3 if version[0] == 0xFF else 2
        told = cls(raw, n, width, _whole(raw[236:244]), None, [])
        duration = raw[244:252].strip()
        if re.fullmatch(rb"\d+(\.\d+)?", duration):
            told.duration = float(duration)
        sizes = [_whole(told.field_bytes("samples", k)) for k in range(n)]
        if any(size is None for size in sizes):
            return None
        told.sizes = [size or 0 for size in sizes]
        if not told.record_bytes:
            return None
        told.there, told.rest = divmod(len(raw) - told.first, told.record_bytes)
        return told

    @property
    def first(self) -> int:
        """Where the first record begins."""
        return 256 * (self.n_signals + 1)

    @property
    def record_bytes(self) -> int:
        """Bytes of a record."""
        return sum(self.sizes) * self.width

    @property
    def is_sound(self) -> bool:
        """Whether there is nothing to refuse."""
        return self.duration is not None and self.duration > 0

    def place(self, name: str, k: int) -> int:
        """Where a field of signal ``k`` lies."""
        before = list(SIGNAL)[: list(SIGNAL).index(name)]
        return 256 + self.n_signals * sum(SIGNAL[b] for b in before) + k * SIGNAL[name]

    def field_bytes(self, name: str, k: int) -> bytes:
        """Return a field of signal ``k``."""
        place = self.place(name, k)
        return self.raw[place : place + SIGNAL[name]]

    def field(self, name: str, k: int) -> str:
        """Return a field of signal ``k`` as text."""
        return self.field_bytes(name, k).decode("latin-1").rstrip()

    def is_marks(self, k: int) -> bool:
        """Whether signal ``k`` holds annotations."""
        return self.field_bytes("label", k).strip(b" \0") in MARKS

    def spans(self) -> list[tuple[int, int, int]]:
        """Return number, place in a record and bytes of each signal."""
        places = np.cumsum([0, *self.sizes]) * self.width
        return [(k, int(places[k]), n * self.width) for k, n in enumerate(self.sizes)]

    def digital(self, k: int) -> NDArray[Any]:
        """Return all integers of a signal."""
        _, place, n = self.spans()[k]
        rows = np.frombuffer(self.raw, np.uint8, self.there * self.record_bytes, self.first)
        cells = rows.reshape(self.there, self.record_bytes)[:, place : place + n].reshape(
            -1, self.width
        )
        values = np.zeros(len(cells), np.int64)
        for byte in range(self.width):
            values |= cells[:, byte].astype(np.int64) << (8 * byte)
        top = 1 << (8 * self.width - 1)
        return (values ^ top) - top

    def scale(self, k: int) -> tuple[float, float] | None:
        """Return gain and offset where the header says them plainly."""
        names = ("physical_min", "physical_max", "digital_min", "digital_max")
        cells = [self.field_bytes(name, k).strip() for name in names]
        if not all(re.fullmatch(rb"-?\d+(\.\d+)?", cell) for cell in cells):
            return None
        pmin, pmax, dmin, dmax = map(float, cells)
        if pmin == pmax or dmin == dmax:
            return None
        gain = (pmax - pmin) / (dmax - dmin)
        return gain, pmin - gain * dmin

    def lists(self) -> tuple[list[float | None], list[tuple[float, str]] | None]:
        """Return the onset of each record and all marks; None for what is not written plainly."""
        spans = [(place, n) for k, place, n in self.spans() if self.is_marks(k) and n]
        onsets: list[float | None] = []
        marks: list[tuple[float, str]] | None = []
        for record in range(self.there if spans else 0):
            at = self.first + record * self.record_bytes
            for number, (place, n) in enumerate(spans):
                cell = self.raw[at + place : at + place + n]
                keeps = re.match(rb"([+-]\d+(?:\.\d+)?)\x14\x14", cell)
                if number == 0:
                    onsets.append(float(keeps[1]) if keeps else None)
                for one in cell.split(b"\0"):
                    found = re.fullmatch(
                        rb"([+-]\d+(?:\.\d+)?)(?:\x15(\d+(?:\.\d+)?))?\x14((?:[^\x14\x15]*\x14)*)",
                        one,
                    )
                    if found is None:
                        marks = marks if not one else None
                        continue
                    if marks is None or b"@@" in one:
                        marks = None
                        continue
                    texts = [text for text in found[3].split(b"\x14")[:-1] if text]
                    if not texts and found[2] is not None:
                        texts = [b""]
                    marks += [(float(found[1]), _text(text)) for text in texts]
        return onsets, marks

    def check(self, recording: Recording) -> list[Fault]:
        """Hold what a reader gives against this."""
        if not self.is_sound:
            return []
        shown = [k for k in range(self.n_signals) if self.sizes[k] and not self.is_marks(k)]
        status = self.width == 3 and any(self.field("label", k) == "Status" for k in shown)
        channels = list(recording.channels.values())
        if status:  # its bits are triggers, which are shown as annotations
            return []
        met = compare("channels", [len(channels)], [len(shown)])
        if met:
            return met
        onsets, marks = self.lists()
        times = self._times(onsets)
        for channel, k in zip(channels, shown, strict=True):
            digital = self.digital(k)
            native = channel.samples.read(0, channel.n_samples)
            met += compare("integers", native, digital)
            scale = self.scale(k)
            if scale is not None:
                expected = digital * scale[0] + scale[1]
                met += compare("values", channel.physical(native), expected, exact=False)
            if times is not None and self.duration:
                within = np.arange(self.sizes[k]) * self.duration / self.sizes[k]
                expected = (times[:, None] + within).ravel()
                found = channel.timebase.times(0, channel.timebase.n_samples)
                most = max(self.sizes[j] for j in range(self.n_signals))
                near = self.duration / most + 1e-6
                if len(found) == len(expected) and np.any(np.abs(found - expected) > near):
                    met.append(Fault("wrong sample", "times", f"{found[:3]}, {expected[:3]}"))
        if marks is not None:
            start = onsets[0] if onsets and onsets[0] is not None else 0.0
            expected_marks = sorted((round(onset - start, 6), text) for onset, text in marks)
            found_marks = sorted((round(a.onset, 6), a.text) for a in recording.annotations)
            if found_marks != expected_marks:
                fewer = len(found_marks) < len(expected_marks)
                kind = "lost in silence" if fewer else "wrong sample"
                met.append(Fault(kind, "annotations", f"{found_marks[:4]}, {expected_marks[:4]}"))
        return met

    def _times(self, onsets: list[float | None]) -> NDArray[np.float64] | None:
        """Return when each record begins, None where that is not plain."""
        if self.duration is None or not self.there:
            return None
        if not onsets:
            return np.arange(self.there) * self.duration
        if any(onset is None for onset in onsets):
            return None
        times = np.array(onsets, float) - onsets[0]
        if np.any(np.diff(times) < self.duration * (1 - 1e-9)):
            return None
        return times


def _whole(cell: bytes) -> int | None:
    return int(cell) if re.fullmatch(rb"\d+ *", cell) else None


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")

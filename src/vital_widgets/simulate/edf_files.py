"""Write EDF, EDF+ and BDF files byte by byte: exact integers, gaps, and damaged headers.

For tests and benchmarks only: nothing is checked, so that every error can be produced.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_MAIN = (
    ("version", 8),
    ("patient", 80),
    ("recording", 80),
    ("date", 8),
    ("time", 8),
    ("header_bytes", 8),
    ("reserved", 44),
    ("n_records", 8),
    ("duration", 8),
    ("n_signals", 4),
)
_SIGNAL = (
    ("label", 16),
    ("transducer", 80),
    ("units", 8),
    ("physical_min", 8),
    ("physical_max", 8),
    ("digital_min", 8),
    ("digital_max", 8),
    ("prefilter", 80),
    ("samples", 8),
    ("reserved", 32),
)


@dataclass
class EdfSignal:
    """One signal of a file to write; ``digital`` has shape ``(n_records * samples_per_record,)``.

    ``fields`` overrides header fields by name with any text or bytes: ``label``, ``transducer``,
    ``units``, ``physical_min``, ``physical_max``, ``digital_min``, ``digital_max``,
    ``prefilter``, ``samples``, ``reserved``.
    """

    label: str
    digital: NDArray[Any]
    units: str = "uV"
    physical_min: float = -3276.8
    physical_max: float = 3276.7
    digital_min: int = -32768
    digital_max: int = 32767
    fields: dict[str, str | bytes] = field(default_factory=dict)

    @property
    def gain(self) -> float:
        """Physical units per integer step."""
        return (self.physical_max - self.physical_min) / (self.digital_max - self.digital_min)

    @property
    def physical(self) -> NDArray[np.float64]:
        """The samples in physical units."""
        digital = np.asarray(self.digital, np.float64)
        physical: NDArray[np.float64] = (digital - self.digital_min) * self.gain + self.physical_min
        return physical


def tal(onset: float | str, *texts: str, duration: float | str | None = None) -> bytes:
    """Return one complete time-stamped annotation list (TAL) of EDF+.

    Parameters
    ----------
    onset : float or str
        Seconds from the start of the file; a str is written as it is.
    *texts : str
        What the annotations say; without any, the list only gives the time of a record.
    duration : float or str, optional
        Seconds.
    """
    time = (
        onset if isinstance(onset, str) else np.format_float_positional(onset, sign=True, trim="-")
    )
    length = "" if duration is None else f"\x15{duration}"
    return f"{time}{length}\x14{''.join(text + chr(20) for text in texts or ('',))}\x00".encode()


def write_edf(
    path: Path,
    signals: Sequence[EdfSignal],
    *,
    n_records: int,
    duration: float = 1.0,
    bdf: bool = False,
    records: Sequence[Sequence[bytes]] | None = None,
    annotation_bytes: int = 60,
    reserved: str | None = None,
    fields: Mapping[str, str | bytes] | None = None,
    tail: bytes = b"",
) -> Path:
    """Write a file and return its path.

    Parameters
    ----------
    path : Path
        The file to write.
    signals : sequence of EdfSignal
        The ordinary signals.
    n_records : int
        Data records; each signal's samples are split evenly among them.
    duration : float
        Of a record, in seconds.
    bdf : bool
        24-bit samples and the header of BDF.
    records : sequence, shape (n_records, k), optional
        Bytes of ``k`` annotation signals in each record (see `tal`). They are the last signals.
    annotation_bytes : int
        Bytes of an annotation signal in a record; a multiple of 6 suits both formats.
    reserved : str, optional
        ``"EDF+C"``, ``"EDF+D"`` …; by default ``EDF+C`` where there are annotation signals.
    fields : mapping, optional
        Header fields to override by name with any text or bytes: ``version``, ``patient``,
        ``recording``, ``date``, ``time``, ``header_bytes``, ``reserved``, ``n_records``,
        ``duration``, ``n_signals``.
    tail : bytes
        Appended after the last record.
    """
    kind, width = ("BDF", 3) if bdf else ("EDF", 2)
    marks = len(records[0]) if records else 0

    if reserved is None:
        reserved = f"{kind}+C" if marks else ("24BIT" if bdf else "")
    values: dict[str, str | bytes] = {
        "version": b"\xffBIOSEMI" if bdf else "0",
        "patient": "X X X X",
        "recording": "Startdate 02-MAR-2021 X X X",
        "date": "02.03.21",
        "time": "22.04.05",
        "header_bytes": str(256 * (len(signals) + marks + 1)),
        "reserved": reserved,
        "n_records": str(n_records),
        "duration": f"{duration:g}",
        "n_signals": str(len(signals) + marks),
        **(fields or {}),
    }
    rows = [_signal_fields(signal, n_records) for signal in signals]
    rows += [_mark_fields(kind, annotation_bytes // width)] * marks
    header = b"".join(_cell(values[name], size) for name, size in _MAIN)
    header += b"".join(_cell(row[name], size) for name, size in _SIGNAL for row in rows)
    columns = [
        _encoded(signal.digital, width).reshape(n_records, -1) for signal in signals if n_records
    ]
    for k in range(marks if n_records else 0):
        cells = [(records or ())[i][k].ljust(annotation_bytes, b"\0") for i in range(n_records)]
        columns.append(np.frombuffer(b"".join(cells), np.uint8).reshape(n_records, -1))
    body = np.concatenate(columns, axis=1).tobytes() if columns and n_records else b""
    path.write_bytes(header + body + tail)
    return path


def make_big_edf(path: Path, gigabytes: float, channels: int = 8, fs: int = 250) -> Path:
    """Write a large EDF file of noisy beats fast, 1 s per record.

    A block of ten minutes is repeated, so the disk limits the speed.

    Parameters
    ----------
    path : Path
        File to write.
    gigabytes : float
        About how large it is, in 1e9 bytes.
    channels : int
        Number of channels, named "ECG 1", "ECG 2", …
    fs : int
        Their sampling rate in Hz.

    Returns
    -------
    Path
        The file.
    """
    seconds = 600
    times = np.arange(seconds * fs) / fs
    random = np.random.default_rng(0)
    block = np.empty((seconds, channels, fs), "<i2")
    for k in range(channels):
        phase = (times * (1.0 + 0.02 * k)) % 1.0
        wave = 900 * np.exp(-(((phase - 0.3) / 0.012) ** 2))
        wave += 180 * np.exp(-(((phase - 0.55) / 0.05) ** 2))
        wave += 120 * np.sin(2 * np.pi * 0.25 * times) + random.normal(0, 12, len(times))
        block[:, k] = np.rint(wave).reshape(seconds, fs)
    n_records = max(1, round(gigabytes * 1e9 / (channels * fs * 2)))
    signals = [
        EdfSignal(f"ECG {k + 1}", np.empty(0, np.int16), fields={"samples": str(fs)})
        for k in range(channels)
    ]
    write_edf(path, signals, n_records=0, fields={"n_records": str(n_records)})
    whole, rest = divmod(n_records, seconds)
    with path.open("ab") as file:
        for _ in range(whole):
            block.tofile(file)
        block[:rest].tofile(file)
    return path


def _signal_fields(signal: EdfSignal, n_records: int) -> dict[str, str | bytes]:
    return {
        "label": signal.label,
        "transducer": "",
        "units": signal.units,
        "physical_min": f"{signal.physical_min:g}",
        "physical_max": f"{signal.physical_max:g}",
        "digital_min": str(signal.digital_min),
        "digital_max": str(signal.digital_max),
        "prefilter": "",
        "samples": str(len(signal.digital) // max(n_records, 1)),
        "reserved": "",
        **signal.fields,
    }


def _mark_fields(kind: str, samples: int) -> dict[str, str | bytes]:
    ends = ("-32768", "32767") if kind == "EDF" else ("-8388608", "8388607")
    empty = dict.fromkeys((name for name, _ in _SIGNAL), "")
    return {
        **empty,
        "label": f"{kind} Annotations",
        "physical_min": "-1",
        "physical_max": "1",
        "digital_min": ends[0],
        "digital_max": ends[1],
        "samples": str(samples),
    }


def _cell(value: str | bytes, size: int) -> bytes:
    raw = value if isinstance(value, bytes) else value.encode("utf-8")
    return raw.ljust(size)[:size]


def _encoded(digital: NDArray[Any], width: int) -> NDArray[np.uint8]:
    wide = np.ascontiguousarray(digital, "<i4").view(np.uint8).reshape(-1, 4)
    return np.ascontiguousarray(wide[:, :width])

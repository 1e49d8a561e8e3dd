"""What the lines before a table say: sampling rate, column names, date and time."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from vital_widgets.core.timebase import checked_rate
from vital_widgets.errors import InvalidInputError
from vital_widgets.io.text.headers import start_and_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

_EMPATICA_ROWS = 2
_RATE = re.compile(
    r"(?:\bsampl\w*[\s_\-]*(?:rate|freq\w*)|\bfrequency|\babtast\w*|\bfs\b|\bsfreq\b|\bsrate\b|^\W*rate\b)"
    r"[^\d\n]{0,24}?(?P<rate>(?:(?<=[\s:=])-)?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)\s*(?P<kilo>k)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Preamble:
    """Facts told by the lines before a table, as far as there are any.

    Attributes
    ----------
    fs : float or None
        Sampling rate in Hz.
    names : tuple of str
        Names of the columns, empty if not told.
    start : datetime or None
        Clock time of the first row; no time zone is made up.
    metadata : dict
        Whatever a structured header says.
    notes : tuple of str
        Sentences on where these facts are from.
    """

    fs: float | None = None
    names: tuple[str, ...] = ()
    start: datetime | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_preamble(lines: Sequence[str]) -> Preamble:
    """Return what the lines before the table say."""
    found_pair = start_and_rate([re.split(r"[,;\t ]+", line.strip()) for line in lines])
    if len(lines) == _EMPATICA_ROWS and found_pair:
        begin, fs = found_pair
        note = f"start and sampling rate {fs:g} Hz, from the first two lines"
        return Preamble(fs=fs, start=datetime.fromtimestamp(begin, UTC), notes=(note,))
    for line in lines:
        told = _json_header(line)
        if told is not None:
            return told
    for line in lines:
        found = _RATE.search(line)
        if found:
            rate = float(found["rate"].replace(",", ".")) * (1000 if found["kilo"] else 1)
            shown = line.strip()[:80]
            if 0 < rate < math.inf:
                return Preamble(
                    fs=rate, notes=(f"sampling rate {rate:g} Hz, from the line {shown!r}",)
                )
            return Preamble(
                notes=(f"no sampling rate is taken from the line {shown!r}: {rate:g} is none",)
            )
    return Preamble()


def _json_header(line: str) -> Preamble | None:
    """Read an OpenSignals header: a remark that holds one JSON object, devices by name."""
    text = line.lstrip("#%/ \t")
    if not text.startswith("{"):
        return None
    try:
        devices = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(devices, dict):
        return None
    infos = [info for info in devices.values() if isinstance(info, dict)]
    if not infos:
        infos = [devices]
    if not infos:
        return None
    first = infos[0]
    rate = first.get("sampling rate") or first.get("sampling_rate") or first.get("fs")
    fs = _rate(rate)
    told = [info.get("column") for info in infos]
    lists = [names for names in told if isinstance(names, list)]
    columns = [name for names in lists for name in names if isinstance(name, str)]
    notes = [] if fs is None else [f"sampling rate {fs:g} Hz, from the header"]
    if len(infos) > 1:
        notes.append(f"the header names {len(infos)} devices; the rate of the first is used")
    return Preamble(fs, tuple(columns), _start(first), dict(devices), tuple(notes))


def _rate(told: Any) -> float | None:
    """Return a sampling rate that a header gives, None if it is none."""
    try:
        return checked_rate(told)
    except (InvalidInputError, OverflowError):
        return None


def _start(info: dict[str, Any]) -> datetime | None:
    day, clock = info.get("date"), info.get("time")
    if not isinstance(day, str) or not isinstance(clock, str):
        return None
    try:
        year, month, date = (int(part) for part in re.split(r"[-/.]", day))
        hour, minute, second = clock.strip().split(":")
        whole, _, fraction = second.partition(".")
        micro = int(fraction.ljust(6, "0")[:6]) if fraction else 0
        return datetime(year, month, date, int(hour), int(minute), int(whole), micro)  # noqa: DTZ001
    except (ValueError, OverflowError):
        return None

"""What the lines before a table say: sampling rate, column names, date and time."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vital_widgets.core.timebase import checked_rate
from vital_widgets.errors import InvalidInputError
from vital_widgets.io.text.moments import moment
from vital_widgets.io.text.times import is_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_RATE = re.compile(
    r"(?:\bsampl\w*[\s_\-]*(?:rate|freq\w*)|\bfrequency|\babtast\w*|\bfs\b|\bsfreq\b|\bsrate\b|^\W*rate\b)"
    r"[^\d\n]{0,24}?(?P<rate>(?:(?<=[\s:=])-)?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)\s*(?P<kilo>k)?",
    re.IGNORECASE,
)
_SHORT = {"s": "s", "sec": "s", "ms": "ms", "msec": "ms", "us": "us", "µs": "us", "usec": "us"}
_INTERVAL = re.compile(
    r"\bsampl\w*[\s_\-]*(?:interval|period|time)\b[^\d\n]{0,24}?"
    r"(?P<step>\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)\s*(?P<unit>s|sec|ms|msec|us|µs|usec)\b",
    re.IGNORECASE,
)
_LABELS = re.compile(r"(?:channel\w*|column\w*|signal\w*)?[ _]?(?:labels?|names?)", re.IGNORECASE)
_SETTING = re.compile(
    r"[#%/\s]*\"?(?P<key>[A-Za-z][\w ./()-]*?(?:\((?:Hz|hh:mm:ss)\))?)"
    r"\s*(?:(?::=|[:=,;\t])\s*|\s(?=\d))(?P<value>\S.*?)\s*$"
)
_START = re.compile(
    r"\b(?:record\w*|start\w*|begin\w*|acqui\w*)\b[^\d\n]{0,24}?(?P<when>\d[\dT:., /+\-Z]*)",
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
    units : tuple of str
        Units of ``names``.
    n_lines : int
        How many lines at the beginning hold no row of values, whatever is in them.
    device : str
        What wrote the file, '' if it is of no kind that is known here.
    time_name, time_unit : str
        Name and unit of a column of times before those in ``names``, where there is one.
    time : str
        Name of the column of times, where it is one of ``names``.
    ticks : float
        What the times count, in Hz; 0 if they say it themselves.
    day_first : bool or None
        Whether dates begin with the day, as far as it is told.
    remarks : str
        Pattern of what may stand behind the last cell of a row, as a remark on it.
    no_channels : tuple of str
        Columns that hold a setting and no samples.
    units_of : dict
        Units of columns by the names that the table itself has.
    """

    fs: float | None = None
    names: tuple[str, ...] = ()
    start: datetime | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    n_lines: int = 0
    device: str = ""
    time_name: str = ""
    time_unit: str = ""
    time: str = ""
    ticks: float = 0.0
    day_first: bool | None = None
    remarks: str = ""
    no_channels: tuple[str, ...] = ()
    units_of: dict[str, str] = field(default_factory=dict)


def read_preamble(lines: Sequence[str], remarks: Sequence[str]) -> Preamble:
    """Return what the lines before the table say; ``remarks`` are those that are no names."""
    for line in lines:
        told = _json_header(line)
        if told is not None:
            return told
    settings = dict(settings_told(line for line in remarks if re.search("[:=]", line)))
    labels = next((value for key, value in settings.items() if _LABELS.fullmatch(key)), "")
    fs, notes = rate_told(lines)
    start, more = start_told(lines)
    return Preamble(
        fs=fs,
        names=tuple(name.strip() for name in re.split(r"[\t,;]", labels) if name.strip()),
        start=start,
        metadata=settings,
        notes=(*notes, *more),
    )


def without_remarks(
    lines: Sequence[str], told: Preamble | None, *, with_cell: bool = False
) -> list[str]:
    """Return lines without what the rows of an export have behind their last cell.

    Where rows without remarks have an empty cell there, it stays.
    """
    if told is None or not told.remarks:
        return list(lines)
    between = r"(?<=[\t,;])" if with_cell else r"[\t,; ]+"
    pattern = re.compile(rf"{between}(?:{told.remarks}).*$")
    return [pattern.sub("", line) for line in lines]


def rate_told(lines: Sequence[str]) -> tuple[float | None, list[str]]:
    """Return the sampling rate that one of the lines says, and a note."""
    for line in lines:
        found = _RATE.search(line)
        if found:
            rate = float(found["rate"].replace(",", ".")) * (1000 if found["kilo"] else 1)
        else:
            interval = _INTERVAL.search(line)
            step = float(interval["step"].replace(",", ".")) if interval else 0.0
            if interval is None or step <= 0:
                continue
            rate = {"s": 1, "ms": 1e3, "us": 1e6}[_SHORT[interval["unit"].lower()]] / step
        shown = line.strip()[:80]
        if 0 < rate < math.inf:
            return rate, [f"sampling rate {rate:g} Hz, from the line {shown!r}"]
        return None, [f"no sampling rate is taken from the line {shown!r}: {rate:g} is none"]
    return None, []


def settings_told(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Go through the settings in lines such as ``Serial: X`` or ``Start Time 10:00:00``."""
    for line in lines:
        match = _SETTING.match(line)
        if match and match["key"] != "sep":  # which only tells spreadsheets the separator
            yield match["key"].strip(), match["value"].strip().strip('",;')


def start_told(lines: Sequence[str]) -> tuple[datetime | None, list[str]]:
    """Return the start that one of the lines tells, or a date and a time in two, with notes."""
    parts: dict[str, str] = {}
    for line in lines:
        match = _START.search(line)
        if match is None:
            continue
        start, notes = moment(match["when"])
        if start is not None:
            return start, [f"start {start}, from the line {line.strip()[:80]!r}", *notes]
        parts.setdefault(
            "date" if is_date(match["when"].strip()) else "time", match["when"].strip()
        )
    if len(parts) == len(("date", "time")):
        start, notes = moment(f"{parts['date']} {parts['time']}")
        if start is not None:
            return start, [f"start {start}, from the lines before the table", *notes]
    return None, []


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

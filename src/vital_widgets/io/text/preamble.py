"""The lines before a table: sampling rate, column names, date and time."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vital_widgets.core.timebase import checked_rate
from vital_widgets.errors import InvalidInputError
from vital_widgets.io.text.instants import moment
from vital_widgets.io.text.quantities import Reading
from vital_widgets.io.text.rates import StatedRate, read_rates, settled
from vital_widgets.io.text.times import is_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
    """What the lines before a table state.

    Attributes
    ----------
    fs : float or None
        Sampling rate in Hz, if it is certain.
    names : tuple of str
        Names of the columns, empty if not stated.
    start : datetime or None
        Clock time of the first row; naive if no time zone is stated.
    metadata : dict
        Settings of a structured header.
    notes : tuple of str
        Where these values are from.
    units : tuple of str
        Units of ``names``.
    n_lines : int
        Number of lines at the beginning that are not rows of values, whatever they contain.
    device : str
        Device or program that wrote the file, '' if it is not recognized.
    time_name, time_unit : str
        Name and unit of a column of times before those in ``names``, where there is one.
    time : str
        Name of the column of times, where it is one of ``names``.
    ticks : float
        Ticks of the times in a second; 0 if the times state their unit.
    day_first : bool or None
        Whether dates begin with the day, None if not stated.
    remarks : str
        Pattern of a remark behind the last cell of a row.
    no_channels : tuple of str
        Columns that hold a setting and no samples.
    units_of : dict
        Units by the column names of the table itself.
    rates : tuple of StatedRate
        Possible sampling rates, of which the table has to decide one.
    separator : str
        The separator of cells, '' to find it.
    refused : tuple of str
        Lines that seem to state a sampling rate but do not, and why.
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
    rates: tuple[StatedRate, ...] = ()
    refused: tuple[str, ...] = ()
    separator: str = ""


def read_preamble(lines: Sequence[str], remarks: Sequence[str]) -> Preamble:
    """Read the lines before the table; ``remarks`` are those that cannot be column names."""
    for line in lines:
        header = _json_header(line)
        if header is not None:
            return header
    settings = dict(read_settings(line for line in remarks if re.search("[:=]", line)))
    labels = next((value for key, value in settings.items() if _LABELS.fullmatch(key)), "")
    rate = read_rates(lines)
    start, more = read_start(lines)
    return Preamble(
        fs=rate.fs,
        rates=rate.doubt,
        refused=rate.refused,
        names=tuple(name.strip() for name in re.split(r"[\t,;]", labels) if name.strip()),
        start=start,
        metadata=settings,
        notes=(*rate.notes, *rate.refused, *more),
    )


def without_remarks(
    lines: Sequence[str], preamble: Preamble | None, *, with_cell: bool = False
) -> list[str]:
    """Return the lines of an export without the remarks behind their last cell.

    Where rows without remarks have an empty cell there, it stays.
    """
    if preamble is None or not preamble.remarks:
        return list(lines)
    between = r"(?<=[\t,;])" if with_cell else r"[\t,; ]+"
    pattern = re.compile(rf"{between}(?:{preamble.remarks}).*$")
    return [pattern.sub("", line) for line in lines]


def read_settings(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the settings in lines such as ``Serial: X`` or ``Start Time 10:00:00``."""
    for line in lines:
        match = _SETTING.match(line)
        if match and match["key"] != "sep":  # which only names the separator for spreadsheets
            yield match["key"].strip(), match["value"].strip().strip('",;')


def read_start(lines: Sequence[str]) -> tuple[datetime | None, list[str]]:
    """Return the start that one line states, or two lines as date and time, with notes."""
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
    rates = settled([one for info in infos for one in _rates(info)])
    columns = [
        name
        for info in infos
        for name in (info["column"] if isinstance(info.get("column"), list) else [])
        if isinstance(name, str)
    ]
    notes = [] if rates.fs is None else [f"sampling rate {rates.fs:g} Hz, from the header"]
    return Preamble(
        fs=rates.fs,
        names=tuple(columns),
        start=_start(first),
        metadata=dict(devices),
        notes=tuple(notes),
        rates=rates.doubt,
    )


def _rates(info: dict[str, Any]) -> list[StatedRate]:
    """Return the sampling rate that the header of a device gives, in a list."""
    keys = [key for key in ("sampling rate", "sampling_rate", "fs") if info.get(key)]
    fs = _rate(info[keys[0]]) if keys else None
    return [StatedRate(f"{keys[0]!r}: {info[keys[0]]}", (Reading(fs, ""),))] if fs else []


def _rate(value: Any) -> float | None:
    """Return a sampling rate of a header, None if it is not valid."""
    try:
        return checked_rate(value)
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

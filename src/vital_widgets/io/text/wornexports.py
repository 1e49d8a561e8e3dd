"""The heads that wearable devices write above the tables they export."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vital_widgets.io.text.dialect import split_cells
from vital_widgets.io.text.headers import start_and_rate
from vital_widgets.io.text.instants import clock, moment
from vital_widgets.io.text.preamble import Preamble, read_settings
from vital_widgets.io.text.rates import StatedRate, read_rates, settled, shown_line

if TYPE_CHECKING:
    from collections.abc import Sequence

from vital_widgets.io.text.quantities import (
    EPOCHS,
    finite_number,
    first_line,
    rates_at,
)

EMPATICA = "Empatica E4"
_SINCE_1970 = r"(?:1\d{9}|[23]\d{9}|4[01]\d{8})(?:[.,]\d*)?"
EMPATICA_START = rf"[ ]*{_SINCE_1970}(?:[ ]*[,;\t][ ]*{_SINCE_1970})*[ ]*"  # no value is so large
JOINED_EMPATICA = (
    "another recording starts here, as in joined files of Empatica; split the file before that "
    "line, or open the original files"
)


def empatica(lines: Sequence[str], name: str) -> Preamble | None:
    """Empatica E4: start and rate in the first two rows, or start and ``IBI`` in the first."""
    first = first_line(lines)
    signs = [sign for sign in ";\t" if lines and sign in lines[first]]
    rows = [
        [cell.strip() for cell in line.split(signs[0] if signs else ",")]
        for line in lines[first : first + 4]
    ]
    if rows and len(rows[0]) == 2 and rows[0][1] == "IBI":  # noqa: PLR2004 - time and interval
        begin = finite_number(rows[0][0])
        if begin is not None and EPOCHS[0] < begin < EPOCHS[1]:
            return Preamble(
                names=("time", "IBI"),
                units=("s", "s"),
                start=datetime.fromtimestamp(begin, UTC),
                notes=("start from the first line, the format of Empatica",),
                n_lines=first + 1,
                device=EMPATICA,
            )
    pair = start_and_rate(rows)
    if pair is None:
        return None
    begin, fs = pair
    kinds = [kind for kind in _E4 if re.search(rf"(?<![A-Z]){kind}(?![A-Z])", name.upper())]
    names, unit = _E4[kinds[0]] if kinds else ((), "")
    fits = len(names) == len(rows[0])
    named = bool(kinds) and fits
    return Preamble(
        fs=fs,
        names=names if fits else (),
        units=(unit,) * len(names) if fits else (),
        start=datetime.fromtimestamp(begin, UTC),
        notes=(
            f"start and sampling rate {fs:g} Hz, from the first two lines",
            *((f"names and units are those of Empatica E4 for {kinds[0]}.csv",) if named else ()),
        ),
        n_lines=first + 2,
        device=EMPATICA,
    )


_E4 = {
    "ACC": (("ACC X", "ACC Y", "ACC Z"), "g/64"),
    "BVP": (("BVP",), ""),
    "EDA": (("EDA",), "µS"),
    "TEMP": (("TEMP",), "°C"),
    "HR": (("HR",), "bpm"),
}


def actigraph(lines: Sequence[str], name: str) -> Preamble | None:
    """ActiGraph (ActiLife): a head that ends in dashes, with date format and rate."""
    del name
    top = lines[0] if lines else ""
    if re.search(r"Data (?:Table )?File Created By ActiGraph", top) is None:
        return None
    ends = [
        k for k, line in enumerate(lines[1:], 1) if re.fullmatch(r'[\s",;]*-{10,}[\s",;]*', line)
    ]
    if not ends:
        return None
    settings = dict(read_settings(lines[1 : ends[0]]))
    order = re.search(r"date format\s+(\S+)", top)
    day_first = order is not None and order[1].startswith("d")
    rate = re.search(r"\bat\s*([\d.]+)\s*Hz", top)
    epoch = clock(settings.get("Epoch Period (hh:mm:ss)", ""))
    period = 0 if epoch is None else epoch.hour * 3600 + epoch.minute * 60 + epoch.second
    fs = finite_number(rate[1]) if rate else (1 / period if period else None)
    start, notes = moment(
        f"{settings.get('Start Date', '')} {settings.get('Start Time', '')}", day_first=day_first
    )
    if fs is not None:
        notes.append(f"sampling rate {fs:g} Hz, from the head of ActiLife")
    return Preamble(
        fs=fs,
        names=tuple(f"Accelerometer {axis}" for axis in "XYZ") if rate else (),
        units=("g", "g", "g") if rate else (),
        time_name="Timestamp",
        start=start,
        metadata=settings,
        notes=tuple(notes),
        n_lines=ends[0] + 1,
        day_first=day_first,
        device="ActiGraph",
    )


def geneactiv(lines: Sequence[str], name: str) -> Preamble | None:
    """GENEActiv: a head of settings, rows of time, three axes, light, button, temperature."""
    del name
    settings = dict(read_settings(lines[:100]))
    if settings.get("Device Type") != "GENEActiv":
        return None
    rate = _RATE_HZ.search(settings.get("Measurement Frequency", ""))
    fs = finite_number(rate[1]) if rate else None
    begin = [k for k, line in enumerate(lines) if re.match(r"\d{4}-\d{2}-\d{2} \d{2}:", line)]
    return Preamble(
        fs=fs,
        names=("Time", "x", "y", "z", "light", "button", "temperature"),
        units=("", "g", "g", "g", "lux", "", "°C"),
        metadata=settings,
        notes=(f"sampling rate {fs:g} Hz, from the head of GENEActiv",) if fs else (),
        n_lines=begin[0] if begin else 0,
        device="GENEActiv",
    )


_APPLE_RATE = re.compile(
    r'[^,;\d]+[,;]\s*"?[\d.,]+\s*(?:hertz|hz|herzios?|hercios?)"?', re.IGNORECASE
)
_APPLE_UNIT = re.compile(r'[^,;\d]+[,;]\s*"?(?P<unit>[µμumn]?V)"?\s*')
_APPLE_DATE = re.compile(r'[^,;\d]+[,;]\s*"?(?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4})"?')
_LEAD = re.compile(r"\b(?:lead|ableitung|dérivation|derivación|derivazione)\b", re.IGNORECASE)


def apple_health(lines: Sequence[str], name: str) -> Preamble | None:
    """ECG of Apple Health: settings with a comma, then ``Unit,µV``, then one value a line."""
    del name
    head = lines[:30]
    rate = [k for k, line in enumerate(head) if _APPLE_RATE.fullmatch(line.strip())]
    unit = [k for k, line in enumerate(head) if _APPLE_UNIT.fullmatch(line.strip())]
    if not rate or not unit or unit[0] < rate[0] or first_line(head) >= rate[0]:
        return None
    pairs = [split_cells(line, ";" if ";" in line else ",", '"') for line in head[: unit[0] + 1]]
    settings = {pair[0]: " ".join(pair[1:]) for pair in pairs if len(pair) > 1 and pair[0]}
    dates = [match["when"] for line in head if (match := _APPLE_DATE.fullmatch(line.strip()))]
    start, notes = moment(dates[0]) if dates else (None, [])
    if start is not None:
        notes = [f"start {start}, from the head of the file", *notes]
    said = StatedRate(shown_line(head[rate[0]]), rates_at(pairs[rate[0]][1]))
    rates = settled([said] if said.hertz else [])
    found = _APPLE_UNIT.fullmatch(head[unit[0]].strip())
    leads = [value for key, value in settings.items() if _LEAD.search(key) and value]
    return Preamble(
        fs=rates.fs,
        rates=rates.doubt,
        names=(leads[0] if leads else "ECG",),
        units=(found["unit"] if found else "",),
        start=start,
        metadata=settings,
        notes=(*rates.notes, *notes),
        n_lines=unit[0] + 1,
        device="Apple Health",
        separator=";",  # one value a line, with either decimal sign
    )


_RATE_HZ = re.compile(r"([\d.,]+)\s*Hz")


def polar_flow(lines: Sequence[str], name: str) -> Preamble | None:
    """Polar Flow: names and values of the session in two rows, then the table with its names."""
    del name
    sign = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    rows = [split_cells(line, sign, '"') for line in lines[:3]]
    if len(rows) < 3 or rows[0][:2] != ["Name", "Sport"] or "Sample rate" not in rows[2]:  # noqa: PLR2004
        return None
    session = dict(zip(rows[0], rows[1], strict=False))
    start, _ = moment(f"{session.get('Date', '')} {session.get('Start time', '')}", day_first=True)
    return Preamble(
        start=start,
        metadata={key: value for key, value in session.items() if key and value},
        notes=(f"start {start}, from the head of Polar Flow",) if start else (),
        n_lines=2,
        device="Polar Flow",
        no_channels=("Sample rate",),
    )


_MOST_CHANNELS = 1000


def openbci(lines: Sequence[str], name: str) -> Preamble | None:
    """OpenBCI before version 5: a head in remarks, without column names."""
    del name
    n_lines = next((k for k, line in enumerate(lines) if not line.startswith("%")), 0)
    settings = dict(read_settings(lines[:n_lines]))
    count = finite_number(settings.get("Number of channels", ""))
    if not n_lines or not lines[0].startswith("%OpenBCI Raw") or count is None:
        return None
    if not 0 < count <= _MOST_CHANNELS:
        return None
    cells = [cell.strip() for cell in lines[n_lines].split(",")]
    names = ["Sample Index", *(f"EXG Channel {k}" for k in range(int(count)))]
    rest = cells[len(names) :]
    if finite_number(cells[0]) is None or not rest:
        return None  # names, as later versions write them
    for k, cell in enumerate(rest):
        if ":" in cell:
            names.append("Timestamp (Formatted)")
        elif (finite_number(cell) or 0.0) > EPOCHS[0]:
            names.append("Timestamp")
        else:
            names.append(f"Accel Channel {k}" if k < len("XYZ") else "")
    rate = read_rates(lines[:n_lines])
    return Preamble(
        fs=rate.fs,
        rates=rate.doubt,
        refused=rate.refused,
        names=tuple(names),
        metadata=settings,
        notes=(*rate.notes, *rate.refused),
        n_lines=n_lines,
        device="OpenBCI",
    )

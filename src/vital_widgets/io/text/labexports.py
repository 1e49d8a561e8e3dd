"""The heads that laboratory programs write above the tables they export."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from vital_widgets.io.text.instants import clock, spreadsheet_moment
from vital_widgets.io.text.preamble import Preamble, read_settings, read_start
from vital_widgets.io.text.rates import Rates, StatedRate, settled, shown_line

if TYPE_CHECKING:
    from collections.abc import Sequence

from vital_widgets.io.text.quantities import (
    SECONDS,
    UNIT_OF_SECONDS,
    Reading,
    finite_number,
    first_line,
    rates_at,
)


def labchart(lines: Sequence[str], name: str) -> Preamble | None:
    """LabChart (PowerLab): settings such as ``Interval=``, names behind ``ChannelTitle=``."""
    del name
    settings: dict[str, list[str]] = {}
    named: dict[str, str] = {}
    n_lines = first_line(lines)
    signs = set[str]()
    for line in lines[n_lines:]:
        match = re.match(r'\s*"?([A-Za-z]+)="?([\t,;]?)', line)
        if match is None:
            break
        value = line[match.end() :]
        cells = value.split(match[2] or ("\t" if "\t" in value else None))
        named[match[1].lower()] = match[1]
        signs.add(match[2])
        settings[match[1].lower()] = [cell.strip().strip('"') for cell in cells]
        n_lines += 1
    if not {"interval", "channeltitle"} <= settings.keys():
        return None
    titles = settings["channeltitle"]
    while titles and not titles[-1]:
        titles.pop()
    ranges = [re.sub(r"^[\d.,+\-eE\s]+", "", cell) for cell in settings.get("range", [])]
    unit_names = settings.get("unitname", [])
    units = [
        next((u for u in (_at(unit_names, k), _at(ranges, k)) if u not in ("", "*")), "")
        for k in range(len(titles))
    ]
    interval = _text(settings["interval"])
    rate = _settled(f"Interval= {interval}", rates_at(interval))
    notes = [*rate.notes, *rate.refused]
    excel = settings.get("exceldatetime", [])
    start = spreadsheet_moment(excel[0]) if excel else None
    day_first = None
    if start is not None:
        day_first = _day_first(start, excel[1:])
        start = _exact(start, excel[1:])
        notes.append(f"start {start}, from the line 'ExcelDateTime= {_text(excel)}'")
    return Preamble(
        fs=rate.fs,
        rates=rate.doubt,
        refused=rate.refused,
        names=tuple(titles),
        units=tuple(units),
        start=start,
        metadata={
            named[key]: _text(cells)
            for key, cells in settings.items()
            if key not in _CHANNELWISE and _text(cells)
        },
        notes=tuple(notes),
        n_lines=n_lines,
        time_name="Time",
        day_first=day_first,
        separator="\t" if signs - {""} == {"\t"} and len(titles) == 1 else "",
        remarks=r"#(?!N/?A\b|\d+\.)",
        device="LabChart",
    )


LABCHART_HEAD = r'"?[A-Za-z]+="?(?:\t[^\n]*)?'  # a line of a head, which each block has


def _day_first(start: datetime, texts: Sequence[str]) -> bool | None:
    """Return whether the text behind a start has the day first, None if both orders fit."""
    date = re.match(r"(\d{1,2})[/.-](\d{1,2})[/.-]\d", " ".join(texts).strip())
    pair = (int(date[1]), int(date[2])) if date else (0, 0)
    orders = {(start.day, start.month): True, (start.month, start.day): False}
    return orders.get(pair) if start.day != start.month else None


_CHANNELWISE = ("channeltitle", "range", "unitname", "topvalue", "bottomvalue")


def _settled(line: str, hertz: tuple[Reading, ...]) -> Rates:
    """Return the rate that a line of a known head states, or that it states none."""
    if hertz:
        return settled([StatedRate(shown_line(line), hertz)])
    why = f"no sampling rate is taken from the line {shown_line(line)!r}: it states none"
    return Rates(refused=(why,))


def acqknowledge(lines: Sequence[str], name: str) -> Preamble | None:
    """AcqKnowledge (Biopac): ``0.5 msec/sample``, ``3 channels``, then names and units."""
    del name
    found = [
        (k, hertz, count)
        for k, (line, below) in enumerate(pairwise(lines[:9]))
        if (hertz := rates_at(line.lstrip(' \t"')))
        and (count := re.match(r'\s*"?(\d{1,4})\s+channels?\b', below))
    ]
    if not found:
        return None
    k, hertz, count = found[0]
    n = int(count[1])
    block = [line.strip().rstrip(",;\t").strip('"') for line in lines[k + 2 : k + 2 + 2 * n]]
    head = k + 2 + 2 * n
    if len(block) < 2 * n or head >= len(lines):
        return None
    sign = ""
    if re.match(r'[ \t"]*(?:0,\d|\d+,(?!\d{3}\b)\d)', lines[k]):  # a decimal comma
        sign = "\t" if "\t" in lines[head] else ";"
    titles = [cell.strip().strip('"') for cell in re.split(sign or r"[\t,;]", lines[head])]
    while titles and not titles[-1]:
        titles.pop()
    in_title = titles[0].lower() if titles else ""
    n_lines = head + 1 if re.fullmatch(r"CH\s?\d+", titles[-1] if titles else "") else head
    rows = [
        [cell.strip() for cell in re.split(sign or r"[\t,;]", line)] for line in lines[n_lines:]
    ]
    n_lines += n_lines > head and _begin_with_counts(rows, n)
    rate = _settled(lines[k], hertz)
    start, notes = read_start(lines[:k])
    return Preamble(
        fs=rate.fs,
        rates=rate.doubt,
        names=tuple(block[0::2]),
        units=tuple(block[1::2]),
        start=start,
        notes=(*rate.notes, *notes),
        n_lines=n_lines,
        time_name="Time" if len(titles) > n else "",
        time_unit=UNIT_OF_SECONDS.get(SECONDS.get(in_title, 0.0), ""),
        device="AcqKnowledge",
        separator=sign,
    )


def _begin_with_counts(rows: Sequence[Sequence[str]], n_channels: int) -> bool:
    """Whether the first row gives the number of samples of each channel."""
    filled = [[cell for cell in row if cell] for row in rows[:2]]
    if rows and not rows[0][0] and (rows[1:2] == [] or rows[1][0] or not any(rows[1])):
        return bool(filled[0]) and all(re.fullmatch("[0-9]+", cell) for cell in filled[0])
    whole = [cell for cell in filled[0] if re.fullmatch("[0-9]+", cell)] if filled[1:] else []
    if len(whole) != n_channels or len(filled[0]) != n_channels:
        return False
    counts = [float(cell) for cell in whole]
    first = [finite_number(cell) for cell in filled[1][-n_channels:]]
    alike = (v is not None and abs(v - n) <= n / 2 for v, n in zip(first, counts, strict=False))
    return 2 * max(counts) >= sum(map(any, rows[1:])) and not any(alike)


_TIC = 2.5e-3  # seconds


def siemens(lines: Sequence[str], name: str) -> Preamble | None:
    """Scanner logs (Siemens): settings, then times in tics of 2.5 ms, values and triggers."""
    del name
    settings = dict(read_settings(lines[:40]))
    head = [k for k, line in enumerate(lines) if line.split()[:1] == ["ACQ_TIME_TICS"]]
    step = finite_number(settings.get("SampleTime", ""))
    if not head or "LogDataType" not in settings or not step:
        return None
    kind = settings["LogDataType"]
    return Preamble(
        fs=1 / (step * _TIC),
        names=("ACQ_TIME_TICS", "CHANNEL", kind),
        metadata=settings,
        notes=(
            f"sampling rate {1 / (step * _TIC):g} Hz and times in tics of 2.5 ms, from the head",
        ),
        n_lines=head[0] + 1,
        time="ACQ_TIME_TICS",
        ticks=1 / _TIC,
        remarks=r"[A-Z]+_TRIGGER",
        device="Siemens",
    )


def _exact(start: datetime, texts: Sequence[str]) -> datetime:
    """Return a start in days of a spreadsheet with the clock time that is written behind it."""
    written = clock(" ".join(texts).rpartition(" ")[2]) if texts else None
    if written is None:
        return start
    exact = datetime.combine(start, written)
    return exact if abs((exact - start).total_seconds()) < 1e-2 else start  # noqa: PLR2004


def _at(cells: Sequence[str], k: int) -> str:
    return cells[k] if k < len(cells) else ""


def _text(cells: Sequence[str]) -> str:
    return " ".join(cell for cell in cells if cell)

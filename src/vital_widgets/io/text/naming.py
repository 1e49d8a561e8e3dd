"""Names and units of the columns of a text table, from its head, its device or the user."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from vital_widgets.io.text.cells import is_missing
from vital_widgets.io.text.columns import column_like, known_device, units_of
from vital_widgets.io.text.dialect import AUTO
from vital_widgets.io.text.numbers import counts_from_a_date
from vital_widgets.io.text.readingplan import number_times
from vital_widgets.io.text.sidecar import missing_sidecar
from vital_widgets.io.text.times import are_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from vital_widgets.io.text.preamble import Preamble
    from vital_widgets.io.text.sniff import Layout


_ALL_NAMED = frozenset({"LabChart", "Empatica E4", "Apple Health", "pandas"})  # rows follow heads


def with_stated_names(
    layout: Layout, preamble: Preamble, header: int | str | None
) -> tuple[Layout, list[str]]:
    """Return the layout with the names and units that the head or a device states, and notes."""
    notes = list[str]()
    if header == AUTO and preamble.device in _ALL_NAMED and preamble.names and any(layout.names):
        k, line = [(k, line) for k, line in enumerate(layout.preamble, 1) if line.strip()][-1]
        notes.append(
            f"line {preamble.n_lines + k} is not read: it is not a row of values, and the head has "
            f"the names ({line.strip()[:60]!r})"
        )
        blank = ("",) * layout.n_fields
        layout = replace(layout, names=blank, units=blank)
    names, units = list(layout.names), list(layout.units)
    if header == AUTO and (preamble.names or (preamble.units_of and any(layout.names))):
        placed = _placed(layout, preamble)
        if placed is not None:
            names, units = placed
        elif preamble.device:
            notes.append(
                f"the head of the file names {len(preamble.names)} channels "
                f"({', '.join(preamble.names[:8])}), but the rows have {layout.n_fields} columns; "
                "the names are not used"
            )
    device = known_device(names)
    if device is not None:
        own = units
        units = [unit or units_of(device, name) for name, unit in zip(names, units, strict=True)]
        if units != own:
            notes.append(f"units that the file does not state are those of {device.name}")
    named = replace(layout, names=tuple(names), units=tuple(units))
    return named if device is None else _without_events(named, device.events), notes


def _without_events(layout: Layout, events: str) -> Layout:
    """Return the layout without the sampled rows that hold an event and no samples."""
    if not events:
        return layout
    rows = [not any(re.fullmatch(events, cell) for cell in row) for row in layout.rows]
    kept = tuple(row for row, keep in zip(layout.rows, rows, strict=True) if keep)
    return replace(layout, rows=kept, n_head=sum(rows[: layout.n_head]))


def _placed(layout: Layout, preamble: Preamble) -> tuple[list[str], list[str]] | None:
    """Return names and units of all columns, None where those of the head do not fit."""
    n, names, units = layout.n_fields, list(preamble.names), list(preamble.units)
    units += [""] * (len(names) - len(units))
    own = list(layout.names)
    if any(own):  # the table has names of its own: units are stated for some of them
        known = {**preamble.units_of, **dict(zip(names, units, strict=True))}
        return own, [unit or known.get(k, "") for k, unit in zip(own, layout.units, strict=True)]
    if not preamble.device:  # columns that hold nothing are not named
        filled = [k for k, kind in enumerate(layout.kinds) if kind != "empty"]
        for k, name in zip(filled, names, strict=False):
            own[k] = name
        return own, [""] * n
    kinds = layout.kinds
    if preamble.time_name and n > len(names):
        dated = n - len(names) > 1 and "date" in kinds[:2]
        before = (
            ["Date", preamble.time_name] if kinds[0] == "date" else [preamble.time_name, "Date"]
        )
        names = [*before[: 1 + dated], *names]
        units = [*(preamble.time_unit if one == preamble.time_name else "" for one in before)][
            : 1 + dated
        ] + units
    while len(names) > n and not names[-1]:
        names.pop()
    if len(names) > n or not {"text", "empty"}.issuperset(kinds[len(names) :]):
        return None
    return names + [""] * (n - len(names)), (units + [""] * n)[:n]


def time_column(layout: Layout, preamble: Preamble) -> int | str | None:
    """Return the column of times that head or device state: None for none, AUTO to look for it."""
    patterns = [re.escape(preamble.time)] if preamble.time else []
    if (
        not patterns
        and preamble.device
        and (preamble.fs or preamble.rates)
        and not any(layout.names)
    ):
        return None if {"stamp", "date"}.isdisjoint(layout.kinds) else AUTO
    device = known_device(layout.names)
    if not patterns and device is not None:
        patterns += device.time
    usable = [
        name if kind in ("number", "stamp") else ""
        for name, kind in zip(layout.names, layout.kinds, strict=True)
    ]
    found = (column_like(pattern, usable) for pattern in patterns)
    return next((k for k in found if k is not None), AUTO)


def ticks_of(layout: Layout, time: int | str | None) -> tuple[float, list[str]]:
    """Return the ticks in a second of a device's times, and a note; 0 if the times state it."""
    device = known_device(layout.names)
    if device is None or device.ticks is None or not isinstance(time, int):
        return 0.0, []
    pattern, rate = device.ticks
    name = layout.names[time]
    if re.fullmatch(pattern, name, re.IGNORECASE) is None:
        return 0.0, []
    return rate, [f"times of {name!r} read as ticks of 1/{rate:g} s, the clock of {device.name}"]


def clock_cell(layout: Layout) -> tuple[str, str] | None:
    """Return name and first cell of the column with a more reliable date than the times."""
    device = known_device(layout.names)
    k = column_like(device.clock, layout.names) if device is not None and device.clock else None
    if k is None:
        return None
    cells = layout.column(k, head_only=True)
    return (layout.names[k], cells[0]) if cells else None


def events_of(layout: Layout) -> str:
    """Return the pattern of rows that hold an event and no samples, '' if there are none."""
    device = known_device(layout.names)
    return "" if device is None else device.events


def no_rate(path: Path, layout: Layout, labels: Sequence[str], preamble: Preamble) -> str:
    """Return the error message where neither times nor a sampling rate are found."""
    numbers = [k for k, kind in enumerate(layout.kinds) if kind == "number"]
    if len(numbers) == 1 and layout.n_fields == 1 and hold_moments(layout, numbers[0]):
        return (
            f"{path} holds only times ({', '.join(layout.column(0)[:3])}, ... counted from a date)"
            ", for example of button presses or beats, and no samples: there is no channel to "
            "show. Open the recording to which these times belong"
        )
    shown = ", ".join(
        f"{name!r} ({', '.join(cell[:24] for cell in layout.column(k)[:3])}, ...)"
        for k, name in enumerate(labels[:8])
    )
    missing = missing_sidecar(path) if not preamble.device else ""
    why = "".join(f" ({reason})" for reason in preamble.refused[:3])
    return (
        f"{path} has no time column and states no sampling rate{missing}{why}: give fs=... "
        f"in Hz, or time= if one of the columns is time. Columns found: {shown}"
    )


def hold_moments(layout: Layout, k: int) -> bool:
    """Whether all numbers of a column are times since a known date."""
    cells = [cell for cell in layout.column(k) if not is_missing(cell)]
    return counts_from_a_date(number_times(cells, layout.decimal, whole=are_whole(cells)))


def own_units(name: str, preamble: str, units: str | Mapping[str, str] | None) -> str:
    """Return the unit of a channel: what the user gives, else what the file states."""
    if units is None:
        return preamble
    return units if isinstance(units, str) else units.get(name, preamble)

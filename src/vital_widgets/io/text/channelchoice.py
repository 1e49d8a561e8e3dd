"""Choose the columns of a text table that are channels, and explain why the others are not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vital_widgets.core.names import checked_once
from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.text.cells import is_missing, is_number
from vital_widgets.io.text.columns import known_device
from vital_widgets.io.text.naming import hold_moments
from vital_widgets.io.text.numbers import is_time_name
from vital_widgets.io.text.readingplan import TimePlan, column_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vital_widgets.io.text.sniff import Layout

# Cells that look like numbers to a person, and why they are not read.
_ALMOST = (
    (
        re.compile(r"[+-]?\d{1,3}(?:[.,' \u00a0\u202f\u2019]\d{3})+(?:[.,]\d+)?"),
        "it has separators of thousands",
    ),
    (re.compile("[\u2212\u2013\u2014]\\s?[\\d.,]+"), "its minus sign is not the character '-'"),
    (re.compile(r"0[xX][0-9A-Fa-f]+"), "it is hexadecimal"),
    (re.compile(r"[+-]?\d*[.,]?\d+[dD][+-]?\d+"), "its exponent is written with D instead of E"),
    (re.compile(r"[+-]?\d+[.,]?\d*\s?[^\d\s.,]{1,8}"), "another character follows the number"),
)


def chosen_columns(
    layout: Layout,
    labels: list[str],
    plan: TimePlan,
    channels: Sequence[str | int] | None,
    no_channels: Sequence[str] = (),
) -> tuple[tuple[int, ...], list[str]]:
    """Return the fields that are channels, and notes about those that are left out."""
    if isinstance(channels, str):
        channels = [channels]
    if channels is not None:
        return _asked_columns(layout, labels, plan, channels), []
    rest = [k for k in range(layout.n_fields) if k not in plan.columns]
    named = [k for k in rest if layout.names[k] or layout.kinds[k] != "empty"]
    numbers = [k for k in named if layout.kinds[k] in ("number", "empty")]
    known = bool(plan.columns) and known_device(layout.names) is not None
    times = [k for k in numbers if plan.columns and _is_other_time(layout, k, known=known)]
    settings = [k for k in numbers if layout.names[k] in no_channels]
    unused = {
        *times,
        *settings,
        *(k for k in named if layout.kinds[k] not in ("number", "empty")),
    }
    chosen = tuple(k for k in numbers if k not in unused)
    left = [k for k in named if k in unused and k not in (*times, *settings)]
    why = [text for k in left if (text := _why_no_number(layout, labels, k))]
    if not any(layout.kinds[k] == "number" or _has_number(layout, k) for k in chosen):
        columns = ", ".join(labels)
        raise FormatError(
            f"the table has no column of numbers besides the time; its columns are {columns}. "
            + (
                f"{why[0]}. {_accepted(layout)}; correct the cells in a copy of the file. "
                if why
                else ""
            )
            + "If a column is only empty at first, name it in channels="
        )
    shown = ", ".join(labels[k] for k in left)
    notes = [f"columns without numbers are left out: {shown}"] if left else []
    notes += why[:3]
    empty = sorted(set(rest).difference(named))
    blank = [labels[k] for k in empty if any(layout.column(k))]
    if blank:
        notes.append(
            f"columns without a name and without a value in the sampled rows are left out: "
            f"{', '.join(blank)}; name them in channels= to read them"
        )
    if times:
        notes.append(f"other columns of times are left out: {', '.join(labels[k] for k in times)}")
    return chosen, notes


def _asked_columns(
    layout: Layout, labels: list[str], plan: TimePlan, channels: Sequence[str | int]
) -> tuple[int, ...]:
    wanted = tuple(column_of(name, labels, layout) for name in channels)
    if not wanted:
        raise InvalidInputError(f"channels={list(channels)!r} names no column; name at least one")
    for k in wanted:
        if k in plan.columns:
            others = [
                labels[j]
                for j, kind in enumerate(layout.kinds)
                if kind == "number" and j not in plan.columns
            ]
            raise InvalidInputError(
                f"channels={list(channels)!r}: {labels[k]!r} is the time column and not a "
                f"channel; leave it out (the others are {', '.join(others) or 'none'}), or give "
                "fs= in Hz and time=None to read it as a channel"
            )
        if layout.kinds[k] not in ("number", "empty"):
            why = _why_no_number(layout, labels, k)
            raise InvalidInputError(
                f"channels={list(channels)!r}: column {labels[k]!r} holds no numbers"
                + (f". {why}. {_accepted(layout)}" if why else "")
            )
    checked_once(channels, [labels[k] for k in wanted])
    return wanted


def _why_no_number(layout: Layout, labels: Sequence[str], k: int) -> str:
    """Return why the first cell of a column is not a number, '' if it does not look like one."""
    cells = layout.column(k)
    row = next((row for row, cell in enumerate(cells) if not is_missing(cell)), None)
    if row is None:
        return ""
    where = f" (line {layout.first_row + 1})" if row == 0 else ""
    begin = (
        f"In column {labels[k]!r} the first cell{where}, {cells[row]!r}, is not read as a number: "
    )
    for pattern, why in _ALMOST:
        if pattern.fullmatch(cells[row]):
            return begin + why
    if is_number(cells[row], "," if layout.decimal == "." else "."):
        return f"{begin}the decimal sign of the table is {layout.decimal!r}"
    return ""


def _accepted(layout: Layout) -> str:
    sign = layout.decimal
    return f"Cells must be plain numbers such as -1013, 1013{sign}25 or 1{sign}5e-3"


def _has_number(layout: Layout, k: int) -> bool:
    """Whether a column that is empty in most rows holds a number in a sampled row."""
    return any(is_number(cell, layout.decimal) for cell in layout.column(k))


def _is_other_time(layout: Layout, k: int, *, known: bool) -> bool:
    """Whether a column of numbers holds times too, beside those that are used."""
    name = layout.names[k]
    if known and re.search("timestamp|realtime", name.lower()):
        return True
    if layout.kinds[k] != "number" or not is_time_name(name, layout.units[k]):
        return False
    return hold_moments(layout, k)

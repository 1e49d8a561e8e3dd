"""What a panel shows of a result: a plot, a table, and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

Trace = Mapping[str, Any]


@dataclass(frozen=True)
class View:
    """The picture and the numbers of a result.

    Attributes
    ----------
    traces : sequence of mapping
        Traces of Plotly with their ``type``: ``{"type": "scatter", "x": f, "y": p}``. A trace
        named "time mark" must not be among them. Arrays must not be changed afterwards: of the
        same array in the next view nothing is sent.
    layout : mapping
        Layout of Plotly: titles of axes with units, ranges, shapes.
    table : sequence of rows
        The numbers: texts in rows, of which the first holds the titles.
    text : str
        A sentence above the plot, such as "112 beats, 68 beats/min".
    row_times : sequence of float or None
        Times of the rows after the first, in seconds of the recording; a click on such a row shows
        the time in the viewer.
    times : str
        Which axes are in seconds of the recording: "" for none, or their names, "x" or "x x2". A
        click there moves the viewer, and all panels mark the time at the pointer. In plots with
        other axes, each point may have a time: ``customdata`` of its trace; in a picture each row,
        or each cell.
    """

    traces: Sequence[Trace] = ()
    layout: Mapping[str, Any] = field(default_factory=dict)
    table: Sequence[Sequence[str]] = ()
    text: str = ""
    row_times: Sequence[float | None] = ()
    times: str = ""


EMPTY = View()
LONG = 7  # rows


def table_html(
    rows: Sequence[Sequence[str]], label: str = "", times: Sequence[float | None] = ()
) -> str:
    """Return a table as HTML; rows with a time can be clicked, see `actions.ts`."""
    if not rows:
        return ""
    known = [*times, *[None] * len(rows)]
    head = "".join(f"<th scope='col'>{escape(str(cell))}</th>" for cell in rows[0])
    body = "".join(_row_html(row, time) for row, time in zip(rows[1:], known, strict=False))
    label = f' aria-label="{escape(label)}"' if label else ""
    pairs = len(rows[0]) == 2  # noqa: PLR2004 - name and value
    kind = "vital-panel-table vital-panel-pairs" if pairs else "vital-panel-table"
    table = (
        f'<table class="{kind}"{label}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )
    # A long list of names and values is set in as many columns as there is room.
    long = pairs and len(rows) > LONG
    return f'<div class="vital-panel-columns">{table}</div>' if long else table


def _row_html(row: Sequence[str], time: float | None) -> str:
    cells = [escape(str(cell)) for cell in row]
    begin = "<tr>"
    if time is not None:
        begin = f'<tr data-vital-time="{float(time)!r}" title="show {time:.6g} s in the viewer">'
        cells[0] = f'<button type="button">{cells[0]}</button>'
    rest = "".join(f"<td>{cell}</td>" for cell in cells[1:])
    return f"{begin}<th scope='row'>{cells[0]}</th>{rest}</tr>"

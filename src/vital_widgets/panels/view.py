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
        named "time mark" must not be among them.
    layout : mapping
        Layout of Plotly: titles of axes with units, ranges, shapes.
    table : sequence of rows
        The numbers: texts in rows, of which the first holds the titles.
    text : str
        A sentence above the plot, such as "112 beats, 68 beats/min".
    times : str
        Which axis is in seconds of the recording: "" for none, or its name, "x". A click there
        moves the viewer, and all panels mark the time at the pointer. In plots with other axes,
        each point may have a time: ``customdata`` of its trace.
    """

    traces: Sequence[Trace] = ()
    layout: Mapping[str, Any] = field(default_factory=dict)
    table: Sequence[Sequence[str]] = ()
    text: str = ""
    times: str = ""


EMPTY = View()


def table_html(rows: Sequence[Sequence[str]], label: str = "") -> str:
    """Return a table as HTML."""
    if not rows:
        return ""
    head = "".join(f"<th scope='col'>{escape(str(cell))}</th>" for cell in rows[0])
    body = "".join(
        f"<tr><th scope='row'>{escape(str(row[0]))}</th>"
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows[1:]
    )
    label = f' aria-label="{escape(label)}"' if label else ""
    return (
        f'<table class="vital-panel-table"{label}><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )

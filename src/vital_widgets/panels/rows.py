"""Plots one below the other in one figure, and lines over time with holes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

TOP, BOTTOM = 28, 44  # px of margins
WITHIN, BELOW_AXIS = 14, 58  # px between plots that share a time axis, and below an axis with title
CHARACTER = 6  # px, of a character of a title
TIME_TITLE = "time (s)"


@dataclass(frozen=True)
class Row:
    """One of the plots.

    Attributes
    ----------
    title : str
        Of the vertical axis.
    height : int
        CSS pixels.
    x : mapping, optional
        Layout of a horizontal axis of its own; without it the plot is over the time of the
        recording, on the axis "x" that all such plots share.
    y : mapping
        More of the layout of the vertical axis.
    """

    title: str
    height: int = 130
    x: Mapping[str, Any] | None = None
    y: Mapping[str, Any] = field(default_factory=dict)


def axes_of(rows: Sequence[Row]) -> list[dict[str, str]]:
    """Return the axes of the traces of each row: ``{"xaxis": "x", "yaxis": "y2"}``."""
    found, own = [], 1
    for k, row in enumerate(rows):
        if row.x is not None:
            own += 1
        found.append({"xaxis": "x" if row.x is None else f"x{own}", "yaxis": _numbered("y", k)})
    return found


def layout_of(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the layout of rows, the first one at the top; those over time share the axis "x"."""
    gaps = [
        WITHIN if row.x is None and after.x is None else BELOW_AXIS for row, after in pairwise(rows)
    ]
    total = sum(row.height for row in rows) + sum(gaps)
    layout: dict[str, Any] = {"height": total + TOP + BOTTOM}
    axes = axes_of(rows)
    at = float(total)
    for k, (row, axis) in enumerate(zip(rows, axes, strict=True)):
        domain = [max(at - row.height, 0.0) / total, at / total]
        at -= row.height + (gaps[k] if k < len(gaps) else 0)
        name = axis["yaxis"].replace("y", "yaxis")
        layout[name] = {
            "title": {"text": _wrapped(row), "font": {"size": 11}}, "domain": domain,
            "anchor": axis["xaxis"], **row.y,
        }  # fmt: skip
        if row.x is not None:
            layout[axis["xaxis"].replace("x", "xaxis")] = {**row.x, "anchor": axis["yaxis"]}
        else:  # the lowest one keeps the labels
            layout["xaxis"] = {"title": {"text": TIME_TITLE}, "anchor": axis["yaxis"]}
    return layout


def stacked(
    rows: Sequence[tuple[Row, Sequence[Mapping[str, Any]]]],
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the traces of rows on their axes, and the layout."""
    plots = [row for row, _ in rows]
    traces = [
        {**trace, **axis}
        for (_, traces), axis in zip(rows, axes_of(plots), strict=True)
        for trace in traces
    ]
    return traces, layout_of(plots)


def line(name: str, x: Any, y: Any, color: str, *, width: float = 1, **more: Any) -> dict[str, Any]:
    """Return the trace of a line; ``more`` is further settings of the trace."""
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": x, "y": y,
        "line": {"width": width, "color": color}, **more,
    }  # fmt: skip


def _wrapped(row: Row) -> str:
    """Return the title in as many lines as the height of the row demands."""
    return "<br>".join(wrap(row.title, max(row.height // CHARACTER, 8)))


def _numbered(letter: str, k: int) -> str:
    return letter if k == 0 else f"{letter}{k + 1}"


def with_holes(
    times: ArrayLike, values: ArrayLike, parts: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a line that is interrupted where the number of the part changes.

    Parameters
    ----------
    times, values : array-like of shape (n,)
        The points.
    parts : array-like of shape (n,)
        Number of the uninterrupted part that each belongs to.
    """
    t, v = np.asarray(times, np.float64), np.asarray(values, np.float64)
    breaks = np.flatnonzero(np.diff(np.asarray(parts))) + 1
    return np.insert(t, breaks, t[breaks]), np.insert(v, breaks, np.nan)


def spread(values: ArrayLike, digits: int = 3) -> tuple[str, str]:
    """Return median and quartiles as texts for a table; '' where there is no value."""
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    if not len(known):
        return "", ""
    low, middle, high = np.percentile(known, [25, 50, 75])
    return f"{middle:.{digits}g}", f"{low:.{digits}g} to {high:.{digits}g}"

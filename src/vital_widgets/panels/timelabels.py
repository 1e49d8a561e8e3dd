"""Axes in seconds of the recording, labelled as the viewer does: times of day, or h:mm:ss."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vital_widgets.export.timeaxis import time_ticks
from vital_widgets.panels.rows import TIME_TITLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from vital_widgets.panels.view import View

OF_DAY, FROM_START = "time of day", "time (h:mm:ss)"
FONT_SIZE, CHARACTER = 8, 0.6  # points; width of a character as a share of the size
META = "times"  # in `meta` of the layout: the axes, each with the start of the recording


def labelled(view: View, start: datetime | None) -> View:
    """Return a view whose layout says which axes are labelled with times, and from which start.

    The numbers on these axes remain seconds. The page (`timeaxes.ts`) and `picture` compute the
    labels for the part that is shown. An axis with labels of its own keeps them.

    Parameters
    ----------
    view : View
        What a panel draws; ``view.times`` names the axes.
    start : datetime or None
        Clock time of second 0 of the recording; without it, labels are times from its start.
    """
    names = [one.replace("x", "xaxis", 1) for one in view.times.split()]
    names = [one for one in names if "tickvals" not in view.layout.get(one, {})]
    if not names:
        return view
    said = start.replace(tzinfo=None).isoformat() if start is not None else None
    title = OF_DAY if start is not None else FROM_START
    titled = {one: _titled(view.layout.get(one, {}), title) for one in names}
    known = view.layout.get("meta") or {}
    meta = {**known, META: dict.fromkeys(names, said)}
    return replace(view, layout={**view.layout, **titled, "meta": meta})


def starts_of(layout: Mapping[str, Any]) -> Mapping[str, str | None]:
    """Return the axes of a layout that are labelled with times: ``{"xaxis": start or None}``."""
    meta = layout.get("meta")
    found: Mapping[str, str | None] = meta.get(META, {}) if isinstance(meta, dict) else {}
    return found


def label_times(axes: Axes, layout: Mapping[str, Any], name: str) -> None:
    """Label the horizontal axis of a plot of Matplotlib, if it is one of times.

    Parameters
    ----------
    axes : Axes
        The plot, with its limits.
    layout : mapping
        Layout of Plotly.
    name : str
        Of the axis in the layout: "xaxis".
    """
    starts = starts_of(layout)
    if name not in starts:
        return
    said = starts[name]
    low, high = axes.get_xlim()
    size = axes.xaxis.get_tick_params().get("labelsize", FONT_SIZE)
    points = axes.get_window_extent().width / axes.figure.dpi * 72
    start = datetime.fromisoformat(said) if said is not None else None
    ticks = time_ticks(start, (low, high), points, lambda text: len(text) * size * CHARACTER)
    shown = [one for one in ticks if low <= one.t <= high]
    axes.set_xticks([one.t for one in shown], [one.text for one in shown])
    axes.set_xlim(low, high)


def _titled(axis: Mapping[str, Any], title: str) -> dict[str, Any]:
    """Return an axis whose title says what the labels are, if it said that they are seconds."""
    given = axis.get("title") or {}
    text = str(given.get("text", "") if hasattr(given, "get") else given)
    if TIME_TITLE not in text:
        return dict(axis)
    more = given if hasattr(given, "get") else {}
    return {**axis, "title": {**more, "text": text.replace(TIME_TITLE, title)}}

"""The plot of a panel: a Plotly figure widget that takes whole pictures, fast."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd  # noqa: F401 - before threads do it: Plotly uses a half imported one

from vital_widgets.panels.timelabels import labelled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vital_widgets.core.recording import Recording
    from vital_widgets.panels.view import Trace, View

TIME_MARK = "time mark"
HEIGHT = 280  # CSS pixels
SHOWN = 1000  # points of a trace; of longer ones, minima and maxima of bins are shown
PER_VALUE = ("x", "y", "text")  # of a trace: arrays with one entry for each of its points
REDUCED = " (reduced)"  # behind the name of a series of which not all points are shown
MARGIN = {"l": 70, "r": 16, "t": 28, "b": 44}
# Above the plots, whose margin grows by the rows that the entries need in a narrow panel.
LEGEND = {"orientation": "h", "yref": "container", "y": 1.0, "yanchor": "top", "x": 0}
LEGEND_BELOW = {**LEGEND, "y": 0.0, "yanchor": "bottom"}
MARK_COLOR = "rgba(214, 39, 40, 0.75)"


class Plot:
    """A Plotly figure widget whose traces are set as a whole.

    If the new traces are of the same kinds as the present ones, only their data are sent.

    Parameters
    ----------
    series : bool
        Whether traces may have very many points, of which the kernel sends those that can be seen
        (a FigureWidgetResampler).
    height : int
        CSS pixels.
    recording : Recording, optional
        Its start decides how axes of time are labelled.
    """

    def __init__(
        self, *, series: bool = False, height: int = HEIGHT, recording: Recording | None = None
    ) -> None:
        self.widget = _new_figure(series=series, height=height)
        self.height = height
        self._recording = recording
        self._kinds: list[tuple[Any, ...]] | None = []  # None: what is in the figure is not known
        self._drawn: View | None = None
        self._layout: set[str] = set()
        self._shapes: list[Any] = []
        self._series = series
        self.view: View | None = None
        self._extents: dict[str, Any] = {}
        self._clicked: Callable[[float], None] | None = None
        self._hovered: Callable[[float | None], None] | None = None

    def show(self, view: View) -> None:
        """Show the traces and the layout of a view."""
        start = self._recording.start if self._recording is not None else None
        with self.widget.changing:
            self._show(labelled(view, start))

    def _show(self, view: View) -> None:
        self.view = view
        self._extents = {}
        try:
            self._draw(view)
        except BaseException:  # a value that Plotly refuses: some of the others are in the figure
            self._kinds = self._drawn = None
            known = self.widget.layout.to_plotly_json()
            self._layout = {key for key in {*self._layout, *view.layout} if key in known}
            self._layout.discard("shapes")
            raise

    def _draw(self, view: View) -> None:
        """Change what differs from the view that was drawn before."""
        before = self._drawn
        kinds = [self._kind_of(one) for one in view.traces]
        shapes, self._shapes = self._shapes, list(view.layout.get("shapes", ()))
        axes, layout = self._changed_layout(view, before)
        same = kinds == self._kinds
        with self.widget.batch_update():
            for key, axis in axes.items():
                self.widget.layout[key] = axis
            if same:
                self._update_traces(view.traces, before.traces if before is not None else ())
            # Whole values: the page refuses a change of a list and of a part of it at once.
            if layout:
                self.widget.update_layout(**layout, overwrite=True)
            # The page draws shapes on axes without traces at NaN: they come after new traces.
            if not same or repr(self._shapes) != repr(shapes):
                self.widget.layout.shapes = self._shapes if same else ()
        if not same:
            self._replace(view.traces)
            self.widget.layout.shapes = self._shapes
        elif self._series:
            self._update_series(view.traces)
        self._kinds, self._drawn = kinds, view
        self._layout = set(view.layout) - {"shapes"}

    def _update_traces(self, traces: Sequence[Trace], before: Sequence[Trace]) -> None:
        for trace, spec, old in zip(self.widget.data, traces, before, strict=True):
            left = ("type", "name", *PER_VALUE) if self._is_long(spec) else ("type",)
            # What is the same is not checked, sent and decoded again.
            changed = {
                key: one
                for key, one in spec.items()
                if key not in left and not _same(one, old.get(key, spec))
            }
            if changed:
                trace.update(changed, overwrite=True)

    def _update_series(self, traces: Sequence[Trace]) -> None:
        long = {k: one for k, one in enumerate(traces) if self._is_long(one)}
        if long:
            self.widget.set_all(
                {k: (one["x"], one["y"]) for k, one in long.items()},
                {k: t for k, one in long.items() if not isinstance(t := one.get("text", ""), str)},
            )

    def _changed_layout(
        self, view: View, before: View | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the axes that are new, and what else of the layout but the shapes is another.

        What did not change is not sent: the page would draw all of it again, and forget a zoom.
        """
        shown = before.layout if before is not None else {}
        layout = {key: one for key, one in view.layout.items() if key != "shapes"}
        layout |= dict.fromkeys(self._layout - set(layout))
        layout = {
            key: one
            for key, one in layout.items()
            if key not in shown or repr(one) != repr(shown[key])
        }
        # Plotly would send a new axis first empty and then filled, which its own code refuses.
        new = [key for key in layout if key[-1].isdigit() and key not in self._layout]
        return {key: layout.pop(key) for key in new}, layout

    def _replace(self, traces: Sequence[Mapping[str, Any]]) -> None:
        widget = self.widget
        with widget.batch_update():
            widget.data = ()
        for one in traces if self._series else ():
            if self._is_long(one):
                spec = {key: value for key, value in one.items() if key not in ("x", "y")}
                widget.add_series(spec.pop("name", ""), one["x"], one["y"], **spec)
            else:
                widget.add_trace(dict(one))
        if traces and not self._series:
            widget.add_traces([dict(one) for one in traces])
        for trace in widget.data:
            self._listen(trace)

    def _kind_of(self, trace: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return what a trace must have in common with the present one to get only new values."""
        long = self._is_long(trace)
        name = trace.get("name") if long else ""
        return trace["type"], trace.get("mode"), name, frozenset(trace), long

    def _is_long(self, trace: Mapping[str, Any]) -> bool:
        """Whether the kernel keeps the data of a trace and sends what can be seen of them."""
        if not self._series or trace["type"] not in ("scatter", "scattergl"):
            return False
        x = trace["x"]
        return len(x) > SHOWN and bool(np.all(np.diff(x) >= 0))  # a series: not a cloud of points

    def set_shape(self, name: str, shape: Mapping[str, Any] | None) -> None:
        """Show a shape in place of that of the same name, without drawing anything else again."""
        with self.widget.changing:
            self._shapes = [one for one in self._shapes if one.get("name") != name]
            if shape is not None:
                self._shapes.append({**shape, "name": name})
            self.widget.layout.shapes = self._shapes

    def mark_time(self, time: float | None) -> None:
        """Show a line at a time of the recording, in plots over time; None removes it."""
        with self.widget.changing:
            self._mark_time(time)

    def _mark_time(self, time: float | None) -> None:
        view = self.view
        if view is None or not view.times:
            return
        shapes = list(self._shapes)
        for axis in view.times.split() if time is not None else ():
            begin, end = self._extent(axis)
            if not begin <= time <= end:  # type: ignore[operator] # it would stretch the axis
                continue
            low, high = _height_of(view.layout, axis)
            shapes.append(
                {
                    "type": "line", "name": TIME_MARK, "x0": time, "x1": time,
                    "y0": low, "y1": high,
                    "xref": axis, "yref": "paper",
                    "line": {"color": MARK_COLOR, "width": 1},
                }
            )  # fmt: skip
        self.widget.layout.shapes = shapes

    def _extent(self, axis: str) -> tuple[float, float]:
        """Return from when to when a plot over time shows something, in seconds."""
        view = self.view
        known = self._extents.get(axis)
        if known is None and view is not None:
            given = view.layout.get(axis.replace("x", "xaxis"), {}).get("range")
            known = tuple(given) if given else _extent_of(view.traces, axis)
            self._extents[axis] = known
        return known or (math.nan, math.nan)

    def on_click(self, callback: Callable[[float], None]) -> None:
        """Call ``callback(time)`` when a point with a time is clicked."""
        self._clicked = callback

    def on_hover(self, callback: Callable[[float | None], None]) -> None:
        """Call ``callback(time)`` when the pointer is at a point with a time, None when it left."""
        self._hovered = callback

    def _listen(self, trace: Any) -> None:
        def told(trace: Any, points: Any, _: Any, call: str) -> None:
            callback = self._clicked if call == "click" else self._hovered
            time = self._time_of(trace, points)
            if callback is not None and time is not None:
                callback(time)

        trace.on_click(lambda one, points, state: told(one, points, state, "click"))

        def left(*_: Any) -> None:
            if self._hovered is not None:
                self._hovered(None)

        trace.on_unhover(left)
        trace.on_hover(lambda one, points, state: told(one, points, state, "hover"))

    def _time_of(self, trace: Any, points: Any) -> float | None:
        """Return the time of the recording at a point, in seconds; None if it has none."""
        if not points.point_inds:
            return None
        view = self.view
        axis = getattr(trace, "xaxis", None) or "x"  # an image has none of its own
        if view is not None and axis in view.times.split() and points.xs:
            value = points.xs[0]
        else:
            held = trace.customdata if hasattr(trace, "customdata") else None
            if held is None:
                return None
            index = points.point_inds[0]
            if isinstance(index, (list, tuple)):  # of a picture, whose rows or cells have times
                cells = np.shape(held) == np.shape(trace.z)
                index = tuple(index) if cells else index[0]
            value = np.ravel(np.asarray(held)[index])[0]
        try:
            time = float(value)
        except (TypeError, ValueError):
            return None
        return time if np.isfinite(time) else None

    def close(self) -> None:
        """Close the widget."""
        self._clicked = self._hovered = None
        self.widget.close()


def _same(one: Any, other: Any) -> bool:
    """Whether two values of a trace are the same; NaN is the same as NaN."""
    if one is other:
        return True
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        alike = one.dtype == other.dtype and one.shape == other.shape
        if not alike or one.dtype.kind == "O":
            return False
        return bool(np.array_equal(one, other, equal_nan=one.dtype.kind in "fcmM"))
    return type(one) is type(other) and not _holds_arrays(one) and bool(one == other)


def _holds_arrays(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_arrays, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_holds_arrays, value))
    return not isinstance(value, (str, int, float, bool, type(None)))


def _height_of(layout: Mapping[str, Any], axis: str) -> tuple[float, float]:
    """Return from where to where the plots over an axis extend, as shares of the figure."""
    domains = [
        one["domain"]
        for name, one in layout.items()
        if name.startswith("yaxis") and one.get("anchor") == axis and "domain" in one
    ]
    return min((low for low, _ in domains), default=0), max(
        (high for _, high in domains), default=1
    )


def _extent_of(traces: Sequence[Mapping[str, Any]], axis: str) -> tuple[float, float]:
    """Return the smallest and the largest time of traces over an axis; NaN without any."""
    ends = []
    for one in traces:
        if one.get("xaxis", "x") == axis and len(one.get("x", ())):
            x = np.asarray(one["x"])
            x = x[np.isfinite(x)] if np.issubdtype(x.dtype, np.number) else x[:0]
            ends += [x.min(), x.max()] if len(x) else []
    return (float(min(ends)), float(max(ends))) if ends else (math.nan, math.nan)


def _new_figure(*, series: bool, height: int) -> Any:
    figure: Any
    if series:
        from vital_widgets.figures.serieswidget import MinMaxAggregator, SeriesWidget

        # LTTB, its default, leaves out one of a long and a short interval beside each other.
        figure = SeriesWidget(
            default_n_shown_samples=SHOWN,
            default_downsampler=MinMaxAggregator(),
            resampled_trace_prefix_suffix=("", REDUCED),
            show_mean_aggregation_size=False,
        )
    else:
        from vital_widgets.figures.plotwidget import PlotWidget

        figure = PlotWidget()
    figure.update_layout(
        height=height,
        margin=MARGIN,
        showlegend=False,
        legend=LEGEND,
        hovermode="closest",
    )
    return figure

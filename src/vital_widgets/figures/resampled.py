"""A plotly-resampler figure that shares Plotly's code and keeps the view when its data change."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from plotly.graph_objs._figure import Figure
from plotly_resampler import FigureWidgetResampler

from vital_widgets.figures.plotwidget import SharedCode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

UPDATED = ("x", "y", "name", "text", "hovertext", "customdata", "marker")


class ResampledWidget(SharedCode, FigureWidgetResampler):  # type: ignore[misc]
    """Base of figures that reduce their data to what the screen shows.

    A double click and the button "Reset axes" show all data again.
    """

    @staticmethod
    def _get_figure_class(constr: type) -> type:  # noqa: ARG004
        """Return the class of the figure that plotly-resampler prepares: not one with a comm."""
        return Figure  # type: ignore[no-any-return]

    def __init__(self, figure: Any = None, *, theme: bool = True, **kwargs: Any) -> None:
        self._refreshing = threading.RLock()
        self._views: dict[str, tuple[Any, Any]] = {}
        self._listeners: list[Callable[[], None]] = []
        super().__init__(Figure() if figure is None else figure, **kwargs)
        self.layout.on_change(self._update_whole, *[f"{axis}.autorange" for axis in self._axes()])
        self._begin(theme=theme)

    def _axes(self) -> list[str]:
        return list(self._xaxis_list)

    def refresh(self, traces: Collection[int] | None = None) -> None:
        """Compute the points of traces for the present view again, which does not change.

        Parameters
        ----------
        traces : collection of int, optional
            Numbers of the traces; all by default.
        """
        if self.comm is None:
            return
        with self._refreshing, self.batch_update():
            for k, trace in enumerate(self._data):
                if (traces is not None and k not in traces) or trace["uid"] not in self._hf_data:
                    continue
                start, stop = self._view_of(trace.get("xaxis", "x"))
                # The message that tells the browser is built from the differences to the data.
                new = self._check_update_trace_data(dict(trace), start=start, end=stop)
                if new is not None:
                    self.data[k].update({name: new[name] for name in UPDATED if name in new})

    def on_view(self, listener: Callable[[], None]) -> None:
        """Call a function without arguments each time another range of the x axes is shown."""
        self._listeners.append(listener)

    def reload_data(self) -> None:
        """Compute the points again, after ``hf_data`` was changed."""
        self.refresh()

    def _view_of(self, axis: str) -> tuple[Any, Any]:
        layout_axis = f"xaxis{axis[1:]}"
        if layout_axis in self._views:
            return self._views[layout_axis]
        shown = self.layout[layout_axis]
        return (None, None) if shown.range is None else tuple(shown.range)

    def _on(self, axes: Collection[str]) -> set[int]:
        """Return the traces on some axes of the layout."""
        return {
            k for k, trace in enumerate(self._data) if f"xaxis{trace.get('xaxis', 'x')[1:]}" in axes
        }

    def _update_x_ranges(self, layout: Any, *x_ranges: Any, force_update: bool = False) -> None:
        """Show other ranges of the axes: the mouse, or Python, has set them."""
        changed = set()
        for axis, given in zip(self._xaxis_list, x_ranges, strict=True):
            if given is None:
                continue
            if force_update or self._views.get(axis) != tuple(given):
                self._views[axis] = tuple(given)
                changed.add(axis)
        if changed:
            with self._refreshing, self.batch_update():
                for axis in changed:
                    if layout[axis].autorange is not None:
                        layout[axis].autorange = None
                self.refresh(self._on(changed))
            self._tell()

    def _update_whole(self, layout: Any, *autoranges: Any) -> None:
        """Show everything on the axes that choose their range themselves."""
        axes = {
            axis
            for axis, auto in zip(self._xaxis_list, autoranges, strict=True)
            if auto and self._views.get(axis) != (None, None)
        }
        self._show_all(layout, axes)

    def _update_spike_ranges(self, layout: Any, *_: Any, force_update: bool = False) -> None:
        """Show everything: the button "Reset axes" was clicked."""
        axes = {axis for axis in self._xaxis_list if force_update or layout[axis].autorange}
        with self._refreshing, self.batch_update():
            for axis in axes:
                if layout[axis].showspikes is not None:
                    layout[axis].showspikes = None  # so that the next click is a change
        self._show_all(layout, {axis for axis in axes if self._views.get(axis) != (None, None)})

    def _show_all(self, _: Any, axes: set[str]) -> None:
        if axes:
            for axis in axes:
                # Without a message: otherwise the same range again would be no change.
                self._layout[axis].pop("range", None)
            self._views.update(dict.fromkeys(axes, (None, None)))
            self.refresh(self._on(axes))
            self._tell()

    def _tell(self) -> None:
        for listener in [*self._listeners]:
            listener()

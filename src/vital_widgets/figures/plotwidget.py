"""A Plotly figure that does not carry Plotly's code, and whose saved state is its present one."""

from __future__ import annotations

import threading
from copy import deepcopy
from typing import Any

import numpy as np

# Plotly looks at pandas wherever it is loaded, and fails while another thread is just loading it.
# Therefore it is loaded before the first figure.
import pandas  # noqa: F401, ICN001
import traitlets
from ipywidgets import widget_serialization

# Not from graph_objects: register_plotly_resampler replaces the names there.
from plotly.graph_objs._figurewidget import FigureWidget

from vital_widgets.figures.plotlycode import PlotlyCode, plotly_code, release
from vital_widgets.figures.theme import apply_theme
from vital_widgets.runtime.staticfiles import static_text

POINTER = "_js2py_pointsCallback"
CONFIG = {"responsive": True, "displaylogo": False, "showTips": False}


class SharedCode(FigureWidget):  # type: ignore[misc]
    """What all figures share: the loader instead of Plotly's code, states, closing.

    Subclasses call `_begin` at the end of their ``__init__``.

    Attributes
    ----------
    changing : threading.RLock
        Held by a thread that changes the figure while others may read it as a whole or take what
        the page sends: Plotly's properties are plain dictionaries. It is not held while callbacks
        of the pointer run, which may wait for such a thread.
    """

    changing: Any = None  # Plotly refuses to set attributes that a class lacks

    _esm = traitlets.Unicode().tag(sync=True)
    _anywidget_id = traitlets.Unicode("vital_widgets.figure").tag(sync=True)
    _plotly = traitlets.Instance(PlotlyCode).tag(sync=True, **widget_serialization)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.changing = threading.RLock()
        super().__init__(*args, **kwargs)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return static_text("plotloader.js")

    @traitlets.default("_plotly")
    def _default_plotly(self) -> PlotlyCode:
        return plotly_code()

    def _begin(self, *, theme: bool) -> None:
        """Register as a user of the shared code, once the figure is complete."""
        self._user = self.model_id
        self._plotly = plotly_code(self._user)
        # If the page counts views, it reports their end on the comm that is closed by then.
        self._view_count = None
        self.set_trait("_config", {**self._trait_values["_config"], **CONFIG})
        if theme:
            apply_theme(self)

    def add_traits(self, **traits: Any) -> None:
        """Add traits that the class does not have: each addition makes a class of its own."""
        new = {name: trait for name, trait in traits.items() if not self.has_trait(name)}
        if new:
            super().add_traits(**new)

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002
        """Return the state of the model, with the present data and layout.

        Plotly changes figures by messages and leaves the two traits at their first values, which
        a saved notebook and a page that is loaded again would show.
        """
        # The comm is opened before the figure has data.
        if key is None and "_layout_obj" in vars(self):
            with self.changing:
                self._trait_values["_widget_layout"] = deepcopy(self._layout_obj._props)  # noqa: SLF001
                self._trait_values["_widget_data"] = deepcopy(self._data)
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        return state

    def to_dict(self) -> dict[str, Any]:
        """Return data, layout and frames as one dictionary, a copy."""
        with self.changing:
            whole: dict[str, Any] = super().to_dict()
        return whole

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the page sends, while no other thread changes the figure."""
        with self.changing:
            super().set_state(sync_data)

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:
        """Take what the pointer does on the figure as Plotly's own trait would bring it.

        Jupyter merges values of a trait while the kernel is busy: a click would be lost when the
        pointer moves on. The page waits for the answer before it tells the next hover.
        """
        if not isinstance(content, dict) or content.get("kind") != "pointer":
            super()._handle_custom_msg(content, buffers)
            return
        # Not by `set_state`: while that runs, traitlets holds back what other threads assign, of
        # which it keeps the last; messages of a figure are traits that are assigned and cleared.
        from_json = self.trait_metadata(POINTER, "from_json")
        try:
            self._handler_js2py_pointsCallback({"new": from_json(content["message"], self)})
        finally:
            self.send({"kind": "heard"})

    @traitlets.observe("_js2py_traceDeltas")
    def _handler_js2py_traceDeltas(self, change: Any) -> None:  # noqa: N802 - Plotly's name
        """Take the values that the page chose for what traces leave open, and never data.

        Plotly takes what the page sends for a property out of the trace. The page also sends the
        data, in another form, and traces that were removed meanwhile.
        """
        if change["new"]:
            present = {one["uid"]: one for one in self._data}
            deltas = change["new"]["trace_deltas"]
            known = [_chosen(one, present[one["uid"]]) for one in deltas if one["uid"] in present]
            change = {**change, "new": {**change["new"], "trace_deltas": known}}
        super()._handler_js2py_traceDeltas(change)

    def _repr_mimebundle_(self, *args: Any, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(*args, **kwargs)
        return {"text/plain": f"{type(self).__name__}, {len(self._data)} traces", **bundle}

    def close(self) -> None:
        """Close the figure in all pages; the last one closes the shared code of Plotly too."""
        super().close()
        user = self.__dict__.pop("_user", None)
        if user is not None:
            release(user)


def _chosen(delta: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return what the page sends of a trace, without the arrays that Python has given."""
    chosen = {}
    for name, value in delta.items():
        held = given.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            chosen[name] = _chosen(value, held)
        elif not isinstance(held, (np.ndarray, list, tuple)):
            chosen[name] = value
    return chosen


class PlotWidget(SharedCode):
    """A Plotly ``FigureWidget`` for notebooks with many figures.

    All figures of a kernel share one copy of Plotly's code, so a saved notebook contains it once.
    A notebook that is opened without a kernel shows the figure as it was last.

    Parameters
    ----------
    data : Figure, dict, list of traces or None
        The data as for ``plotly.graph_objects.FigureWidget``.
    layout : dict or Layout, optional
        The layout.
    theme : bool
        Whether `apply_theme` gives the figure colours for light and dark pages.
    **kwargs
        Other arguments of ``FigureWidget``.

    Examples
    --------
    >>> from vital_widgets.figures.plotwidget import PlotWidget
    >>> figure = PlotWidget([{"y": [1, 3, 2]}])
    >>> len(figure.data)
    1
    >>> figure.close()
    """

    def __init__(
        self, data: Any = None, layout: Any = None, *, theme: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(data, layout, **kwargs)
        self._begin(theme=theme)

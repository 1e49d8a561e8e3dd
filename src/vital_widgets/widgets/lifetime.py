"""Closes widgets that no page shows and nobody uses.

ipywidgets keeps each widget until it is closed, and IPython keeps each displayed object as
``Out[n]``. A viewer holds tasks, caches and models in the browser; without this module, each run of
a cell that shows one would leave all of that behind.

The front end reports how many views of a widget a page shows. At the end of each cell, widgets
without views are removed from the lists of ipywidgets and IPython. If that was the last reference,
Python deletes the widget, which closes it; otherwise it is entered again.
"""

from __future__ import annotations

import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets
from ipywidgets.widgets import widget as registry

from vital_widgets.runtime.monitor import MONITOR

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

KIND = "views"
# Names of the last three results in IPython.
LAST = ("_", "__", "___")
NAMED_TRAITS, KIND_LENGTH = 3, 30  # in the name of a measured message

_lock = threading.RLock()
_living: weakref.WeakSet[Ending] = weakref.WeakSet()
_following: weakref.WeakSet[Any] = weakref.WeakSet()


class Ending(registry.Widget):  # type: ignore[misc]
    """A widget that is closed when no page shows it and nobody holds a reference to it.

    Mixed in before a class of widgets. One of ipywidgets' own does not report its views: it takes
    the report of a `ClosingWidget` among its children.
    """

    _pages: Shown

    def _live(self, shown: Shown) -> None:
        """Begin to follow the views, once the widget is complete."""
        self._pages = shown
        # The comm must not keep the widget alive.
        method = weakref.WeakMethod(self._handle_msg)

        def receive(message: dict[str, Any]) -> None:
            handle = method()
            if handle is None:
                return
            if MONITOR.on:
                with MONITOR.measured("message", _message_name(handle.__self__, message)):
                    handle(message)
            else:
                handle(message)

        self.comm.on_msg(receive)
        with _lock:
            _living.add(self)
        _follow_cells()

    def __del__(self, ending: Callable[[], bool] = sys.is_finalizing) -> None:
        # At the end of Python nothing is left to close, and names of modules are gone.
        if not ending():
            super().__del__()

    def __repr__(self) -> str:
        """Name the widget: that of ipywidgets walks over all children, which tasks may change."""
        return f"{type(self).__name__}()"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self._pages.display()
        return super()._repr_mimebundle_(**kwargs)


class ClosingWidget(Ending, anywidget.AnyWidget):
    """A widget of our own front end, which reports its views."""

    _anywidget_id = traitlets.Unicode("vital_widgets").tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        self._pages = Shown()
        super().__init__(**kwargs)
        self._live(self._pages)

    @property
    def shown(self) -> Shown:
        """Where its views are, for a widget that contains it and ends as it does."""
        return self._pages

    def close(self) -> None:
        """Close the widget and its layout."""
        layout = None if self.comm is None else self.layout
        super().close()
        if layout is not None:
            layout.close()

    def add_traits(self, **traits: Any) -> None:
        """Add traits that the class does not have: each addition makes a class of its own."""
        new = {name: trait for name, trait in traits.items() if not self.has_trait(name)}
        if new:
            super().add_traits(**new)

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:
        if isinstance(content, dict) and content.get("kind") == KIND:
            self._pages.report(content)
        else:
            super()._handle_custom_msg(content, buffers)


def _message_name(widget: Ending, message: dict[str, Any]) -> str:
    """Return what a message is about: kind of widget, then traits or kind of message."""
    data = message.get("content", {}).get("data", {})
    if data.get("method") == "update":
        about = [name for name in data.get("state", {}) if widget.has_trait(name)]
    else:
        content = data.get("content")
        kind = content.get("kind") if isinstance(content, dict) else data.get("method")
        about = [kind[:KIND_LENGTH]] if isinstance(kind, str) else []
    return " ".join([type(widget).__name__, *sorted(about)[:NAMED_TRAITS]])


class Shown:
    """Where the views of a widget are, as the pages report it.

    A page reports the views of each of its models. When a page is loaded again in its tab, its old
    models exist no more, although they could not report that.
    """

    def __init__(self) -> None:
        self.reported = False
        self.displayed = False  # by itself, not only as a part of something
        self._awaited = False
        self._tabs: dict[str, tuple[str, dict[str, int]]] = {}

    def display(self) -> None:
        """Note that the widget was displayed and that a page will report it."""
        self._awaited = self.displayed = True

    def report(self, content: dict[str, Any]) -> None:
        """Take a message of the front end."""
        tab, page, model = (str(content.get(name)) for name in ("tab", "page", "model"))
        count = content.get("count")
        known, models = self._tabs.get(tab, (page, {}))
        if known != page:
            models = {}
        self.reported = True
        self._awaited = False
        if isinstance(count, int) and count > 0:
            models[model] = count
        else:
            models.pop(model, None)
        if models:
            self._tabs[tab] = (page, models)
        else:
            self._tabs.pop(tab, None)

    def __bool__(self) -> bool:
        """Return whether a page shows the widget, or will."""
        return self._awaited or bool(self._tabs)


def close_unused(*_: object) -> None:
    """Close all widgets that no page shows and that nobody uses; IPython forgets closed ones."""
    # Other programs than IPython may show a widget without asking it.
    asked = _shell() is not None
    with _lock:
        unseen = [
            weakref.ref(one)
            for one in _living
            if one.comm is None or (not one._pages and (asked or one._pages.reported))  # noqa: SLF001
        ]
        for reference in unseen:
            _release(reference)


def _release(reference: weakref.ref[Ending]) -> None:
    widget = reference()
    if widget is None:
        return
    entries = _history(widget)
    if widget.comm is None:  # closed: nothing of it can be shown
        _living.discard(widget)
        _forget(entries)
        return
    key = widget.model_id
    registry._instances.pop(key, None)  # noqa: SLF001
    for mapping, name in entries:
        mapping.pop(name)
    del widget  # closes it, if this was the last reference
    widget = reference()
    if widget is None or widget.comm is None:
        _forget(entries)
        return
    registry._instances[key] = widget  # noqa: SLF001
    for mapping, name in entries:
        mapping[name] = widget


def _forget(entries: list[tuple[MutableMapping[Any, Any], Any]]) -> None:
    """Take a closed widget out of the results of IPython."""
    for mapping, name in entries:
        mapping.pop(name, None)
        if name in LAST:
            mapping[name] = ""


def _history(widget: object) -> list[tuple[MutableMapping[Any, Any], Any]]:
    """Return where IPython keeps a widget as a result of a cell."""
    shell = _shell()
    if shell is None:
        return []
    spaces = [shell.user_ns, shell.user_ns_hidden]
    results = shell.user_ns.get("_oh", {})
    numbers = [number for number, result in results.items() if result is widget]
    names = [*LAST, *(f"_{number}" for number in numbers)]
    places = [(results, number) for number in numbers]
    places += [(space, name) for space in spaces for name in names if space.get(name) is widget]
    hook = vars(shell.displayhook)
    return places + [(hook, name) for name in LAST if hook.get(name) is widget]


def _shell() -> Any:
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    return get_ipython()


def _follow_cells() -> None:
    """Close unused widgets now, and in IPython at the end of each cell."""
    shell = _shell()
    if shell is not None and shell not in _following:
        _following.add(shell)
        shell.events.register("post_run_cell", close_unused)
    close_unused()

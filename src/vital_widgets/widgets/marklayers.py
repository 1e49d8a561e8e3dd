"""The marks that a viewer shows: layers, their colours, the reader; results of analyses."""

from __future__ import annotations

import re
import weakref
from typing import TYPE_CHECKING, Any

import traitlets
from ipywidgets import widget_serialization

from vital_widgets.core.arguments import is_one_of
from vital_widgets.core.channel import Channel
from vital_widgets.core.formatting import format_value
from vital_widgets.core.marks.editing import checked_name
from vital_widgets.errors import InvalidInputError
from vital_widgets.serve.markfilter import Filter
from vital_widgets.widgets.entries import EntriesTrait
from vital_widgets.widgets.markfeed import MarkFeed
from vital_widgets.widgets.view_document import ViewDocument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vital_widgets.core.recording import Recording
    from vital_widgets.serve.markservice import MarkService

COLORED_BY = ("auto", "layer", "reader", "text")
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


class MarkLayers(ViewDocument):
    """Layers of marks of a viewer."""

    recording: Recording

    _marks = traitlets.Instance(MarkFeed, allow_none=True).tag(sync=True, **widget_serialization)
    layers: Any = traitlets.List(traitlets.Unicode(), allow_none=True, default_value=None).tag(
        sync=True, view=True
    )
    hidden_texts = traitlets.List(traitlets.Unicode()).tag(sync=True, view=True)
    layer_colors = EntriesTrait().tag(sync=True, view=True)
    color_marks_by = traitlets.Any("auto").tag(sync=True, view=True)
    reader = traitlets.Unicode("").tag(sync=True)
    blind = traitlets.Bool(False).tag(sync=True)

    def add(
        self, result: Any, name: str | None = None, *, channel: str = "", color: str | None = None
    ) -> str:
        """Show the result of an analysis as a layer of marks; returns its name.

        All viewers of the recording can show it: the result is added to
        ``recording.annotations``.

        Parameters
        ----------
        result : Annotations, Channel, or a result with a method ``annotations``
            Beats, breaths, stretches, signal quality, waves, events, … A channel is shown as by
            `add_signal`, in the lane ``channel``.
        name : str, optional
            Name of the layer in the legend; a result of the same name is replaced. Default: the
            analysis and its channel.
        channel : str, optional
            The channel that the marks belong to. Default: that of the analysis, if it is one of
            the recording.
        color : str, optional
            Colour of the layer, such as "#0072b2". Default: chosen by the viewer.
        """
        if isinstance(result, Channel):
            return self.add_signal(result, name, lane=channel or None)
        if color is not None:
            _checked_color(name or "the result", color)
        shown = self.recording.annotations.add_result(result, name, channel=channel)
        if color is not None:
            self.layer_colors[shown] = color
        layers: list[str] | None = self.layers
        if layers is not None and shown not in layers:
            self.layers = [*layers, shown]
        return shown

    if TYPE_CHECKING:  # of the class that this one is a part of

        def add_signal(
            self, signal: Any, name: str | None = None, *, lane: str | None = None
        ) -> str:
            """Show a signal; see `AddedSignals`."""
            ...

    def _add_all(self, results: Any) -> None:
        """Show one result, several, or several by name."""
        if hasattr(results, "items"):
            for name, one in results.items():
                self.add(one, name)
        elif isinstance(results, (list, tuple)):
            for one in results:
                self.add(one)
        else:
            self.add(results)

    def _follow_marks(self, service: MarkService) -> MarkFeed:
        """Return a feed that follows the marks as this viewer shows them."""
        feed = MarkFeed()
        known = weakref.ref(feed)

        def tell(_: int) -> None:
            shown = known()
            if shown is not None:
                shown.tell()

        service.on_change(tell)
        return feed

    def _apply_marks(self, service: MarkService) -> None:
        service.reader, service.blind = self.reader, self.blind
        layers: list[str] | None = self.layers
        hidden: list[str] = self.hidden_texts
        service.shown = Filter(None if layers is None else tuple(layers), without=tuple(hidden))

    @traitlets.observe("reader", "blind", "layers", "hidden_texts")
    def _marks_seen(self, change: Mapping[str, Any]) -> None:
        session = self.__dict__.get("_session")
        if session is None:
            return
        self._apply_marks(session.mark_service)
        if change["name"] in ("reader", "blind") and self._marks is not None:
            self._marks.tell()

    @traitlets.validate("reader")
    def _valid_reader(self, proposal: dict[str, Any]) -> str:
        value: str = proposal["value"]
        return checked_name(value, "reader") if value else ""

    @traitlets.validate("color_marks_by")
    def _valid_color_marks_by(self, proposal: dict[str, Any]) -> str:
        value = proposal["value"]
        if not is_one_of(value, COLORED_BY):
            accepted = " or ".join(map(repr, COLORED_BY))
            msg = f"color_marks_by={format_value(value)} is unknown; give {accepted}"
            raise InvalidInputError(msg)
        return str(value)

    @traitlets.validate("layer_colors")
    def _valid_layer_colors(self, proposal: dict[str, Any]) -> dict[str, str]:
        value: dict[str, str] = proposal["value"]
        for name, color in value.items():
            _checked_color(name, color)
        return value


def _checked_color(name: str, color: object) -> None:
    if not isinstance(color, str) or not _HEX.fullmatch(color):
        msg = f"the colour {color!r} of {name!r} is not a colour such as '#0072b2' or '#07b'"
        raise InvalidInputError(msg)

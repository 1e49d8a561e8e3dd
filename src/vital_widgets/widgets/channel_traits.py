"""Traits of a viewer for its lanes: colours, heights, overlaid channels, lanes per page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from vital_widgets.core.arguments import is_number, is_one_of
from vital_widgets.core.arrangement import Arrangement
from vital_widgets.core.color import parse_color
from vital_widgets.core.formatting import format_value
from vital_widgets.core.signalkind import KINDS
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.widgets.entries import EntriesTrait

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vital_widgets.serve.lanes import LaneSet

HEIGHTS = (0.1, 20.0)
MOST_LANES = 1000
COLORED_BY = ("channel", "kind")


class ChannelTraits(traitlets.HasTraits):
    """How the lanes of a viewer are arranged; keys are names of channels or kinds of signals.

    Attributes
    ----------
    overlaid : dict of str to str
        ``{"PPG": "ABP"}`` draws the channel PPG in the lane of ABP.
    heights : dict of str to float
        ``{"ECG": 2}`` makes the lane of ECG twice as high as others, 0.1 to 20.
    colors : dict of str to str
        ``{"ECG": "#d55e00"}``: colours of traces. The viewer darkens or lightens a colour that
        has too little contrast to the page.
    color_by : {"channel", "kind"}
        What determines the colours of other traces.
    lanes_per_page : None or int
        The largest number of lanes on the screen, others are reached by scrolling; 1 to 1000.
        None: as many as can be read.
    """

    if TYPE_CHECKING:
        _lanes: LaneSet

    overlaid = EntriesTrait().tag(sync=True, view=True)
    heights = EntriesTrait().tag(sync=True, view=True)
    colors = EntriesTrait().tag(sync=True, view=True)
    color_by = traitlets.Any("channel").tag(sync=True, view=True)
    lanes_per_page = traitlets.Any(None, allow_none=True).tag(sync=True, view=True)

    @traitlets.validate("overlaid")
    def _valid_overlaid(self, proposal: dict[str, Any]) -> dict[str, str]:
        names = self._arranged_names()
        hosts: dict[str, str] = {}
        for given, host in proposal["value"].items():
            key = self._known_key("overlaid", given, names)
            if not isinstance(host, str) or host not in names:
                known = ", ".join(map(repr, names))
                msg = (
                    f"overlaid[{given!r}]={format_value(host)} is not the name of a channel; "
                    f"available: {known}"
                )
                raise UnknownChannelError(msg)
            if key == host:
                msg = (
                    f"overlaid[{given!r}]={host!r}: a channel cannot be drawn in its own lane; "
                    "give another one, or None"
                )
                raise InvalidInputError(msg)
            hosts[key] = host
        for key, host in hosts.items():
            if hosts.get(host, host) != host:
                msg = (
                    f"overlaid[{key!r}]={host!r}: {host!r} has no lane of its own, it is drawn in "
                    f"that of {hosts[host]!r}; give {hosts[host]!r}"
                )
                raise InvalidInputError(msg)
        return hosts

    @traitlets.validate("heights")
    def _valid_heights(self, proposal: dict[str, Any]) -> dict[str, float]:
        names = self._arranged_names()
        low, high = HEIGHTS
        heights = {}
        for key, height in proposal["value"].items():
            if not (is_number(height) and low <= height <= high):
                msg = (
                    f"heights[{key!r}]={format_value(height)} is not a height from {low:g} to "
                    f"{high:g}; 1 is that of other lanes"
                )
                raise InvalidInputError(msg)
            heights[self._known_key("heights", key, names)] = float(height)
        return heights

    @traitlets.validate("colors")
    def _valid_colors(self, proposal: dict[str, Any]) -> dict[str, str]:
        names = self._arranged_names()
        return {
            self._known_key("colors", key, names): parse_color(color, f"colors[{key!r}]")
            for key, color in proposal["value"].items()
        }

    @traitlets.validate("color_by")
    def _valid_color_by(self, proposal: dict[str, Any]) -> str:
        value = proposal["value"]
        if not is_one_of(value, COLORED_BY):
            accepted = " or ".join(map(repr, COLORED_BY))
            msg = f"color_by={format_value(value)} is unknown; give {accepted}"
            raise InvalidInputError(msg)
        return str(value)

    @traitlets.validate("lanes_per_page")
    def _valid_lanes(self, proposal: dict[str, Any]) -> int | None:
        value = proposal["value"]
        whole = isinstance(value, int) and not isinstance(value, bool)
        if value is not None and not (whole and 1 <= value <= MOST_LANES):
            msg = (
                f"lanes_per_page={format_value(value)} is not a whole number from 1 to "
                f"{MOST_LANES}; None shows as many lanes as can be read"
            )
            raise InvalidInputError(msg)
        return value  # type: ignore[no-any-return]

    @traitlets.observe("channels")
    def _forget_others(self, _: object) -> None:
        """Remove entries of lanes that no longer exist, for example of a former montage."""
        known = {*self._arranged_names(), *KINDS}
        for name in ("overlaid", "heights", "colors"):
            entries = getattr(self, name)
            kept = {key: value for key, value in entries.items() if key in known}
            if name == "overlaid":
                kept = {key: value for key, value in kept.items() if value in known}
            if kept != entries:
                setattr(self, name, kept)

    def _arrangement(self) -> Arrangement:
        values = self.trait_values()
        own = {lane.name: lane.host for lane in self._lanes.lanes if lane.host}
        return Arrangement(
            self._arranged_names(),
            {**own, **values["overlaid"]},
            values["heights"],
            values["colors"],
            values["color_by"],
        )

    def _arranged_names(self) -> dict[str, str]:
        """Return the kind of each channel that a lane can show, by name."""
        return {lane.name: lane.kind for lane in self._lanes.lanes}

    def _known_key(self, what: str, key: str, names: Iterable[str]) -> str:
        """Return the name of a channel, or a kind as kinds are written."""
        if key in names:
            return key
        kind = next((one for one in KINDS if one.lower() == key.lower()), None)
        if kind is None:
            known = ", ".join(map(repr, names))
            kinds = ", ".join(map(repr, KINDS))
            msg = (
                f"{what} names {format_value(key)}, which is no channel; available: {known}; "
                f"kinds: {kinds}"
            )
            raise UnknownChannelError(msg)
        return kind

"""Which channels are drawn in which lane, how high lanes are, and in which colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")


@dataclass(frozen=True)
class ArrangedLane:
    """A row of a view.

    Attributes
    ----------
    names : list of str
        The channels that are drawn in it; the first one gives its name and scale.
    height : float
        Height relative to the other lanes.
    """

    names: list[str]
    height: float = 1.0


@dataclass(frozen=True)
class Arrangement:
    """What users choose for lanes; keys are names of channels, or kinds of signals.

    A key that is the name of a channel is not read as a kind. The front end arranges in the same
    way; tests/fixtures/arrangement.json contains examples.

    Attributes
    ----------
    kinds : mapping of str to str
        The kind of each channel that can be shown, by name.
    overlaid : mapping of str to str
        The channel in whose lane another one is drawn.
    heights : mapping of str to float
        Relative heights of lanes.
    colors : mapping of str to str
        Colours of traces as ``#rrggbb``.
    color_by : str
        "channel" or "kind": what determines other colours.
    """

    kinds: Mapping[str, str]
    overlaid: Mapping[str, str]
    heights: Mapping[str, float]
    colors: Mapping[str, str]
    color_by: str = "channel"

    def lanes(self, shown: Sequence[str]) -> list[ArrangedLane]:
        """Return the lanes of the channels that are shown, from top to bottom."""
        hosts = {name: self._host(name, shown) for name in shown}
        return [
            ArrangedLane(
                [name, *(other for other in shown if other != name and hosts[other] == name)],
                self._entry(self.heights, name, 1.0),
            )
            for name in shown
            if hosts[name] == name
        ]

    def inks(self) -> dict[str, str | int]:
        """Return the colour of each channel, or the number of a colour of the palette, by name.

        Channels that are not in it have the colour of their position.
        """
        order = list(dict.fromkeys(self.kinds.values()))
        inks: dict[str, str | int] = {}
        for name, kind in self.kinds.items():
            own = self._entry(self.colors, name, "")
            if own:
                inks[name] = own
            elif self.color_by == "kind":
                inks[name] = order.index(kind)
        return inks

    def _entry(self, entries: Mapping[str, T], name: str, default: T) -> T:
        kind = self.kinds.get(name, "")
        if name in entries:
            return entries[name]
        return default if kind in self.kinds else entries.get(kind, default)

    def _host(self, name: str, shown: Sequence[str]) -> str:
        """Return the channel in whose lane another one is drawn, itself if it has its own."""
        host = self._entry(self.overlaid, name, name)
        has_lane = host in shown and self._entry(self.overlaid, host, host) == host
        return host if has_lane else name

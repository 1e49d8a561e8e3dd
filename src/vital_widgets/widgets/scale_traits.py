"""Traits of a viewer for calibration: amplitude scales, paper speed, grid."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import traitlets

from vital_widgets.core.amplitude import parse_scale
from vital_widgets.core.arguments import is_number, is_one_of
from vital_widgets.core.formatting import format_value
from vital_widgets.core.metricunits import plain_units, unit_factor
from vital_widgets.core.signalkind import KINDS, signal_kind
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.serve.description import expected_duration
from vital_widgets.widgets.entries import EntriesTrait

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vital_widgets.core.amplitude import AmplitudeScale
    from vital_widgets.core.channel import Channel
    from vital_widgets.core.recording import Recording

GRIDS = ("time", "ecg", "none")
SPEED_LIMITS = (0.001, 10_000.0)  # mm/s
PAGE_LIMITS = (0.001, 31_536_000.0)  # s


class ScaleTraits(traitlets.HasTraits):
    """How the amplitudes and the time of the lanes are scaled."""

    if TYPE_CHECKING:
        recording: Recording
        t_range: Any
        comm: Any

        def _lane_channels(self) -> Mapping[str, Channel]:
            """Return the channels that lanes can show, by name."""

    scales = EntriesTrait().tag(sync=True, view=True)
    positions = EntriesTrait().tag(sync=True, view=True)
    paper_speed = traitlets.Any(None, allow_none=True).tag(sync=True, view=True)
    page = traitlets.Any(None, allow_none=True).tag(sync=True, view=True)
    grid = traitlets.Any("time").tag(sync=True, view=True)
    overlap = traitlets.Bool(default_value=False).tag(sync=True, view=True)

    # What was set before: its lanes may have gone with a montage, and may return.
    _checked_scales: Mapping[str, Any] = MappingProxyType({})
    _checked_positions: Mapping[str, float] = MappingProxyType({})

    def _scaled_channels(self) -> dict[str, Channel]:
        """Return the channels of the recording and, with a montage, those of its lanes."""
        return {**self.recording.channels, **self._lane_channels()}

    @traitlets.validate("scales")
    def _valid_scales(self, proposal: dict[str, Any]) -> dict[str, Any]:
        channels = self._scaled_channels()
        before = self._checked_scales
        scales: dict[str, Any] = {}
        for key, given in proposal["value"].items():
            if before.get(key) == given:
                scales[key] = given
                continue
            what = f"scales[{key!r}]"
            scale = parse_scale(given, what)
            kind = next((one for one in KINDS if one.lower() == key.lower()), None)
            if key in channels:
                _check_units(what, given, scale, [channels[key]])
            elif kind is not None:
                same = [
                    one for one in channels.values() if signal_kind(one.name, one.units) == kind
                ]
                _check_units(what, given, scale, same)
                key = kind  # noqa: PLW2901 - written as the kinds are
            else:
                raise UnknownChannelError(_unknown("scales", key, channels, kinds=True))
            scales[key] = scale.value
        self._checked_scales = scales
        return scales

    @traitlets.validate("positions")
    def _valid_positions(self, proposal: dict[str, Any]) -> Mapping[str, float]:
        channels = self._scaled_channels()
        for key, value in proposal["value"].items():
            if key not in channels and key not in self._checked_positions:
                raise UnknownChannelError(_unknown("positions", key, channels, kinds=False))
            if not is_number(value):
                msg = (
                    f"positions[{key!r}]={format_value(value)} is not a share of the lane's "
                    f"height from its bottom, such as 0.5 for the middle"
                )
                raise InvalidInputError(msg)
        self._checked_positions = {key: float(one) for key, one in proposal["value"].items()}
        return self._checked_positions

    @traitlets.validate("paper_speed")
    def _valid_paper_speed(self, proposal: dict[str, Any]) -> float | None:
        return _positive("paper_speed", proposal["value"], SPEED_LIMITS, "mm/s, such as 25")

    @traitlets.validate("page")
    def _valid_page(self, proposal: dict[str, Any]) -> float | None:
        return _positive("page", proposal["value"], PAGE_LIMITS, "seconds, such as 30")

    @traitlets.validate("grid")
    def _valid_grid(self, proposal: dict[str, Any]) -> str:
        value = proposal["value"]
        if not is_one_of(value, GRIDS):
            accepted = ", ".join(map(repr, GRIDS))
            msg = f"grid={format_value(value)} is not one of {accepted}"
            raise InvalidInputError(msg)
        return str(value)

    @traitlets.observe("paper_speed", "page")
    def _one_pace(self, change: Any) -> None:
        """Let the property that was set last determine the length of the window."""
        if change.new is None:
            return
        if change.name == "paper_speed":
            self.page = None
            return
        self.paper_speed = None
        duration = expected_duration(self.recording)
        start = max(0.0, min(self.t_range[0], duration - change.new))
        self.t_range = (start, start + change.new)

    @traitlets.observe("t_range")
    def _release_page(self, _: Any) -> None:
        """Give up the length of pages if the window has another one and is not the whole."""
        if self.comm is None:  # of a new viewer, all properties are set in any order
            return
        t0, t1 = self.t_range
        page, duration = self.trait_values()["page"], expected_duration(self.recording)
        whole = t0 <= 0 and t1 >= duration
        if page is not None and not whole and not math.isclose(t1 - t0, page, rel_tol=1e-6):
            self.page = None


def _positive(what: str, value: Any, limits: tuple[float, float], units: str) -> float | None:
    low, high = limits
    if value is not None and not (is_number(value) and low <= value <= high):
        msg = (
            f"{what}={format_value(value)} is not a number from {low:g} to {high:,g} of {units}; "
            f"None leaves the length of the window free"
        )
        raise InvalidInputError(msg)
    return None if value is None else float(value)


def _check_units(what: str, given: Any, scale: AmplitudeScale, channels: list[Channel]) -> None:
    """Raise if the scale is in units that none of the channels can be converted into."""
    if scale.per_mm is None and scale.span is None:
        return
    if not channels or any(unit_factor(scale.units, one.units) is not None for one in channels):
        return
    channel = channels[0]
    units = plain_units(channel.units)
    has = f"has the units {units!r}" if units else "has no units"
    in_units = repr(scale.units) if scale.units else "no units"
    msg = (
        f"{what}={format_value(given)} is in {in_units}, but the channel {channel.name!r} {has}; "
        f"give a range such as {f'10 {units}'.strip()!r} or limits such as (0, 10)"
    )
    raise InvalidInputError(msg)


def _unknown(what: str, key: str, channels: Any, *, kinds: bool) -> str:
    known = ", ".join(map(repr, channels))
    more = f"; kinds: {', '.join(map(repr, KINDS))}" if kinds else ""
    return f"{what} names {format_value(key)}, which is no channel; available: {known}{more}"

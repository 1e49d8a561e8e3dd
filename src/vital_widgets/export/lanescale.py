"""The values at the bottom and top of each lane, as the viewer chooses them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vital_widgets.core.amplitude import AUTO
from vital_widgets.core.metricunits import plain_units, unit_factor
from vital_widgets.export.lanerange import automatic_range, padded, seen_in
from vital_widgets.export.papersize import PER_UNIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vital_widgets.core.amplitude import AmplitudeScale
    from vital_widgets.export.lanesignal import LaneSignal

Extent = tuple[float, float]
Group = tuple[str, str]

# Channels of these kinds are compared, so that they share a scale; the units in which it is given.
SHARED = {"ECG": "mV", "EEG": "µV", "EOG": "µV", "EMG": "µV"}
MOST_SHARE = 0.98  # the baseline stays in its lane
EXCEPTIONAL = 3.0  # times the median of the spans


def lane_extents(signals: Sequence[LaneSignal]) -> list[Extent]:
    """Return the values at the bottom and top of the lanes of signals.

    A fitted scale keeps the range of the first window, and like channels share one. If the trace
    has left its lane, its median becomes the middle.
    """
    shared = _shared_spans(signals)
    return [_extent(one, shared) for one in signals]


def _extent(one: LaneSignal, shared: dict[Group, tuple[float, float]]) -> Extent:
    if one.extent is not None:
        return one.extent
    scale = _usable(one)
    if scale is not None and scale.text == AUTO:
        return automatic_range(one.columns, one.base)
    if scale is not None and scale.limits is not None:
        return scale.limits
    seen = seen_in(one.columns)
    base = one.base or (seen.near if seen is not None else (0.0, 0.0))
    fit = padded(base)
    home = _fitted_span(one, fit, shared)
    span = home if scale is None else _span_of(scale, one)
    if not (math.isfinite(span) and math.isfinite(home)):
        return fit
    middle = fit[0] / 2 + fit[1] / 2
    if scale is None and one.position is None and home == fit[1] - fit[0]:
        limits = fit
    else:
        baseline = 0.0 if base[0] <= 0 <= base[1] or seen is None else seen.middle
        share = one.position
        if share is None:
            share = 0.5 + (baseline - middle) / home
            share = min(max(share, 1 - MOST_SHARE), MOST_SHARE)
        limits = baseline - share * span, baseline + (1 - share) * span
    if seen is not None and not limits[0] <= seen.middle <= limits[1]:
        limits = seen.middle - span / 2, seen.middle + span / 2
    # Beyond the largest number there is nothing to show.
    return limits if all(map(math.isfinite, limits)) else fit


def _usable(one: LaneSignal) -> AmplitudeScale | None:
    """Return the scale that is set, unless its units are not those of the channel."""
    scale = one.scale
    if scale is None or scale.text == AUTO or scale.limits is not None:
        return scale
    return None if unit_factor(scale.units, one.channel.units) is None else scale


def _span_of(scale: AmplitudeScale, one: LaneSignal) -> float:
    factor = unit_factor(scale.units, one.channel.units) or 1.0
    if scale.span is not None:
        return scale.span * factor
    return (scale.per_mm or 1.0) * factor * one.height / PER_UNIT["mm"]


def _group(one: LaneSignal) -> tuple[Group, float]:
    """Return with which channels a channel shares its scale, and the factor into their units."""
    usual = SHARED.get(one.kind)
    factor = None if usual is None else unit_factor(one.channel.units, usual)
    if usual is not None and factor is not None:
        return (one.kind, usual), factor
    return (one.kind, plain_units(one.channel.units)), 1.0


def _fitted_span(one: LaneSignal, fit: Extent, shared: dict[Group, tuple[float, float]]) -> float:
    group, factor = _group(one)
    if group not in shared:
        return fit[1] - fit[0]
    span, lowest = shared[group]
    return span / factor * one.height / lowest


def _shared_spans(signals: Sequence[LaneSignal]) -> dict[Group, tuple[float, float]]:
    """Return the span that like channels share in the lowest of their lanes, and its height."""
    groups: dict[Group, list[LaneSignal]] = {}
    for one in signals:
        if one.kind in SHARED:
            groups.setdefault(_group(one)[0], []).append(one)
    shared = {}
    for group, members in groups.items():
        lowest = min(one.height for one in members)
        spans = []
        for one in members:
            seen = seen_in(one.columns)
            base = one.base or (seen.near if seen is not None else None)
            if base is None:
                break
            low, high = padded(base)
            spans.append((high - low) * _group(one)[1] * lowest / one.height)
        if len(spans) == len(members) and min(spans) > 0:
            shared[group] = _common(spans), lowest
    return shared


def _common(spans: Sequence[float]) -> float:
    """Return the span that suits most of several channels: the largest that is no exception."""
    in_order = sorted(spans)
    median = in_order[len(in_order) // 2]
    return max(span for span in in_order if span <= EXCEPTIONAL * median)

"""The values at the edges of a lane whose scale is set, for example to 10 mm/mV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vital_widgets.core.metricunits import unit_factor
from vital_widgets.export.papersize import PER_UNIT

if TYPE_CHECKING:
    from vital_widgets.core.amplitude import AmplitudeScale

Extent = tuple[float, float]

MOST_SHARE = 0.98  # the baseline stays in its lane


def fixed_extent(
    scale: AmplitudeScale | None,
    position: float | None,
    units: str,
    height: float,
    fitted: Extent,
) -> Extent | None:
    """Return the values at the bottom and at the top of a lane; None if it is fitted to the data.

    Parameters
    ----------
    scale : AmplitudeScale or None
        The scale that is set.
    position : float or None
        Where the baseline is, as a share of the height from the bottom. Default: where the fitted
        scale has it.
    units : str
        Units of the channel.
    height : float
        Height of the trace at its full scale in CSS pixels of 1/96 inch.
    fitted : (float, float)
        The scale that is fitted to the data.
    """
    if scale is not None and scale.limits is not None:
        return scale.limits
    low, high = fitted
    home = high - low
    span = home
    factor = unit_factor(scale.units, units) if scale is not None else None
    if scale is not None and factor is not None:
        if scale.span is not None:
            span = scale.span * factor
        elif scale.per_mm is not None:
            span = scale.per_mm * factor * height / PER_UNIT["mm"]
    if position is None and span == home:
        return None
    baseline = 0.0 if low <= 0 <= high else (low + high) / 2
    share = position
    if share is None:
        share = 0.5 + (baseline - (low + high) / 2) / home
        share = min(max(share, 1 - MOST_SHARE), MOST_SHARE)
    return baseline - share * span, baseline + (1 - share) * span

"""Amplitude scales of lanes: a gain in mm, a range for each lane, fixed limits, or automatic."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from vital_widgets.core.formatting import format_value
from vital_widgets.core.metricunits import plain_units
from vital_widgets.errors import InvalidInputError

AUTO = "auto"
ACCEPTED = (
    "a gain such as '10 mm/mV' or '20 µV/mm', the range of a lane such as '100 µV', "
    "limits such as (-1, 2), or 'auto'"
)
_NUMBER = r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
_PER_UNIT = re.compile(rf"{_NUMBER}\s*mm\s*/\s*(?P<units>\S.*)")
_PER_MM = re.compile(rf"{_NUMBER}\s*(?P<units>\S.*?)\s*/\s*mm")
_RANGE = re.compile(rf"{_NUMBER}\s*(?P<units>(?:[^\W\d]|[%°Ω/]).*)?")


@dataclass(frozen=True)
class AmplitudeScale:
    """How the amplitude of a lane is scaled.

    Attributes
    ----------
    per_mm : float or None
        Units for each millimetre on the screen or on paper.
    span : float or None
        Units from the bottom to the top of the lane.
    limits : None or tuple of float
        The values at the bottom and at the top of the lane.
    units : str
        The units of `per_mm` and `span`; limits are in the units of the channel.
    text : str
        The scale as it was given, in one form: ``"10 mm/mV"``.

    All are None for the automatic scale.
    """

    text: str
    units: str = ""
    per_mm: float | None = None
    span: float | None = None
    limits: tuple[float, float] | None = None

    @property
    def value(self) -> str | tuple[float, float]:
        """What a view document contains."""
        return self.text if self.limits is None else self.limits


def parse_scale(value: Any, what: str = "scale") -> AmplitudeScale:
    """Return the scale that a text or a pair of limits describes.

    Parameters
    ----------
    value : str or (float, float)
        For example ``"10 mm/mV"``, ``"20 µV/mm"``, ``"100 µV"`` (for each lane), ``(-1, 2)`` in
        the units of the channel, or ``"auto"``.
    what : str, optional
        How an error message calls it.
    """
    if isinstance(value, AmplitudeScale):
        return value
    words = " ".join(value.split()) if isinstance(value, str) else None
    found = _from_limits(value) if words is None else _from_text(words)
    if found is None:
        msg = f"{what}={format_value(value)} is not a scale; give {ACCEPTED}"
        raise InvalidInputError(msg)
    return found


def _from_text(text: str) -> AmplitudeScale | None:
    if text.lower() == AUTO:
        return AmplitudeScale(AUTO)
    for pattern in (_PER_UNIT, _PER_MM, _RANGE):
        match = pattern.fullmatch(text)
        if match is None:
            continue
        value, units = float(match["number"]), plain_units(match["units"] or "")
        usable = value > 0 and math.isfinite(value) and math.isfinite(1 / value)
        if not usable or units.endswith("/"):
            return None
        number = f"{value:.12g}"
        if pattern is _PER_UNIT:
            return AmplitudeScale(f"{number} mm/{units}", units, per_mm=1 / value)
        if pattern is _PER_MM:
            return AmplitudeScale(f"{number} {units}/mm", units, per_mm=value)
        return AmplitudeScale(f"{number} {units}".strip(), units, span=value)
    return None


def _from_limits(value: Any) -> AmplitudeScale | None:
    try:
        low, high = (float(limit) for limit in value)
    except (TypeError, ValueError):
        return None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return None
    return AmplitudeScale(f"{low:g} to {high:g}", limits=(low, high))

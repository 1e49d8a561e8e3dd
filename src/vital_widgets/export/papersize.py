"""Lengths and speeds as people write them: ``180 mm``, ``7 in``, ``25 mm/s``."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    Length = str | float

MM_PER_INCH = 25.4
PIXELS_PER_INCH = 96.0
PER_UNIT = {
    "mm": PIXELS_PER_INCH / MM_PER_INCH,
    "cm": 10 * PIXELS_PER_INCH / MM_PER_INCH,
    "in": PIXELS_PER_INCH,
    "pt": PIXELS_PER_INCH / 72,
    "px": 1.0,
}
WRITTEN = re.compile(r"\s*([0-9.]+(?:e[+-]?[0-9]+)?)\s*([a-z/]*)\s*", re.IGNORECASE)
LARGEST = 20_000.0  # CSS pixels, 5 m of paper


def css_pixels(what: str, value: Length) -> float:
    """Return a length in CSS pixels of 1/96 inch.

    Parameters
    ----------
    what : str
        Name of the parameter, for the error message.
    value : str or float
        "180 mm", "18 cm", "7 in", "510 pt", "680 px", or a number of CSS pixels.
    """
    number, unit = _split(value)
    length = number * PER_UNIT.get(unit or "px", math.nan)
    if not 0 < length <= LARGEST:
        most = round(LARGEST / PER_UNIT["mm"])
        msg = (
            f"{what}={format_value(value)} is not a length; give for example '180 mm', '7 in' or a "
            f"number of CSS pixels (1/96 inch), up to {most} mm"
        )
        raise InvalidInputError(msg)
    return length


def paper_speed(value: Length) -> float:
    """Return a paper speed in mm/s; a number is in mm/s."""
    number, unit = _split(value)
    if unit not in ("", "mm/s") or not 0 < number < math.inf:
        msg = f"speed={format_value(value)} is not a paper speed; give for example '25 mm/s'"
        raise InvalidInputError(msg)
    return number


def _split(value: object) -> tuple[float, str]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value), ""
    found = WRITTEN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return math.nan, ""
    try:
        return float(found[1]), found[2].lower()
    except ValueError:
        return math.nan, ""

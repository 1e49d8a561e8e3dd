"""Colours as texts, and colours that can be read on a background."""

from __future__ import annotations

import math
from typing import Any

from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError

Rgb = tuple[int, int, int]

LEAST_CONTRAST = 4.5  # WCAG 2, level AA, for small text
STEPS = 64


def parse_color(value: Any, what: str = "color") -> str:
    """Return a colour as ``#rrggbb``.

    Parameters
    ----------
    value : str
        ``"#d55e00"``, ``"#d50"``, ``"rgb(213, 94, 0)"`` or a name of CSS such as ``"teal"``.
    what : str, optional
        How an error message calls it.
    """
    from PIL.ImageColor import getrgb

    try:
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY301, TRY004 - both are answered with the same error
        red, green, blue = getrgb(value.strip())[:3]
    except ValueError:
        msg = (
            f"{what}={format_value(value)} is not a colour; give for example '#d55e00', or a name "
            "such as 'teal'"
        )
        raise InvalidInputError(msg) from None
    return f"#{red:02x}{green:02x}{blue:02x}"


def rgb(text: str) -> Rgb:
    """Return the colour ``#rrggbb`` as red, green and blue, 0 to 255."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def luminance(color: Rgb) -> float:
    """Return the relative luminance as defined in WCAG 2, 0 to 1."""
    parts = [one / 255 for one in color]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)  # noqa: PLR2004
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: Rgb, second: Rgb) -> float:
    """Return the contrast of two colours as defined in WCAG 2, 1 to 21."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def readable(color: Rgb, background: Rgb) -> Rgb:
    """Return the colour, mixed with black or white until its contrast to a background suffices.

    Parameters
    ----------
    color, background : (int, int, int)
        Red, green and blue, 0 to 255.

    Returns
    -------
    tuple of int
        The colour with the smallest share of black or white, in steps of 1/64, whose contrast is
        at least 4.5; the front end computes the same.
    """
    ink: Rgb = (0, 0, 0)
    if contrast((255, 255, 255), background) > contrast(ink, background):
        ink = (255, 255, 255)
    made = color
    for k in range(STEPS + 1):
        red, green, blue = (
            math.floor(a + (b - a) * k / STEPS + 0.5) for a, b in zip(color, ink, strict=True)
        )
        made = red, green, blue
        if contrast(made, background) >= LEAST_CONTRAST:
            break
    return made

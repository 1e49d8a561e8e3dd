"""Numbers and lengths of time as they are written above tables."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

EPOCHS = (1e9, 4.2e9)  # seconds since 1970 of the years 2001 to 2103
SECONDS = {
    "s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "milliseconds": 1e-3,
    "us": 1e-6, "µs": 1e-6, "usec": 1e-6, "min": 60.0, "minutes": 60.0, "h": 3600.0, "hr": 3600.0,
    "hours": 3600.0, "millisec": 1e-3, "hrs": 3600.0,
}  # fmt: skip
UNIT_OF_SECONDS = {1.0: "s", 1e-3: "ms", 1e-6: "us", 60.0: "min", 3600.0: "h"}


def seconds_told(text: str) -> float | None:
    """Return the seconds that a text such as ``0.5 msec`` says, None if it says none."""
    match = re.match(r"\s*([\d.,eE+-]+)\s*([A-Za-zµμ]+)", text)
    value = number_told(match[1]) if match else None
    if match is None or value is None:
        return None
    seconds = value * SECONDS.get(match[2].lower().replace("μ", "µ"), 0.0)
    return seconds if 0 < seconds < math.inf else None


def number_told(text: str) -> float | None:
    """Return the finite number that a text is, with either decimal sign; None if it is none."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def first_line(lines: Sequence[str]) -> int:
    """Return the number of the first line that is not blank."""
    return next((k for k, line in enumerate(lines) if line.strip()), 0)

"""Units of voltage, and the factor from one to another."""

from __future__ import annotations

import re

# Digits after the decimal point of 1 unit in volts; both code points of the micro sign.
DIGITS = {"V": 0, "mV": 3, "uV": 6, "µV": 6, "μV": 6, "nV": 9}
WORDS = {"volt": "V", "millivolt": "mV", "microvolt": "µV", "nanovolt": "nV"}


def same_units(first: str, second: str) -> bool:
    """Return whether two texts name the same units, whatever the spelling of a voltage."""
    first, second = _plain(first), _plain(second)
    return first == second or (first in DIGITS and DIGITS[first] == DIGITS.get(second))


def volt_digits(units: str) -> int | None:
    """Return the decimal digits between volts and a unit of voltage; None for other units."""
    return DIGITS.get(_plain(units))


def converted_by(given: str, wanted: str) -> float | None:
    """Return the factor from one unit to another; None if no factor is known.

    The factor is exact, or the float64 nearest to it.
    """
    if same_units(given, wanted):
        return 1.0
    have, want = volt_digits(given), volt_digits(wanted)
    if have is None or want is None:
        return None
    return float(10 ** (want - have)) if want > have else 1 / 10 ** (have - want)


def _plain(units: str) -> str:
    text = units.strip()
    word = re.sub(r"s$", "", text.lower())
    return WORDS.get(word, text)

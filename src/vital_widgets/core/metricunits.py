"""Conversion between units that differ by a metric prefix, such as µV and mV."""

from __future__ import annotations

import re

# Powers of ten. Files write the micro sign, the Greek letter or a `u`.
PREFIXES = {"f": -15, "p": -12, "n": -9, "µ": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9}
BASES = ("V", "A", "T", "T/m", "Pa", "S", "Ω", "V/m")
_MICRO = str.maketrans({"u": "µ", "μ": "µ"})
_OHM = re.compile(r"ohms?$", re.IGNORECASE)


def plain_units(units: str) -> str:
    """Return units as they are displayed: ``"uV"`` is ``"µV"``; others are unchanged."""
    split = split_units(units)
    return units.strip() if split is None else "".join(split)


def split_units(units: str) -> tuple[str, str] | None:
    """Return the metric prefix and the base of units; None if they have none of `BASES`."""
    text = _OHM.sub("Ω", units.strip())
    for base in BASES:
        prefix = text.removesuffix(base).translate(_MICRO) if text.endswith(base) else None
        if prefix in PREFIXES:
            return prefix, base
    return None


def unit_factor(units: str, into: str) -> float | None:
    """Return the factor that converts values in ``units`` into another unit; None if none does.

    Parameters
    ----------
    units, into : str
        For example ``"uV"`` and ``"mV"``, which gives 0.001. Equal texts give 1.
    """
    ours, theirs = split_units(units), split_units(into)
    if ours is None or theirs is None:
        return 1.0 if units.strip() == into.strip() else None
    if ours[1] != theirs[1]:
        return None
    power = PREFIXES[ours[0]] - PREFIXES[theirs[0]]
    # The quotient is the double nearest to a negative power of ten; a product may not be.
    return 10.0**power if power >= 0 else 1.0 / 10.0**-power

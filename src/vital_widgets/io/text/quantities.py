"""Numbers with units in the lines above tables: durations and rates."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

EPOCHS = (1e9, 4.2e9)  # seconds since 1970 of the years 2001 to 2103
SECONDS = {
    "s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "milliseconds": 1e-3,
    "us": 1e-6, "µs": 1e-6, "usec": 1e-6, "min": 60.0, "minutes": 60.0, "h": 3600.0, "hr": 3600.0,
    "hours": 3600.0, "millisec": 1e-3, "hrs": 3600.0, "second": 1.0, "secs": 1.0, "sek": 1.0,
    "sekunde": 1.0, "sekunden": 1.0, "millisecond": 1e-3, "millisekunden": 1e-3, "µsec": 1e-6,
    "microsecond": 1e-6, "microseconds": 1e-6, "minute": 60.0, "minuten": 60.0, "mins": 60.0,
    "hour": 3600.0, "stunde": 3600.0, "stunden": 3600.0, "day": 86400.0, "days": 86400.0,
    "d": 86400.0, "tag": 86400.0, "tage": 86400.0, "ns": 1e-9, "nsec": 1e-9,
}  # fmt: skip
UNIT_OF_SECONDS = {1.0: "s", 1e-3: "ms", 1e-6: "us", 60.0: "min", 3600.0: "h"}

_BLANKS = " \u00a0\u2009\u202f"
_SURE = rf"'\u2019_{_BLANKS}"  # signs that separate thousands and nothing else
NUMBER = (  # in groups of three digits, or in one piece
    rf"(?:[1-9]\d{{0,2}}(?P<group>[{_SURE}.,])\d{{3}}(?:(?P=group)\d{{3}})*(?:(?!(?P=group))[.,]\d+)?"
    r"|\d+(?:[.,]\d+)?)(?:[eE][+-]?\d+)?(?![\d:])(?!-\d+-\d)(?!\.\d)"
)
PLAIN_NUMBER = r"(?P<group>)(?:\d+(?:\.\d+)?)(?:[eE][+-]?\d+)?(?![\d:])(?!-\d+-\d)(?!\.\d)"
_TIME = "|".join(sorted(SECONDS, key=len, reverse=True))
_PER = r"\s*(?:/|\bper\b|\bpro\b|\bje\b)\s*"
_RATE_UNIT = re.compile(
    r"\s*(?:(?P<si>kilo|mega|milli|[kKmMG])?(?i:hz|hertz|sps)(?![^\W\d_])"
    rf"|(?P<si2>[kKM])?(?i:(?:samples?|smpl?|sa|s|1|points|pts|werte|abtastungen|times)?{_PER}"
    rf"(?P<per>{_TIME}))(?![^\W\d_])"
    rf"|(?P<inverse>(?i:{_TIME}))\s?(?:\^?\s?\(?[-\u2212]1\)?|⁻¹)(?!\d))"
)
_STEP_UNIT = re.compile(
    rf"\s*(?P<time>{_TIME})(?![^\W\d_])(?:{_PER}(?:samples?|row|value|wert|punkt)\b)?",
    re.IGNORECASE,
)
_SI = {"k": 1e3, "kilo": 1e3, "M": 1e6, "mega": 1e6, "m": 1e-3, "milli": 1e-3, "G": 1e9}
_FASTEST = 1e5  # Hz: a reading above it is used only if there is no other


class Reading(NamedTuple):
    """A possible value of a number in a text, and the decimal sign it implies; '' for either."""

    value: float
    decimal: str


class Unit(NamedTuple):
    """The unit of a number: of a rate (factor in Hz) or of a sampling interval (factor in s)."""

    factor: float
    is_step: bool
    length: int

    def hertz(self, value: float) -> float:
        """Return the rate in Hz of a number with this unit; 0 if it is not a rate."""
        scaled = value * self.factor
        if not self.is_step:
            return scaled
        return 1 / scaled if scaled > 0 and math.isfinite(1 / scaled) else 0.0


HERTZ = Unit(1.0, is_step=False, length=0)


def unit_at(text: str) -> Unit | None:
    """Return the unit of rate or time that a text begins with, None if there is none."""
    text = text.replace("μ", "µ")
    found = _RATE_UNIT.match(text)
    if found:
        si = found["si"] or found["si2"] or ""
        scale = _SI.get(si if si in _SI else si.lower(), 1.0)
        per = found["per"] or found["inverse"] or "s"
        return Unit(scale / SECONDS[per.lower()], is_step=False, length=found.end())
    found = _STEP_UNIT.match(text)
    if found is None:
        return None
    return Unit(SECONDS[found["time"].lower()], is_step=True, length=found.end())


def readings(text: str) -> tuple[Reading, ...]:
    """Return every number that a text may be: ``1,000`` is one or a thousand."""
    number = text.strip()
    match = re.fullmatch(NUMBER, number)
    if match is None:
        return ()
    sign = match["group"]
    if sign is None:
        return (Reading(float(number.replace(",", ".")), ""),)
    whole = float(number.replace(sign, "").replace(",", "."))
    if sign not in ".," or number.count(sign) > 1 or len({*number} & {*".,"}) > 1:
        return (Reading(whole, ""),)
    other = "." if sign == "," else ","
    return (Reading(whole, other), Reading(float(number.replace(sign, ".")), sign))


def rates(text: str, unit: Unit) -> tuple[Reading, ...]:
    """Return every rate in Hz that a number with its unit may mean."""
    found = [Reading(unit.hertz(value), sign) for value, sign in readings(text)]
    good = [one for one in found if 0 < one.value < math.inf]
    return tuple(one for one in good if one.value <= _FASTEST or len(good) == 1)


def rates_at(text: str) -> tuple[Reading, ...]:
    """Return every rate in Hz that a text such as ``0.5 msec`` or ``1,000 Hz`` begins with."""
    match = re.match(rf"\s*(?P<number>{NUMBER})", text)
    unit = unit_at(text[match.end() :]) if match else None
    return rates(match["number"], unit) if match and unit else ()


def finite_number(text: str) -> float | None:
    """Return a text as a finite number, with either decimal sign; None if it is not one."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def first_line(lines: Sequence[str]) -> int:
    """Return the number of the first line that is not blank."""
    return next((k for k, line in enumerate(lines) if line.strip()), 0)

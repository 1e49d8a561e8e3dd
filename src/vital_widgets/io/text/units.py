"""Distinguish units from other words in brackets behind a name."""

from __future__ import annotations

import re

# Units that are recognized at a name's end without brackets; the case matters (mV, not MV).
_KNOWN_WORDS = (
    "V mV uV µV μV nV mA uA µA nA s sec ms us µs ns min h bpm BPM mmHg kPa Pa cmH2O % g mg m/s2 "
    "m/s^2 m/s² degC °C Hz kHz Ohm kOhm Ω kΩ uS µS μS nS lux L/min l/min ml mL mm cm deg °/s "
    "deg/s dps a.u. AU au adu ADU counts rpm mmol/L mg/dL ppm kOhms Ohms no_units m/(s^2 m/(sec^2 "
    "local_flux"
)
KNOWN_UNITS = frozenset(_KNOWN_WORDS.split())
_WORDS = (
    "volt volts millivolt millivolts microvolt microvolts nanovolt nanovolts second seconds sec "
    "secs msec usec millisecond milliseconds microsecond microseconds nanosecond nanoseconds "
    "minute minutes hour hours hr hrs day days percent degree degrees celsius fahrenheit kelvin "
    "watt watts ohm ohms siemens microsiemens pascal bar gauss tesla count steps step beat beats "
    "breath breaths bpm brpm rpm br/min a.u a.u. au arb arb. arb.units arbitrary units unit u.a. "
    "n.u. nu adu raw_adu lsb digit digits bit bits byte bytes code codes db dbm torr bel hertz "
    "semicircles knots kts mph kph kmh km/h kcal cal pixel pixels px mph gal met mets met-min "
    "sample samples frame frames tick ticks dimensionless unitless mv/v gs"
)
_PLAIN = frozenset(_WORDS.split())
_PHRASES = frozenset(
    ["arbitrary units", "arb. units", "arb units", "no units", "degrees celsius", "deg c", "deg f",
     "beats per minute", "breaths per minute", "percent saturation"]
)  # fmt: skip
_BASES = (
    "mol|bar|rad|deg|Torr|torr|ohm|Ohm|Hz|Pa|eV|cd|lx|lm|kat|min|sec|cmH2O|mmH2O|mmHg|inHg|sr|Bq|"
    "Gy|Sv|Wb|hr|dB|osm|Osm|eq|Eq|cal|V|A|W|J|N|T|S|F|H|C|K|m|g|s|h|d|L|l|B|G|%|°C|°F|°|Ω|℃|ºC|º|"
    "U|IU|ppm|ppb|counts?|samples?|beats?|breaths?|steps?"
)
_POWER = r"(?:\^?[-\u2212][1-6]|\^[1-6]|(?<=/[ms])[1-6]|[²³⁻¹]{1,2})?"
_TERM = rf"(?:[nuµμmcdhkMGTp]?(?:{_BASES})|1){_POWER}"
_COMPOSED = re.compile(rf"{_TERM}(?:\s?(?:[/·*.]|\bper\b)\s?\(?{_TERM}\)?)*|[gV]/\d+")
_SINGLE = frozenset("VWJNsgmhKCl%°Ω")  # other single letters are sides, leads and axes
# Letters that are units behind the name of their quantity, and sides or leads behind others.
_OF_QUANTITIES = (
    ("L", "vol|tidal"),
    ("A", "curr|strom|courant"),
    ("G", "acc|beschl"),
    ("T", "field|mag|feld"),
    ("F", "temp"),
)
_LONGEST = 24


def is_unit(text: str, name: str = "") -> bool:
    """Whether a text such as ``mV``, ``beats/min`` or ``m s-2`` is a unit.

    A letter such as L, which may mean a side, is a unit only behind the ``name`` of its quantity.
    """
    unit = text.strip()
    for letter, quantities in _OF_QUANTITIES:
        if unit == letter and re.search(quantities, name, re.IGNORECASE):
            return True
    if unit in KNOWN_UNITS or unit.lower() in _PLAIN or unit.lower() in _PHRASES:
        return True
    if len(unit) > _LONGEST or (len(unit) == 1 and unit not in _SINGLE):
        return False
    joined = re.sub(r"(?<=[\w²³⁻¹])\s+(?=\w)", "·", unit)
    return _COMPOSED.fullmatch(joined) is not None

"""Filters as short texts, as the lanes of a viewer have them: ``0.5-40 Hz, notch 50 Hz``."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from vital_widgets.analysis.engine.validity import checked_integer
from vital_widgets.analysis.signal.filters.design import design_filter, notch
from vital_widgets.analysis.signal.filters.filter import Filter
from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError

ORDER = 2
NOTCH_Q = 30.0
MAX_ORDER = 8
ACCEPTED = (
    "'0.5-40 Hz', 'high-pass 0.5 Hz', 'low-pass 35 Hz', 'notch 50 Hz', several of them with "
    "commas, or a dictionary with lowcut, highcut, notch and order"
)
NUMBER = r"(\d+(?:\.\d*)?|\.\d+)"
HZ = r"\s*(?:hz)?"
DASHES = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212), "-")
PATTERNS = {
    "band": re.compile(rf"(?:band-?\s?pass\s+)?{NUMBER}{HZ}\s*(?:-|to)\s*{NUMBER}{HZ}"),
    "lowcut": re.compile(rf"(?:high-?\s?pass|hp|>)\s*{NUMBER}{HZ}"),
    "highcut": re.compile(rf"(?:low-?\s?pass|lp|<)\s*{NUMBER}{HZ}"),
    "notch": re.compile(rf"notch\s*{NUMBER}{HZ}"),
    "order": re.compile(r"order\s*(\d+)"),
}
# Usual filters by kind of signal: a name with its source, and the filter.
PRESETS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "ECG": {
            "diagnostic (AHA 2007)": "0.05-150 Hz",
            "monitoring": "0.5-40 Hz",
            "sleep (AASM)": "0.3-70 Hz",
        },
        "EEG": {
            "sleep (AASM)": "0.3-35 Hz",
            "routine, mains 50 Hz": "0.5-70 Hz, notch 50 Hz",
            "routine, mains 60 Hz": "0.5-70 Hz, notch 60 Hz",
        },
        "EOG": {"sleep (AASM)": "0.3-35 Hz"},
        "EMG": {"sleep (AASM)": "10-100 Hz", "surface EMG": "20-450 Hz"},
        "respiration": {"sleep (AASM)": "0.1-15 Hz", "breathing only": "0.05-1 Hz"},
        "PPG": {"pulse wave": "0.5-8 Hz"},
    }
)


@dataclass(frozen=True)
class FilterText:
    """What a filter removes; all parts are Butterworth filters of one order, and notches.

    Attributes
    ----------
    lowcut, highcut : float or None
        Cutoffs in Hz of the high-pass and of the low-pass filter.
    notches : tuple of float
        Frequencies in Hz that are removed.
    order : int
        Order of the high-pass and of the low-pass filter.
    """

    lowcut: float | None = None
    highcut: float | None = None
    notches: tuple[float, ...] = ()
    order: int = ORDER

    def __str__(self) -> str:
        """Return the text, which `filter_text` reads."""
        parts = []
        if self.lowcut is not None and self.highcut is not None:
            parts.append(f"{self.lowcut:g}-{self.highcut:g} Hz")
        elif self.lowcut is not None:
            parts.append(f"high-pass {self.lowcut:g} Hz")
        elif self.highcut is not None:
            parts.append(f"low-pass {self.highcut:g} Hz")
        parts += [f"notch {frequency:g} Hz" for frequency in self.notches]
        if self.order != ORDER:
            parts.append(f"order {self.order}")
        return ", ".join(parts)

    def fits(self, fs: float) -> bool:
        """Return whether all frequencies are below half a sampling rate in Hz."""
        notched = [frequency * (1 + 1 / (2 * NOTCH_Q)) for frequency in self.notches]
        cutoffs = [one for one in (self.lowcut, self.highcut) if one is not None]
        return max([*cutoffs, *notched]) < fs / 2

    def design(self, fs: float) -> Filter:
        """Return the filter for a sampling rate in Hz; raise `InvalidInputError` if it has none."""
        return _designed(self, float(fs))


@lru_cache(maxsize=256)
def _designed(given: FilterText, fs: float) -> Filter:
    parts = []
    if given.lowcut is not None:
        parts.append(
            design_filter("butterworth", "highpass", lowcut=given.lowcut, order=given.order, fs=fs)
        )
    if given.highcut is not None:
        parts.append(
            design_filter("butterworth", "lowpass", highcut=given.highcut, order=given.order, fs=fs)
        )
    parts += [notch(frequency, q=NOTCH_Q, fs=fs) for frequency in given.notches]
    sections = [one.sos for one in parts if one.sos is not None]
    made = Filter(fs, str(given), sos=np.concatenate(sections), design={"text": str(given)})
    made.context  # noqa: B018 - raises for a filter that rings too long
    return made


def filter_text(given: Any) -> FilterText:
    """Return a filter that was given as a text or as parameters.

    Parameters
    ----------
    given : str, mapping or FilterText
        ``"0.5-40 Hz"``, ``"high-pass 0.5 Hz"``, ``"low-pass 35 Hz"``, ``"notch 50 Hz"``, several of
        these with commas, ``"order 4"`` besides; or a mapping with ``lowcut``, ``highcut``,
        ``notch`` (one or several) in Hz and ``order``.
    """
    if isinstance(given, FilterText):
        return given
    if isinstance(given, Mapping):
        return _of_mapping(given)
    if not isinstance(given, str):
        raise InvalidInputError(f"filter {format_value(given)} is not known; give {ACCEPTED}")
    values: dict[str, Any] = {"notch": []}
    for part in re.split(r"[,;+]|\band\b", given.lower().translate(DASHES)):
        if part.strip():
            _read_part(part.strip(), given, values)
    return _of_mapping(values, given)


def _read_part(part: str, given: str, values: dict[str, Any]) -> None:
    for name, pattern in PATTERNS.items():
        match = pattern.fullmatch(part)
        if match is None:
            continue
        found = {"lowcut": match[1], "highcut": match[2]} if name == "band" else {name: match[1]}
        for key, number in found.items():
            if key == "notch":
                values["notch"].append(float(number))
            elif key in values:
                raise InvalidInputError(f"filter {given!r} gives {key} twice; give each once")
            else:
                values[key] = int(number) if key == "order" else float(number)
        return
    raise InvalidInputError(f"filter {given!r}: {part!r} is not understood; give {ACCEPTED}")


def _of_mapping(values: Mapping[str, Any], given: Any = None) -> FilterText:
    shown = format_value(values if given is None else given)
    unknown = sorted(set(map(str, values)) - {"lowcut", "highcut", "notch", "order"})
    if unknown:
        raise InvalidInputError(f"filter {shown} has the unknown entry {unknown[0]!r}; "
                                f"give {ACCEPTED}")  # fmt: skip
    notches = values.get("notch")
    listed = [] if notches is None else notches
    listed = list(listed) if isinstance(listed, list | tuple) else [listed]
    edges = {name: _frequency(values.get(name), name, shown) for name in ("lowcut", "highcut")}
    lowcut, highcut = edges["lowcut"], edges["highcut"]
    removed = [_frequency(one, "notch", shown) for one in listed]
    if lowcut is None and highcut is None and not removed:
        raise InvalidInputError(f"filter {shown} has no cutoff; give {ACCEPTED}, or None for "
                                "no filter")  # fmt: skip
    if lowcut is not None and highcut is not None and lowcut >= highcut:
        raise InvalidInputError(
            f"filter {shown}: the lower cutoff {lowcut:g} Hz is not below the upper one, "
            f"{highcut:g} Hz"
        )
    order = checked_integer(values.get("order", ORDER), "order", 1, MAX_ORDER)
    return FilterText(lowcut, highcut, tuple(one for one in removed if one is not None), order)


def _frequency(value: Any, name: str, shown: str) -> float | None:
    if value is None:
        return None
    good = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not good or not math.isfinite(value) or value <= 0:
        raise InvalidInputError(
            f"filter {shown}: {name}={format_value(value)} is not a frequency above 0 Hz"
        )
    return float(value)

"""What a channel records, guessed from its name and units."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vital_widgets.core.channel import Channel

WORDS = {
    "ecg": r"ecg\d*|ekg\d*",
    "ppg": r"ppg\d*|pleth\w*|photopleth\w*|bvp",
    "respiration": r"resp\w*|breath\w*|thor\w*|abdo\w*|airflow|rip",
    "eeg": r"eeg\d*",
}
LEADS = r"i{1,3}|av[rlf]|v[1-9]r?|v[xyz]|ml?i{1,3}|mli{1,3}|mv[1-6]|cm[1-6]"
LIGHT = r"red|ir|infrared"
VOLTS = re.compile(r"[mµuμn]?v", re.IGNORECASE)
PERCENT_OR_RATE = re.compile(r"%|.*(bpm|/min|/s|hz)", re.IGNORECASE)


def channel_kind(channel: Channel) -> str:
    """Return 'ecg', 'ppg', 'respiration' or 'eeg'; '' if name and units do not decide.

    An ECG is named ECG, EKG or after a lead (I, aVF, V1, MLII) with units of voltage or none; a
    PPG is named PPG, pleth, BVP, red or IR. Rates and percentages are neither.
    """
    units = channel.units.strip()
    if PERCENT_OR_RATE.fullmatch(units):
        return ""
    words = re.findall(r"[a-z]+\d*[a-z]*", channel.name.lower())
    found = [
        kind for kind, pattern in WORDS.items() if any(re.fullmatch(pattern, w) for w in words)
    ]
    if found:
        return found[0] if len(found) == 1 else ""
    electric = not units or VOLTS.fullmatch(units) is not None
    if electric and any(re.fullmatch(LEADS, word) for word in words):
        return "ecg"
    return "ppg" if any(re.fullmatch(LIGHT, word) for word in words) else ""

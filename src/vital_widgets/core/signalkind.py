"""What a signal records, guessed from its name and units."""

from __future__ import annotations

import re

KINDS = ("ECG", "EEG", "EOG", "EMG", "PPG", "respiration", "pressure", "SpO2", "other")
# Words of names that decide; a name with words of several kinds is of the first one in this order.
WORDS = {
    "ECG": r"ecg\d*|ekg\d*",
    "EOG": r"[a-z]*eog[a-z]*\d*|loc|roc",
    "EMG": r"emg\d*|chin\d*|tib(ialis)?|[lr]?leg|[lr]at|submental|masseter",
    "PPG": r"ppg\d*|pleth\w*|photopleth\w*|bvp",
    "respiration": r"resp\w*|breath\w*|thor\w*|abdo\w*|airflow|flow|rip|nasal|chest|effort",
    "SpO2": r"spo2|sao2|o2sat|saturation|oximetry",
    "pressure": r"abp|ibp|art|cvp|pap|icp|nibp|nbp\w*|bp",
    "EEG": r"eeg\d*",
}
LEADS = r"i{1,3}|av[rlf]|v[1-9]r?|v[xyz]|ml?i{1,3}|mli{1,3}|mv[1-6]|cm[1-6]"
LIGHT = r"red|ir|infrared"
ELECTRODES = r"(fp|af|ft|fc|tp|cp|po|[ftcpoi])(z|\d{1,2})|[a-h]\d{1,2}|m[12]"
EYES = r"e[12]"
CHEST_IN_IEC = r"v|c[1-6]"
VOLTS = re.compile(r"[mµuμn]?v", re.IGNORECASE)
PERCENT_OR_RATE = re.compile(r"%|.*(bpm|/min|/s|hz)", re.IGNORECASE)
PRESSURE = re.compile(r"mmhg|k?pa", re.IGNORECASE)
OF_ELECTRODES = ("ECG", "EEG", "EOG", "EMG")


def words_of(name: str) -> list[str]:
    """Return the words of a channel's name in small letters, digits included."""
    return re.findall(r"[a-z]+\d*[a-z]*", name.lower())


def signal_kind(name: str, units: str = "") -> str:
    """Return one of `KINDS`; ``"other"`` if nothing decides.

    ECG, EEG, EOG and EMG have units of voltage or none, and are recognized by these words, by
    leads (II, aVF, V1, MLII), by electrodes of the 10-20 and 10-10 systems (Fp1, C3-M2; units of
    voltage are required) and by sites (chin, leg, E1-M2). Rates are of no kind.

    Parameters
    ----------
    name, units : str
        Name of the channel and its physical units.
    """
    units = units.strip()
    words = words_of(name)
    found = {
        kind
        for kind, pattern in WORDS.items()
        if any(re.fullmatch(pattern, word) for word in words)
    }
    if PERCENT_OR_RATE.fullmatch(units):
        return "SpO2" if units == "%" and "SpO2" in found else "other"
    if PRESSURE.fullmatch(units):
        return "respiration" if "respiration" in found else "pressure"
    volts = VOLTS.fullmatch(units) is not None
    if units and not volts:
        found -= set(OF_ELECTRODES)
    for kind in WORDS:
        if kind in found:
            return kind
    return _of_leads(words, units, volts=volts)


def _of_leads(words: list[str], units: str, *, volts: bool) -> str:
    def any_is(pattern: str) -> bool:
        return any(re.fullmatch(pattern, word) for word in words)

    if not units and any_is(LEADS):
        return "ECG"
    if not volts:
        return "PPG" if any_is(LIGHT) else "other"
    if any_is(LEADS) or (units == "mV" and any_is(CHEST_IN_IEC)):
        return "ECG"
    if any_is(EYES):
        return "EOG"
    return "EEG" if any_is(ELECTRODES) else "other"

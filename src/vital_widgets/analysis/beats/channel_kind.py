"""What a channel records as far as its name and units leave no doubt."""

from __future__ import annotations

import re
from typing import Any

from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.signalkind import LEADS, LIGHT, PERCENT_OR_RATE, VOLTS, words_of
from vital_widgets.errors import InvalidInputError

WORDS = {
    "ecg": r"ecg\d*|ekg\d*",
    "ppg": r"ppg\d*|pleth\w*|photopleth\w*|bvp",
    "respiration": r"resp\w*|breath\w*|thor\w*|abdo\w*|airflow|rip",
    "eeg": r"eeg\d*",
    "eda": r"eda\d*|gsr\d*",
    "emg": r"emg\d*",
}
SHOWN = {"ecg": "an ECG", "ppg": "a PPG", "respiration": "a respiration signal",
         "eeg": "an EEG", "eda": "an EDA signal", "emg": "an EMG"}  # fmt: skip
PEAKS = {"ecg": "ecg_peaks", "ppg": "ppg_peaks", "respiration": "breaths", "eda": "eda_peaks"}
SIBLINGS = {  # of functions that need one kind: what does the same with the other kind
    "ecg_delineate": "ppg_fiducials",
    "ppg_fiducials": "ecg_delineate",
    "ecg_derived_respiration": "ppg_derived_respiration",
    "ppg_derived_respiration": "ecg_derived_respiration",
}


def channel_kind(channel: Channel) -> str:
    """Return 'ecg', 'ppg', 'respiration', 'eeg', 'eda' or 'emg'; '' if nothing decides.

    An ECG is named ECG, EKG or after a lead (I, aVF, V1, MLII) with units of voltage or none; a
    PPG is named PPG, pleth, BVP, red or IR. Rates and percentages are neither.
    """
    units = channel.units.strip()
    if PERCENT_OR_RATE.fullmatch(units):
        return ""
    words = words_of(channel.name)
    found = [
        kind for kind, pattern in WORDS.items() if any(re.fullmatch(pattern, w) for w in words)
    ]
    if found:
        return found[0] if len(found) == 1 else ""
    electric = not units or VOLTS.fullmatch(units) is not None
    if electric and any(re.fullmatch(LEADS, word) for word in words):
        return "ecg"
    return "ppg" if any(re.fullmatch(LIGHT, word) for word in words) else ""


def check_kind(x: Any, needed: str, function: str, *, beats: bool = False) -> None:
    """Raise `InvalidInputError` for a channel that is clearly of another kind than is needed.

    With ``beats`` the function finds the beats itself only where none are given, and takes those
    of any kind. Of several channels each is checked; other signals and names that do not decide
    are accepted.
    """
    if not isinstance(x, Channel):
        several = list(x.channels.values()) if isinstance(x, Recording) else x
        for one in several if isinstance(several, list | tuple) else ():
            if isinstance(one, Channel):
                check_kind(one, needed, function, beats=beats)
        return
    kind = channel_kind(x)
    if kind in ("", needed) or _maybe_electrodes(x, kind):
        return
    found = PEAKS.get(kind, "")
    if beats:
        advice = f"give beats={found}(channel), " if kind in ("ecg", "ppg") else ""
    elif function in SIBLINGS:
        advice = f"use {SIBLINGS[function]}, " if kind in ("ecg", "ppg") else ""
    else:
        advice = f"use {found}, " if found and function == PEAKS[needed] else ""
    raise InvalidInputError(
        f"channel {x.name!r} is named like {SHOWN[kind]}, but {function} needs {SHOWN[needed]}; "
        f"{advice}{'or ' if advice else ''}give the samples as an array if the name is wrong: "
        f"{function}(channel.read(0, channel.n_samples), channel.fs)"
    )


def _maybe_electrodes(channel: Channel, kind: str) -> bool:
    """Return whether a 'respiration' may be an ECG from the thorax or abdomen, of a foetus too."""
    volts = VOLTS.fullmatch(channel.units.strip()) is not None
    trunk = re.search("thor|abdo", channel.name.lower()) is not None
    return kind == "respiration" and volts and trunk

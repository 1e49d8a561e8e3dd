"""Which channel of a recording a panel is for: by name, unit, rate and shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.eda.eda_peaks import PER_MICROSIEMENS
from vital_widgets.core.signalkind import signal_kind, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vital_widgets.core.channel import Channel
    from vital_widgets.core.recording import Recording

ELECTRODERMAL = {"eda", "gsr", "scl", "scr"}
PROBE_SECONDS = 10.0
LEAST_RATE = {"ECG": 50.0, "PPG": 20.0, "EEG": 50.0, "EMG": 100.0, "EOG": 20.0}  # Hz


def guessed_channel(recording: Recording, kinds: Sequence[str]) -> str | None:
    """Return the name of the channel that suits best; None if the recording has no channel.

    Parameters
    ----------
    recording : Recording
        Where to look; some seconds are read only if no name tells.
    kinds : sequence of str
        Kinds of signals, the best first. Without any: the first channel.
    """
    found = list(guessed_channels(recording, kinds))
    if found:
        return found[0]
    names = list(recording)
    if not kinds or not names:
        return names[0] if names else None
    return max(names, key=lambda name: _likeness(recording[name], kinds[0]))


def guessed_channels(recording: Recording, kinds: Sequence[str]) -> list[str]:
    """Return the names of all channels of the best kind that there is, as the names tell."""
    for kind in kinds:
        named = [
            name
            for name, channel in recording.channels.items()
            if kind_of(name, channel.units) == kind
            and channel.timebase.fs >= LEAST_RATE.get(kind, 0.0)
        ]
        if named:
            return named
    return []


def kind_of(name: str, units: str) -> str:
    """Return the kind of a signal; also "EDA", which the viewer does not tell from others."""
    if units.strip() in PER_MICROSIEMENS or ELECTRODERMAL.intersection(words_of(name)):
        return "EDA"
    return signal_kind(name, units)


def _likeness(channel: Channel, kind: str) -> float:
    """Return how much a signal looks like a kind, for signals whose names do not tell.

    An ECG has few large values and many small ones (a high kurtosis) at a rate above 50 Hz; a
    pulse wave is smooth, with a period of a beat; any other kind takes the highest rate.
    """
    base = channel.timebase
    if base.n_samples < 2 or base.fs < LEAST_RATE.get(kind, 0.0):  # noqa: PLR2004
        return -np.inf
    if kind not in ("ECG", "PPG"):
        return base.fs
    middle = base.n_samples // 2
    x = channel.read(middle, min(middle + int(PROBE_SECONDS * base.fs), base.n_samples))
    x = np.asarray(x, np.float64)
    x = x[np.isfinite(x)]
    if len(x) < base.fs or np.ptp(x) == 0:
        return -np.inf
    x = x - np.median(x)
    if kind == "ECG":
        return float(np.mean(x**4) / np.mean(x**2) ** 2)
    power = np.abs(np.fft.rfft(x * np.hanning(len(x)))) ** 2
    f = np.fft.rfftfreq(len(x), 1 / base.fs)
    total = float(power[f > 0.3].sum())  # noqa: PLR2004 - Hz
    return float(power[(f >= 0.7) & (f <= 3.5)].sum()) / total if total else -np.inf  # noqa: PLR2004

"""Which detector finds the beats of a channel: shared by panels of beats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vital_widgets.analysis.ecg.detection.ecg_peaks import METHODS as ECG_METHODS
from vital_widgets.analysis.ecg.detection.ecg_peaks import ecg_peaks
from vital_widgets.analysis.ppg.ppg_peaks import METHODS as PPG_METHODS
from vital_widgets.analysis.ppg.ppg_peaks import ppg_peaks
from vital_widgets.core.signalkind import signal_kind
from vital_widgets.errors import InvalidInputError
from vital_widgets.panels.parameters import channel, choice
from vital_widgets.panels.script import Step, call

if TYPE_CHECKING:
    from vital_widgets.core.channel import Channel

AUTOMATIC = "automatic"
KINDS = (AUTOMATIC, "ECG", "PPG")
BOTH = [one for one in ECG_METHODS if one in PPG_METHODS]
DETECTORS = {
    AUTOMATIC: AUTOMATIC,
    **{f"{one} (ECG)": one for one in ECG_METHODS if one not in BOTH},
    **{f"{one} (ECG or PPG)": one for one in BOTH},
    **{f"{one} (PPG)": one for one in PPG_METHODS if one not in BOTH},
}
SOURCES = (
    "ECG: slope is this package's and the most accurate on annotated records; Pan and Tompkins "
    "1985; two averages: Elgendi 2010. PPG: msptd, Bishop and Ercole 2018; slope-sum: Zong 2003; "
    "two averages: Elgendi 2013"
)


def beat_channel() -> Any:
    """Return the parameter of the channel whose beats are found."""
    return channel(("ECG", "PPG", "pressure"), "Channel")


def beat_method() -> Any:
    """Return the parameter of the detector."""
    return choice(AUTOMATIC, DETECTORS, "Detector", SOURCES)


def beat_kind() -> Any:
    """Return the parameter of what the channel records."""
    return choice(AUTOMATIC, KINDS, "Kind", "of signal; automatic goes by its name and units")


def detection(signal: Step, channel: Channel, chosen: Any, **more: Any) -> Step:
    """Return the step that finds the beats, named ``beats``.

    Parameters
    ----------
    signal : Step
        The channel, or a part of it.
    channel : Channel
        The channel.
    chosen : namespace
        With ``method`` and ``signal``, the values of the parameters above.
    **more
        Further arguments of the detector.
    """
    pulses = is_pulse_wave(channel, chosen.signal)
    known = PPG_METHODS if pulses else ECG_METHODS
    given: dict[str, Any] = {}
    if chosen.method != AUTOMATIC:
        if chosen.method not in known:
            raise InvalidInputError(_unfit(channel, chosen.method, pulses=pulses))
        given["method"] = chosen.method
    return call(ppg_peaks if pulses else ecg_peaks, signal, name="beats", **given, **more)


def is_pulse_wave(channel: Channel, kind: str) -> bool:
    """Return whether a channel is taken as a pulse wave, else as an ECG."""
    if kind != AUTOMATIC:
        return kind == "PPG"
    return signal_kind(channel.name, channel.units) in ("PPG", "pressure")


def _unfit(channel: Channel, method: str, *, pulses: bool) -> str:
    kind, other, known, signal = (
        ("a pulse wave", "an ECG", PPG_METHODS, "ECG")
        if pulses
        else ("an ECG", "a pulse wave", ECG_METHODS, "PPG")
    )
    return (
        f"{method!r} finds beats of {other}, but {channel.name!r} is taken as {kind}; choose one "
        f"of {', '.join(map(repr, known))}, or set signal={signal!r}"
    )

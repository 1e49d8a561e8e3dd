"""The beats of a channel, found by the detector that suits it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vital_widgets.analysis.beats.beat_marks import beat_times
from vital_widgets.analysis.beats.channel_kind import channel_kind
from vital_widgets.analysis.ecg.detection.ecg_peaks import ecg_peaks
from vital_widgets.analysis.engine.stretches import Stretches, usable_in, usable_stretches
from vital_widgets.analysis.ppg.ppg_peaks import ppg_peaks
from vital_widgets.core.channel import Channel
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Beats
    from vital_widgets.analysis.engine.stretches import UsableLike

DETECTORS = {"ecg": ecg_peaks, "ppg": ppg_peaks}


def channel_beats(channel: Channel, usable: UsableLike = None) -> Beats:
    """Find the beats of an ECG or PPG channel; a note states their number and the detector."""
    kind = channel_kind(channel)
    if kind not in DETECTORS:
        raise InvalidInputError(
            f"the channel {channel.name!r} ({channel.units or 'no units'}) is not named like an "
            "ECG or PPG, so no detector was chosen; find the beats first: call the function with "
            "ecg_peaks(channel) or ppg_peaks(channel)"
        )
    beats: Beats = DETECTORS[kind](channel, usable=usable)
    note = (
        f"{len(beats):,} beats were found in the channel {channel.name!r} by {kind}_peaks "
        f"(method {beats.method!r})"
    )
    return replace(beats, notes=(*beats.notes, note))


def beats_and_usable(beats: Any, usable: UsableLike = None) -> tuple[Any, Stretches | None]:
    """Return beats, found first where a channel was given, and the stretches that may be used."""
    if not isinstance(beats, Channel):
        return beats, usable_stretches(usable)
    beats.wait()
    stretches = usable_in(usable, beats.timebase)
    return channel_beats(beats, stretches), stretches


def times_of(
    beats: Any, name: str, usable: UsableLike = None
) -> tuple[NDArray[np.float64], Stretches | None, list[str]]:
    """Return the times of beats, found first in a channel, the usable stretches, and notes."""
    found, stretches = beats_and_usable(beats, usable)
    times, notes = beat_times(found, name)
    return times, stretches, [*notes, *(found.notes if found is not beats else ())]

"""The NN intervals that measures of heart rate variability are computed from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vital_widgets.analysis.beats.beat_series import PPG, Beats, Intervals, intervals_of
from vital_widgets.analysis.compare.channel_beats import beats_and_usable
from vital_widgets.analysis.hrv.correct_beats import correct_beats
from vital_widgets.core.channel import Channel
from vital_widgets.runtime.progressbar import progress_part

if TYPE_CHECKING:
    from vital_widgets.analysis.beats.beat_series import IntervalsLike
    from vital_widgets.analysis.engine.stretches import UsableLike

MIN_INTERVALS = 10
PRV = (
    "pulse-rate variability: these are intervals between pulses, not heartbeats, and differ from "
    "heart rate variability mostly in fast changes (RMSSD, HF)"
)
UNCORRECTED = (
    "the beats were used without correction; correct_beats finds and corrects ectopic and missed "
    "beats"
)


def used_intervals(beats: IntervalsLike, usable: UsableLike) -> Intervals:
    """Return the intervals whose beats both lie in one usable stretch.

    The beats of a channel are found and corrected first, and notes say so; a note says that the
    beats of a detector were not corrected.
    """
    with progress_part(0.0, 0.8, "finding beats"):
        found, stretches = beats_and_usable(beats, usable)
    if isinstance(beats, Channel):
        with progress_part(0.8, 1.0, "correcting beats"):
            found = correct_beats(found, usable=stretches)
    nn = intervals_of(found)
    if isinstance(beats, Beats):
        nn = replace(nn, notes=(*nn.notes, UNCORRECTED))
    if isinstance(beats, Channel):
        changed = ", ".join(f"{n:,} {kind}" for kind, n in found.changes.items())
        note = (
            f"correct_beats ({found.method}) changed {sum(found.changes.values()):,} of the beats "
            f"({100 * found.corrected_share:.2g} %){': ' if changed else ''}{changed}"
        )
        nn = replace(nn, notes=(*nn.notes, note))
    if stretches is None:
        return nn
    return nn.where(stretches.hold(nn.times - nn.ms / 1000, nn.times))


def what_varies(source: str) -> str:
    """Return what intervals of a source measure."""
    return "pulse-rate variability" if source == PPG else "heart rate variability"

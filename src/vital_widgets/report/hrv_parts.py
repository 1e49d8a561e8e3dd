"""What a report of heart rate variability is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vital_widgets.analysis.engine.result import Result

if TYPE_CHECKING:
    from datetime import datetime

    from vital_widgets.analysis.beats.beat_series import Intervals
    from vital_widgets.analysis.engine.validity import ValidSignal
    from vital_widgets.analysis.hrv.correct_beats import CorrectedBeats
    from vital_widgets.analysis.hrv.hrv import Hrv
    from vital_widgets.analysis.hrv.hrv_conventions import ConventionComparison
    from vital_widgets.analysis.hrv.hrv_trend import HrvTrend


@dataclass(frozen=True, kw_only=True, eq=False)
class HrvParts(Result):
    """What a report of heart rate variability is made of.

    Attributes
    ----------
    title, name : str
        Its heading, and the name of the recording ('' if unknown).
    start : datetime or None
        Clock time of second 0 of the recording.
    beats_from : str
        Where the beats come from, in words.
    detected : ValidSignal or None
        How much of the signal the detector could use, if it was given or called.
    corrected : CorrectedBeats or None
        The beats and the decision about each; None if intervals were given.
    intervals : Intervals
        What everything is computed from.
    hrv : Hrv
        All measures under the chosen convention.
    comparison : ConventionComparison
        The measures under each convention.
    trend : HrvTrend or None
        Measures in windows; None if the series is shorter than two windows.
    """

    title: str
    name: str
    start: datetime | None
    beats_from: str
    detected: ValidSignal | None
    corrected: CorrectedBeats | None
    intervals: Intervals
    hrv: Hrv
    comparison: ConventionComparison
    trend: HrvTrend | None

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
    """The fields of a report of heart rate variability; `HrvReport` describes them."""

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

"""Apnoeas and hypopnoeas found in a respiration signal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.core.annotations import Annotations

if TYPE_CHECKING:
    from numpy.typing import NDArray

APNOEA, HYPOPNOEA = "apnoea", "hypopnoea"
COLUMNS = ("onset", "duration", "kind", "drop", "baseline", "desaturation")


@dataclass(frozen=True, kw_only=True, eq=False)
class RespiratoryEvents(
    Result, given=("onset", "times", "scored_seconds"), columns={name: name for name in COLUMNS}
):
    """Apnoeas and hypopnoeas, and the amplitude of breathing over time.

    Attributes
    ----------
    onset, duration : ndarray of float64, shape (n,)
        Onset in s from the start of the recording, and duration in s.
    kind : ndarray of str, shape (n,)
        'apnoea' or 'hypopnoea'.
    drop : ndarray of float64, shape (n,)
        Reduction of the amplitude relative to the baseline, 0 to 1: the largest of an apnoea, the
        median over a hypopnoea.
    baseline : ndarray of float64, shape (n,)
        Amplitude of a breath before the event, in the units of the signal.
    desaturation : ndarray of float64, shape (n,)
        Fall of the oxygen saturation with the event in percentage points; NaN if unknown.
    times, amplitude, reference : ndarray of float64, shape (m,)
        Times in s, the amplitude of breathing around each, and the baseline before each, in the
        units of the signal; NaN where there is no signal or no baseline.
    scored_seconds : float
        Seconds of signal in which events could be found, to which the indices refer.
    """

    onset: NDArray[np.float64]
    duration: NDArray[np.float64]
    kind: NDArray[Any]
    drop: NDArray[np.float64]
    baseline: NDArray[np.float64]
    desaturation: NDArray[np.float64]
    times: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    reference: NDArray[np.float64]
    scored_seconds: float

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.onset)

    def _per_hour(self, n: int) -> float:
        return 3600 * n / self.scored_seconds if self.scored_seconds > 0 else float("nan")

    @property
    def ahi(self) -> float:
        """Apnoeas and hypopnoeas per hour of valid signal (not of sleep, not of recording)."""
        return self._per_hour(len(self))

    @property
    def apnoea_index(self) -> float:
        """Apnoeas per hour of valid signal."""
        return self._per_hour(int(np.sum(self.kind == APNOEA)))

    @property
    def hypopnoea_index(self) -> float:
        """Hypopnoeas per hour of valid signal."""
        return self._per_hour(int(np.sum(self.kind == HYPOPNOEA)))

    def annotations(self, channel: str = "") -> Annotations:
        """Return each event as a stretch of time; the text states kind, duration and drop."""
        texts = [
            f"{kind} {seconds:.0f} s, -{100 * drop:.0f} %"
            for kind, seconds, drop in zip(self.kind, self.duration, self.drop, strict=True)
        ]
        return Annotations(self.onset, texts, self.duration, [channel] * len(self))

    def facts(self) -> list[tuple[str, str]]:
        """Return numbers of events and their indices."""
        apnoeas = int(np.sum(self.kind == APNOEA))
        longest = float(self.duration.max()) if len(self) else float("nan")
        return [
            ("apnoeas", f"{apnoeas:,} ({quantity(self.apnoea_index, 'per hour', 3)})"),
            (
                "hypopnoeas",
                f"{len(self) - apnoeas:,} ({quantity(self.hypopnoea_index, 'per hour', 3)})",
            ),
            ("index", quantity(self.ahi, "events per hour of valid signal", 3)),
            ("longest", quantity(longest, "s", 3)),
        ]

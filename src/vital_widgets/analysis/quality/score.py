"""From measures of quality to one score from 0 to 1, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Criterion:
    """How one measure becomes a score: 0 at ``bad``, 1 at ``good``, linear in between.

    ``reason`` is given if the score is below one half. ``floor`` is the lowest score: above 0 for
    what impairs a signal but does not destroy it, and for what indicates noise with less certainty
    than the beats themselves. ``missing`` is the score if the measure is not defined.
    """

    measure: str
    bad: float
    good: float
    reason: str
    floor: float = 0.0
    missing: float = 1.0

    def score(self, measured: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the score of each window."""
        known = np.isfinite(measured)
        share = (np.where(known, measured, self.bad) - self.bad) / (self.good - self.bad)
        scaled = self.floor + (1 - self.floor) * np.clip(share, 0, 1)
        return np.where(known, scaled, self.missing)


_ALWAYS = (
    Criterion("valid", 0.5, 0.95, "drop-out", missing=0.0),
    Criterion("flat", 0.5, 0.1, "flat line", missing=0.0),
    Criterion("clipped", 0.1, 0.005, "clipping"),
    Criterion("saturated", 0.1, 0.005, "saturation"),
)
_POWERLINE = Criterion("powerline", 0.8, 0.3, "powerline")
_BEATS = Criterion("beat_agreement", 0.5, 0.9, "detectors disagree", floor=0.5, missing=0.0)

# Sources of the bounds: bSQI 0.9 for a good ECG, Li et al. 2008 and Behar et al. 2013; correlation
# with the template 0.66 (ECG) and 0.86 (PPG), Orphanidou et al. 2015, near the middle of the ramps,
# which end at 1 so that no two windows tie (the best of several templates correlates better by some
# hundredths than one, hence 0.7 and 0.91); shares of 5 to 15 Hz in 5 to 40 Hz and of the baseline,
# Clifford et al. 2012 and Zhao and Zhang 2018; peak of the respiration, Birrenkott et al. 2018.
CRITERIA: dict[str, tuple[Criterion, ...]] = {
    "ecg": (
        *_ALWAYS,
        _POWERLINE,
        _BEATS,
        Criterion("template", 0.4, 1.0, "beats differ in shape", missing=0.5),
        Criterion("qrs_power", 0.1, 0.45, "noise above the QRS band", floor=0.95),
        Criterion("baseline", 0.99, 0.8, "baseline wander", floor=0.95),
        Criterion("motion", 1.0, 0.25, "motion", floor=0.3),
    ),
    "ppg": (
        *_ALWAYS,
        _POWERLINE,
        _BEATS,
        Criterion("template", 0.82, 1.0, "pulses differ in shape", missing=0.5),
        Criterion("pulse_power", 0.1, 0.4, "little power at pulse rates", floor=0.9),
        Criterion("motion", 0.5, 0.08, "motion", floor=0.2),
    ),
    "respiration": (
        *_ALWAYS,
        Criterion("breath_peak", 0.15, 0.5, "no regular breathing", floor=0.2),
        Criterion("motion", 0.6, 0.1, "motion", floor=0.3),
    ),
    "eeg": (*_ALWAYS, _POWERLINE, Criterion("motion", 0.6, 0.1, "motion", floor=0.3)),
    "other": (*_ALWAYS, Criterion("motion", 0.6, 0.1, "motion", floor=0.3)),
}


def scores_of(kind: str, measures: Mapping[str, Numbers]) -> tuple[Numbers, dict[str, Numbers]]:
    """Return the score of each window, and the score of each criterion.

    The smallest score of the criteria without a floor, each of which can destroy a signal, is
    multiplied by those of the criteria with a floor, which only impair it. So a window with
    similar beats scores above one with different beats, whatever the milder criteria.
    """
    parts = {
        criterion.measure: criterion.score(measures[criterion.measure])
        for criterion in CRITERIA[kind]
        if criterion.measure in measures
    }
    hard = [parts[c.measure] for c in CRITERIA[kind] if c.measure in parts and not c.floor]
    mild = [parts[c.measure] for c in CRITERIA[kind] if c.measure in parts and c.floor]
    worst = np.min(np.stack(hard), axis=0)
    return np.prod(np.stack([worst, *mild]), axis=0), parts


def reasons_of(kind: str, parts: Mapping[str, Numbers], score: Numbers) -> list[str]:
    """Return the reasons of each window for a low score, the worst first; '' if there are none.

    These are the measures nearer to their bad value than to their good one; if the score is below
    one half without any, the one that lowers it most.
    """
    known = [c for c in CRITERIA[kind] if c.measure in parts]
    table = np.stack([parts[c.measure] for c in known])
    half = np.array([0.5 * (1 + c.floor) for c in known])
    reasons = []
    for column, total in zip(table.T, score, strict=True):
        low = np.flatnonzero(column < half)
        if not len(low) and total < 0.5:  # noqa: PLR2004 - half way between bad and good
            low = np.array([column.argmin()])
        worst = low[np.argsort(column[low], kind="stable")]
        reasons.append(", ".join(known[k].reason for k in worst))
    return reasons

"""From figures of quality to one score from 0 to 1, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Criterion:
    """How one figure becomes a score: 0 at ``bad``, 1 at ``good``, linear in between.

    Attributes
    ----------
    measure : str
        Name of the figure.
    bad, good : float
        Values at which the score is 0 and 1; either may be the larger one.
    reason : str
        What a window is said to suffer from where the score is below one half.
    floor : float
        The lowest score it can give: above 0 for what spoils a signal but does not destroy it.
    missing : float
        Score where the figure cannot be told.
    """

    measure: str
    bad: float
    good: float
    reason: str
    floor: float = 0.0
    missing: float = 1.0

    def score(self, figures: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the score of each window."""
        known = np.isfinite(figures)
        share = (np.where(known, figures, self.bad) - self.bad) / (self.good - self.bad)
        scaled = self.floor + (1 - self.floor) * np.clip(share, 0, 1)
        return np.where(known, scaled, self.missing)


_ALWAYS = (
    Criterion("valid", 0.5, 0.95, "drop-out", missing=0.0),
    Criterion("flat", 0.5, 0.1, "flat line", missing=0.0),
    Criterion("clipped", 0.1, 0.005, "clipping"),
    Criterion("saturated", 0.1, 0.005, "saturation"),
)
_POWERLINE = Criterion("powerline", 0.8, 0.3, "powerline")
_BEATS = Criterion("beat_agreement", 0.5, 0.9, "detectors disagree", missing=0.0)

# Where the bounds come from: bSQI 0.9 for a good ECG, Li et al. 2008 and Behar et al. 2013; the
# correlation with the template 0.66 (ECG) and 0.86 (PPG), Orphanidou et al. 2015, in the middle of
# the ramps; the share of 5 to 15 Hz in 5 to 40 Hz and that of the baseline, Clifford et al. 2012
# and Zhao and Zhang 2018; peak share of the respiration, Birrenkott et al. 2018.
CRITERIA: dict[str, tuple[Criterion, ...]] = {
    "ecg": (
        *_ALWAYS,
        _POWERLINE,
        _BEATS,
        Criterion("template", 0.42, 0.9, "beats do not look alike", missing=0.5),
        Criterion("qrs_power", 0.1, 0.45, "noise above the QRS's band", floor=0.3),
        Criterion("baseline", 0.99, 0.8, "baseline wander", floor=0.4),
        Criterion("motion", 1.0, 0.25, "motion", floor=0.3),
    ),
    "ppg": (
        *_ALWAYS,
        _POWERLINE,
        _BEATS,
        Criterion("template", 0.74, 0.98, "pulses do not look alike", missing=0.5),
        Criterion("pulse_power", 0.1, 0.4, "little power at pulse rates", floor=0.2),
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


def scores_of(
    kind: str, measures: Mapping[str, NDArray[np.float64]]
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Return the score of each window, and the score of each criterion that was measured.

    The score is the smallest of them: a signal is as good as its weakest point.
    """
    parts = {
        criterion.measure: criterion.score(measures[criterion.measure])
        for criterion in CRITERIA[kind]
        if criterion.measure in measures
    }
    return np.min(np.stack(list(parts.values())), axis=0), parts


def reasons_of(kind: str, parts: Mapping[str, NDArray[np.float64]]) -> list[str]:
    """Return for each window what its score suffers from, the worst first; '' if nothing."""
    known = [c for c in CRITERIA[kind] if c.measure in parts]
    table = np.stack([parts[c.measure] for c in known])
    reasons = []
    for column in table.T:
        low = np.flatnonzero(column < 0.5)  # noqa: PLR2004 - half way between bad and good
        worst = low[np.argsort(column[low], kind="stable")]
        reasons.append(", ".join(known[k].reason for k in worst))
    return reasons

"""Fiducial points and measures of pulses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SHOWN = (
    ("amplitude", "amplitude", ""),
    ("crest_time_s", "crest time", "s"),
    ("width_50_s", "width at half height", "s"),
    ("reflection_index", "reflection index", ""),
    ("ipa", "area ratio (IPA)", ""),
    ("stiffness_index_m_s", "stiffness index", "m/s"),
    ("agi", "ageing index", ""),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class PulseWaves(Result, given=("times", "fs")):
    """Fiducial points and measures of pulses: one value for each pulse, NaN where there is none.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Systolic peaks in s.
    fs : float
        Sampling rate in Hz.
    stretch : ndarray of int64, shape (n,)
        Number of the uninterrupted stretch of signal each pulse lies in.
    points : dict of str to ndarray, shape (n,)
        Times in s of onset, foot, peak, notch, diastolic, end; u, v, w; a, b, c, d, e, f.
    measures : dict of str to ndarray, shape (n,)
        Those that `ppg_fiducials` lists.
    notch_seen : ndarray of bool, shape (n,)
        Whether the notch is a minimum of the pulse; otherwise it is point e.
    source : str
        'ppg'.
    """

    times: NDArray[np.float64]
    fs: float
    stretch: NDArray[np.int64]
    points: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    measures: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    notch_seen: NDArray[np.bool_]
    source: str = "ppg"

    def __len__(self) -> int:
        """Return the number of pulses."""
        return len(self.times)

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return a point (s) or a measure of every pulse, by name."""
        found = self.points.get(name, self.measures.get(name))
        if found is None:
            raise InvalidInputError(
                f"unknown point or measure {name!r}; available: {[*self.points, *self.measures]}"
            )
        return found

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each pulse: times of the points in s, and the measures."""
        import pandas as pd

        return pd.DataFrame(
            {**self.points, **self.measures, "notch_seen": self.notch_seen, "stretch": self.stretch}
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return the medians over all pulses."""
        facts = [("pulses", f"{len(self):,}")]
        for name, label, units in SHOWN:
            values = self.measures.get(name, np.empty(0))
            known = values[np.isfinite(values)]
            if len(known):
                facts.append((f"{label} (median)", quantity(float(np.median(known)), units)))
        if len(self):
            facts.append(("notch seen", f"{100 * float(np.mean(self.notch_seen)):.3g} %"))
        return facts

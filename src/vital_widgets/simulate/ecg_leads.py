"""ECG leads of one heart with known onsets and offsets of the waves in each lead.

A wave is a sum of parts (`ecg_waves`: raised cosines of compact support) that are common to all
leads; each part has a different height in each lead, 0 in some. So a wave may begin later and end
earlier in a lead than in the heart, and may be flat in the middle of the QRS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.simulate.ecg_waves import add_wave, r_places, varied

if TYPE_CHECKING:
    from numpy.typing import NDArray

LIMITS = ("p_onset", "p_offset", "qrs_onset", "qrs_offset", "t_onset", "t_offset")
# Onset, peak, offset in ms from the R peak, and height in mV.
PARTS = {
    "p": ((-190, -150, -110, 0.10), (-160, -125, -88, 0.10)),
    "qrs": ((-42, -24, -6, 0.25), (-28, -2, 24, 1.0), (12, 34, 58, 0.5), (60, 72, 86, 0.25)),
    "t": ((120, 265, 350, 0.25), (160, 290, 372, 0.15)),
}
LEAST = 0.3  # of a part's height: if a lead has the part, it is visible
SHARE = 0.75  # of the parts that a lead has


@dataclass(frozen=True, eq=False)
class LeadsEcg:
    """Leads with their ground truth.

    Attributes
    ----------
    values : ndarray of float64, shape (leads, n)
        mV.
    fs : float
        Sampling rate in Hz.
    r_samples : ndarray of int64, shape (k,)
        Sample of each R peak.
    points : dict of str to ndarray of float64, shape (leads, k)
        Time in s of each of `LIMITS`, NaN where a lead has no such wave.
    together : dict of str to ndarray of float64, shape (k,)
        The earliest onset and the latest offset over all leads.
    """

    values: NDArray[np.float64]
    fs: float
    r_samples: NDArray[np.int64]
    points: dict[str, NDArray[np.float64]]
    together: dict[str, NDArray[np.float64]]


def leads_ecg(
    seconds: float,
    fs: float,
    *,
    leads: int = 12,
    rate: float = 65.0,
    irregular: float = 0.03,
    noise: float = 0.0,
    noisy_leads: int = 0,
    heights: NDArray[np.float64] | None = None,
    seed: int = 0,
) -> LeadsEcg:
    """Make some leads of an ECG with known onsets and offsets.

    Parameters
    ----------
    seconds, fs : float
        Length in s and sampling rate in Hz. R peaks lie on samples.
    leads : int
        Number of leads.
    rate, irregular : float
        Mean rate in beats/min, standard deviation of the intervals as a share of their mean.
    noise : float
        Standard deviation in mV of white noise in each lead.
    noisy_leads : int
        Number of leads, the last ones, with noise of 0.3 mV.
    heights : ndarray, shape (leads, 8), optional
        Factor on the height of each of the parts of P (2), QRS (4) and T (2); random by default.
    seed : int
        Seed of heights, rhythm and noise.
    """
    rng = np.random.default_rng(seed)
    count = sum(len(parts) for parts in PARTS.values())
    if heights is None:
        factor = rng.uniform(LEAST, 1.2, (leads, count)) * rng.choice([-1, 1], (leads, count))
        factor[rng.random((leads, count)) > SHARE] = 0.0
        # Each part is somewhere.
        missing = ~factor.any(axis=0)
        factor[0, missing] = 1.0
    else:
        factor = np.asarray(heights, np.float64)
    at = r_places(varied(rng, 60 / rate, irregular, int(seconds * rate / 60) + 2), seconds, fs)
    values = np.zeros((leads, round(seconds * fs)))
    points = {name: np.full((leads, len(at)), np.nan) for name in LIMITS}
    kinds = [(kind, part) for kind, parts in PARTS.items() for part in parts]
    for lead in range(leads):
        for kind in PARTS:
            there = [
                (a, b, c, h * factor[lead, j])
                for j, (one, (a, b, c, h)) in enumerate(kinds)
                if one == kind and factor[lead, j]
            ]
            for r in at.tolist():
                for part in there:
                    add_wave(values[lead], fs, r, part)
            if there:
                points[f"{kind}_onset"][lead] = at / fs + min(one[0] for one in there) / 1000
                points[f"{kind}_offset"][lead] = at / fs + max(one[2] for one in there) / 1000
    sd = np.full(leads, noise)
    if noisy_leads:
        sd[-noisy_leads:] = 0.3
    values += sd[:, None] * rng.normal(size=values.shape)
    together = {
        name: np.nanmin(value, axis=0) if name.endswith("onset") else np.nanmax(value, axis=0)
        for name, value in points.items()
    }
    return LeadsEcg(values, fs, at, points, together)

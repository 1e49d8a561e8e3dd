"""The stages of a night in cycles, and marks that lie in some stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

EPOCH_S = 30.0
STAGES = ("W", "N1", "N2", "N3", "R")
# Minutes of N3 and REM by cycle: deep sleep early, REM sleep late (Carskadon and Dement 2011).
N3_MINUTES, REM_MINUTES = (35, 25, 12, 4, 0), (6, 12, 18, 24, 28)
AWAKENING = 0.02  # an epoch of N2
WAKE_AFTER_REM = 0.5
CHANGE_S = 3.0  # within which the signals follow a change of stage


def make_stages(n_epochs: int, rng: np.random.Generator) -> NDArray[Any]:
    """Return the stage of each epoch of 30 s, shape ``(n_epochs,)``.

    Sleep begins after some minutes, by N1 and N2, and is over some epochs before the end. A cycle
    of N2, N3, N2 and REM sleep lasts about 90 min.
    """
    found = ["W"] * _epochs(rng, 8)
    cycle = 0
    while len(found) < n_epochs:
        k = min(cycle, len(N3_MINUTES) - 1)
        found += ["N1"] * _epochs(rng, 3)
        found += _light(rng, 14)
        found += ["N3"] * _epochs(rng, N3_MINUTES[k])
        found += _light(rng, 26 if k else 12)
        found += ["R"] * _epochs(rng, REM_MINUTES[k])
        if rng.random() < WAKE_AFTER_REM:
            found += ["W"] * _epochs(rng, 2)
        cycle += 1
    stages = np.array(found[:n_epochs], object)
    stages[n_epochs - min(6, n_epochs // 20) :] = "W"
    return stages


def _epochs(rng: np.random.Generator, minutes: float) -> int:
    return round(minutes * 60 / EPOCH_S * rng.uniform(0.8, 1.2))


def _light(rng: np.random.Generator, minutes: float) -> list[str]:
    """Return N2 with short awakenings."""
    made: list[str] = []
    for _ in range(_epochs(rng, minutes)):
        made += ["W", "N1"] if rng.random() < AWAKENING else ["N2"]
    return made


def level_in(
    stages: NDArray[Any], levels: Mapping[str, float], t: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the level of each stage at times ``t`` in s, with ramps of 3 s between stages."""
    of_epoch = np.array([levels[stage] for stage in stages])
    edges = EPOCH_S * np.arange(1, len(stages))
    corners = np.stack([edges - CHANGE_S / 2, edges + CHANGE_S / 2]).T.ravel()
    values = np.stack([of_epoch[:-1], of_epoch[1:]]).T.ravel()
    return np.interp(t, corners, values) if len(corners) else np.full(len(t), of_epoch[0])


def places_in(
    stages: NDArray[Any],
    per_minute: Mapping[str, float],
    clearance_s: float,
    rng: np.random.Generator,
    taken: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return times in s at which something begins, at a rate that depends on the stage.

    Parameters
    ----------
    stages : ndarray of str, shape (n,)
        Stage of each epoch.
    per_minute : mapping of str to float
        How often it begins by stage.
    clearance_s : float
        Shortest time between two, from what is ``taken``, and to the end of the epoch.
    rng : numpy.random.Generator
        Where the times come from.
    taken : ndarray, optional
        Times at which something else begins.
    """
    kept: list[float] = []
    others = np.empty(0) if taken is None else np.sort(taken)
    for k, stage in enumerate(stages):
        n = int(rng.poisson(per_minute.get(stage, 0.0) * EPOCH_S / 60))
        for t in np.sort(rng.uniform(k * EPOCH_S, (k + 1) * EPOCH_S - clearance_s, n)).tolist():
            at = int(np.searchsorted(others, t))
            near = others[max(at - 1, 0) : at + 1]
            if (not kept or t - kept[-1] >= clearance_s) and np.all(np.abs(near - t) > clearance_s):
                kept.append(t)
    return np.array(kept)

"""Posture and activity as an accelerometer measures them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.simulate.schedule import night_weight

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP_HZ = 1.8
POSTURE_SECONDS = 1800  # duration of a posture
TURN_SECONDS = 3.0
NOISE_G = 0.004
SWING_G = ((0.08, 0.05, 0.03), (0.22, 0.10, 0.05), (0.12, 0.06, 0.02))  # of x, y, z; 3 harmonics


class Movement:
    """Tilt of the trunk and swing of the steps.

    Parameters
    ----------
    duration : int
        Seconds.
    seed : int
        Seed of the postures.
    """

    def __init__(self, duration: int, seed: int) -> None:
        rng = np.random.default_rng([seed, 3])
        n = duration // POSTURE_SECONDS + 2
        self._changes = np.arange(n) * POSTURE_SECONDS + rng.uniform(0, POSTURE_SECONDS / 2, n)
        asleep = night_weight(self._changes)
        # Tilt from upright and roll about the body's axis, in rad.
        self._tilt = (1 - asleep) * rng.uniform(0, 0.5, n) + asleep * (np.pi / 2)
        self._roll = (1 - asleep) * rng.uniform(-0.3, 0.3, n) + asleep * rng.choice(
            [-1.4, 0.0, 1.4], n
        )

    def values(
        self, t: NDArray[np.float64], active: NDArray[np.float64], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """Return x, y, z in g at the times ``t``, shape ``(3, n)``; y points along the body.

        ``active`` is 0 at rest and 1 in activity.
        """
        corners = np.stack([self._changes, self._changes + TURN_SECONDS]).T.ravel()[1:-1]
        tilt = np.interp(t, corners, np.repeat(self._tilt, 2)[:-2])
        roll = np.interp(t, corners, np.repeat(self._roll, 2)[:-2])
        g = np.stack([np.sin(tilt) * np.sin(roll), np.cos(tilt), np.sin(tilt) * np.cos(roll)])
        if active.any():
            phase = step_phase(t)
            for axis, harmonics in enumerate(SWING_G):
                for order, size in enumerate(harmonics, start=1):
                    g[axis] += size * active * np.sin(order * phase + axis)
        g += (NOISE_G + 0.05 * active) * rng.standard_normal(g.shape)
        return g


def step_phase(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the phase of the steps in rad; the pace varies slightly."""
    return np.asarray(2 * np.pi * STEP_HZ * t + 1.5 * np.sin(0.11 * t) + 0.8 * np.sin(0.031 * t))

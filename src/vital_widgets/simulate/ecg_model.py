r"""The ECG of McSharry, Clifford, Tarassenko and Smith (2003), solved in closed form.

"A dynamical model for generating synthetic electrocardiogram signals", IEEE Transactions on
Biomedical Engineering 50(3), 289-294. A point goes round the unit circle once a heart beat, and
each of the waves P, Q, R, S, T pushes it up or down as it passes the wave's angle:

.. math:: \dot z = -\sum_i a_i \Delta\theta_i e^{-\Delta\theta_i^2 / 2 b_i^2} - (z - z_0)

On the limit cycle the angle grows uniformly within an RR interval, :math:`\dot\theta = \omega`.
Then the forcing is the derivative of :math:`g = \sum_i (a_i b_i^2/\omega)
e^{-\Delta\theta_i^2/2b_i^2}`, so with :math:`z = g + u` all that is left to integrate is the slow
:math:`\dot u = -u - g + z_0`: a first-order filter.

Angles and widths grow with the square root of the heart rate, as in the authors' own program
(Bazett's rule: the waves keep closer to their length in time). So the waves' amplitude
:math:`a b^2 / \omega` does not depend on the rate, and g has no step between two intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TWO_PI = 2 * np.pi
MILLIVOLTS = 24.0  # brings the paper's z, which it scales afterwards, to mV
RELAXATION = 1.0  # 1/s, the factor of (z - z0) in the equation


@dataclass(frozen=True)
class Waves:
    """Angle (rad), strength a (mV rad/s at 60 bpm, one row a lead) and width b (rad) of waves."""

    theta: tuple[float, ...]
    a: tuple[tuple[float, ...], ...]
    b: tuple[float, ...]

    def peaks(self) -> NDArray[np.float64]:
        """Return the amplitude of each wave in mV, shape ``(leads, waves)``."""
        return np.asarray(self.a) * np.square(self.b) / TWO_PI


def _from_peaks(theta: tuple[float, ...], b: tuple[float, ...], *leads: tuple[float, ...]) -> Waves:
    rows = tuple(
        tuple(TWO_PI * peak / width**2 for peak, width in zip(lead, b, strict=True))
        for lead in leads
    )
    return Waves(theta, rows, b)


_PAPER_A = (1.2, -5.0, 30.0, -7.5, 0.75)
_V1_SHARES = (0.5, 0.0, 0.25, 4.0, -0.3)  # of the waves of lead II: small r, deep S, flat T

# Table I of the paper: P, Q, R, S, T.
SINUS = Waves(
    theta=(-np.pi / 3, -np.pi / 12, 0.0, np.pi / 12, np.pi / 2),
    a=(
        tuple(MILLIVOLTS * a for a in _PAPER_A),
        tuple(MILLIVOLTS * a * share for a, share in zip(_PAPER_A, _V1_SHARES, strict=True)),
    ),
    b=(0.25, 0.1, 0.1, 0.1, 0.4),
)
# A premature ventricular beat: no P, a wide R and S, a T of the opposite sign.
VENTRICULAR = _from_peaks(
    (0.0, 0.75, 1.9), (0.2, 0.25, 0.42), (1.7, -0.7, -0.45), (-1.1, 0.4, 0.35)
)
N_LEADS = 2


class EcgModel:
    """The ECG of given beats, computed in consecutive stretches.

    Parameters
    ----------
    beats : ndarray of int64, shape (n,)
        R peaks as sample numbers, rising; they must reach beyond every requested stretch.
    ventricular : ndarray of bool, shape (n,)
        Which of them are premature ventricular beats.
    fs : float
        Sampling rate in Hz.
    """

    def __init__(self, beats: NDArray[np.int64], ventricular: NDArray[np.bool_], fs: float) -> None:
        self._beats = beats
        self._ventricular = np.flatnonzero(ventricular)
        self._fs = fs
        self._rr = np.diff(beats) / fs
        self._state: NDArray[np.float64] | None = None

    def next(self, first: int, baseline: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the ECG of the samples from ``first`` on, the stretch after the previous call's.

        Parameters
        ----------
        first : int
            Number of the stretch's first sample.
        baseline : ndarray, shape (n,)
            The baseline z0 in mV.

        Returns
        -------
        ndarray of float64, shape (2, n)
            Leads II and V1 in mV.
        """
        from scipy.signal import lfilter

        g = self.pushes(first, first + len(baseline))
        drive = baseline - g
        keep = np.exp(-RELAXATION / self._fs)
        b = np.array([1.0, keep]) / (2 * self._fs)
        if self._state is None:
            # Steady state: as if the heart had always beaten like this.
            self._state = -g.mean(axis=1, keepdims=True) - b[0] * drive[:, :1]
        slow, self._state = lfilter(b, [1.0, -keep], drive, zi=self._state)
        return np.asarray(g + slow)

    def pushes(self, first: int, stop: int) -> NDArray[np.float64]:
        """Return g, the waves without the slow relaxation, in mV, shape ``(2, stop - first)``."""
        beats = self._beats
        k0 = int(np.searchsorted(beats, first, side="right")) - 1
        k1 = int(np.searchsorted(beats, stop, side="left"))
        edges = np.clip(beats[k0 : k1 + 1], first, stop)
        lengths = np.diff(edges)
        # Angle divided by the square root of the heart rate in beats a second.
        scale = TWO_PI / np.sqrt(self._rr[k0:k1])
        turn = np.repeat(TWO_PI * np.sqrt(self._rr[k0:k1]), lengths)
        angle = np.arange(first, stop, dtype=np.float64)
        angle -= np.repeat(beats[k0:k1], lengths)
        angle *= np.repeat(scale / self._fs, lengths)

        g = np.zeros((N_LEADS, stop - first))
        for peaks, theta, b in _each(SINUS):
            away, _ = _away(angle, theta, turn)
            g += peaks[:, None] * np.exp(away * away * (-0.5 / b**2))
        for k in self._ventricular[
            np.searchsorted(self._ventricular, k0) : np.searchsorted(self._ventricular, k1 + 1)
        ]:
            self._make_ventricular(g, int(k), first, angle, turn)
        return g

    def _make_ventricular(
        self,
        g: NDArray[np.float64],
        k: int,
        first: int,
        angle: NDArray[np.float64],
        turn: NDArray[np.float64],
    ) -> None:
        """Replace the sinus waves of beat ``k`` by those of a ventricular beat."""
        for interval, owner in ((k - 1, 1), (k, 0)):  # the turns before and after its R peak
            if interval < 0:
                continue
            edges = np.clip(self._beats[interval : interval + 2] - first, 0, g.shape[1])
            here = slice(int(edges[0]), int(edges[1]))
            for sign, waves in ((-1, SINUS), (1, VENTRICULAR)):
                for peaks, theta, b in _each(waves):
                    away, turns = _away(angle[here], theta, turn[here])
                    bump = np.exp(away * away * (-0.5 / b**2)) * (turns == owner)
                    g[:, here] += sign * peaks[:, None] * bump


def _each(waves: Waves) -> zip[tuple[Any, float, float]]:
    return zip(waves.peaks().T, waves.theta, waves.b, strict=True)


def _away(
    angle: NDArray[np.float64], theta: float, turn: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the distance to the nearest passage of ``theta``, and the beat it belongs to.

    0 is the wave of the previous beat, 1 that of the next beat.
    """
    away = angle - theta
    turns = np.rint(away / turn)
    return away - turns * turn, turns

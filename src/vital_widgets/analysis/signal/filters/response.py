"""The frequency, impulse and step response of a filter, as data for a plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from vital_widgets.analysis.engine.result import Result, quantity

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Numbers = NDArray[np.float64]

MIN_DB = -400.0  # shown instead of minus infinity
HALF_POWER_DB = 10 * np.log10(0.5)  # -3.01 dB
MAX_SHOWN = 1 << 16  # samples of an impulse response
SHOWN_TAIL = 1e-6  # share of the impulse response at which it is cut off
GRID = 1 << 14  # frequencies at which the -3 dB points are searched
SYMMETRIC = 1e-12
HALVINGS = 60
COLUMNS = {
    "frequency (Hz)": "frequencies",
    "magnitude (dB)": "magnitude_db",
    "phase (rad)": "phase",
    "group delay (s)": "group_delay",
}


class LinearFilter(Protocol):
    """What of a `Filter` its response is computed from."""

    @property
    def sos(self) -> NDArray[np.float64] | None:
        """Second-order sections."""

    @property
    def taps(self) -> NDArray[np.float64] | None:
        """Taps of an FIR filter."""

    @property
    def fs(self) -> float:
        """Sampling rate in Hz."""

    @property
    def name(self) -> str:
        """What it is, in words."""

    @property
    def ringing(self) -> int:
        """Samples after which it has settled."""

    def impulse_response(self, n: int) -> NDArray[np.float64]:
        """Return the first samples of its response to an impulse."""

    def at(self, frequencies: ArrayLike) -> NDArray[np.complex128]:
        """Return its complex response at frequencies in Hz."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FilterResponse(Result, given=("frequencies", "times", "fs"), columns=COLUMNS):
    """The response of a filter.

    Attributes
    ----------
    frequencies : ndarray of float64, shape (n,)
        Hz, evenly spaced from 0 to half the sampling rate.
    magnitude_db : ndarray of float64, shape (n,)
        Gain in dB, at least -400.
    phase : ndarray of float64, shape (n,)
        Unwrapped phase in radians; 0 for zero phase.
    group_delay : ndarray of float64, shape (n,)
        Group delay in seconds; 0 for zero phase.
    times : ndarray of float64, shape (m,)
        Times in seconds of the responses below; for zero phase they start before 0.
    impulse, step : ndarray of float64, shape (m,)
        Response to a single 1 at time 0, and to ones from time 0.
    half_power : ndarray of float64, shape (k,)
        Frequencies in Hz at which the gain crosses -3.01 dB (half the power).
    fs : float
        Sampling rate in Hz.
    zero_phase : bool
        Whether the filter runs forwards and backwards: the squared magnitude.
    name : str
        Description of the filter.
    """

    frequencies: Numbers
    magnitude_db: Numbers
    phase: Numbers
    group_delay: Numbers
    times: Numbers
    impulse: Numbers
    step: Numbers
    half_power: Numbers
    fs: float
    zero_phase: bool
    name: str

    def facts(self) -> list[tuple[str, str]]:
        """Return the -3 dB points and the largest delay in the pass band."""
        points = ", ".join(f"{f:.4g} Hz" for f in self.half_power) or "none"
        passed = self.group_delay[self.magnitude_db > HALF_POWER_DB]
        delay = float(np.nanmax(passed)) if np.isfinite(passed).any() else np.nan
        return [
            ("filter", self.name + (", zero phase" if self.zero_phase else "")),
            ("-3 dB at", points),
            ("largest group delay in the pass band", quantity(delay, "s")),
        ]


def response_of(made: LinearFilter, n_frequencies: int, *, zero_phase: bool) -> FilterResponse:
    """Return the response of a filter."""
    frequencies = np.linspace(0, made.fs / 2, n_frequencies)
    response = made.at(frequencies)
    power = 2 if zero_phase else 1
    impulse = _impulse_response(made)
    first, zeros = 0, np.zeros(n_frequencies)
    if zero_phase:
        from scipy.signal import fftconvolve

        first = 1 - len(impulse)
        impulse = np.asarray(fftconvolve(impulse, impulse[::-1]))
    return FilterResponse(
        frequencies=frequencies, magnitude_db=decibels(np.abs(response), power),
        phase=zeros if zero_phase else np.unwrap(np.angle(response)),
        group_delay=zeros if zero_phase else group_delay(made, frequencies),
        times=(first + np.arange(len(impulse))) / made.fs, impulse=impulse,
        step=np.cumsum(impulse), half_power=half_power_points(made, power), fs=made.fs,
        zero_phase=zero_phase, name=made.name,
    )  # fmt: skip


def decibels(magnitude: Numbers, power: int = 1) -> Numbers:
    """Return gains in dB, at least `MIN_DB`."""
    floor = 10 ** (MIN_DB / 20 / power)
    return np.asarray(20 * power * np.log10(np.maximum(magnitude, floor)))


def half_power_points(made: LinearFilter, power: int = 1) -> Numbers:
    """Return the frequencies at which the gain crosses -3.01 dB, in Hz, in order.

    They are searched on a linear and on a logarithmic grid, then refined by halving.
    """
    nyquist = made.fs / 2

    def above(f: Numbers) -> NDArray[np.bool_]:
        return np.asarray(decibels(np.abs(made.at(f)), power) > HALF_POWER_DB)

    grids = (np.linspace(0, nyquist, GRID), np.geomspace(nyquist * 1e-7, nyquist, GRID))
    grid = np.unique(np.concatenate(grids))
    passed = above(grid)
    crossed = np.flatnonzero(passed[1:] != passed[:-1])
    low, high, at_low = grid[crossed], grid[crossed + 1], passed[crossed]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        same = above(middle) == at_low
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return np.asarray((low + high) / 2)


def group_delay(made: LinearFilter, frequencies: Numbers) -> Numbers:
    """Return the group delay in seconds; symmetric sections delay by a constant."""
    z = np.exp(-2j * np.pi * frequencies / made.fs)
    if made.taps is not None:
        return _delay(made.taps, z) / made.fs
    assert made.sos is not None
    delays = [_delay(one[:3], z) - _delay(one[3:], z) for one in made.sos]
    return np.asarray(np.sum(delays, axis=0) / made.fs)


def _delay(b: Numbers, z: NDArray[np.complex128]) -> Numbers:
    """Return the delay of a polynomial of 1/z in samples."""
    nonzero = np.flatnonzero(b)
    first, last = int(nonzero[0]), int(nonzero[-1])
    inner = b[first : last + 1]
    size = SYMMETRIC * np.max(np.abs(inner))
    if np.all(np.abs(inner - inner[::-1]) <= size) or np.all(np.abs(inner + inner[::-1]) <= size):
        return np.full(len(z), (first + last) / 2)  # linear phase
    value = np.polyval(b[::-1], z)
    slope = np.polyval((np.arange(len(b)) * b)[::-1], z)
    delay = np.full(len(z), np.nan)
    good = np.abs(value) > size
    delay[good] = np.real(slope[good] / value[good])
    return delay


def _impulse_response(made: LinearFilter) -> Numbers:
    h = made.impulse_response(min(made.ringing + 1, MAX_SHOWN))
    if made.taps is not None:
        return h
    left = np.cumsum(np.abs(h[::-1]))[::-1]
    return h[: max(int(np.searchsorted(-left, -SHOWN_TAIL * left[0])) + 1, 16)]

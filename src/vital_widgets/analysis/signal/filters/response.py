"""What a filter does to a signal, as data for a plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.result import Result, quantity

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.signal.filters.filter import Filter

LOWEST_DB = -400.0  # shown in place of minus infinity
HALF_POWER_DB = 10 * np.log10(0.5)  # -3.01 dB
MOST_SHOWN = 1 << 16  # samples of an impulse response
SHOWN_TAIL = 1e-6  # where the impulse response is cut, as a share of all of it
GRID = 1 << 14  # frequencies looked at to find the -3 dB points
SYMMETRIC = 1e-12
HALVINGS = 60


@dataclass(frozen=True, kw_only=True, eq=False)
class FilterResponse(Result, given=("frequencies", "times", "fs")):
    """The response of a filter.

    Attributes
    ----------
    frequencies : ndarray of float64, shape (n,)
        Hz, evenly spaced from 0 to half the sampling rate.
    magnitude_db : ndarray of float64, shape (n,)
        Gain in dB; at least -400 dB.
    phase : ndarray of float64, shape (n,)
        Unwrapped, in radians; 0 for zero phase.
    group_delay : ndarray of float64, shape (n,)
        Seconds; 0 for zero phase.
    times : ndarray of float64, shape (m,)
        Seconds of the answers below; for zero phase they begin before 0.
    impulse, step : ndarray of float64, shape (m,)
        Answer to a single 1 at time 0, and to ones from time 0 on.
    half_power : ndarray of float64, shape (k,)
        Frequencies in Hz at which the gain crosses -3.01 dB (half the power).
    fs : float
        Sampling rate in Hz.
    zero_phase : bool
        Whether it is that of filtering forwards and backwards: the squared magnitude.
    name : str
        The filter in words.
    """

    frequencies: NDArray[np.float64]
    magnitude_db: NDArray[np.float64]
    phase: NDArray[np.float64]
    group_delay: NDArray[np.float64]
    times: NDArray[np.float64]
    impulse: NDArray[np.float64]
    step: NDArray[np.float64]
    half_power: NDArray[np.float64]
    fs: float
    zero_phase: bool
    name: str

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each frequency."""
        import pandas as pd

        return pd.DataFrame(
            {
                "frequency (Hz)": self.frequencies,
                "magnitude (dB)": self.magnitude_db,
                "phase (rad)": self.phase,
                "group delay (s)": self.group_delay,
            }
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return the -3 dB points and the largest delay."""
        points = ", ".join(f"{f:.4g} Hz" for f in self.half_power) or "none"
        passed = self.group_delay[self.magnitude_db > HALF_POWER_DB]
        delay = float(np.nanmax(passed)) if np.isfinite(passed).any() else np.nan
        return [
            ("filter", self.name + (", zero phase" if self.zero_phase else "")),
            ("-3 dB at", points),
            ("largest group delay passed", quantity(delay, "s")),
        ]


def response_of(made: Filter, n: int, *, zero_phase: bool) -> FilterResponse:
    """Return the response of a filter at ``n`` frequencies."""
    frequencies = np.linspace(0, made.fs / 2, n)
    response = made.at(frequencies)
    power = 2 if zero_phase else 1
    phase = np.zeros(n) if zero_phase else np.unwrap(np.angle(response))
    delay = np.zeros(n) if zero_phase else group_delay(made, frequencies)
    times, impulse, step = _answers(made, zero_phase=zero_phase)
    return FilterResponse(
        frequencies=frequencies, magnitude_db=decibels(np.abs(response), power), phase=phase,
        group_delay=delay, times=times, impulse=impulse, step=step,
        half_power=half_power_points(made, power), fs=made.fs, zero_phase=zero_phase,
        name=made.name,
    )  # fmt: skip


def decibels(magnitude: NDArray[np.float64], power: int = 1) -> NDArray[np.float64]:
    """Return gains in dB, at least `LOWEST_DB`."""
    floor = 10 ** (LOWEST_DB / 20 / power)
    return np.asarray(20 * power * np.log10(np.maximum(magnitude, floor)))


def half_power_points(made: Filter, power: int = 1) -> NDArray[np.float64]:
    """Return the frequencies at which the gain crosses -3.01 dB, in Hz, rising.

    They are searched for on 16384 frequencies spaced evenly, as many spaced by ratio, and around
    the edges of the design, then refined. A gain that only touches the level is not a crossing.
    """
    nyquist = made.fs / 2

    def above(f: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray(decibels(np.abs(made.at(f)), power) > HALF_POWER_DB)

    grid = np.unique(
        np.concatenate([np.linspace(0, nyquist, GRID), np.geomspace(nyquist * 1e-7, nyquist, GRID)])
    )
    passed = above(grid)
    crossed = np.flatnonzero(passed[1:] != passed[:-1])
    low, high, at_low = grid[crossed], grid[crossed + 1], passed[crossed]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        same = above(middle) == at_low
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return np.asarray((low + high) / 2)


def group_delay(made: Filter, frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the group delay in seconds; zeros on the unit circle delay by a constant."""
    z = np.exp(-2j * np.pi * frequencies / made.fs)
    if made.taps is not None:
        delay = _delay(made.taps, z)
    else:
        assert made.sos is not None
        delay = np.zeros(len(z))
        for section in made.sos:
            delay += _delay(section[:3], z) - _delay(section[3:], z)
    return delay / made.fs


def _delay(b: NDArray[np.float64], z: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Return the delay of a polynomial of 1/z in samples."""
    nonzero = np.flatnonzero(b)
    first, last = int(nonzero[0]), int(nonzero[-1])
    inner = b[first : last + 1]
    size = SYMMETRIC * np.max(np.abs(inner))
    if np.all(np.abs(inner - inner[::-1]) <= size) or np.all(np.abs(inner + inner[::-1]) <= size):
        return np.full(len(z), (first + last) / 2)  # linear phase, exactly
    k = np.arange(len(b))
    value = np.polyval(b[::-1], z)
    slope = np.polyval((k * b)[::-1], z)
    delay = np.full(len(z), np.nan)
    good = np.abs(value) > size
    delay[good] = np.real(slope[good] / value[good])
    return delay


def _answers(
    made: Filter, *, zero_phase: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    n = min(made.ringing + 1, MOST_SHOWN)
    h = made.impulse_response(n)
    if not made.is_fir:
        left = np.cumsum(np.abs(h[::-1]))[::-1]
        h = h[: max(int(np.searchsorted(-left, -SHOWN_TAIL * left[0])) + 1, 16)]
    first = 0
    if zero_phase:
        from scipy.signal import fftconvolve

        first = 1 - len(h)
        h = fftconvolve(h, h[::-1])
    times = (first + np.arange(len(h))) / made.fs
    return times, h, np.cumsum(h)

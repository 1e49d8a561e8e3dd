"""A digital filter: its coefficients, the length of its response, its frequency response."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_fs, checked_integer
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Numbers = NDArray[np.float64]

SETTLED = 1e-13  # largest share of a past sample that may be neglected
MAX_RINGING = 1 << 22  # samples
MIN_DB = -400.0  # shown instead of minus infinity
HALF_POWER_DB = float(10 * np.log10(0.5))  # -3.01 dB
MAX_SHOWN = 1 << 16  # samples of an impulse response
SHOWN_TAIL = 1e-6  # share of the impulse response at which it is cut off
GRID = 1 << 14  # frequencies between which the -3 dB points are searched
SYMMETRIC = 1e-12
COLUMNS = {
    "frequency (Hz)": "frequencies", "magnitude (dB)": "magnitude_db", "phase (rad)": "phase",
    "group delay (s)": "group_delay",
}  # fmt: skip


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

    def _facts(self) -> list[tuple[str, str]]:
        points = ", ".join(f"{f:.4g} Hz" for f in self.half_power) or "none"
        passed = self.group_delay[self.magnitude_db > HALF_POWER_DB]
        delay = float(np.nanmax(passed)) if np.isfinite(passed).any() else np.nan
        return [
            ("filter", self.name + (", zero phase" if self.zero_phase else "")),
            ("-3 dB at", points),
            ("largest group delay in the pass band", quantity(delay, "s")),
        ]


@dataclass(frozen=True, eq=False)
class Filter:
    """A digital filter for one sampling rate, as `design_filter`, `notch` and `comb` return it.

    Attributes
    ----------
    fs : float
        Sampling rate in Hz that it was designed for.
    name : str
        Description of the filter.
    sos : ndarray of float64, shape (sections, 6), or None
        Second-order sections of a recursive (IIR) filter, as for `scipy.signal.sosfilt`.
    taps : ndarray of float64, shape (n,), or None
        Coefficients of an FIR filter.
    design : mapping of str to value
        Parameters of the design, with defaults written out.
    """

    fs: float
    name: str
    sos: Numbers | None = None
    taps: Numbers | None = None
    design: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Copy and check the coefficients."""
        if (self.sos is None) == (self.taps is None):
            raise InvalidInputError("a Filter has either sos or taps; give one of them")
        name = "sos" if self.taps is None else "taps"
        numbers = np.array(getattr(self, name), np.float64, order="C")
        fits = numbers.ndim == 1 if name == "taps" else numbers.ndim == 2 and numbers.shape[1] == 6  # noqa: PLR2004
        if not fits or not len(numbers) or not np.all(np.isfinite(numbers)):
            raise InvalidInputError(
                f"coefficients of shape {numbers.shape} are not a filter; give finite numbers: "
                "taps of shape (n,), or sos of shape (sections, 6) as scipy.signal returns them "
                "with output='sos'"
            )
        if name == "sos" and not np.all(numbers[:, 3] == 1):
            raise InvalidInputError("sos[:, 3] must be 1; divide each section by its a0")
        object.__setattr__(self, name, numbers)
        object.__setattr__(self, "design", dict(self.design))
        object.__setattr__(self, "fs", checked_fs(self.fs))

    @cached_property
    def key(self) -> str:
        """Fingerprint of the coefficients and the rate."""
        digest = hashlib.blake2b(repr(self.fs).encode(), digest_size=16)
        for part in (self.sos, self.taps):
            digest.update(b"-" if part is None else part.tobytes())
        return digest.hexdigest()

    @cached_property
    def padding(self) -> int:
        """Samples of odd extension at the ends of a stretch, as SciPy's filters extend it."""
        if self.taps is not None:
            return 3 * len(self.taps)
        assert self.sos is not None
        at_zero = np.sum(self.sos[:, [2, 5]] == 0, axis=0)  # zeros and poles
        return int(3 * (2 * len(self.sos) + 1 - at_zero.min()))

    @cached_property
    def steady_state(self) -> Numbers:
        """State of the sections after a constant input of 1, shape (sections, 2)."""
        from scipy.signal import sosfilt_zi

        return np.asarray(sosfilt_zi(self.sos))

    @cached_property
    def ringing(self) -> int:
        """Samples after which the rest of the impulse response sums to at most 1e-13.

        This bounds exactly what samples further in the past can add to the output.
        """
        if self.taps is not None:
            return len(self.taps) - 1
        radius = min(max(self.largest_pole, 0.1), 1 - 1e-9)
        falls = float(np.log(SETTLED) / np.log(radius))  # samples; the response may be shorter
        n = max(int(2.5 * falls), 64)
        while falls <= 1.5 * MAX_RINGING:
            n = min(n, 2 * MAX_RINGING)
            left = np.cumsum(np.abs(self.impulse_response(n))[::-1])[::-1]
            settled = np.flatnonzero(left <= SETTLED)
            if len(settled) and settled[0] < n // 2:
                return int(settled[0])
            if n == 2 * MAX_RINGING:
                break
            n *= 2
        raise InvalidInputError(
            f"{self.name} at fs={self.fs:g} Hz rings for more than {MAX_RINGING:,} samples "
            f"({MAX_RINGING / self.fs / 3600:.2g} h); lower the order, give a wider band, or "
            "resample the signal to a lower rate first"
        )

    @property
    def largest_pole(self) -> float:
        """Radius of the outermost pole of a recursive filter."""
        assert self.sos is not None
        a1, a2 = self.sos[:, 4], self.sos[:, 5]
        root = np.sqrt((a1 * a1 - 4 * a2).astype(np.complex128))
        return float(np.max(np.abs([(-a1 + root) / 2, (-a1 - root) / 2])))

    @cached_property
    def context(self) -> int:
        """Samples before and after a stretch that matter for it with zero phase."""
        if self.taps is not None:
            return len(self.taps)
        return max(self.ringing, self.padding) + 1

    def impulse_response(self, n: int) -> Numbers:
        """Return the first ``n`` samples of the impulse response."""
        from scipy.signal import sosfilt

        impulse = np.zeros(n)
        if self.taps is not None:
            impulse[: len(self.taps)] = self.taps[:n]
            return impulse
        impulse[0] = 1
        return np.asarray(sosfilt(self.sos, impulse))

    def at(self, frequencies: ArrayLike) -> NDArray[np.complex128]:
        """Return the complex response at frequencies in Hz, in the shape of ``frequencies``."""
        from scipy.signal import freqz, sosfreqz

        f = np.asarray(frequencies, np.float64)
        response = (
            sosfreqz(self.sos, f.ravel(), fs=self.fs)
            if self.taps is None
            else freqz(self.taps, worN=f.ravel(), fs=self.fs)
        )
        return np.asarray(response[1]).reshape(f.shape)

    def decibels(self, frequencies: ArrayLike, *, zero_phase: bool = False) -> Numbers:
        """Return the gain at frequencies in Hz, in dB, at least `MIN_DB`."""
        runs = 2 if zero_phase else 1
        magnitude = np.maximum(np.abs(self.at(frequencies)), 10 ** (MIN_DB / 20 / runs))
        return np.asarray(20 * runs * np.log10(magnitude))

    def response(self, n_frequencies: int = 1024, *, zero_phase: bool = False) -> FilterResponse:
        """Return the frequency, impulse and step response, as data for a plot.

        Parameters
        ----------
        n_frequencies : int
            Number of frequencies from 0 to half the sampling rate; 1024 are about the pixels of a
            plot.
        zero_phase : bool
            Whether the filter runs forwards and backwards: the squared magnitude, no phase.
        """
        count = checked_integer(n_frequencies, "n_frequencies", 2, 1 << 24)
        frequencies = np.linspace(0, self.fs / 2, count)
        first, impulse = 0, self._shown_impulse_response()
        phase = delay = np.zeros(count)
        if zero_phase:
            from scipy.signal import fftconvolve

            first = 1 - len(impulse)
            impulse = np.asarray(fftconvolve(impulse, impulse[::-1]))
        else:
            phase = np.unwrap(np.angle(self.at(frequencies)))
            delay = self._group_delay(frequencies)
        return FilterResponse(
            frequencies=frequencies,
            magnitude_db=self.decibels(frequencies, zero_phase=zero_phase), phase=phase,
            group_delay=delay, times=(first + np.arange(len(impulse))) / self.fs, impulse=impulse,
            step=np.cumsum(impulse), half_power=self._half_power(zero_phase=zero_phase),
            fs=self.fs, zero_phase=zero_phase, name=self.name,
        )  # fmt: skip

    def _shown_impulse_response(self) -> Numbers:
        h = self.impulse_response(min(self.ringing + 1, MAX_SHOWN))
        if self.taps is not None:
            return h
        left = np.cumsum(np.abs(h[::-1]))[::-1]
        return h[: max(int(np.searchsorted(-left, -SHOWN_TAIL * left[0])) + 1, 16)]

    def _half_power(self, *, zero_phase: bool) -> Numbers:
        """Return the frequencies at which the gain crosses -3.01 dB, in Hz, in order."""
        from scipy.optimize import brentq

        def over(f: ArrayLike) -> Numbers:
            return self.decibels(f, zero_phase=zero_phase) - HALF_POWER_DB

        nyquist = self.fs / 2
        grids = (np.linspace(0, nyquist, GRID), np.geomspace(nyquist * 1e-7, nyquist, GRID))
        grid = np.unique(np.concatenate(grids))
        crossed = np.flatnonzero(np.diff(over(grid) > 0))
        return np.array([brentq(over, *grid[[k, k + 1]], xtol=1e-15 * self.fs) for k in crossed])

    def _group_delay(self, frequencies: Numbers) -> Numbers:
        z = np.exp(-2j * np.pi * frequencies / self.fs)
        if self.taps is not None:
            return _delay(self.taps, z) / self.fs
        assert self.sos is not None
        delays = [_delay(one[:3], z) - _delay(one[3:], z) for one in self.sos]
        return np.asarray(np.sum(delays, axis=0) / self.fs)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the definition, without what was computed from it."""
        return {k: self.__dict__[k] for k in ("fs", "name", "sos", "taps", "design")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Unpickle into writable arrays: SciPy refuses read-only ones."""
        self.__dict__.update(state)
        for name in ("sos", "taps"):
            if state[name] is not None:
                self.__dict__[name] = np.array(state[name], np.float64, order="C")

    def __repr__(self) -> str:
        """Describe it."""
        return f"<Filter {self.name}, for {self.fs:g} Hz>"


def _delay(b: Numbers, z: NDArray[np.complex128]) -> Numbers:
    """Return the delay of a polynomial of 1/z in samples; that of a symmetric one is constant."""
    nonzero = np.flatnonzero(b)
    first, last = int(nonzero[0]), int(nonzero[-1])
    inner = b[first : last + 1]
    size = SYMMETRIC * np.max(np.abs(inner))
    if any(np.all(np.abs(inner + sign * inner[::-1]) <= size) for sign in (1, -1)):
        return np.full(len(z), (first + last) / 2)  # linear phase
    value = np.polyval(b[::-1], z)
    slope = np.polyval((np.arange(len(b)) * b)[::-1], z)
    delay = np.full(len(z), np.nan)
    good = np.abs(value) > size
    delay[good] = np.real(slope[good] / value[good])
    return delay


def checked_filter(given: Filter, fs: float) -> Filter:
    """Return a filter that was designed for ``fs`` Hz, or raise `InvalidInputError`."""
    if not isinstance(given, Filter):
        raise InvalidInputError(
            f"filter is {type(given).__name__}, not a Filter; design one with design_filter(ftype, "
            "btype, lowcut=..., highcut=..., fs=...), notch or comb"
        )
    if abs(given.fs - fs) > 1e-9 * fs:  # a file may state the rate with fewer decimals
        raise InvalidInputError(
            f"the filter was designed for fs={given.fs:g} Hz, but the signal has fs={fs:g} Hz; "
            "design it for the rate of the signal"
        )
    return given

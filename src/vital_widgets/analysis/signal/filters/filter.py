"""A digital filter: its coefficients, the length of its response, its frequency response."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.validity import checked_fs, checked_integer
from vital_widgets.analysis.signal.filters.response import FilterResponse, response_of
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray


SETTLED = 1e-13  # largest share of a past sample that may be neglected
MAX_RINGING = 1 << 22  # samples


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
    sos: NDArray[np.float64] | None = None
    taps: NDArray[np.float64] | None = None
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
        poles_at_zero = int(np.sum(self.sos[:, 5] == 0))
        zeros_at_zero = int(np.sum(self.sos[:, 2] == 0))
        return 3 * (2 * len(self.sos) + 1 - min(zeros_at_zero, poles_at_zero))

    @cached_property
    def steady_state(self) -> NDArray[np.float64]:
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
        assert self.sos is not None
        radius = min(max(largest_pole(self.sos), 0.1), 1 - 1e-9)
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

    @cached_property
    def context(self) -> int:
        """Samples before and after a stretch that matter for it with zero phase."""
        if self.taps is not None:
            return len(self.taps)
        return max(self.ringing, self.padding) + 1

    def impulse_response(self, n: int) -> NDArray[np.float64]:
        """Return the first ``n`` samples of the impulse response."""
        from scipy.signal import sosfilt

        if self.taps is not None:
            h = np.zeros(n)
            h[: len(self.taps)] = self.taps[:n]
            return h
        impulse = np.zeros(n)
        impulse[0] = 1
        return np.asarray(sosfilt(self.sos, impulse))

    def at(self, frequencies: ArrayLike) -> NDArray[np.complex128]:
        """Return the complex response at frequencies in Hz, in the shape of ``frequencies``."""
        z = np.exp(-2j * np.pi * np.asarray(frequencies, np.float64) / self.fs)
        if self.taps is not None:
            return np.asarray(np.polyval(self.taps[::-1], z))
        assert self.sos is not None
        response = np.ones(z.shape, np.complex128)
        for b0, b1, b2, a0, a1, a2 in self.sos:
            response = response * ((b0 + z * (b1 + z * b2)) / (a0 + z * (a1 + z * a2)))
        return response

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
        return response_of(self, count, zero_phase=zero_phase)

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


def checked_filter(given: Any, fs: float) -> Filter:
    """Return a filter that was designed for ``fs`` Hz, or raise `InvalidInputError`."""
    if not isinstance(given, Filter):
        raise InvalidInputError(
            f"filter is {type(given).__name__}, not a Filter; design one with design_filter(kind, "
            "band, lowcut=..., highcut=..., fs=...), notch or comb"
        )
    if abs(given.fs - fs) > 1e-9 * fs:  # a file may state the rate with fewer decimals
        raise InvalidInputError(
            f"the filter was designed for fs={given.fs:g} Hz, but the signal has fs={fs:g} Hz; "
            "design it for the rate of the signal"
        )
    return given


def largest_pole(sos: NDArray[np.float64]) -> float:
    """Return the radius of the outermost pole."""
    a1, a2 = sos[:, 4] / sos[:, 3], sos[:, 5] / sos[:, 3]
    root = np.sqrt((a1 * a1 - 4 * a2).astype(np.complex128))
    return float(np.max(np.abs(np.concatenate([(-a1 + root) / 2, (-a1 - root) / 2]))))

"""A digital filter: its coefficients, how long it rings, what it does to a signal."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.validity import checked_fs, checked_number
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vital_widgets.analysis.signal.filters.response import FilterResponse

SETTLED = 1e-13  # what is left of the past, as a share of the largest sample in it
LONGEST_RINGING = 1 << 22  # samples


@dataclass(frozen=True, eq=False)
class Filter:
    """A filter for one sampling rate; made by `design_filter`, `notch` or `comb`.

    Attributes
    ----------
    fs : float
        Sampling rate in Hz it is made for.
    name : str
        What it is, in words.
    sos : ndarray of float64, shape (sections, 6), or None
        Second-order sections of a recursive (IIR) filter, as `scipy.signal.sosfilt` takes them.
    taps : ndarray of float64, shape (n,), or None
        Coefficients of an FIR filter.
    design : mapping of str to value
        The parameters it was made with, defaults written out.
    """

    fs: float
    name: str
    sos: NDArray[np.float64] | None = None
    taps: NDArray[np.float64] | None = None
    design: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Take the coefficients as arrays of their own."""
        for name in ("sos", "taps"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, np.array(given, np.float64, order="C"))
        object.__setattr__(self, "design", dict(self.design))
        object.__setattr__(self, "fs", checked_fs(self.fs))
        if (self.sos is None) == (self.taps is None):
            raise InvalidInputError("a Filter has either sos or taps; give one of them")
        if self.taps is not None:
            fits = self.taps.ndim == 1 and len(self.taps) > 0
            numbers = self.taps
        else:
            assert self.sos is not None
            fits = self.sos.ndim == 2 and self.sos.shape[1:] == (6,) and len(self.sos) > 0  # noqa: PLR2004
            numbers = self.sos
        if not fits or not np.all(np.isfinite(numbers)):
            raise InvalidInputError(
                f"coefficients of shape {numbers.shape} are no filter; give finite numbers: taps "
                "of shape (n,), or sos of shape (sections, 6) as scipy.signal makes them with "
                "output='sos'"
            )
        if self.sos is not None and not np.all(self.sos[:, 3] == 1):
            raise InvalidInputError("sos[:, 3] must be 1: divide each section by its a0")

    @property
    def is_fir(self) -> bool:
        """Whether it has taps and no recursion."""
        return self.taps is not None

    @cached_property
    def key(self) -> str:
        """Fingerprint of coefficients and rate."""
        digest = hashlib.blake2b(repr(self.fs).encode(), digest_size=16)
        for part in (self.sos, self.taps):
            digest.update(b"-" if part is None else part.tobytes())
        return digest.hexdigest()

    @cached_property
    def padding(self) -> int:
        """Samples of odd extension at the ends of a stretch: the default of SciPy.

        That of `scipy.signal.sosfiltfilt` for sections, of `scipy.signal.filtfilt` for taps.
        """
        if self.taps is not None:
            return 3 * len(self.taps)
        assert self.sos is not None
        poles_at_zero = int(np.sum(self.sos[:, 5] == 0))
        zeros_at_zero = int(np.sum(self.sos[:, 2] == 0))
        return 3 * (2 * len(self.sos) + 1 - min(zeros_at_zero, poles_at_zero))

    @cached_property
    def ringing(self) -> int:
        """Samples after which nothing more than 1e-13 of the largest past sample is left.

        The sum of the magnitudes of the impulse response from there on is at most 1e-13: the
        exact bound on what any past can still add to the output.
        """
        if self.taps is not None:
            return len(self.taps) - 1
        assert self.sos is not None
        radius = min(max(largest_pole(self.sos), 0.1), 1 - 1e-9)
        falls = float(np.log(SETTLED) / np.log(radius))  # samples; what is left may be smaller
        n = max(int(2.5 * falls), 64)
        while falls <= 1.5 * LONGEST_RINGING:
            n = min(n, 2 * LONGEST_RINGING)
            left = np.cumsum(np.abs(self.impulse_response(n))[::-1])[::-1]
            settled = np.flatnonzero(left <= SETTLED)
            if len(settled) and settled[0] < n // 2:
                return int(settled[0])
            if n == 2 * LONGEST_RINGING:
                break
            n *= 2
        raise InvalidInputError(
            f"{self.name} at fs={self.fs:g} Hz rings for more than {LONGEST_RINGING:,} samples "
            f"({LONGEST_RINGING / self.fs / 3600:.2g} h); lower the order, give a wider band, or "
            "resample the signal to a lower rate first"
        )

    @cached_property
    def context(self) -> int:
        """Samples before and after a stretch that decide about it when filtered both ways."""
        if self.taps is not None:
            return len(self.taps)
        return max(self.ringing, self.padding) + 1

    def impulse_response(self, n: int) -> NDArray[np.float64]:
        """Return the first ``n`` samples of the answer to a single 1."""
        from scipy.signal import sosfilt

        if self.taps is not None:
            h = np.zeros(n)
            h[: len(self.taps)] = self.taps[:n]
            return h
        impulse = np.zeros(n)
        impulse[0] = 1
        return np.asarray(sosfilt(self.sos, impulse))

    def at(self, frequencies: Any) -> NDArray[np.complex128]:
        """Return the complex response at frequencies in Hz, shape of ``frequencies``."""
        z = np.exp(-2j * np.pi * np.asarray(frequencies, np.float64) / self.fs)
        if self.taps is not None:
            return np.asarray(np.polyval(self.taps[::-1], z))
        assert self.sos is not None
        response = np.ones(z.shape, np.complex128)
        for b0, b1, b2, a0, a1, a2 in self.sos:
            response = response * ((b0 + z * (b1 + z * b2)) / (a0 + z * (a1 + z * a2)))
        return response

    def response(self, n: int = 1024, *, zero_phase: bool = False) -> FilterResponse:
        """Return what it does to a signal, as data for a plot; see `FilterResponse`.

        Parameters
        ----------
        n : int
            Number of frequencies, from 0 to half the sampling rate.
        zero_phase : bool
            The response of filtering forwards and backwards: the squared magnitude, no phase.
        """
        from vital_widgets.analysis.signal.filters.response import response_of

        return response_of(self, int(checked_number(n, "n", 2, 1 << 24)), zero_phase=zero_phase)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle what defines it, not what was computed from that."""
        return {k: self.__dict__[k] for k in ("fs", "name", "sos", "taps", "design")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Unpickle a frozen object; SciPy takes no arrays that may only be read."""
        self.__dict__.update(state)
        for name in ("sos", "taps"):
            if state[name] is not None:
                self.__dict__[name] = np.array(state[name], np.float64, order="C")

    def __repr__(self) -> str:
        """Say what it is."""
        return f"<Filter {self.name}, for {self.fs:g} Hz>"


def checked_filter(given: Any, fs: float) -> Filter:
    """Return a filter that was made for ``fs`` Hz, or raise `InvalidInputError`."""
    if not isinstance(given, Filter):
        raise InvalidInputError(
            f"filter={type(given).__name__} is no Filter; make one with design_filter(kind, band, "
            "low=..., high=..., fs=...), notch or comb"
        )
    if abs(given.fs - fs) > 1e-9 * fs:  # a rate that a file states in decimals
        raise InvalidInputError(
            f"the filter was made for fs={given.fs:g} Hz, but the signal has fs={fs:g} Hz; design "
            "it for the rate of the signal"
        )
    return given


def largest_pole(sos: NDArray[np.float64]) -> float:
    """Return the radius of the pole that lies furthest out."""
    a1, a2 = sos[:, 4] / sos[:, 3], sos[:, 5] / sos[:, 3]
    root = np.sqrt((a1 * a1 - 4 * a2).astype(np.complex128))
    return float(np.max(np.abs(np.concatenate([(-a1 + root) / 2, (-a1 - root) / 2]))))

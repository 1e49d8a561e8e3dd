"""The envelope of an oscillation: by Hilbert's transform, or as moving RMS."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_fs,
    checked_number,
    checked_signal,
    finite_stretches,
    not_enough,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

METHODS = ("hilbert", "rms")
PIECE = 1 << 18  # samples at a time
ATTENUATION = 80.0  # dB, of the Kaiser window: an error of 1e-4
LONGEST = 1 << 22  # samples of a filter or window


@dataclass(frozen=True, kw_only=True, eq=False)
class Envelope(Result, given=("times",)):
    """An envelope.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Seconds.
    values : ndarray of float64, shape (n,)
        The envelope in the unit of the signal, NaN where there is none.
    method : str
        'hilbert' or 'rms'.
    """

    times: NDArray[np.float64]
    values: NDArray[np.float64]
    method: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row a point: time (s) and envelope."""
        import pandas as pd

        return pd.DataFrame({"time": self.times, "envelope": self.values})

    def facts(self) -> list[tuple[str, str]]:
        """Return the method and the median."""
        good = self.values[np.isfinite(self.values)]
        middle = float(np.median(good)) if len(good) else math.nan
        return [
            ("method", self.method),
            ("points", f"{len(self.times):,}"),
            ("median", quantity(middle)),
        ]


def plan_envelope(
    fs: float,
    *,
    method: str = "hilbert",
    lowest: float = 0.5,
    window: float = 1.0,
    step: float | None = None,
) -> Plan[Any, Envelope]:
    """Return the plan of `envelope`."""
    rate = checked_fs(fs)
    method = checked_choice(method, "method", METHODS)
    lowest = checked_number(lowest, "lowest", 0, open_low=True, unit="Hz")
    window = checked_number(window, "window", 0, open_low=True, unit="s")
    every = 1
    if step is not None:
        every = max(round(checked_number(step, "step", 0, open_low=True, unit="s") * rate), 1)
    if method == "hilbert":
        if lowest >= rate / 4:
            raise InvalidInputError(
                f"lowest={lowest!r} Hz is too high at fs={rate:g} Hz: the envelope is right from "
                f"there to {rate / 2:g} Hz less as much; give less than {rate / 4:g} Hz"
            )
        # Kaiser's formula for a transition as wide as the lowest frequency.
        half = math.ceil((ATTENUATION - 8) / (2.285 * 2 * math.pi * lowest / rate) / 2)
    else:
        half = max(round(window * rate / 2), 1)
    if half > LONGEST:
        raise InvalidInputError(
            f"a window of {2 * half + 1} samples is too long; raise lowest= or shorten window="
        )
    work = functools.partial(_enveloped, method=method, half=half, every=every)
    join = functools.partial(_joined, method=method)
    return Plan(work, join, before=half, after=half)


@chunked(plan_envelope)
@with_recipe("values")
def envelope(
    values: Any,
    fs: float,
    *,
    method: str = "hilbert",
    lowest: float = 0.5,
    window: float = 1.0,
    step: float | None = None,
    usable: Any = None,
) -> Envelope:
    """Envelope of an oscillation.

    In pieces it gives the same to 1e-9 of the largest value, whatever their length.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples. 'hilbert' wants an oscillation around zero: band-pass the signal first.
    fs : float
        Sampling rate in Hz.
    method : str
        'hilbert': the magnitude of the analytic signal. The transform is a linear-phase filter
        (the ideal response under a Kaiser window), because the transform of the whole array would
        make each value depend on all of the recording; it agrees with it to 1e-4 of the amplitude
        for content from ``lowest`` to ``fs / 2 - lowest``. 'rms': root of the mean square over a
        window centred on the sample.
    lowest : float
        Lowest frequency in Hz for which the Hilbert envelope is to be right; the filter reaches
        2.5 / lowest seconds to both sides.
    window : float
        Length of the RMS window in seconds.
    step : float, optional
        Give a point every so many seconds, from the start of each run; every sample by default.
        Over hours it saves memory.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the signal may be used.

    Notes
    -----
    NaN is a boundary. The signal is mirrored there for the Hilbert filter, so the envelope within
    its reach of a boundary is an estimate; the RMS window is shortened there.
    """
    rate = checked_fs(fs)
    plan = plan_envelope(rate, method=method, lowest=lowest, window=window, step=step)
    signal = only_usable(checked_signal(values), usable, rate)
    return run_on_array(plan, signal, rate, chunk_samples=max(PIECE, 4 * plan.before))


@functools.lru_cache(maxsize=8)
def hilbert_filter(half: int) -> NDArray[np.float64]:
    """Return the taps of a Hilbert transformer, shape (2 half + 1,), odd about the middle."""
    n = np.arange(-half, half + 1)
    ideal = np.zeros(len(n))
    odd = n % 2 != 0
    ideal[odd] = 2 / (np.pi * n[odd])
    beta = 0.1102 * (ATTENUATION - 8.7)
    taps = ideal * np.kaiser(len(n), beta)
    taps.flags.writeable = False
    return taps


def _enveloped(
    piece: Piece, *, method: str, half: int, every: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    out = np.full(piece.values.shape[-1], np.nan)
    measure = _hilbert if method == "hilbert" else _moving_rms
    for i0, i1 in finite_stretches(piece.values).tolist():
        if i1 > piece.core.start and i0 < piece.core.stop:
            out[i0:i1] = measure(piece.values[i0:i1], half)
    first = -(piece.run_start - piece.core_first) % every
    at = np.arange(piece.core.start + (-first) % every, piece.core.stop, every)
    return at + piece.first, out[at]


def _hilbert(x: NDArray[np.float64], half: int) -> NDArray[np.float64]:
    from scipy.signal import oaconvolve

    padded = np.pad(x, half, mode="reflect") if len(x) > 1 else np.full(2 * half + 1, x[0])
    imaginary = oaconvolve(padded, hilbert_filter(half), mode="valid")
    return np.asarray(np.hypot(x, imaginary))


def _moving_rms(x: NDArray[np.float64], half: int) -> NDArray[np.float64]:
    top = float(np.max(np.abs(x))) or 1.0
    sums = np.concatenate([[0.0], np.cumsum((x / top) ** 2)])
    i = np.arange(len(x))
    low, high = np.maximum(i - half, 0), np.minimum(i + half + 1, len(x))
    mean = (sums[high] - sums[low]) / (high - low)
    return np.asarray(top * np.sqrt(np.maximum(mean, 0)))


def _joined(
    partials: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]],
    extent: Extent,
    *,
    method: str,
) -> Envelope:
    at = np.concatenate([p[0] for p in partials]) if partials else np.empty(0, np.int64)
    values = np.concatenate([p[1] for p in partials]) if partials else np.empty(0)
    none = not extent.valid.seconds
    return Envelope(
        times=extent.times(at) if len(at) else np.empty(0),
        values=values,
        method=method,
        valid=extent.valid,
        notes=(not_enough("no sample is a number that may be used"),) if none else (),
    )

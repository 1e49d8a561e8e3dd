"""Change the sampling rate, with a filter against aliasing."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Plan
from vital_widgets.analysis.engine.samplewise import Filtered, one_after_another, stretches_of
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_fs, finite_stretches, not_enough
from vital_widgets.core.timebase import TimeBase
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece
    from vital_widgets.analysis.engine.stretches import UsableLike

MAX_FACTOR = 5000  # of the ratio of the rates
ATTENUATION_DB = 80.0
PASSED = 0.95  # of the lower of both Nyquist frequencies
HALF_LENGTH = 101  # samples of the lower rate, which the Kaiser window needs for both
EXACT = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Resampled(Filtered):
    """A signal at another sampling rate.

    Attributes
    ----------
    fs : float
        New sampling rate in Hz, exactly ``up / down`` times the old one.
    up, down : int
        Ratio of the rates.
    """

    up: int
    down: int


@analysis
def resample_signal(
    x: SignalLike, fs: float | None = None, *, new_fs: float, usable: UsableLike = None
) -> Plan[NDArray[np.float64], Resampled]:
    """Change the sampling rate of a signal.

    Parameters
    ----------
    x, fs, usable
        As for `filter_signal`.
    new_fs : float
        New sampling rate in Hz.

    Returns
    -------
    Resampled
        As for `filter_signal`. New sample ``k`` of a run without a gap lies ``k / fs`` seconds
        after its first sample, so that nothing is shifted. ``fs`` is the exact new rate: the ratio
        of the rates is taken in whole numbers up to 5000, and a note states where it differs from
        ``new_fs``. New samples between a NaN and its neighbours are NaN.

    Raises
    ------
    InvalidInputError
        ``new_fs`` is missing, or the rates differ by more than 5000 times.

    Notes
    -----
    `scipy.signal.resample_poly` with a Kaiser low-pass filter: flat within 0.01 dB up to 0.95 of
    half the lower rate, at least 80 dB down from half the lower rate. Each stretch without a gap
    is extended oddly at its ends.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import resample_signal
    >>> resampled = resample_signal(np.arange(1000.0), 250, new_fs=100)
    >>> len(resampled.values), resampled.times()[1]
    (400, np.float64(0.01))
    """
    signal = signal_of(x, fs, usable)
    if new_fs is None:
        raise InvalidInputError("new_fs is missing; give the new sampling rate in Hz")
    wanted = checked_fs(new_fs)
    rates = ratio_of(signal.fs, wanted)
    return Plan(
        functools.partial(_resampled_core, rates=rates),
        functools.partial(
            _joined, rates=rates, wanted=wanted, runs=signal.runs(), units=signal.units[0]
        ),
        before=rates.reach,
        after=rates.reach,
        grid=rates.down,
        source=signal,
    )


@dataclass(frozen=True, eq=False)
class Rates:
    """The ratio of two rates, and the filter between them."""

    up: int
    down: int

    @functools.cached_property
    def taps(self) -> NDArray[np.float64]:
        """Low-pass at the rate of ``up`` times the old one."""
        from scipy.signal import firwin, kaiser_beta

        larger = max(self.up, self.down)
        window = ("kaiser", kaiser_beta(ATTENUATION_DB))
        cutoff = (1 + PASSED) / 2 / larger
        return np.asarray(firwin(2 * HALF_LENGTH * larger + 1, cutoff, window=window))

    @property
    def reach(self) -> int:
        """Old samples on each side that a new sample depends on."""
        if self.up == self.down:
            return 0
        return -(-HALF_LENGTH * max(self.up, self.down) // self.up) + 1

    def count(self, n: int) -> int:
        """Return how many new samples lie at or after 0 and before old sample ``n``."""
        return -(-n * self.up // self.down)


def ratio_of(fs: float, new_fs: float) -> Rates:
    """Return the closest ratio of two rates in whole numbers."""
    ratio = Fraction(repr(new_fs)) / Fraction(repr(fs))
    up = ratio > 1
    smaller = (1 / ratio if up else ratio).limit_denominator(MAX_FACTOR)
    ratio = 1 / smaller if up and smaller else smaller
    if not ratio:
        raise InvalidInputError(
            f"new_fs={new_fs:g} Hz and fs={fs:g} Hz are too far apart: at most {MAX_FACTOR} "
            "times; resample in two steps"
        )
    return Rates(ratio.numerator, ratio.denominator)


def _resampled_core(piece: Piece, rates: Rates) -> NDArray[np.float64]:
    """Return the new samples in the core of a piece; NaN where there is no signal."""
    from scipy.signal import resample_poly

    up, down = rates.up, rates.down
    if up == down:
        return piece.core_values.copy()
    offset = piece.first - piece.run_start
    first = rates.count(offset + piece.core.start)
    out = np.full(rates.count(offset + piece.core.stop) - first, np.nan)
    for stretch in stretches_of(piece):
        values = stretch.values
        begin = stretch.first - piece.run_start  # old samples from the run's start
        origin = (begin - rates.reach) // down * down
        padding = (begin - origin, rates.reach)
        longer = np.pad(values, padding, mode="reflect", reflect_type="odd")
        new = resample_poly(longer, up, down, window=rates.taps)
        k0 = max(rates.count(begin), first)
        k1 = min((begin + len(values) - 1) * up // down + 1, first + len(out))
        shift = origin * up // down
        if k0 < k1:
            out[k0 - first : k1 - first] = new[k0 - shift : k1 - shift]
    return out


def _joined(
    partials: Sequence[NDArray[np.float64]],
    extent: Extent,
    *,
    rates: Rates,
    wanted: float,
    runs: list[tuple[int, int]],
    units: str,
) -> Resampled:
    """Join the pieces, with their new times."""
    old = extent.timebase
    fs = old.fs * rates.up / rates.down
    values = one_after_another(partials)
    counts = [rates.count(stop - start) for start, stop in runs]
    starts = np.cumsum([0, *counts[:-1]]) if runs else np.zeros(1)
    onsets = [old.time_of(start) for start, _ in runs] or [old.start]
    base = TimeBase(fs, len(values), starts.astype(np.int64), np.array(onsets))
    notes = [] if len(extent.stretches) else [not_enough("no sample is a number")]
    if abs(fs - wanted) > EXACT * wanted:
        notes.append(
            f"{wanted:.10g} Hz and {old.fs:.10g} Hz have no ratio of small whole numbers; the "
            f"signal has {fs:.12g} Hz ({rates.up}/{rates.down}), and times that agree with it"
        )
    return Resampled(
        values=values, fs=fs, method=f"resampled from {old.fs:g} to {fs:g} Hz",
        extent=Extent(base, finite_stretches(values)), units=units, up=rates.up,
        down=rates.down, valid=extent.valid, notes=tuple(notes),
    )  # fmt: skip

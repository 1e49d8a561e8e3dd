"""Change the sampling rate, with a filter against aliasing."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.samplewise import Filtered, one_after_another, stretches_of
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_fs,
    checked_signal,
    finite_stretches,
    not_enough,
)
from vital_widgets.core.timebase import TimeBase
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

LARGEST_FACTOR = 5000  # of the ratio of the rates
ATTENUATION_DB = 80.0
PASSED = 0.95  # of the lower of both Nyquist frequencies
HALF_LENGTH = 101  # samples of the lower rate: what the Kaiser window needs for both
EXACT = 1e-9
CHUNK = 1 << 19


@dataclass(frozen=True, kw_only=True, eq=False)
class Resampled(Filtered):
    """A signal at another sampling rate.

    Attributes
    ----------
    fs : float
        The new rate, exactly ``up / down`` times the old one.
    up, down : int
        The ratio of the rates.
    """

    up: int
    down: int


@dataclass(frozen=True, eq=False)
class Rates:
    """The ratio of two rates, and the filter between them."""

    up: int
    down: int

    @property
    def taps(self) -> NDArray[np.float64]:
        """Low-pass at the rate of ``up`` times the old one."""
        from scipy.signal import firwin, kaiser_beta

        larger = max(self.up, self.down)
        window = ("kaiser", kaiser_beta(ATTENUATION_DB))
        cutoff = (1 + PASSED) / 2 / larger
        return np.asarray(firwin(2 * HALF_LENGTH * larger + 1, cutoff, window=window))

    @property
    def reach(self) -> int:
        """Old samples to each side that go into a new one."""
        if self.up == self.down:
            return 0
        return -(-HALF_LENGTH * max(self.up, self.down) // self.up) + 1

    def count(self, n: int) -> int:
        """Return how many new samples lie at or after 0 and before old sample ``n``."""
        return -(-n * self.up // self.down)


def ratio_of(fs: float, new_fs: float) -> Rates:
    """Return the ratio of two rates in whole numbers, as near as they can be."""
    ratio = Fraction(repr(new_fs)) / Fraction(repr(fs))
    if max(ratio.numerator, ratio.denominator) > LARGEST_FACTOR:
        if ratio > 1:
            ratio = 1 / (1 / ratio).limit_denominator(LARGEST_FACTOR)
        else:
            ratio = ratio.limit_denominator(LARGEST_FACTOR)
    if not 0 < ratio <= LARGEST_FACTOR:
        raise InvalidInputError(
            f"new_fs={new_fs:g} Hz and fs={fs:g} Hz are too far apart: at most {LARGEST_FACTOR} "
            "times; resample in two steps"
        )
    return Rates(ratio.numerator, ratio.denominator)


def resampled_core(piece: Piece, rates: Rates) -> NDArray[np.float64]:
    """Return the new samples that lie in the core of a piece; NaN where there is no signal."""
    from scipy.signal import resample_poly

    up, down = rates.up, rates.down
    offset = piece.first - piece.run_start
    first = rates.count(offset + piece.core.start)
    out = np.full(rates.count(offset + piece.core.stop) - first, np.nan)
    taps = None
    for stretch in stretches_of(piece):
        values = stretch.values
        begin = stretch.first - piece.run_start  # old samples from the run's start
        if up == down:
            lo = begin + stretch.keep.start - first
            out[lo : lo + stretch.keep.stop - stretch.keep.start] = values[stretch.keep]
            continue
        taps = rates.taps if taps is None else taps
        origin = (begin - rates.reach) // down * down
        padding = (begin - origin, rates.reach)
        longer = np.pad(values, padding, mode="reflect", reflect_type="odd")
        new = resample_poly(longer, up, down, window=taps)
        k0 = max(rates.count(begin), first)
        k1 = min((begin + len(values) - 1) * up // down + 1, first + len(out))
        shift = origin * up // down
        if k0 < k1:
            out[k0 - first : k1 - first] = new[k0 - shift : k1 - shift]
    return out


def joined_runs(base: TimeBase) -> list[tuple[int, int, float]]:
    """Return start, stop and onset of each run; runs that touch are one."""
    if not base.n_samples:
        return []
    ends = base.onsets[:-1] + np.diff(base.starts) / base.fs
    apart = np.concatenate([[True], base.onsets[1:] - ends >= 0.5 / base.fs])
    starts = base.starts[apart].tolist()
    return list(
        zip(starts, [*starts[1:], base.n_samples], base.onsets[apart].tolist(), strict=True)
    )


def join_resampled(
    partials: Sequence[NDArray[np.float64]], extent: Extent, *, rates: Rates, wanted: float
) -> Resampled:
    """Put the pieces one after another on their new times."""
    old = extent.timebase
    fs = old.fs * rates.up / rates.down
    values = one_after_another(partials)
    runs = joined_runs(old)
    counts = [rates.count(stop - start) for start, stop, _ in runs]
    starts = np.cumsum([0, *counts[:-1]]) if runs else np.zeros(1)
    onsets = [onset for *_, onset in runs] or [old.start]
    base = TimeBase(fs, len(values), starts.astype(np.int64), np.array(onsets))
    notes = [] if len(extent.stretches) else [not_enough("no sample is a number")]
    if abs(fs - wanted) > EXACT * wanted:
        notes.append(
            f"{wanted:.10g} Hz is no ratio of small numbers to {old.fs:.10g} Hz: the rate is "
            f"{fs:.12g} Hz ({rates.up}/{rates.down}), and the times say so"
        )
    return Resampled(
        values=values, fs=fs, method=f"resampled from {old.fs:g} to {fs:g} Hz",
        extent=Extent(base, finite_stretches(values)), up=rates.up, down=rates.down,
        valid=extent.valid, notes=tuple(notes),
    )  # fmt: skip


def plan_resample_signal(fs: float, *, new_fs: float) -> Plan[NDArray[np.float64], Resampled]:
    """Return how `resample_signal` runs over a recording."""
    rate = checked_fs(fs)
    if new_fs is None:
        raise InvalidInputError("new_fs is missing: give the rate wanted in Hz")
    wanted = checked_fs(new_fs)
    rates = ratio_of(rate, wanted)
    return Plan(
        functools.partial(resampled_core, rates=rates),
        functools.partial(join_resampled, rates=rates, wanted=wanted),
        before=rates.reach,
        after=rates.reach,
        grid=rates.down,
    )


@chunked(plan_resample_signal)
@with_recipe("values")
def resample_signal(values: Any, fs: float, *, new_fs: float, usable: Any = None) -> Resampled:
    """Return a signal at another sampling rate.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; NaN where there are none.
    fs : float
        Their sampling rate in Hz.
    new_fs : float
        The rate wanted in Hz.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where the signal may be used.

    Returns
    -------
    Resampled
        New sample ``k`` of a run lies ``k / fs`` seconds after its first old sample, so the
        first samples coincide and nothing is shifted; ``fs`` is the exact new rate. The ratio of
        the rates is taken in whole numbers up to 5000; where that is not exact, ``fs`` is what
        it gives and the notes say so. New samples between a NaN and its neighbours are NaN.
        In pieces of any length the same to 1e-9 of the largest magnitude.

    Notes
    -----
    `scipy.signal.resample_poly` with a Kaiser low-pass: flat (within 0.01 dB) up to 0.95 of half
    the lower rate, at least 80 dB down from half the lower rate on. Each stretch without a gap is
    extended oddly at its ends.
    """
    rate = checked_fs(fs)
    plan = plan_resample_signal(rate, new_fs=new_fs)
    signal = only_usable(checked_signal(values), usable, rate)
    return run_on_array(plan, signal, rate, chunk_samples=CHUNK)

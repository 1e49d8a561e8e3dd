"""Band power over time, epoch by epoch."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.signal.spectra.band_power import (
    EEG_BANDS,
    Bands,
    band_weights,
    checked_bands,
    checked_total,
)
from vital_widgets.analysis.signal.spectra.fourier_windows import (
    Windows,
    overlap_step,
    window_samples,
    windows_of,
)
from vital_widgets.analysis.signal.spectra.time_bins import ROUNDING
from vital_widgets.core.timebase import TimeBase, regular
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

EPOCH_SECONDS = 30.0  # of sleep scoring: AASM manual


@dataclass(frozen=True, kw_only=True, eq=False)
class BandTrend(Result, given=("times", "low", "high", "total_band", "epoch_seconds")):
    """Power in bands over time.

    Attributes
    ----------
    times : ndarray of float64, shape (epochs,)
        Start of each epoch in seconds from the start of the recording, evenly spaced.
    names : tuple of str
        Names of the bands.
    low, high : ndarray of float64, shape (bands,)
        Their limits in Hz.
    power : ndarray of float64, shape (epochs, bands)
        Absolute power in units²; NaN where too little of the epoch is valid signal.
    relative : ndarray of float64, shape (epochs, bands)
        Share of the power in ``total_band``, 0 to 1.
    total : ndarray of float64, shape (epochs,)
        Power in ``total_band``, in units².
    total_band : (float, float)
        Hz.
    windows : ndarray of int64, shape (epochs,)
        How many windows each epoch rests on.
    epoch_seconds : float
        Length of an epoch.
    unit : str
        Unit of the signal, for showing.
    """

    times: NDArray[np.float64]
    names: tuple[str, ...]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    power: NDArray[np.float64]
    relative: NDArray[np.float64]
    total: NDArray[np.float64]
    total_band: tuple[float, float]
    windows: NDArray[np.int64]
    epoch_seconds: float
    unit: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Return one row an epoch: power of each band, relative power, total, windows."""
        import pandas as pd

        columns = {name: self.power[:, k] for k, name in enumerate(self.names)}
        columns |= {f"{name}_relative": self.relative[:, k] for k, name in enumerate(self.names)}
        index = pd.Index(self.times, name="time_s")
        return pd.DataFrame({**columns, "total": self.total, "windows": self.windows}, index=index)

    def facts(self) -> list[tuple[str, str]]:
        """Return the number of epochs and each band's median."""
        there = np.isfinite(self.total)
        unit = f"{self.unit or 'units'}²"
        rows = [
            ("epochs", f"{len(there):,} of {self.epoch_seconds:g} s, {int(there.sum()):,} valid")
        ]
        for k, name in enumerate(self.names):
            middle = float(np.median(self.power[there, k])) if there.any() else float("nan")
            rows.append((f"{name}, median", quantity(middle, unit)))
        return rows


@dataclass(frozen=True, eq=False)
class Epochs:
    """Epochs on the clock of the recording, and the windows within each.

    Attributes
    ----------
    timebase : TimeBase
        Times of the samples; the first epoch begins with them.
    seconds : float
        Length of an epoch.
    windows : Windows
        Their first one begins with the epoch; none reaches over its end.
    """

    timebase: TimeBase
    seconds: float
    windows: Windows

    @property
    def count(self) -> int:
        """How many epochs begin before the recording ends."""
        base = self.timebase
        if not base.n_samples:
            return 0
        slack = ROUNDING / base.fs
        return max(int(np.ceil((base.end - base.start - slack) / self.seconds)), 1)

    @property
    def per_epoch(self) -> int:
        """How many windows lie in an epoch."""
        samples = int(self.seconds * self.windows.fs + ROUNDING)
        return (samples - self.windows.length) // self.windows.step + 1

    def within(self, piece: Piece) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the windows that begin in the core of a piece: epoch, and offset in its values."""
        base = self.timebase
        run = base.time_of(piece.run_start) - base.start
        core = (piece.core_first - piece.run_start, piece.core_values.shape[-1])
        t0 = run + core[0] / base.fs
        t1 = t0 + core[1] / base.fs
        first = max(int(t0 / self.seconds) - 1, 0)
        epochs = np.arange(first, int(t1 / self.seconds) + 2, dtype=np.int64)
        begins = np.ceil((epochs * self.seconds - run) * base.fs - ROUNDING).astype(np.int64)
        inner = np.arange(self.per_epoch, dtype=np.int64) * self.windows.step
        starts = (begins[:, None] + inner).ravel()  # samples from the start of the run
        number = np.repeat(epochs, len(inner))
        kept = (
            (starts >= core[0])
            & (starts < core[0] + core[1])
            & (starts + self.windows.length <= piece.run_stop - piece.run_start)
            & (number < self.count)
        )
        return number[kept], starts[kept] + (piece.run_start - piece.first)


@dataclass(frozen=True, eq=False)
class EpochSums:
    """Sums of band powers over the windows of successive epochs."""

    first: int
    sums: NDArray[np.float64]
    counts: NDArray[np.int64]


def epoch_sums(piece: Piece, epochs: Epochs, weights: NDArray[np.float64]) -> EpochSums:
    """Add up the band powers of the windows that begin in a piece, epoch by epoch."""
    number, offsets = epochs.within(piece)
    first = int(number[0]) if len(number) else 0
    n = int(number[-1]) - first + 1 if len(number) else 0
    sums, counts = np.zeros((n, len(weights))), np.zeros(n, np.int64)
    for part, used, rows in epochs.windows.batches(piece.values, offsets):
        if len(rows):
            target = number[part][used] - first
            np.add.at(sums, target, in_bands(epochs.windows.powers(rows), weights))
            counts += np.bincount(target, minlength=n)
    return EpochSums(first, sums, counts)


def in_bands(power: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the power of each band, shape (windows, bands), from densities (windows, frequencies).

    Only the frequencies of each band are touched, and no threads of BLAS are woken for them.
    """
    found = np.zeros((len(power), len(weights)))
    for band, row in enumerate(weights):
        within = np.flatnonzero(row)
        if len(within):
            part = slice(int(within[0]), int(within[-1]) + 1)
            found[:, band] = np.einsum("ij,j->i", power[:, part], row[part])
    return found


def join_epochs(
    partials: Sequence[EpochSums],
    extent: Extent,
    *,
    epochs: Epochs,
    bands: Bands,
    total_band: tuple[float, float],
    least_share: float,
    notes: tuple[str, ...],
    unit: str,
) -> BandTrend:
    """Return the averages of each epoch."""
    sums = np.zeros((epochs.count, len(bands) + 1))
    counts = np.zeros(epochs.count, np.int64)
    for part in partials:
        where = slice(part.first, part.first + len(part.sums))
        sums[where] += part.sums
        counts[where] += part.counts
    enough = counts >= max(least_share * epochs.per_epoch, 1)
    power = np.where(enough[:, None], sums / np.maximum(counts, 1)[:, None], np.nan)
    total = power[:, -1]
    power = power[:, :-1]
    power[:, [low >= epochs.windows.fs / 2 for _, low, _ in bands]] = np.nan
    relative = np.full(power.shape, np.nan)
    np.divide(power, total[:, None], out=relative, where=(total > 0)[:, None])
    words = list(notes)
    if not enough.any():
        words.insert(0, not_enough(f"no epoch of {epochs.seconds:g} s holds enough of it"))
    elif not np.any(total > 0):
        words.insert(0, not_enough("the signal is constant; there is no power to share"))
    elif not enough.all():
        words.append(f"{int((~enough).sum()):,} of {len(enough):,} epochs hold too little signal")
    begins = extent.timebase.start + np.arange(epochs.count) * epochs.seconds
    return BandTrend(
        times=np.asarray(begins, np.float64),
        names=tuple(name for name, _, _ in bands), low=np.array([low for _, low, _ in bands]),
        high=np.array([high for _, _, high in bands]), power=power, relative=relative, total=total,
        total_band=total_band, windows=counts, epoch_seconds=epochs.seconds, unit=unit,
        valid=extent.valid, notes=tuple(words),
    )  # fmt: skip


def plan_trend(
    fs: float,
    *,
    timebase: TimeBase,
    bands: Any = None,
    total_band: tuple[float, float] | None = None,
    epoch_seconds: float = EPOCH_SECONDS,
    window_seconds: float = 4.0,
    overlap: float = 0.5,
    window: Any = "hann",
    detrend: str = "constant",
    least_share: float = 0.5,
    unit: str = "",
) -> Plan[EpochSums, BandTrend]:
    """Return how a trend of band powers runs over a recording with these times."""
    fs = checked_fs(fs)
    kept, notes = checked_bands(bands, fs)
    whole = checked_total(total_band, kept, fs)
    seconds = checked_number(epoch_seconds, "epoch_seconds", 0, open_low=True, unit="s")
    share = checked_number(least_share, "least_share", 0, 1)
    length = window_samples(fs, window_seconds)
    if length > int(seconds * fs + ROUNDING):
        raise InvalidInputError(
            f"window_seconds={window_seconds!r} s is longer than an epoch of {seconds:g} s; give "
            "a shorter window, or longer epochs"
        )
    windows = windows_of(fs, length, overlap_step(length, overlap), window=window, detrend=detrend)
    epochs = Epochs(timebase, seconds, windows)
    weights = band_weights(windows.frequencies, (*kept, ("total", *whole)), fs)
    return Plan(
        functools.partial(epoch_sums, epochs=epochs, weights=weights),
        functools.partial(
            join_epochs, epochs=epochs, bands=kept, total_band=whole, least_share=share,
            notes=tuple(notes), unit=unit,
        ),
        after=length - 1,
    )  # fmt: skip


@chunked(plan_trend)
@with_recipe("values")
def bandpower_trend(
    values: Any,
    fs: float,
    *,
    bands: Any = None,
    total_band: tuple[float, float] | None = None,
    epoch_seconds: float = EPOCH_SECONDS,
    window_seconds: float = 4.0,
    overlap: float = 0.5,
    window: Any = "hann",
    detrend: str = "constant",
    least_share: float = 0.5,
    unit: str = "",
    usable: Any = None,
) -> BandTrend:
    """Return the power in frequency bands epoch by epoch (Welch within each epoch).

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; NaN where there are none.
    fs : float
        Sampling rate in Hz.
    bands, total_band
        As for `band_power`; `EEG_BANDS` by default.
    epoch_seconds : float
        Length of an epoch: 30 s as sleep is scored. Epochs begin with the recording and follow its
        clock, over gaps too.
    window_seconds, overlap, window, detrend
        Windows within the epoch, as for `power_spectrum`.
    least_share : float
        Share of an epoch's windows that must be without missing samples, 0 to 1; with less the
        epoch's figures are NaN.
    unit : str
        Unit of the signal, for showing.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where the signal may be used.

    Returns
    -------
    BandTrend
        Over a recording the same as on the whole array, to 1e-9 of the largest power, whatever
        the length of the pieces.
    """
    rate = checked_fs(fs)
    signal = only_usable(checked_signal(values), usable, rate)
    plan = plan_trend(
        rate, timebase=regular(rate, len(signal)), bands=bands, total_band=total_band,
        epoch_seconds=epoch_seconds, window_seconds=window_seconds, overlap=overlap, window=window,
        detrend=detrend, least_share=least_share, unit=unit,
    )  # fmt: skip
    return run_on_array(plan, signal, rate)


def plan_eeg_bands(
    fs: float, *, timebase: TimeBase, epoch_seconds: float = EPOCH_SECONDS, unit: str = ""
) -> Plan[EpochSums, BandTrend]:
    """Return how `eeg_bands` runs over a recording."""
    return plan_trend(
        fs, timebase=timebase, bands=EEG_BANDS, epoch_seconds=epoch_seconds, unit=unit
    )


@chunked(plan_eeg_bands)
@with_recipe("values")
def eeg_bands(
    values: Any,
    fs: float,
    *,
    epoch_seconds: float = EPOCH_SECONDS,
    unit: str = "",
    usable: Any = None,
) -> BandTrend:
    """Return the table of EEG band powers epoch by epoch: `bandpower_trend` with `EEG_BANDS`.

    Parameters
    ----------
    values, fs, epoch_seconds, unit, usable
        As for `bandpower_trend`; windows of 4 s that overlap by half.
    """
    return bandpower_trend(values, fs, epoch_seconds=epoch_seconds, unit=unit, usable=usable)

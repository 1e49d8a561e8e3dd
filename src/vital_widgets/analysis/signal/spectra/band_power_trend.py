"""Band power over time, epoch by epoch."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.analysis.signal.spectra.band_power import (
    Bands,
    band_weights,
    checked_bands,
    checked_total,
)
from vital_widgets.analysis.signal.spectra.fourier_windows import WINDOW_S, Windows, windows_of
from vital_widgets.analysis.signal.spectra.time_frequency import (
    ROUNDING,
    BinSums,
    averages,
    sums_of_windows,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.core.timebase import TimeBase

EPOCH_S = 30.0  # of sleep scoring: AASM manual


@dataclass(frozen=True, kw_only=True, eq=False)
class BandPowerTrend(Result, given=("times", "low_hz", "high_hz", "total_band", "epoch_s")):
    """Power in bands over time.

    Attributes
    ----------
    times : ndarray of float64, shape (epochs,)
        Start of each epoch in seconds from the start of the recording, evenly spaced.
    names, low_hz, high_hz, total_band, units
        As for `BandPower`.
    power : ndarray of float64, shape (epochs, bands)
        Absolute power in units²; NaN where too little of the epoch is valid.
    relative : ndarray of float64, shape (epochs, bands)
        Share of the power in ``total_band``, 0 to 1.
    total : ndarray of float64, shape (epochs,)
        Power in ``total_band``, in units².
    n_windows : ndarray of int64, shape (epochs,)
        Number of valid windows in each epoch.
    epoch_s : float
        Length of an epoch in seconds.
    """

    times: NDArray[np.float64]
    names: tuple[str, ...]
    low_hz: NDArray[np.float64]
    high_hz: NDArray[np.float64]
    power: NDArray[np.float64]
    relative: NDArray[np.float64]
    total: NDArray[np.float64]
    total_band: tuple[float, float]
    n_windows: NDArray[np.int64]
    epoch_s: float
    units: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each epoch: power and relative power of each band, and the total."""
        import pandas as pd

        columns = {"time": self.times}
        columns |= {name: self.power[:, k] for k, name in enumerate(self.names)}
        columns |= {f"{name}_relative": self.relative[:, k] for k, name in enumerate(self.names)}
        return pd.DataFrame({**columns, "total": self.total, "n_windows": self.n_windows})

    def _facts(self) -> list[tuple[str, str]]:
        valid = np.isfinite(self.total)
        units = f"{self.units or 'units'}²"
        shown = [("epochs", f"{len(valid):,} of {self.epoch_s:g} s, {int(valid.sum()):,} valid")]
        for k, name in enumerate(self.names):
            middle = float(np.median(self.power[valid, k])) if valid.any() else float("nan")
            shown.append((f"{name}, median", quantity(middle, units)))
        return shown


@analysis
def band_power_trend(
    x: SignalLike,
    fs: float | None = None,
    *,
    bands: Mapping[str, tuple[float, float]] | None = None,
    total_band: tuple[float, float] | None = None,
    epoch_s: float = EPOCH_S,
    window_s: float = WINDOW_S,
    min_valid: float = 0.5,
    units: str | None = None,
    usable: UsableLike = None,
) -> Plan[BinSums, BandPowerTrend]:
    """Compute the power in frequency bands epoch by epoch, by Welch's method within each epoch.

    Parameters
    ----------
    x, fs, units, usable
        As for `power_spectrum`: an array with its sampling rate in Hz, or a channel.
    bands, total_band
        As for `band_power`; the bands of an EEG by default.
    epoch_s : float
        Length of an epoch in seconds: 30 by default, as in sleep scoring. The first epoch begins
        with the recording, and the others follow its clock across gaps.
    window_s : float
        Length of the windows within an epoch in seconds; 4 by default. They overlap by half.
    min_valid : float
        Smallest share of an epoch's windows that must be free of missing samples, 0 to 1; epochs
        with less are NaN. Half by default.

    Returns
    -------
    BandPowerTrend
        The same however the recording is cut into pieces, to 1e-9 of the largest power.

    Raises
    ------
    InvalidInputError
        A window is longer than an epoch, or ``bands`` is not a mapping of names to (low, high).

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import band_power_trend
    >>> rhythm = 20 * np.sin(2 * np.pi * 10 * np.arange(9000) / 100)
    >>> trend = band_power_trend(rhythm, fs=100)
    >>> trend.times, trend.to_frame()["alpha"].round().tolist()
    (array([ 0., 30., 60.]), [200.0, 200.0, 200.0])
    """
    signal = signal_of(x, fs, usable)
    kept, notes = checked_bands(bands, signal.fs)
    whole = checked_total(total_band, kept, signal.fs)
    seconds = checked_number(epoch_s, "epoch_s", 0, open_low=True, unit="s")
    share = checked_number(min_valid, "min_valid", 0, 1)
    windows = windows_of(signal.fs, window_s, runs=signal.runs())
    if windows.length > int(seconds * signal.fs + ROUNDING):
        raise InvalidInputError(
            f"window_s={window_s!r} s is longer than an epoch of {seconds:g} s; give a shorter "
            "window, or longer epochs"
        )
    epochs = _Epochs(signal.timebase, seconds, windows)
    weights = band_weights(windows.frequencies, (*kept, ("total", *whole)), signal.fs)
    return Plan(
        functools.partial(_sums, epochs=epochs, weights=weights),
        functools.partial(
            _trend, epochs=epochs, bands=kept, total_band=whole, min_valid=share, notes=notes,
            units=signal.units[0] if units is None else units,
        ),
        after=windows.length - 1,
        source=signal,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Epochs:
    """Epochs on the clock of the recording, and the windows within each.

    The first epoch begins with the samples, its first window with it; no window reaches over the
    end of its epoch.
    """

    timebase: TimeBase
    seconds: float
    windows: Windows

    @property
    def count(self) -> int:
        """Number of epochs that begin before the recording ends."""
        base = self.timebase
        if not base.n_samples:
            return 0
        slack = ROUNDING / base.fs
        return max(int(np.ceil((base.end - base.start - slack) / self.seconds)), 1)

    @property
    def per_epoch(self) -> int:
        """Number of windows in an epoch."""
        samples = int(self.seconds * self.windows.fs + ROUNDING)
        return (samples - self.windows.length) // self.windows.step + 1

    def within(self, piece: Piece) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the epoch of the windows that begin in a core, and where, from the run's start."""
        base = self.timebase
        run = base.time_of(piece.run_start) - base.start
        begin = piece.core_first - piece.run_start
        stop = begin + piece.core_values.shape[-1]
        first = max(int((run + begin / base.fs) / self.seconds) - 1, 0)
        last = int((run + stop / base.fs) / self.seconds) + 1
        epochs = np.arange(first, last + 1, dtype=np.int64)
        begins = np.ceil((epochs * self.seconds - run) * base.fs - ROUNDING).astype(np.int64)
        inner = np.arange(self.per_epoch, dtype=np.int64) * self.windows.step
        starts = (begins[:, None] + inner).ravel()  # samples from the start of the run
        number = np.repeat(epochs, len(inner))
        kept = (starts >= begin) & (starts < stop) & (number < self.count)
        kept &= starts + self.windows.length <= piece.run_stop - piece.run_start
        return number[kept], starts[kept]


def _sums(piece: Piece, epochs: _Epochs, weights: NDArray[np.float64]) -> BinSums:
    """Add up the band powers of the windows that begin in a piece, epoch by epoch."""
    epoch_of, begins = epochs.within(piece)
    reduce = functools.partial(_in_bands, weights=weights)
    return sums_of_windows(piece, epochs.windows, begins, epoch_of, reduce)


def _in_bands(power: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the power of each band, shape (windows, bands), from densities (windows, frequencies).

    Only the frequencies of each band are read, and no threads of BLAS are started.
    """
    found = np.zeros((len(power), len(weights)))
    for band, factors in enumerate(weights):
        within = np.flatnonzero(factors)
        if len(within):
            part = slice(int(within[0]), int(within[-1]) + 1)
            found[:, band] = np.einsum("ij,j->i", power[:, part], factors[part])
    return found


def _trend(
    partials: Sequence[BinSums],
    extent: Extent,
    *,
    epochs: _Epochs,
    bands: Bands,
    total_band: tuple[float, float],
    min_valid: float,
    notes: list[str],
    units: str,
) -> BandPowerTrend:
    """Return the averages of each epoch."""
    power, counts = averages(partials, epochs.count, len(bands) + 1)
    enough = counts >= max(min_valid * epochs.per_epoch, 1)
    power[~enough] = np.nan
    total = power[:, -1]
    power = power[:, :-1]
    names, low_hz, high_hz = zip(*bands, strict=True)
    power[:, [low >= epochs.windows.fs / 2 for low in low_hz]] = np.nan
    relative = np.full(power.shape, np.nan)
    np.divide(power, total[:, None], out=relative, where=(total > 0)[:, None])
    if not enough.any():
        why = f"in no epoch of {epochs.seconds:g} s are enough windows without missing samples"
        notes = [not_enough(why), *notes]
    elif not np.any(total > 0):
        notes = [not_enough("the signal is constant, so it has no power"), *notes]
    elif not enough.all():
        few = int((~enough).sum())
        notes = [*notes, f"{few:,} of {len(enough):,} epochs contain too little valid signal"]
    begins = extent.timebase.start + np.arange(epochs.count) * epochs.seconds
    return BandPowerTrend(
        times=np.asarray(begins, np.float64), names=names, low_hz=np.array(low_hz),
        high_hz=np.array(high_hz), power=power, relative=relative, total=total,
        total_band=total_band, n_windows=counts, epoch_s=epochs.seconds, units=units,
        valid=extent.valid, notes=tuple(notes),
    )  # fmt: skip

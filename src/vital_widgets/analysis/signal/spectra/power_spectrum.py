"""The power spectrum of a signal: Welch, multitaper, periodogram, Lomb-Scargle."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    ValidSignal,
    checked_choice,
    checked_fs,
    checked_number,
    checked_signal,
    finite_stretches,
    not_enough,
)
from vital_widgets.analysis.signal.spectra.fourier_windows import (
    LEAST_SAMPLES,
    Windows,
    overlap_step,
    tapered_windows,
    window_samples,
    windows_of,
)
from vital_widgets.analysis.signal.spectra.lomb_scargle import lomb_scargle_spectrum
from vital_widgets.analysis.signal.spectra.spectrum import PowerSpectrum, interval
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

METHODS = ("welch", "multitaper", "periodogram", "lomb-scargle")
WELCH_SECONDS = 4.0  # four periods of the slowest usual EEG band edge but one (delta from 1 Hz)


@dataclass(frozen=True, eq=False)
class SpectrumPart:
    """What one piece adds to an average over windows."""

    run_start: int
    used: NDArray[np.bool_]
    total: NDArray[np.float64]


def spectrum_part(piece: Piece, windows: Windows) -> SpectrumPart:
    """Add up the densities of the windows that begin in a piece."""
    numbers = windows.numbers(piece)
    used = np.zeros(len(numbers), bool)
    total = np.zeros(windows.length // 2 + 1)
    for part, good, rows in windows.batches(piece.values, windows.offsets(piece, numbers)):
        used[part] = good
        if len(rows):
            total += windows.summed_power(rows)
    return SpectrumPart(piece.run_start, used, total)


def masks_by_run(
    starts: Sequence[int], masks: Sequence[NDArray[np.bool_]]
) -> list[NDArray[np.bool_]]:
    """Return which windows were used, one mask a run, from those of the pieces in order."""
    runs: dict[int, list[NDArray[np.bool_]]] = {}
    for run_start, mask in zip(starts, masks, strict=True):
        runs.setdefault(run_start, []).append(mask)
    return [np.concatenate(parts) for parts in runs.values()]


def join_spectrum(
    partials: Sequence[SpectrumPart],
    extent: Extent,
    *,
    windows: Windows,
    method: str,
    level: float,
    unit: str,
) -> PowerSpectrum:
    """Return the average of the windows of all pieces."""
    masks = masks_by_run([p.run_start for p in partials], [p.used for p in partials])
    n_used = sum(int(mask.sum()) for mask in masks)
    n_all = sum(len(mask) for mask in masks)
    frequencies = windows.frequencies
    density = np.full(len(frequencies), np.nan)
    notes = []
    if n_used:
        density = sum((p.total for p in partials), np.zeros(len(frequencies))) / n_used
    else:
        seconds = windows.length / windows.fs
        notes.append(not_enough(f"no window of {seconds:g} s without a gap or a missing sample"))
    if n_used < n_all:
        notes.append(f"{n_all - n_used:,} of {n_all:,} windows touch missing samples: left out")
    degrees = windows.degrees_of_freedom(masks)
    low, high = interval(density, frequencies, degrees, level, windows.fs)
    return PowerSpectrum(
        frequencies=frequencies, density=density, low=low, high=high, degrees_of_freedom=degrees,
        level=level, method=method, fs=windows.fs, windows_used=n_used,
        windows_left_out=n_all - n_used, unit=unit, valid=extent.valid, notes=tuple(notes),
    )  # fmt: skip


def plan_spectrum(
    fs: float,
    *,
    method: str = "welch",
    window_seconds: float | None = None,
    overlap: float | None = None,
    window: Any = None,
    detrend: str = "constant",
    nw: float = 4.0,
    n_tapers: int | None = None,
    level: float = 0.95,
    unit: str = "",
    times: Any = None,
    oversampling: int = 1,  # noqa: ARG001 - of Lomb-Scargle, which runs on arrays
    highest: float | None = None,  # noqa: ARG001
) -> Plan[SpectrumPart, PowerSpectrum]:
    """Return how a power spectrum runs over a recording."""
    fs = checked_fs(fs)
    checked_choice(method, "method", METHODS)
    if method == "lomb-scargle" or times is not None:
        raise InvalidInputError(
            "method='lomb-scargle' runs on an array, not over a recording in pieces: give the "
            "samples and their times, power_spectrum(values, method='lomb-scargle', times=...)"
        )
    if window_seconds is None and method != "welch":
        raise InvalidInputError(
            f"method={method!r} takes a whole array as one window by default; over a recording "
            "say how long the windows are to be, for example window_seconds=30"
        )
    length = window_samples(fs, WELCH_SECONDS if window_seconds is None else window_seconds)
    windows = _windows(
        fs, length, method, overlap=overlap, window=window, detrend=detrend, nw=nw,
        n_tapers=n_tapers,
    )  # fmt: skip
    level = checked_number(level, "level", 0.5, 0.9999)
    return Plan(
        functools.partial(spectrum_part, windows=windows),
        functools.partial(join_spectrum, windows=windows, method=method, level=level, unit=unit),
        after=length - 1,
    )


@chunked(plan_spectrum)
@with_recipe("values", "times")
def power_spectrum(
    values: Any,
    fs: float | None = None,
    *,
    method: str = "welch",
    window_seconds: float | None = None,
    overlap: float | None = None,
    window: Any = None,
    detrend: str = "constant",
    nw: float = 4.0,
    n_tapers: int | None = None,
    level: float = 0.95,
    unit: str = "",
    times: Any = None,
    oversampling: int = 1,
    highest: float | None = None,
    usable: Any = None,
) -> PowerSpectrum:
    """Return the one-sided power spectral density of a signal in units²/Hz.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; NaN where there are none.
    fs : float
        Sampling rate in Hz. With ``times`` it may be left out.
    method : str
        'welch' (mean over windows), 'multitaper' (Thomson), 'periodogram' (one window without a
        taper), or 'lomb-scargle' (for series with gaps or uneven times).
    window_seconds : float, optional
        Length of a window in seconds: 4 by default for 'welch'. 'multitaper' and 'periodogram'
        take the longest stretch without missing samples as one window by default; with a length
        they are averaged over windows, as they must be over a recording.
    overlap : float, optional
        Share of a window that the next one covers too; 0.5 by default for 'welch', else 0.
    window : str, tuple or array, optional
        As `scipy.signal.get_window` takes it: 'hann' by default for 'welch', 'boxcar' for
        'periodogram'.
    detrend : str
        What is taken off each window: its mean ('constant'), a line ('linear') or 'none'.
    nw : float
        Time half-bandwidth product of the multitaper method: the spectrum is smoothed over
        ``± nw / window length`` Hz.
    n_tapers : int, optional
        Number of tapers; by default the first ``2 nw - 1``, less those with under 90 % of their
        energy in the band. They are weighted by that share.
    level : float
        Level of the confidence interval.
    unit : str
        Unit of the signal, for showing.
    times : array-like of float, shape (n,), optional
        Times in seconds, rising; for 'lomb-scargle' only.
    oversampling : int
        How many times as fine as ``1 / duration`` the frequencies of 'lomb-scargle' lie.
    highest : float, optional
        Highest frequency of 'lomb-scargle' in Hz; by default half the (mean) sampling rate.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where the signal may be used.

    Returns
    -------
    PowerSpectrum
        Over a recording the same as on the whole array, to 1e-9 of the largest density, whatever
        the length of the pieces.

    Notes
    -----
    Windows lie on a grid that is fixed to the start of each run of samples; those that touch a
    missing sample are left out and counted. On an array without gaps 'welch' is
    `scipy.signal.welch`, and 'periodogram' `scipy.signal.periodogram`. 'lomb-scargle' is the
    classic normalised form of Scargle (1982) of the series less its mean (or line), scaled so that
    on even times it is the periodogram; with gaps in even times noise keeps its level.

    References
    ----------
    Welch PD. IEEE Trans Audio Electroacoust 1967;15:70-73. Thomson DJ. Proc IEEE
    1982;70:1055-1096. Scargle JD. Astrophys J 1982;263:835-853.
    """
    checked_choice(method, "method", METHODS)
    level = checked_number(level, "level", 0.5, 0.9999)
    signal = checked_signal(values)
    if method == "lomb-scargle":
        return lomb_scargle_spectrum(
            signal, fs, times=times, detrend=detrend, oversampling=oversampling, highest=highest,
            level=level, unit=unit, usable=usable,
        )  # fmt: skip
    if times is not None:
        raise InvalidInputError(
            f"method={method!r} needs evenly spaced samples; with times= use "
            "method='lomb-scargle', or resample first"
        )
    fs = checked_fs(fs)
    signal = only_usable(signal, usable, fs)
    if window_seconds is None and method != "welch":
        return _of_longest_stretch(
            signal, fs, method=method, window=window, detrend=detrend, nw=nw, n_tapers=n_tapers,
            level=level, unit=unit,
        )  # fmt: skip
    plan = plan_spectrum(
        fs, method=method, window_seconds=window_seconds, overlap=overlap, window=window,
        detrend=detrend, nw=nw, n_tapers=n_tapers, level=level, unit=unit,
    )  # fmt: skip
    return run_on_array(plan, signal, fs)


def _windows(
    fs: float,
    length: int,
    method: str,
    *,
    overlap: float | None,
    window: Any,
    detrend: str,
    nw: float,
    n_tapers: int | None,
) -> Windows:
    if overlap is None:
        overlap = 0.5 if method == "welch" else 0.0
    step = overlap_step(length, overlap)
    if method == "multitaper":
        if window is not None:
            raise InvalidInputError(
                f"window={window!r} is not used by method='multitaper', which has its own tapers; "
                "set nw and n_tapers"
            )
        return tapered_windows(fs, length, step, nw=nw, n_tapers=n_tapers, detrend=detrend)
    default = "hann" if method == "welch" else "boxcar"
    chosen = default if window is None else window
    return windows_of(fs, length, step, window=chosen, detrend=detrend)


def _of_longest_stretch(
    signal: NDArray[np.float64],
    fs: float,
    *,
    method: str,
    window: Any,
    detrend: str,
    nw: float,
    n_tapers: int | None,
    level: float,
    unit: str,
) -> PowerSpectrum:
    """Return the spectrum of the longest stretch without missing samples, as one window."""
    stretches = finite_stretches(signal)
    lengths = stretches[:, 1] - stretches[:, 0]
    longest = int(lengths.max(initial=0))
    least = max(LEAST_SAMPLES, int(2 * nw) + 1 if method == "multitaper" else 0)
    length = max(longest, least)
    windows = _windows(
        fs, length, method, overlap=0.0, window=window, detrend=detrend, nw=nw, n_tapers=n_tapers
    )
    join = functools.partial(join_spectrum, windows=windows, method=method, level=level, unit=unit)
    plan = Plan(functools.partial(spectrum_part, windows=windows), join)
    if longest < least:
        # A window longer than what there is: the result says that there is not enough.
        return run_on_array(plan, signal, fs)
    first, stop = stretches[int(np.argmax(lengths))].tolist()
    got = run_on_array(plan, signal[first:stop], fs)
    if longest == len(signal):
        return got
    part = f"{first / fs:g} to {stop / fs:g} s"
    return replace(
        got,
        valid=ValidSignal(longest / fs, len(signal) / fs),
        notes=(*got.notes, f"only the longest stretch without missing samples is used: {part}"),
    )

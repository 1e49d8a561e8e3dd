"""The power spectrum of a signal: Welch, multitaper, periodogram, Lomb-Scargle."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Collector, Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.samplewise import SampleCollector, one_after_another
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import (
    ValidSignal,
    checked_choice,
    checked_number,
    not_enough,
)
from vital_widgets.analysis.signal.spectra.fourier_windows import (
    DETREND,
    MIN_SAMPLES,
    WINDOW_S,
    Windows,
    windows_of,
)
from vital_widgets.analysis.signal.spectra.lomb_scargle import (
    lomb_scargle,
    lomb_scargle_frequencies,
    span_of,
    uneven_times,
)
from vital_widgets.analysis.signal.spectra.spectrum import PowerSpectrum, confidence_interval
from vital_widgets.core.timebase import regular
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.signal.spectra.fourier_windows import Taper

R = TypeVar("R", bound=Result)
SpectrumLike: TypeAlias = "PowerSpectrum | SignalLike"
METHODS = ("welch", "multitaper", "periodogram", "lomb-scargle")


@analysis
def power_spectrum(
    x: SignalLike,
    fs: float | None = None,
    *,
    method: str = "welch",
    window_s: float | None = None,
    overlap: float | None = None,
    taper: Taper | None = None,
    detrend: str = "constant",
    nw: float = 4.0,
    n_tapers: int | None = None,
    confidence: float = 0.95,
    units: str | None = None,
    times: ArrayLike | None = None,
    oversampling: int = 1,
    max_frequency: float | None = None,
    usable: UsableLike = None,
) -> Plan[Any, PowerSpectrum]:
    """Estimate the one-sided power spectral density of a signal in units²/Hz.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        Signal; NaN marks missing samples.
    fs : float, optional
        Sampling rate in Hz; required for an array without ``times``, and the channel's own for a
        channel.
    method : {'welch', 'multitaper', 'periodogram', 'lomb-scargle'}
        'welch' averages over windows [1]_, 'multitaper' over orthogonal tapers [2]_,
        'periodogram' takes one window without a taper, and 'lomb-scargle' [3]_ is for series with
        gaps or uneven times.
    window_s : float, optional
        Length of a window in seconds. 4 s by default for 'welch', which resolves 0.25 Hz.
        'multitaper' and 'periodogram' take the longest stretch without missing samples as one
        window by default, with the whole signal in memory; with a length they average over
        windows.
    overlap : float, optional
        Share of a window that the next one covers too; by default 0.5 for 'welch', which suits
        the Hann taper, and 0 for the others.
    taper : str, tuple or array, optional
        Taper of `scipy.signal.get_window`: 'hann' by default for 'welch', 'boxcar' for
        'periodogram'.
    detrend : {'constant', 'linear', 'none'}
        What is subtracted from each window: its mean, a line, or nothing.
    nw : float
        Time half-bandwidth product of 'multitaper', by default 4 as in MNE: the spectrum is
        smoothed over ``± nw / window length`` Hz.
    n_tapers : int, optional
        Number of tapers of 'multitaper'; by default the first ``2 nw - 1``, without those that
        have less than 90 % of their energy in the band. This share is their weight.
    confidence : float
        Level of the confidence interval; 0.95 is the convention.
    units : str, optional
        Units of the signal; the channel's own by default.
    times : array-like of float, shape (n,), optional
        Rising times in seconds of the samples of an array; for 'lomb-scargle' only.
    oversampling : int
        For 'lomb-scargle', the frequencies are ``1 / (duration * oversampling)`` apart; with 1,
        the default, they are those of the periodogram.
    max_frequency : float, optional
        Highest frequency of 'lomb-scargle' in Hz; by default half the (mean) sampling rate.
    usable : UsableLike, optional
        Where the signal may be used; everywhere by default.

    Returns
    -------
    PowerSpectrum
        The same however the recording is cut into pieces, to 1e-9 of the largest density. Without
        frequencies where a very long window fits in no run of samples.

    Raises
    ------
    InvalidInputError
        A window is shorter than 4 samples, a parameter does not belong to the method, or an
        argument is not one of those listed.

    Notes
    -----
    Windows lie on a grid that is fixed to the start of each run of samples; those that contain a
    missing sample are excluded and counted. For an array without gaps 'welch' and 'periodogram'
    equal `scipy.signal.welch` and `scipy.signal.periodogram`. 'lomb-scargle' is Scargle's
    normalised periodogram of the detrended series, scaled so that for even times it is the
    periodogram; noise keeps its level where samples are missing.

    References
    ----------
    .. [1] Welch PD. The use of fast Fourier transform for the estimation of power spectra: a
       method based on time averaging over short, modified periodograms. IEEE Transactions on
       Audio and Electroacoustics 1967;15(2):70-73. doi:10.1109/TAU.1967.1161901
    .. [2] Thomson DJ. Spectrum estimation and harmonic analysis. Proceedings of the IEEE
       1982;70(9):1055-1096. doi:10.1109/PROC.1982.12433
    .. [3] Scargle JD. Studies in astronomical time series analysis. II. Statistical aspects of
       spectral analysis of unevenly spaced data. Astrophysical Journal 1982;263:835-853.
       doi:10.1086/160554

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import power_spectrum
    >>> spectrum = power_spectrum(vw.sample(60)["Resp"], window_s=20)
    >>> float(spectrum.spacing), spectrum.units
    (0.05, 'a.u.')
    """
    checked_choice(method, "method", METHODS)
    checked_choice(detrend, "detrend", DETREND)
    nw = checked_number(nw, "nw", 1.0, 100.0)
    confidence = checked_number(confidence, "confidence", 0.5, 0.9999)
    at = None
    if times is not None:
        if method != "lomb-scargle":
            raise InvalidInputError(
                f"method={method!r} needs evenly spaced samples, but times= was given; use "
                "method='lomb-scargle', or resample first"
            )
        at, fs, usable = uneven_times(x, fs, times, usable)
    signal = signal_of(x, fs, usable)
    shown: dict[str, Any] = {
        "confidence": confidence,
        "units": signal.units[0] if units is None else units,
    }
    if method == "lomb-scargle":
        base = signal.timebase
        span = base.end - base.start if at is None else span_of(at)
        top = signal.fs / 2
        if max_frequency is not None:
            most = float("inf") if at is not None else top
            top = checked_number(max_frequency, "max_frequency", 0, most, open_low=True, unit="Hz")
        frequencies = lomb_scargle_frequencies(span, top, oversampling)
        join = functools.partial(
            lomb_scargle, times=at, frequencies=frequencies, detrend=detrend,
            oversampling=int(oversampling), **shown,
        )  # fmt: skip
        return _WholePlan(_core_values, join, source=signal)
    welch = method == "welch"
    windows_for = functools.partial(
        windows_of, signal.fs, WINDOW_S if window_s is None else window_s,
        (0.5 if welch else 0.0) if overlap is None else overlap, method=method, taper=taper,
        detrend=detrend, nw=nw, n_tapers=n_tapers, runs=signal.runs(),
    )  # fmt: skip
    if window_s is None and not welch:
        needed = max(MIN_SAMPLES, int(2 * nw) + 1 if method == "multitaper" else 0)
        whole = functools.partial(
            _of_longest_stretch, windows_for=windows_for, needed=needed, method=method, **shown
        )
        return _WholePlan(_core_values, whole, source=signal)
    windows = windows_for()
    return Plan(
        functools.partial(_part, windows=windows),
        functools.partial(_average, windows=windows, method=method, **shown),
        after=windows.length - 1,
        source=signal,
    )


def of_spectrum(
    x: SpectrumLike,
    fs: float | None,
    method: str,
    window_s: float | None,
    usable: UsableLike,
    measure: Callable[[PowerSpectrum], R],
) -> Plan[Any, R] | R:
    """Return a measure of a spectrum, or how it is computed for a signal.

    It measures a spectrum of nothing first, to refuse bad options before the signal is read.
    """
    if isinstance(x, PowerSpectrum):
        for name, value in {"fs": fs, "window_s": window_s, "usable": usable}.items():
            if value is not None:
                raise InvalidInputError(
                    f"{name}= is for a signal, but x is a spectrum; leave {name} out, or give the "
                    "signal"
                )
        return measure(x)
    plan = power_spectrum.plan(x, fs, method=method, window_s=window_s, usable=usable)
    nothing = Extent(regular(plan.source.fs if plan.source else 1, 0), np.empty((0, 2), np.int64))
    measure(plan.join([], nothing))

    def join(partials: Sequence[Any], extent: Extent) -> R:
        return measure(plan.join(partials, extent))

    made: Plan[Any, Any] = plan
    return replace(made, join=join)


@dataclass(frozen=True, eq=False)
class UsedWindows:
    """Which of the windows of a piece are used."""

    run_start: int
    used: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Part(UsedWindows):
    total: NDArray[np.float64]


def _part(piece: Piece, windows: Windows) -> _Part:
    begins = windows.begins(piece)
    used = np.zeros(len(begins), bool)
    total = np.zeros(windows.n_frequencies)
    for part, good, rows in windows.batches(piece, begins):
        used[part] = good
        if len(rows):
            total += windows.summed_power(rows)
    return _Part(piece.run_start, used, total)


def counted(partials: Sequence[UsedWindows], windows: Windows) -> tuple[int, int, float, list[str]]:
    """Return the windows used and excluded, degrees of freedom of the average, and a note."""
    runs: dict[int, list[NDArray[np.bool_]]] = {}
    for one in partials:
        runs.setdefault(one.run_start, []).append(one.used)
    masks = [np.concatenate(parts) for parts in runs.values()]
    n_windows = sum(int(mask.sum()) for mask in masks)
    n_excluded = sum(len(mask) for mask in masks) - n_windows
    note = excluded_note(n_windows, n_excluded)
    return n_windows, n_excluded, windows.degrees_of_freedom(masks), note


def _average(
    partials: Sequence[_Part],
    extent: Extent,
    windows: Windows,
    method: str,
    confidence: float,
    units: str,
) -> PowerSpectrum:
    """Return the average of the windows of all pieces."""
    n_windows, n_excluded, degrees, notes = counted(partials, windows)
    frequencies = windows.frequencies
    density = np.full(len(frequencies), np.nan)
    if n_windows:
        density = sum((p.total for p in partials), np.zeros(len(frequencies))) / n_windows
    else:
        notes = [no_window(windows), *notes]
    low, high = confidence_interval(density, frequencies, degrees, confidence, windows.fs)
    return PowerSpectrum(
        frequencies=frequencies, density=density, ci_low=low, ci_high=high,
        degrees_of_freedom=degrees, confidence=confidence, method=method, fs=windows.fs,
        n_windows=n_windows, n_excluded=n_excluded, units=units, valid=extent.valid,
        notes=tuple(notes),
    )  # fmt: skip


def no_window(windows: Windows) -> str:
    """Return the note of a result without any window."""
    return not_enough(f"there is no window of {windows.seconds:g} s without a missing sample")


def excluded_note(n_windows: int, n_excluded: int) -> list[str]:
    """Return a note on windows that are excluded, if there are any."""
    if not n_excluded:
        return []
    total = n_windows + n_excluded
    return [f"{n_excluded:,} of {total:,} windows contain missing samples and are excluded"]


@dataclass(frozen=True, eq=False)
class _WholePlan(Plan["NDArray[np.float64]", PowerSpectrum]):
    """A plan that joins all samples in one array."""

    def collector(self, n_samples: int) -> Collector[NDArray[np.float64]]:
        return SampleCollector(n_samples)


def _core_values(piece: Piece) -> NDArray[np.float64]:
    return piece.core_values


def _of_longest_stretch(
    partials: Sequence[NDArray[np.float64]],
    extent: Extent,
    *,
    windows_for: Callable[..., Windows],
    needed: int,
    method: str,
    confidence: float,
    units: str,
) -> PowerSpectrum:
    """Return the spectrum of the longest stretch without missing samples, as one window."""
    values = one_after_another(partials)
    lengths = np.diff(extent.stretches, axis=1)[:, 0]
    longest = int(lengths.max(initial=0))
    length = max(longest, needed)
    windows = windows_for(length=length)
    if longest < needed:
        return _average([], extent, windows, method, confidence, units)
    first, stop = extent.stretches[int(np.argmax(lengths))].tolist()
    stretch = Piece(values[first:stop], slice(0, longest), 0, 0, longest, extent.fs)
    found = _average([_part(stretch, windows)], extent, windows, method, confidence, units)
    if longest == len(values):
        return found
    t0 = extent.timebase.time_of(first)
    span = f"{t0:g} to {t0 + windows.seconds:g} s"
    note = f"only the longest stretch without missing samples is used: {span}"
    valid = ValidSignal(windows.seconds, extent.valid.of_seconds)
    return replace(found, valid=valid, notes=(*found.notes, note))

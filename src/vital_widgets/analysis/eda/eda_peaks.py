"""Skin conductance responses: onset, peak, amplitude, rise and recovery time."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, median_of, quantity
from vital_widgets.analysis.engine.samplewise import stretches_of
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.stretches import Stretches
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.analysis.signal.filters.design import design_filter
from vital_widgets.analysis.signal.filters.filter_signal import filtered_both_ways
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.signal.filters.filter import Filter

    Samples = NDArray[np.float64]
    Responses = NDArray[np.float64]  # shape (COLUMNS, n), onset and peak as samples

MIN_FS = 4.0  # Hz
MIN_SECONDS = 5.0
LOWPASS_HZ = 1.5  # responses rise in 1 s or more
HIGHPASS_HZ = 0.05  # the level of skin conductance changes more slowly
MAX_RISE_S, MAX_RECOVERY_S = 10.0, 20.0
RIPPLE = 0.2  # of the smallest amplitude: a smaller maximum on a slope is no peak of its own
PER_MICROSIEMENS = {"µS": 1.0, "uS": 1.0, "μS": 1.0, "microsiemens": 1.0, "nS": 1e3, "mS": 1e-3,
                    "S": 1e-6}  # fmt: skip
COLUMNS = ("onset", "peak", "amplitude", "rise_time", "recovery_time")


@dataclass(frozen=True, kw_only=True, eq=False)
class SkinConductanceResponses(
    Result,
    given=("onset", "peak", "samples"),
    columns={"onset": "onset", "peak": "peak", "sample": "samples", **{k: k for k in COLUMNS[2:]}},
):
    """Skin conductance responses.

    Attributes
    ----------
    onset, peak : ndarray of float64, shape (n,)
        Times in seconds.
    samples : ndarray of int64, shape (n,)
        Index of the sample of each peak.
    amplitude : ndarray of float64, shape (n,)
        From onset to peak, in the units of the signal.
    rise_time : ndarray of float64, shape (n,)
        Seconds from onset to peak.
    recovery_time : ndarray of float64, shape (n,)
        Seconds from the peak until half of the amplitude is lost; NaN if the next response or
        the end of the signal comes first, or if it takes more than 20 s.
    covered : Stretches
        Where there is usable signal, in seconds: a response can only be found there.
    units : str
        Units of the amplitude, '' if unknown.
    """

    onset: Samples
    peak: Samples
    samples: NDArray[np.int64]
    amplitude: Samples
    rise_time: Samples
    recovery_time: Samples
    covered: Stretches
    units: str = ""

    def __len__(self) -> int:
        return len(self.peak)

    @property
    def rate_per_min(self) -> float:
        """Responses per minute of valid signal."""
        return 60 * len(self) / self.valid.seconds if self.valid.seconds else float("nan")

    def annotations(self, text: str = "SCR", channel: str = "") -> Annotations:
        """Return each response as a stretch of time from onset to peak."""
        n = len(self)
        return Annotations(self.onset, [text] * n, self.peak - self.onset, [channel] * n)

    def _facts(self) -> list[tuple[str, str]]:
        return [
            ("responses", f"{len(self):,}"),
            ("rate", quantity(self.rate_per_min, "1/min")),
            ("amplitude (median)", quantity(median_of(self.amplitude), self.units)),
        ]


@analysis
def eda_peaks(
    x: SignalLike,
    fs: float | None = None,
    *,
    min_amplitude: float | None = None,
    usable: UsableLike = None,
) -> Plan[Responses, SkinConductanceResponses]:
    """Find skin conductance responses: onsets, peaks and amplitudes.

    Parameters
    ----------
    x, fs, usable
        As for `eda_components`, but the sampling rate must be at least 4 Hz.
    min_amplitude : float, optional
        Smallest rise from onset to peak that counts, in the units of the signal. By default
        0.05 µS, the upper end of the range of 0.01 to 0.05 µS in use [1]_; for a channel it is
        converted to the channel's units.

    Returns
    -------
    SkinConductanceResponses
        Onset, peak, amplitude, rise time and half-recovery time of each response. The result is
        the same, to rounding, however the recording is cut into pieces.

    Raises
    ------
    InvalidInputError
        The sampling rate is below 4 Hz, or the channel's units are not those of a conductance
        and ``min_amplitude`` is not given.

    Notes
    -----
    The signal is low-pass filtered (zero-phase Butterworth of order 4, 1.5 Hz), and its phasic
    component is what is left after a high-pass filter (order 2, 0.05 Hz). A peak is a local maximum
    of the phasic component that stands out by a fifth of ``min_amplitude``; its onset is the
    lowest point since the peak before, at most 10 s earlier, of the phasic component or of the
    low-pass filtered signal, whichever is later. The amplitude is the rise of the
    low-pass filtered signal from onset to peak; both it and the rise of the phasic component must
    reach ``min_amplitude``. On the decline of another response the amplitude is underestimated;
    `eda_components` with 'cvxeda' separates overlapping responses.

    References
    ----------
    .. [1] Boucsein W, Fowles DC, Grimnes S, Ben-Shakhar G, Roth WT, Dawson ME, Filion DL.
       Publication recommendations for electrodermal measurements. Psychophysiology
       2012;49(8):1017-1034. doi:10.1111/j.1469-8986.2012.01384.x

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import eda_peaks
    >>> t = np.arange(0, 120, 1 / 16)
    >>> rise = lambda t0: np.exp(-np.maximum(t - t0, 0) / 2) - np.exp(-np.maximum(t - t0, 0) / 0.7)
    >>> found = eda_peaks(5 + rise(30) + 0.5 * rise(70), fs=16)
    >>> found.onset.round(), len(found)
    (array([30., 70.]), 2)
    """
    signal = signal_of(x, fs, usable, min_fs=MIN_FS, why="a response rises in about 1 s")
    smallest = _min_amplitude(min_amplitude, signal.units[0], signal.name)
    cutoff = min(LOWPASS_HZ, 0.45 * signal.fs)
    smooth = design_filter("butterworth", "lowpass", highcut=cutoff, order=4, fs=signal.fs)
    phasic = design_filter("butterworth", "highpass", lowcut=HIGHPASS_HZ, order=2, fs=signal.fs)
    reach = smooth.context + phasic.context
    before = round(2 * MAX_RISE_S * signal.fs) + reach
    after = round((MAX_RISE_S + MAX_RECOVERY_S) * signal.fs) + reach

    def join(partials: Sequence[Responses], extent: Extent) -> SkinConductanceResponses:
        table = np.concatenate([np.empty((len(COLUMNS), 0)), *partials], axis=1)
        onsets, peaks = table[:2].astype(np.int64)
        seconds = extent.valid.seconds
        why = f"{seconds:.3g} s of signal; at least {MIN_SECONDS:g} s are needed to see a response"
        return SkinConductanceResponses(
            onset=extent.times(onsets),
            peak=extent.times(peaks),
            samples=peaks,
            **dict(zip(COLUMNS[2:], table[2:], strict=True)),
            covered=Stretches(
                extent.times(extent.stretches[:, 0]),
                extent.times(extent.stretches[:, 1] - 1) + 1 / extent.fs,
            ),
            units=signal.units[0],
            valid=extent.valid,
            notes=() if seconds >= MIN_SECONDS else (not_enough(why),),
        )

    work = functools.partial(_responses, filters=(smooth, phasic), smallest=smallest)
    return Plan(work, join, before=before, after=after, source=signal)


def _min_amplitude(given: float | None, units: str, name: str) -> float:
    if given is not None:
        return checked_number(given, "min_amplitude", 0, open_low=True)
    if units and units not in PER_MICROSIEMENS:
        raise InvalidInputError(
            f"{name!r} is in {units!r}, which is not a conductance in "
            f"{', '.join(PER_MICROSIEMENS)}; give min_amplitude in these units, or convert the "
            "signal to µS"
        )
    return 0.05 * PER_MICROSIEMENS.get(units, 1.0)


def _last_lowest(x: Samples, begin: int, peak: int) -> int:
    """Return the last index of the smallest value from ``begin`` to ``peak``."""
    return peak - int(np.argmin(x[begin : peak + 1][::-1]))


def _responses(piece: Piece, filters: tuple[Filter, Filter], smallest: float) -> Responses:
    """Return the responses whose peak lies in the core."""
    from scipy.signal import find_peaks

    reach, recovery_n = round(MAX_RISE_S * piece.fs), round(MAX_RECOVERY_S * piece.fs)
    found = []
    for stretch in stretches_of(piece):
        smooth = filtered_both_ways(stretch.values, filters[0])
        phasic = filtered_both_ways(smooth, filters[1])
        peaks, _ = find_peaks(phasic, prominence=smallest * RIPPLE, wlen=2 * reach + 1)
        edges = [0, *peaks.tolist(), len(smooth)]
        for before, peak, end in zip(edges[:-2], edges[1:-1], edges[2:], strict=True):
            begin = max(before, peak - reach)
            # After a large response the phasic component is still coming back from below 0, and on
            # a rising level the signal has no trough: the later of both lowest points is the foot.
            onset = max(_last_lowest(one, begin, peak) for one in (phasic, smooth))
            amplitude = float(smooth[peak] - smooth[onset])
            # A slow rise of the level is none in the phasic component, its undershoot none in the
            # signal: a response rises in both.
            rise = min(amplitude, float(phasic[peak] - phasic[onset]))
            if stretch.keep.start <= peak < stretch.keep.stop and rise >= smallest:
                after = smooth[peak : min(end, peak + recovery_n)]
                below = np.flatnonzero(after <= smooth[peak] - amplitude / 2)
                recovery = below[0] / piece.fs if len(below) else np.nan
                times = (peak - onset) / piece.fs, recovery
                found.append((onset + stretch.first, peak + stretch.first, amplitude, *times))
    return np.array(found, np.float64).reshape(-1, len(COLUMNS)).T

"""Perfusion index: the pulsatile part of the light relative to the steady part."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats.channel_kind import check_kind
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, median_of, quantity
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import not_enough
from vital_widgets.analysis.ppg.fiducials import MAX_LENGTH, around_pulses, of_pulses
from vital_widgets.analysis.ppg.ppg_peaks import MIN_RATE, WHY
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Beats, BeatsLike
    from vital_widgets.analysis.engine.plan import Chain, Extent, Piece, Plan
    from vital_widgets.analysis.engine.stretches import UsableLike

    Found = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]

MAX_PERCENT = 50.0  # no tissue pulsates more; the steady part was removed from the signal


@dataclass(frozen=True, kw_only=True, eq=False)
class PerfusionIndex(
    Result,
    given=("times",),
    columns={"time": "times", "ac": "ac", "dc": "dc", "perfusion_index_%": "percent"},
):
    """Perfusion index of each pulse.

    Attributes
    ----------
    times : ndarray, shape (n,)
        Systolic peaks in s.
    ac, dc : ndarray, shape (n,)
        Pulsatile and steady part, in the units of the signal; NaN where a pulse is incomplete.
    percent : ndarray, shape (n,)
        ``100 * ac / dc``.
    """

    times: NDArray[np.float64]
    ac: NDArray[np.float64]
    dc: NDArray[np.float64]
    percent: NDArray[np.float64]

    @property
    def median(self) -> float:
        """Median over the pulses, in %; NaN if there are none."""
        return median_of(self.percent)

    def _facts(self) -> list[tuple[str, str]]:
        return [
            ("pulses", f"{int(np.isfinite(self.percent).sum()):,}"),
            ("perfusion index (median)", quantity(self.median, "%")),
        ]


@analysis
def perfusion_index(
    x: SignalLike,
    fs: float | None = None,
    beats: BeatsLike | None = None,
    *,
    usable: UsableLike = None,
) -> Plan[Found, PerfusionIndex] | Chain[PerfusionIndex]:
    """Compute the perfusion index of each pulse, ``100 * AC / DC`` in %.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        The raw signal **with its steady part**: light or photocurrent, in any unit that is zero
        without light. NaN marks missing samples.
    fs, beats, usable
        As for `ppg_fiducials`; ``fs`` is at least 20.

    Returns
    -------
    PerfusionIndex
        AC is the distance of the systolic peak from the straight line between the onsets before
        and after it, DC the mean from onset to onset [1]_. AC is positive for pulses that point
        down (less light in systole), too. If the steady part was removed (it is not positive, or
        the median would be above 50 %), all values are NaN and a note says so. The result is the
        same however the recording is cut into pieces, to 1e-9.

    Raises
    ------
    InvalidInputError
        The sampling rate is below 20 Hz, or ``beats`` are not pulses of this signal, or have no
        onsets.

    References
    ----------
    .. [1] Lima AP, Beelen P, Bakker J. Use of a peripheral perfusion index derived from the pulse
       oximetry signal as a noninvasive indicator of perfusion. Critical Care Medicine
       2002;30(6):1210-1213. doi:10.1097/00003246-200206000-00006

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import perfusion_index
    >>> ppg = vw.sample(60)["PPG"]
    >>> light = 50 + ppg.read(0, ppg.n_samples)  # the recording has no steady part
    >>> 0 < perfusion_index(light, ppg.fs).median < 20
    True
    """
    check_kind(x, "ppg", "perfusion_index")
    signal = signal_of(x, fs, usable, min_fs=MIN_RATE, why=WHY)

    def plan(beats: Beats, notes: tuple[str, ...]) -> Plan[Found, PerfusionIndex]:
        if "onset" not in beats.extra:
            raise InvalidInputError("these beats have no onsets; give the result of ppg_peaks")
        onsets = np.asarray(beats.extra["onset"], np.int64)
        work = functools.partial(_work, peaks=beats.samples, onsets=onsets, stretch=beats.stretch)
        return around_pulses(signal, work, functools.partial(_join, notes=notes))

    return of_pulses(x, fs, usable, beats, signal, plan)


def _work(
    piece: Piece, peaks: NDArray[np.int64], onsets: NDArray[np.int64], stretch: NDArray[np.int64]
) -> Found:
    """Return peak, AC and DC of the pulses that peak in the core."""
    k = np.arange(*np.searchsorted(peaks, [piece.core_first, piece.core_stop]))
    ac, dc = np.full(len(k), np.nan), np.full(len(k), np.nan)
    after = np.minimum(k + 1, len(peaks) - 1)
    begin, peak, end = onsets[k] - piece.first, peaks[k] - piece.first, onsets[after] - piece.first
    good = (after > k) & (stretch[after] == stretch[k]) & (begin >= 0) & (end > peak)
    good &= (end < len(piece.values)) & (end - begin <= MAX_LENGTH * piece.fs)
    begin, peak, end = begin[good], peak[good], end[good]
    x = piece.values
    if len(begin):
        dc[good] = [x[a:b].mean() for a, b in zip(begin, end, strict=True)]
        level = x[begin] + (x[end] - x[begin]) * (peak - begin) / (end - begin)
        ac[good] = np.abs(x[peak] - level)
    return peaks[k], ac, dc


def _join(partials: Sequence[Found], extent: Extent, notes: tuple[str, ...]) -> PerfusionIndex:
    nothing: Found = (np.empty(0, np.int64), np.empty(0), np.empty(0))
    peaks, ac, dc = (np.concatenate(column) for column in zip(nothing, *partials, strict=True))
    known = np.isfinite(ac) & np.isfinite(dc)
    positive = known & (dc > 0)
    percent = np.where(positive, 100 * ac / np.where(positive, dc, 1.0), np.nan)
    if not known.any():
        why = f"none of {len(peaks)} pulses is complete and followed by another"
        notes += (not_enough(why),)
    elif np.mean(positive[known]) < 1 or float(np.median(percent[positive])) > MAX_PERCENT:
        why = (
            "the signal has no steady part (DC): its mean is not far above its pulses. Give the "
            "raw signal, before any high-pass filter or offset"
        )
        notes += (not_enough(why),)
    return PerfusionIndex(
        times=extent.times(peaks), ac=ac, dc=dc, percent=percent, valid=extent.valid, notes=notes
    )

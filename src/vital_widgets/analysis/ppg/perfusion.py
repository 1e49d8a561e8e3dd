"""Perfusion index: the pulsating part of the light over the steady part."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import checked_fs, checked_signal, not_enough
from vital_widgets.analysis.ppg.fiducials import checked_pulses
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Beats

    Found = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]

LONGEST = 2.5  # s from onset to onset
BEFORE, AFTER = 3.0, 4.0  # s
HIGHEST = 50.0  # %: no tissue pulsates so much; the steady part was taken out of the signal


@dataclass(frozen=True, kw_only=True, eq=False)
class PerfusionIndex(Result, given=("times",)):
    """Perfusion index of each pulse.

    Attributes
    ----------
    times : ndarray, shape (n,)
        Systolic peaks in s.
    ac, dc : ndarray, shape (n,)
        Pulsating and steady part, in the units of the signal; NaN where a pulse is not whole.
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
        known = self.percent[np.isfinite(self.percent)]
        return float(np.median(known)) if len(known) else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """Return a table with one row a pulse."""
        import pandas as pd

        return pd.DataFrame(
            {"time": self.times, "ac": self.ac, "dc": self.dc, "perfusion_index_%": self.percent}
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return the median."""
        return [
            ("pulses", f"{int(np.isfinite(self.percent).sum()):,}"),
            ("perfusion index (median)", quantity(self.median, "%")),
        ]


def _plan(fs: float, *, beats: Beats) -> Plan[Found, PerfusionIndex]:
    rate = checked_fs(fs)
    checked_pulses(beats, rate)
    onsets = beats.extra.get("onset")
    if onsets is None:
        raise InvalidInputError("these beats have no onsets; give the result of ppg_peaks")
    work = functools.partial(
        _work, peaks=beats.samples, onsets=np.asarray(onsets, np.int64), stretch=beats.stretch
    )
    return Plan(work, _join, before=round(BEFORE * rate), after=round(AFTER * rate))


@chunked(_plan)
@with_recipe("values", "beats", "usable")
def perfusion_index(values: Any, fs: float, beats: Beats, *, usable: Any = None) -> PerfusionIndex:
    """Compute the perfusion index of each pulse, ``100 * AC / DC`` in %.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        The raw signal **with its steady part**: light or photocurrent, in any unit that is zero
        where there is no light. NaN where there are no samples.
    fs : float
        Sampling rate in Hz.
    beats : Beats
        Its pulses, from `ppg_peaks`.
    usable : optional
        Where the signal may be used.

    Returns
    -------
    PerfusionIndex
        AC is the distance of the systolic peak from the straight line between the onsets before
        and after it, DC the mean from onset to onset. Both parts of a pulse that points down
        (less light in systole) count as positive. The same whatever the chunk length, to 1e-9.
        If the steady part was taken out (it is not positive, or the median would be above 50 %)
        all figures are NaN and the result says so.
    """
    plan = _plan(fs, beats=beats)
    rate = checked_fs(fs)
    signal = only_usable(checked_signal(values), usable, rate)
    return run_on_array(plan, signal, rate, chunk_samples=round(600 * rate))


def _work(
    piece: Piece,
    peaks: NDArray[np.int64],
    onsets: NDArray[np.int64],
    stretch: NDArray[np.int64],
) -> Found:
    """Return peak, AC and DC of the pulses that peak in the core."""
    stop = piece.first + int(piece.core.stop)
    lo, hi = np.searchsorted(peaks, [piece.core_first, stop])
    k = np.arange(lo, hi)
    ac, dc = np.full(len(k), np.nan), np.full(len(k), np.nan)
    after = np.minimum(k + 1, len(peaks) - 1)
    begin, peak, end = onsets[k] - piece.first, peaks[k] - piece.first, onsets[after] - piece.first
    good = (after > k) & (stretch[after] == stretch[k]) & (begin >= 0) & (end > peak)
    good &= (end < len(piece.values)) & (end - begin <= LONGEST * piece.fs)
    begin, peak, end = begin[good], peak[good], end[good]
    x = piece.values
    if len(begin):
        steady = np.array([x[a:b].mean() for a, b in zip(begin, end, strict=True)])
        level = x[begin] + (x[end] - x[begin]) * (peak - begin) / (end - begin)
        ac[good], dc[good] = np.abs(x[peak] - level), steady
    return peaks[k], ac, dc


def _join(partials: Sequence[Found], extent: Extent) -> PerfusionIndex:
    if partials:
        peaks, ac, dc = (np.concatenate(columns) for columns in zip(*partials, strict=True))
    else:
        peaks, ac, dc = np.empty(0, np.int64), np.empty(0), np.empty(0)
    known = np.isfinite(ac) & np.isfinite(dc)
    notes = []
    percent = np.full(len(ac), np.nan)
    positive = known & (dc > 0)
    percent[positive] = 100 * ac[positive] / dc[positive]
    if not known.any():
        notes.append(not_enough("no pulse is whole, with one after it"))
    elif np.mean(positive[known]) < 1 or float(np.median(percent[positive])) > HIGHEST:
        notes.append(
            not_enough(
                "the steady part (DC) is not in this signal: its mean is not far above its "
                "pulses. Give the raw signal, before any high-pass filter or offset"
            )
        )
        ac, dc, percent = (np.full(len(ac), np.nan) for _ in range(3))
    return PerfusionIndex(
        times=extent.times(peaks), ac=ac, dc=dc, percent=percent, valid=extent.valid,
        notes=tuple(notes),
    )  # fmt: skip

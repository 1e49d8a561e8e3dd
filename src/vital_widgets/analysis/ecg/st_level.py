"""Level and slope of the ST segment of each beat, against the PR segment."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.ecg.beat_places import LOWEST_FS, WHY_FS, Located, located
from vital_widgets.analysis.ecg.beat_rows import BLOCK, BeatRows, beat_rows
from vital_widgets.analysis.ecg.delineation import PIECE, Delineation
from vital_widgets.analysis.ecg.qrs_limits import find_qrs
from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.core.timebase import TimeBase, regular
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

BEFORE, AFTER = 0.42, 0.58  # s around the R peak that may be looked at
MEANT = 0.020  # s: each level is a mean over so long
ISOELECTRIC = 0.032  # s before the QRS where the reference begins; it ends MEANT later
SLOPE_FROM = 0.020  # s after J
FAST, J_FAST, J_SLOW = 120.0, 60.0, 80.0  # beats/min; ms after J from that rate on, and below
NO_MV = 20.0  # no QRS is so high in mV


@dataclass(frozen=True, kw_only=True, eq=False)
class StLevels(Result, given=("times", "after_j")):
    """ST level of each beat.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        The beats, in seconds from the recording's start.
    level : ndarray of float64, shape (n,)
        Level at the point measured, less that of the PR segment; in the unit of the signal,
        mV by assumption. NaN where it could not be measured.
    j_level : ndarray of float64, shape (n,)
        Likewise 20 ms after J.
    slope : ndarray of float64, shape (n,)
        From there to the point measured, per second.
    after_j : ndarray of float64, shape (n,)
        The point measured, in ms after J.
    stretch : ndarray of int64, shape (n,)
        Number of the uninterrupted stretch of signal a beat lies in, -1 for none.
    unit : str
        As it was told.
    """

    times: NDArray[np.float64]
    level: NDArray[np.float64]
    j_level: NDArray[np.float64]
    slope: NDArray[np.float64]
    after_j: NDArray[np.float64]
    stretch: NDArray[np.int64]
    unit: str = "mV"

    def __len__(self) -> int:
        """Return the number of beats."""
        return len(self.times)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a beat: time (s), level, j_level, slope (per s), after_j (ms), stretch."""
        import pandas as pd

        names = ("level", "j_level", "slope", "after_j", "stretch")
        return pd.DataFrame({"time": self.times, **{name: getattr(self, name) for name in names}})

    def facts(self) -> list[tuple[str, str]]:
        """Return the median level, its spread, and the number of beats."""
        known = self.level[np.isfinite(self.level)]
        slope = self.slope[np.isfinite(self.slope)]
        nothing = not len(known)
        low, middle, high = [np.nan] * 3 if nothing else np.quantile(known, [0.05, 0.5, 0.95])
        return [
            ("beats measured", f"{len(known):,} of {len(self):,}"),
            ("ST level", quantity(float(middle), f"{self.unit} (median)")),
            ("5 to 95 % of beats", f"{quantity(float(low))} to {quantity(float(high), self.unit)}"),
            ("ST slope", quantity(float(np.median(slope)) if len(slope) else np.nan,
                                f"{self.unit}/s (median)")),
        ]  # fmt: skip


def plan_st_level(
    fs: float,
    *,
    beats: Any,
    after_j: float | None = None,
    unit: str = "mV",
    timebase: TimeBase | None = None,
) -> Plan[Any, StLevels]:
    """Return the plan of `st_level`."""
    rate = checked_fs(fs, LOWEST_FS, WHY_FS)
    limits = None
    if isinstance(beats, Delineation):
        if beats.fs != rate:
            raise InvalidInputError(
                f"the delineation is of a signal of {beats.fs:g} Hz, and this one has {rate:g} Hz; "
                "delineate this signal, or give the beats alone (beats=delineation.times)"
            )
        limits = np.stack([beats.qrs_onset - beats.r_peak, beats.qrs_offset - beats.r_peak], axis=1)
    where = located(beats, rate, timebase)
    points = _points_after_j(where.times, after_j)
    return Plan(
        functools.partial(_levels, where=where, limits=limits, points=points),
        functools.partial(_joined, where=where, points=points, unit=str(unit)),
        before=round(BEFORE * rate) + 2,
        after=round(AFTER * rate) + 2,
    )


@chunked(plan_st_level)
@with_recipe("values", "beats")
def st_level(
    values: Any,
    fs: float,
    beats: Any,
    *,
    after_j: float | None = None,
    unit: str = "mV",
    usable: Any = None,
) -> StLevels:
    """Measure the ST segment of each beat.

    In pieces it gives exactly the same.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        ECG of one lead in mV; NaN is a boundary. A high-pass filter above 0.05 Hz that is not of
        zero phase bends the ST segment: do not use one before.
    fs : float
        Sampling rate in Hz, at least 100.
    beats : Delineation, Beats, Annotations, or array-like, shape (k,)
        R peaks as for `ecg_delineate` (integers are samples, floats are seconds); with a
        Delineation its QRS limits are used, else they are found in the same way.
    after_j : float, optional
        Where to measure, in ms after the J point. By default 80 ms, and 60 ms from 120
        beats/min on (Taddei et al. 1992); the rate is that of the interval before the beat.
    unit : str
        What the values are in. It is not converted, only named.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the signal may be used.

    Returns
    -------
    StLevels
        Levels are means over 20 ms; the reference is the mean from 32 to 12 ms before the onset
        of the QRS. A beat that has no 40 ms without a gap before its QRS has no level.

    References
    ----------
    Taddei A, Distante G, Emdin M, et al. The European ST-T database: standard for evaluating
    systems for the analysis of ST-T changes in ambulatory electrocardiography. Eur Heart J
    1992;13:1164-1172.
    """
    rate = checked_fs(fs, LOWEST_FS, WHY_FS)
    signal = only_usable(checked_signal(values), usable, rate)
    plan = plan_st_level(
        rate, beats=beats, after_j=after_j, unit=unit, timebase=regular(rate, len(signal))
    )
    return run_on_array(plan, signal, rate, chunk_samples=PIECE)


def _points_after_j(times: NDArray[np.float64], after_j: float | None) -> NDArray[np.float64]:
    """Return for each beat where to measure, in ms after J."""
    if after_j is not None:
        ms = checked_number(after_j, "after_j", 20, 200, unit="ms", open_low=True)
        return np.full(len(times), ms)
    rr = np.diff(times, prepend=np.nan)
    if len(rr) > 1:
        rr[0] = rr[1]
    return np.where(rr <= 60 / FAST, J_FAST, J_SLOW)


def _levels(
    piece: Piece,
    *,
    where: Located,
    limits: NDArray[np.float64] | None,
    points: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    stop = piece.core_first + (piece.core.stop - piece.core.start)
    at = where.samples
    inside = np.flatnonzero((at >= piece.core_first) & (at < stop))
    inside = inside[np.isfinite(piece.values[at[inside] - piece.first])]
    before, after = round(BEFORE * piece.fs), round(AFTER * piece.fs)
    at_once = max(BLOCK // (before + after + 1), 1)
    found = [np.empty((0, 4))]
    for i in range(0, len(inside), at_once):
        some = inside[i : i + at_once]
        rows = beat_rows(piece.values, at[some] - piece.first, before, after)
        qrs = find_qrs(rows, piece.fs)
        edges = np.stack([qrs.onset, qrs.offset], axis=1)
        if limits is not None:
            edges = rows.at + limits[some] * piece.fs
        found.append(_measured(rows, edges, points[some] / 1000, qrs.height, piece.fs))
    return inside, np.concatenate(found)


def _measured(
    rows: BeatRows,
    edges: NDArray[np.float64],
    after_j: NDArray[np.float64],
    height: NDArray[np.float64],
    fs: float,
) -> NDArray[np.float64]:
    """Return level, level near J, slope and height of the QRS of rows."""
    width = max(round(MEANT * fs), 1)
    reference = _mean(rows, edges[:, 0] - ISOELECTRIC * fs, width)
    half = (width - 1) / 2
    near = _mean(rows, edges[:, 1] + SLOPE_FROM * fs - half, width) - reference
    level = _mean(rows, edges[:, 1] + after_j * fs - half, width) - reference
    slope = (level - near) / (after_j - SLOPE_FROM)
    return np.stack([level, near, slope, height], axis=1)


def _mean(rows: BeatRows, first: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return the mean of ``width`` columns from ``first`` on, NaN where they are not all there."""
    known = np.isfinite(first)
    begin = np.round(np.where(known, first, 0)).astype(np.int64)
    whole = known & (begin >= rows.low) & (begin + width <= rows.high)
    columns = np.clip(begin, 0, rows.x.shape[1] - width)[:, None] + np.arange(width)
    return np.where(whole, np.take_along_axis(rows.x, columns, axis=1).mean(axis=1), np.nan)


def _joined(
    partials: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]],
    extent: Extent,
    *,
    where: Located,
    points: NDArray[np.float64],
    unit: str,
) -> StLevels:
    n = len(where.times)
    table = np.full((n, 4), np.nan)
    there = np.zeros(n, bool)
    for beats, rows in partials:
        table[beats] = rows
        there[beats] = True
    stretch = np.full(n, -1, np.int64)
    stretch[there] = extent.stretch_of(where.samples[there])
    return StLevels(
        times=where.times,
        level=table[:, 0],
        j_level=table[:, 1],
        slope=table[:, 2],
        after_j=points,
        stretch=stretch,
        unit=unit,
        valid=extent.valid,
        notes=_notes(table, unit),
    )


def _notes(table: NDArray[np.float64], unit: str) -> tuple[str, ...]:
    if not np.isfinite(table[:, 0]).any():
        given = len(table)
        return (not_enough(f"none of {given} beats has a QRS with signal around it"),)
    height = float(np.nanmedian(table[:, 3]))
    notes = []
    if unit == "mV" and height > NO_MV:
        notes.append(
            f"the median QRS is {height:.4g} high, so the values do not look like mV; thresholds "
            "in mV mean nothing on them"
        )
    missing = int(np.isnan(table[:, 0]).sum())
    if missing:
        notes.append(f"{missing:,} of {len(table):,} beats have no level: gap, edge or noise")
    return tuple(notes)

"""Level and slope of the ST segment of each beat, relative to the PR segment."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats.channel_kind import check_kind
from vital_widgets.analysis.ecg.beat_places import MIN_FS, WHY_FS, BeatPlaces, at_beats
from vital_widgets.analysis.ecg.beat_rows import BLOCK, BeatRows, beat_rows
from vital_widgets.analysis.ecg.delineation import Delineation
from vital_widgets.analysis.ecg.qrs_limits import find_qrs_together
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Chain, Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import BeatsLike
    from vital_widgets.analysis.engine.stretches import UsableLike

    Floats = NDArray[np.float64]
    Partial = tuple[NDArray[np.int64], Floats]

BEFORE, AFTER = 0.42, 0.58  # s around the R peak that are used
MEAN = 0.020  # s: each level is a mean of this length
ISOELECTRIC = 0.032  # s before the QRS where the reference begins; it ends MEAN later
SLOPE_FROM = 0.020  # s after J
FAST, J_FAST, J_SLOW = 120.0, 60.0, 80.0  # beats/min; ms after J from that rate on, and below
MAX_QRS_MV = 20.0  # no QRS complex is higher
COLUMNS = ("level", "j_level", "slope", "after_j_ms", "stretch")


@dataclass(frozen=True, kw_only=True, eq=False)
class StLevels(
    Result,
    given=("times", "after_j_ms"),
    columns={"time": "times", **{name: name for name in COLUMNS}},
):
    """ST level of each beat.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        The beats, in seconds from the start of the recording.
    level : ndarray of float64, shape (n,)
        Level at the point measured, relative to that of the PR segment, in ``units``; NaN where
        it could not be measured.
    j_level : ndarray of float64, shape (n,)
        Likewise 20 ms after J.
    slope : ndarray of float64, shape (n,)
        Between these two points, per second.
    after_j_ms : ndarray of float64, shape (n,)
        The point measured, in ms after J.
    stretch : ndarray of int64, shape (n,)
        Number of the uninterrupted stretch of signal of each beat, -1 for none.
    units : str
        Units of the signal.
    """

    times: Floats
    level: Floats
    j_level: Floats
    slope: Floats
    after_j_ms: Floats
    stretch: NDArray[np.int64]
    units: str = "mV"

    def __len__(self) -> int:
        """Return the number of beats."""
        return len(self.times)

    def _facts(self) -> list[tuple[str, str]]:
        known, slope = (one[np.isfinite(one)] for one in (self.level, self.slope))
        low, middle, high = np.quantile(known, [0.05, 0.5, 0.95]) if len(known) else [np.nan] * 3
        steep = float(np.median(slope)) if len(slope) else np.nan
        return [
            ("beats measured", f"{len(known):,} of {len(self):,}"),
            ("ST level", quantity(float(middle), f"{self.units} (median)")),
            ("5 to 95 % of beats", f"{quantity(low)} to {quantity(high, self.units)}"),
            ("ST slope", quantity(steep, f"{self.units}/s (median)")),
        ]


@analysis
def st_level(
    x: SignalLike,
    fs: float | None = None,
    beats: BeatsLike | None = None,
    *,
    after_j_ms: float | None = None,
    units: str | None = None,
    usable: UsableLike = None,
) -> Plan[Partial, StLevels] | Chain[StLevels]:
    """Measure the level and slope of the ST segment of each beat.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        One ECG lead; NaN marks missing samples. A high-pass filter above 0.05 Hz that is not of
        zero phase bends the ST segment and must not have been applied.
    fs : float, optional
        As for `ecg_delineate`.
    beats : Delineation, Beats, Annotations, Channel, or array-like, shape (k,), optional
        As for `ecg_delineate`. The QRS limits of a Delineation are used; otherwise they are
        found in the same way.
    after_j_ms : float, optional
        Where to measure, in ms after the J point, above 20 and up to 200. By default 80 ms, and
        60 ms from 120 beats/min on [1]_; the rate is that of the interval before the beat.
    units : str, optional
        Units of the signal; by default the channel's own, and 'mV' for an array. Values are not
        converted.
    usable : UsableLike, optional
        As for `ecg_delineate`.

    Returns
    -------
    StLevels
        Levels are means over 20 ms; the reference is the mean from 32 to 12 ms before the onset
        of the QRS complex. A beat without 40 ms of continuous signal before its QRS complex has no
        level. The result is exactly the same however the recording is cut into pieces.

    Raises
    ------
    InvalidInputError
        As of `ecg_delineate`; the delineation has another sampling rate; or ``after_j_ms`` is out
        of range.

    References
    ----------
    .. [1] Taddei A, Distante G, Emdin M, et al. The European ST-T database: standard for
       evaluating systems for the analysis of ST-T changes in ambulatory electrocardiography.
       European Heart Journal 1992;13(9):1164-1172.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import st_level
    >>> levels = st_level(vw.sample(60)["ECG"])
    >>> levels.units, len(levels) > 50
    ('mV', True)
    """
    check_kind(x, "ecg", "st_level")
    signal = signal_of(x, fs, usable, min_fs=MIN_FS, why=WHY_FS)
    units = units or signal.units[0] or "mV"
    if after_j_ms is not None:
        checked_number(after_j_ms, "after_j_ms", 20, 200, unit="ms", open_low=True)
    limits = None
    if isinstance(beats, Delineation):
        if beats.fs != signal.fs:
            raise InvalidInputError(
                f"the delineation is of a signal of {beats.fs:g} Hz, and this signal has "
                f"{signal.fs:g} Hz; delineate this signal, or give only the beats "
                "(beats=delineation.times)"
            )
        limits = np.stack([beats.qrs_onset - beats.r_peak, beats.qrs_offset - beats.r_peak], axis=1)

    def plan(where: BeatPlaces) -> Plan[Partial, StLevels]:
        points = _points_after_j(where.times, after_j_ms)
        return Plan(
            functools.partial(_measure, where=where, limits=limits, points=points),
            functools.partial(_join, where=where, points=points, units=units),
            before=round(BEFORE * signal.fs) + 2,
            after=round(AFTER * signal.fs) + 2,
            source=signal,
        )

    return at_beats(signal, beats, plan)


def _points_after_j(times: Floats, after_j_ms: float | None) -> Floats:
    """Return for each beat where to measure, in ms after J."""
    if after_j_ms is not None:
        return np.full(len(times), float(after_j_ms))
    rr = np.diff(times, prepend=np.nan)
    if len(rr) > 1:
        rr[0] = rr[1]
    return np.where(rr <= 60 / FAST, J_FAST, J_SLOW)


def _measure(piece: Piece, *, where: BeatPlaces, limits: Floats | None, points: Floats) -> Partial:
    """Return the beats of a core, and level, level near J, slope and height of the QRS of each."""
    fs, inside = piece.fs, where.inside(piece)
    before, after = round(BEFORE * fs), round(AFTER * fs)
    width = max(round(MEAN * fs), 1)
    half = (width - 1) / 2
    at_once = max(BLOCK // (before + after + 1), 1)
    found = [np.empty((0, 4))]
    for i in range(0, len(inside), at_once):
        some = inside[i : i + at_once]
        rows = beat_rows(piece.values, where.samples[some] - piece.first, before, after)
        qrs, _ = find_qrs_together([rows], fs)
        onset, j = qrs.onset, qrs.offset
        if limits is not None:
            onset, j = (rows.at + limits[some] * fs).T
        after_j = points[some] / 1000
        reference = _mean(rows, onset - ISOELECTRIC * fs, width)
        near = _mean(rows, j + SLOPE_FROM * fs - half, width) - reference
        level = _mean(rows, j + after_j * fs - half, width) - reference
        slope = (level - near) / (after_j - SLOPE_FROM)
        found.append(np.stack([level, near, slope, qrs.height], axis=1))
    return inside, np.concatenate(found)


def _mean(rows: BeatRows, first: Floats, width: int) -> Floats:
    """Return the mean of ``width`` columns from ``first`` on, NaN where some are missing."""
    known = np.isfinite(first)
    begin = np.round(np.where(known, first, 0)).astype(np.int64)
    whole = known & (begin >= rows.low) & (begin + width <= rows.high)
    columns = np.clip(begin, 0, rows.x.shape[1] - width)[:, None] + np.arange(width)
    return np.where(whole, np.take_along_axis(rows.x, columns, axis=1).mean(axis=1), np.nan)


def _join(
    partials: Sequence[Partial], extent: Extent, *, where: BeatPlaces, points: Floats, units: str
) -> StLevels:
    n = len(where.times)
    table, stretch = np.full((n, 4), np.nan), np.full(n, -1, np.int64)
    for beats, found in partials:
        table[beats] = found
        stretch[beats] = 0
    there = stretch == 0
    stretch[there] = extent.stretch_of(where.samples[there])
    level, j_level, slope, height = table.T
    return StLevels(
        times=where.times, level=level, j_level=j_level, slope=slope, after_j_ms=points,
        stretch=stretch, units=units, valid=extent.valid, notes=_notes(level, height, units),
    )  # fmt: skip


def _notes(level: Floats, height: Floats, units: str) -> tuple[str, ...]:
    missing = int(np.isnan(level).sum())
    if missing == len(level):
        return (not_enough(f"none of {missing} beats has a QRS complex with signal around it"),)
    notes = []
    if units == "mV" and (median := float(np.nanmedian(height))) > MAX_QRS_MV:
        notes.append(
            f"the median QRS is {median:.4g} high, so the values do not look like mV; thresholds "
            "in mV do not apply to them"
        )
    if missing:
        notes.append(f"no ST level in {missing:,} of {len(level):,} beats: gap, edge or noise")
    return tuple(notes)

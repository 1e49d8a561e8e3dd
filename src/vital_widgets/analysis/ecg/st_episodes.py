"""Episodes in which the ST segment deviates for a minimum duration."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.ecg.beat_places import refuse_with_result
from vital_widgets.analysis.ecg.episodes import Episodes, runs_of, smoothed
from vital_widgets.analysis.ecg.st_level import StLevels, st_level
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Chain
from vital_widgets.analysis.engine.result import quantity
from vital_widgets.analysis.engine.validity import checked_number, not_enough, passed_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import BeatsLike
    from vital_widgets.analysis.engine.source import SignalLike
    from vital_widgets.analysis.engine.stretches import UsableLike

    Floats = NDArray[np.float64]

ELEVATION, DEPRESSION = "ST elevation", "ST depression"
SMOOTHED = 11  # beats in the running median: single odd beats make no episode
THRESHOLD_MV = 0.1
PER_MV = {"V": 1e-3, "uV": 1e3, "µV": 1e3, "μV": 1e3, "nV": 1e6}
COLUMNS = ("kind", "onset", "end", "extreme", "extreme_at", "n_beats")


@dataclass(frozen=True, kw_only=True, eq=False)
class StEpisodes(
    Episodes,
    given=("extreme_at", "threshold", "min_duration_s"),
    columns={name: name for name in COLUMNS},
):
    """Episodes of ST deviation, in order.

    Attributes
    ----------
    kind : ndarray of str, shape (n,)
        'ST elevation' or 'ST depression'.
    onset, end : ndarray of float64, shape (n,)
        Times in seconds of the first and last beat beyond the onset threshold.
    n_beats : ndarray of int64, shape (n,)
        Number of beats with an ST level.
    extreme : ndarray of float64, shape (n,)
        Largest deviation from the reference, with its sign, in the units of the levels.
    extreme_at : ndarray of float64, shape (n,)
        Its time in seconds.
    reference : float
        Level that deviations are measured from.
    threshold, min_duration_s : float
        Smallest deviation, and its shortest duration.
    n_levels : int
        Number of beats with an ST level in the recording.
    units : str
        Units of the levels.
    """

    extreme: Floats
    extreme_at: Floats
    reference: float
    threshold: float
    min_duration_s: float
    n_levels: int
    units: str

    def _facts(self) -> list[tuple[str, str]]:
        longest = float((self.end - self.onset).max()) if len(self) else np.nan
        limit = f"at least {self.threshold:g} {self.units} for {self.min_duration_s:g} s"
        return [
            (f"episodes ({limit})", f"{len(self)}"),
            ("longest", quantity(longest, "s")),
            ("reference level", quantity(self.reference, self.units)),
            ("beats", f"{self.n_levels:,}"),
        ]


@analysis
def st_episodes(
    x: StLevels | SignalLike,
    fs: float | None = None,
    beats: BeatsLike | None = None,
    *,
    threshold: float | None = None,
    min_duration_s: float = 60.0,
    reference: float | None = None,
    onset_threshold: float | None = None,
    min_gap_s: float = 30.0,
    usable: UsableLike = None,
) -> StEpisodes | Chain[StEpisodes]:
    """Find episodes in which the ST level deviates.

    Parameters
    ----------
    x : StLevels, or ECG as for `st_level`
        Levels measured by `st_level`, or an ECG lead, in which `st_level` measures them first.
    fs, beats, usable
        As for `st_level`; only for an ECG.
    threshold : float, optional
        Smallest deviation from the reference, in the units of the levels; 0.1 mV by default.
    min_duration_s : float
        Shortest duration in s of such a deviation without a break. 0.1 mV for 60 s is protocol C
        of the long-term ST database [1]_; 0.1 mV for 30 s is its protocol B, and 0.075 mV for
        30 s its protocol A.
    reference : float, optional
        Level that deviations are measured from, in the units of the levels; by default the median
        of all. Give the level at rest if the deviation lasts for more than half of the recording.
    onset_threshold : float, optional
        An episode lasts from where the deviation exceeds this to where it falls below; by default
        half of the threshold (0.05 mV in [1]_).
    min_gap_s : float
        Episodes that are closer together (s) are one; 30 s as in [1]_.

    Returns
    -------
    StEpisodes
        Of the running median over 11 beats of each stretch of signal. An episode ends at a gap.

    Raises
    ------
    InvalidInputError
        As of `st_level`; a limit is out of range; or ``fs``, ``beats`` or ``usable`` were given
        with levels.

    References
    ----------
    .. [1] Jager F, Taddei A, Moody GB, et al. Long-term ST database: a reference for the
       development and evaluation of automated ischaemia detectors and for the study of the
       dynamics of myocardial ischaemia. Medical and Biological Engineering and Computing
       2003;41(2):172-182. doi:10.1007/BF02344885

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import st_episodes
    >>> len(st_episodes(vw.sample(60)["ECG"]))
    0
    """
    if threshold is not None:
        checked_number(threshold, "threshold", 0, open_low=True)
    limits: dict[str, Any] = {
        "threshold": threshold,
        "min_duration_s": checked_number(min_duration_s, "min_duration_s", 0, 86_400, unit="s"),
        "reference": None if reference is None else checked_number(reference, "reference"),
        "onset_threshold": onset_threshold,
        "min_gap_s": checked_number(min_gap_s, "min_gap_s", 0, 3600, unit="s"),
    }
    if not isinstance(x, StLevels):
        first = st_level.plan(x, fs, beats, usable=usable)
        note = "ST levels measured by st_level"
        return Chain((first,), functools.partial(_find, note=note, **limits))
    refuse_with_result(x, fs=fs, beats=beats, usable=usable)
    return _find(x, **limits)


def _find(
    levels: StLevels,
    *,
    threshold: float | None,
    min_duration_s: float,
    reference: float | None,
    onset_threshold: float | None,
    min_gap_s: float,
    note: str = "",
) -> StEpisodes:
    limit = THRESHOLD_MV * PER_MV.get(levels.units, 1.0) if threshold is None else float(threshold)
    outer = limit / 2 if onset_threshold is None else onset_threshold
    outer = checked_number(outer, "onset_threshold", 0, limit)
    known = np.isfinite(levels.level)
    times, level, stretch = levels.times[known], levels.level[known], levels.stretch[known]
    base = reference
    if base is None:
        base = float(np.median(level)) if len(level) else np.nan
    deviation = smoothed(level, stretch, SMOOTHED) - base
    found = []
    for sign, kind in ((1.0, ELEVATION), (-1.0, DEPRESSION)):
        size = sign * deviation
        inner = [
            (a, b)
            for a, b in runs_of(size >= limit, stretch)
            if times[b - 1] - times[a] >= min_duration_s
        ]
        spans: list[tuple[int, int]] = []
        for a, b in runs_of(size >= outer, stretch):
            if not any(a <= c and d <= b for c, d in inner):
                continue
            last = spans[-1] if spans else (0, 0)
            near = spans and times[a] - times[last[1] - 1] < min_gap_s
            if near and stretch[last[0]] == stretch[a]:
                spans[-1] = (last[0], b)
            else:
                spans.append((a, b))
        found += [(kind, a, b, a + int(np.argmax(size[a:b]))) for a, b in spans]
    found.sort(key=lambda one: one[1])
    first, stop, top = (np.array([one[k] for one in found], np.int64) for k in (1, 2, 3))
    notes = () if len(level) else (not_enough("no beat has an ST level"),)
    return StEpisodes(
        kind=np.array([one[0] for one in found], object),
        onset=times[first],
        end=times[stop - 1],
        n_beats=stop - first,
        extreme=deviation[top],
        extreme_at=times[top],
        reference=base,
        threshold=limit,
        min_duration_s=min_duration_s,
        n_levels=len(level),
        units=levels.units,
        valid=levels.valid,
        notes=(*notes, *passed_on(levels), *([note] if note else [])),
    )

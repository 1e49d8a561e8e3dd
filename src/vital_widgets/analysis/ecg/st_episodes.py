"""Episodes in which the ST segment deviates for long enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.ecg.st_level import StLevels
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

ELEVATION, DEPRESSION = "ST elevation", "ST depression"
SMOOTHED = 11  # beats in the running median: single odd beats make no episode


@dataclass(frozen=True, kw_only=True, eq=False)
class StEpisodes(Result, given=("onset", "end", "extreme_at", "threshold")):
    """Episodes of ST deviation, in order.

    Attributes
    ----------
    kind : ndarray of str, shape (n,)
        'ST elevation' or 'ST depression'.
    onset, end : ndarray of float64, shape (n,)
        Seconds: the first and last beat that deviate by more than the border.
    extreme : ndarray of float64, shape (n,)
        Largest deviation from the reference, with its sign, in the unit of the levels.
    extreme_at : ndarray of float64, shape (n,)
        When, in seconds.
    beats : ndarray of int64, shape (n,)
        Beats measured in the episode.
    reference : float
        Level that deviations are from.
    threshold, seconds : float
        What an episode must exceed, and for how long.
    n_beats : int
        Beats looked at.
    unit : str
        Of the levels.
    """

    kind: NDArray[Any]
    onset: NDArray[np.float64]
    end: NDArray[np.float64]
    extreme: NDArray[np.float64]
    extreme_at: NDArray[np.float64]
    beats: NDArray[np.int64]
    reference: float
    threshold: float
    seconds: float
    n_beats: int
    unit: str

    def __len__(self) -> int:
        """Return the number of episodes."""
        return len(self.onset)

    def to_frame(self) -> pd.DataFrame:
        """Return one row an episode: kind, onset, end (s), extreme, extreme_at (s), beats."""
        import pandas as pd

        names = ("kind", "onset", "end", "extreme", "extreme_at", "beats")
        return pd.DataFrame({name: getattr(self, name) for name in names})

    def facts(self) -> list[tuple[str, str]]:
        """Return the number of episodes, what they deviate from, and the beats looked at."""
        longest = float((self.end - self.onset).max()) if len(self) else np.nan
        return [
            (
                f"episodes (at least {self.threshold:g} {self.unit} for {self.seconds:g} s)",
                f"{len(self)}",
            ),
            ("longest", quantity(longest, "s")),
            ("reference level", quantity(self.reference, self.unit)),
            ("beats", f"{self.n_beats:,}"),
        ]

    def annotations(self, channel: str = "") -> Annotations:
        """Return each episode as a mark: 'ST elevation' or 'ST depression'."""
        n = len(self)
        return Annotations(self.onset, list(self.kind), self.end - self.onset, [channel] * n)


@with_recipe("levels")
def st_episodes(
    levels: Any,
    *,
    threshold: float = 0.1,
    seconds: float = 60.0,
    reference: float | None = None,
    border: float | None = None,
    apart: float = 30.0,
) -> StEpisodes:
    """Find episodes in which the ST level deviates.

    Parameters
    ----------
    levels : StLevels
        Of `st_level`.
    threshold : float
        An episode deviates from the reference by at least so much ...
    seconds : float
        ... for at least so many seconds without a break. 0.1 mV for 60 s is protocol C of the
        long-term ST database (Jager et al. 2003); 0.1 mV for 30 s its protocol B, and 0.075 mV
        for 30 s its protocol A.
    reference : float, optional
        Level in the unit of the levels that deviations are from; by default the median of all.
        Give the level at rest if the deviation lasts for more than half of the recording.
    border : float, optional
        An episode reaches from where the deviation exceeds this to where it falls below; by
        default half of the threshold (0.05 mV in both databases).
    apart : float
        Episodes nearer to each other than so many seconds are one.

    Returns
    -------
    StEpisodes
        Of the running median over 11 beats of each stretch of signal. No episode goes across a
        gap: it ends there.

    References
    ----------
    Jager F, Taddei A, Moody GB, et al. Long-term ST database: a reference for the development
    and evaluation of automated ischaemia detectors and for the study of the dynamics of
    myocardial ischaemia. Med Biol Eng Comput 2003;41:172-182.
    """
    if not isinstance(levels, StLevels):
        raise InvalidInputError(
            f"levels={type(levels).__name__} holds no ST levels; give the result of "
            "st_level(values, fs, beats)"
        )
    limit = checked_number(threshold, "threshold", 0, open_low=True, unit=levels.unit)
    least = checked_number(seconds, "seconds", 0, 86_400, unit="s")
    near = checked_number(apart, "apart", 0, 3600, unit="s")
    half = limit / 2 if border is None else checked_number(border, "border", 0, limit)
    known = np.isfinite(levels.level)
    times, level, stretch = levels.times[known], levels.level[known], levels.stretch[known]
    base = np.nan
    if reference is not None:
        base = checked_number(reference, "reference", unit=levels.unit)
    elif len(level):
        base = float(np.median(level))
    rows = []
    if len(level):
        deviation = _smoothed(level, stretch) - base
        for sign, kind in ((1.0, ELEVATION), (-1.0, DEPRESSION)):
            for a, b in _runs(times, sign * deviation, stretch, (limit, half, least, near)):
                top = a + int(np.argmax(sign * deviation[a:b]))
                rows.append((kind, times[a], times[b - 1], deviation[top], times[top], b - a))
    rows.sort(key=lambda row: row[1])
    column = list(zip(*rows, strict=True)) if rows else [()] * 6
    return StEpisodes(
        kind=np.array(column[0], object),
        onset=np.array(column[1], np.float64),
        end=np.array(column[2], np.float64),
        extreme=np.array(column[3], np.float64),
        extreme_at=np.array(column[4], np.float64),
        beats=np.array(column[5], np.int64),
        reference=base,
        threshold=limit,
        seconds=least,
        n_beats=len(level),
        unit=levels.unit,
        valid=levels.valid,
        notes=() if len(level) else (not_enough("no beat has an ST level"),),
    )


def _smoothed(level: NDArray[np.float64], stretch: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the running median of each stretch; at its ends of fewer beats."""
    import pandas as pd

    parts = pd.Series(level).groupby(stretch, sort=False)
    smooth = parts.rolling(SMOOTHED, center=True, min_periods=1).median()
    return np.asarray(smooth.reset_index(level=0, drop=True).sort_index(), np.float64)


def _runs(
    times: NDArray[np.float64],
    deviation: NDArray[np.float64],
    stretch: NDArray[np.int64],
    limits: tuple[float, float, float, float],
) -> list[tuple[int, int]]:
    """Return the episodes ``[a, b)`` of positive deviation, by beat."""
    limit, half, least, near = limits
    found: list[tuple[int, int]] = []
    outer = _true_runs(deviation >= half, stretch)
    core = _true_runs(deviation >= limit, stretch)
    long = [(a, b) for a, b in core if times[b - 1] - times[a] >= least]
    for a, b in outer:
        if not any(a <= c and d <= b for c, d in long):
            continue
        if found and times[a] - times[found[-1][1] - 1] < near:
            last = found[-1]
            if stretch[last[0]] == stretch[a]:
                found[-1] = (last[0], b)
                continue
        found.append((a, b))
    return found


def _true_runs(inside: NDArray[np.bool_], stretch: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return runs ``[a, b)`` of true values that no change of stretch interrupts."""
    new = np.diff(stretch, prepend=-2) != 0
    starts = np.flatnonzero(inside & (new | ~np.concatenate([[False], inside[:-1]])))
    ends = np.flatnonzero(
        inside & (np.append(new[1:], True) | ~np.concatenate([inside[1:], [False]]))
    )
    return list(zip(starts.tolist(), (ends + 1).tolist(), strict=True))

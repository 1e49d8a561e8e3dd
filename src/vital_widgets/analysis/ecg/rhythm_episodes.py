"""Pauses, bradycardia and tachycardia, from the times of beats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import Beats, checked_beat_times
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.stretches import usable_stretches
from vital_widgets.analysis.engine.validity import ValidSignal, checked_number, not_enough
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

KINDS = ("pause", "bradycardia", "tachycardia")
ROUNDING = 1e-6  # s: an interval of exactly a threshold, as a difference of times, is not above it
SMOOTHED = 5  # intervals in the running median: one early beat ends no episode


@dataclass(frozen=True, kw_only=True, eq=False)
class RhythmEpisodes(Result, given=("limits", "onset", "end")):
    """Episodes of a rhythm, in order of their onset.

    Attributes
    ----------
    kind : ndarray of str, shape (n,)
        'pause', 'bradycardia' or 'tachycardia'.
    onset, end : ndarray of float64, shape (n,)
        Times in seconds of the beats that they lie between.
    beats : ndarray of int64, shape (n,)
        Number of beats, the first and the last included.
    rate : ndarray of float64, shape (n,)
        Mean rate within, in beats/min.
    extreme : ndarray of float64, shape (n,)
        Longest interval in ms of a pause or bradycardia, shortest of a tachycardia.
    n_intervals : int
        Number of intervals looked at.
    limits : dict of str to float
        The thresholds.
    """

    kind: NDArray[Any]
    onset: NDArray[np.float64]
    end: NDArray[np.float64]
    beats: NDArray[np.int64]
    rate: NDArray[np.float64]
    extreme: NDArray[np.float64]
    n_intervals: int
    limits: dict[str, float]

    def __len__(self) -> int:
        """Return the number of episodes."""
        return len(self.onset)

    def to_frame(self) -> pd.DataFrame:
        """Return one row an episode: kind, onset, end (s), beats, rate (per min), extreme (ms)."""
        import pandas as pd

        names = ("kind", "onset", "end", "beats", "rate", "extreme")
        return pd.DataFrame({name: getattr(self, name) for name in names})

    def facts(self) -> list[tuple[str, str]]:
        """Return how many of each kind there are, and how long they last."""
        facts = []
        for kind in KINDS:
            there = self.kind == kind
            n = int(there.sum())
            longest = float((self.end - self.onset)[there].max()) if n else 0.0
            limit = {
                "pause": f"RR above {self.limits['pause']:g} s",
                "bradycardia": f"below {self.limits['bradycardia']:g} beats/min",
                "tachycardia": f"above {self.limits['tachycardia']:g} beats/min",
            }[kind]
            tail = f", longest {longest:.3g} s" if n else ""
            facts.append((f"{kind} ({limit})", f"{n:,}{tail}"))
        facts.append(("intervals", f"{self.n_intervals:,}"))
        return facts

    def annotations(self, channel: str = "") -> Annotations:
        """Return each episode as a mark that says its kind."""
        n = len(self)
        return Annotations(self.onset, list(self.kind), self.end - self.onset, [channel] * n)


@with_recipe("beats", "usable")
def rhythm_episodes(
    beats: Any,
    *,
    pause: float = 2.0,
    bradycardia: float = 50.0,
    bradycardia_beats: int = 5,
    tachycardia: float = 100.0,
    tachycardia_beats: int = 17,
    max_gap: float | None = None,
    usable: Any = None,
) -> RhythmEpisodes:
    """Find pauses, bradycardia and tachycardia.

    Parameters
    ----------
    beats : Beats, a result with ``times``, or array-like of float, shape (n,)
        Beats, or their times in seconds, rising. Of Beats no interval goes across a gap.
    pause : float
        An RR interval above so many seconds is a pause. 2 s is the usual limit of Holter
        reports, 3 s that of guidelines (Kusumoto et al. 2019).
    bradycardia : float
        Rate in beats/min below which there is bradycardia (50: Kusumoto et al. 2019).
    bradycardia_beats : int
        So many beats it lasts at least (5: Clifford et al. 2015).
    tachycardia : float
        Rate in beats/min above which there is tachycardia (100: the usual definition).
    tachycardia_beats : int
        So many beats it lasts at least (17: Clifford et al. 2015).
    max_gap : float, optional
        Seconds above which an interval of an array of times is a gap in the recording and no
        pause. By default there are no gaps in an array.
    usable : optional
        Stretches, Annotations or a quality result: intervals that are not in one stretch whole
        are gaps.

    Returns
    -------
    RhythmEpisodes
        The rate at each beat is that of the running median of 5 intervals within its stretch,
        so that one premature beat neither makes nor ends an episode. Pauses are single
        intervals, not smoothed.

    References
    ----------
    Kusumoto FM, et al. 2018 ACC/AHA/HRS guideline on the evaluation and management of patients
    with bradycardia and cardiac conduction delay. Circulation 2019;140:e382-e482.
    Clifford GD, et al. The PhysioNet/Computing in Cardiology Challenge 2015: reducing false
    arrhythmia alarms in the ICU. Comput Cardiol 2015;42:273-276.
    """
    limits = {
        "pause": checked_number(pause, "pause", 0.3, 60, unit="s"),
        "bradycardia": checked_number(bradycardia, "bradycardia", 10, 200, unit="beats/min"),
        "tachycardia": checked_number(tachycardia, "tachycardia", 30, 400, unit="beats/min"),
    }
    if limits["bradycardia"] >= limits["tachycardia"]:
        raise InvalidInputError(
            f"bradycardia={bradycardia!r} is not below tachycardia={tachycardia!r} beats/min"
        )
    least = {
        "bradycardia": int(checked_number(bradycardia_beats, "bradycardia_beats", 2, 10_000)),
        "tachycardia": int(checked_number(tachycardia_beats, "tachycardia_beats", 2, 10_000)),
    }
    times, follows, valid = _series(beats, max_gap)
    stretches = usable_stretches(usable)
    if stretches is not None:
        follows = follows & stretches.hold(times[:-1], times[1:])
    rr = np.diff(times)
    rows: list[tuple[str, int, int]] = [
        ("pause", i, i + 1)
        for i in np.flatnonzero(follows & (rr > limits["pause"] + ROUNDING)).tolist()
    ]
    smooth = _smoothed(rr, follows)
    slow = follows & (smooth > 60 / limits["bradycardia"] + ROUNDING)
    fast = follows & (smooth < 60 / limits["tachycardia"] - ROUNDING)
    for kind, inside in (("bradycardia", slow), ("tachycardia", fast)):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], inside.view(np.int8), [0]])))
        for a, b in edges.reshape(-1, 2).tolist():
            if b - a + 1 >= least[kind]:
                rows.append((kind, a, b))
    rows.sort(key=lambda row: (times[row[1]], KINDS.index(row[0])))
    return _made(rows, times, rr, int(follows.sum()), limits, valid)


def _series(
    beats: Any, max_gap: float | None
) -> tuple[NDArray[np.float64], NDArray[np.bool_], ValidSignal]:
    """Return beat times, which intervals are no gaps, and how much signal they rest on."""
    times = checked_beat_times(getattr(beats, "times", beats), "beats")
    follows = np.ones(max(len(times) - 1, 0), bool)
    valid = getattr(beats, "valid", None)
    if isinstance(beats, Beats) or hasattr(beats, "stretch"):
        follows &= np.diff(np.asarray(beats.stretch)) == 0
    if max_gap is not None:
        follows &= np.diff(times) <= checked_number(max_gap, "max_gap", 0, unit="s")
    if len(times) > 1 and float(np.median(np.diff(times))) > 30:  # noqa: PLR2004 - s
        raise InvalidInputError(
            f"the median interval between beats is {float(np.median(np.diff(times))):.4g} s; give "
            "times in seconds (divide sample indices by fs, milliseconds by 1000)"
        )
    if not isinstance(valid, ValidSignal):
        span = float(times[-1] - times[0]) if len(times) > 1 else 0.0
        valid = ValidSignal(float(np.sum(np.diff(times)[follows])), span)
    return times, follows, valid


def _smoothed(rr: NDArray[np.float64], follows: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the running median of intervals within each stretch; at its ends of fewer."""
    import pandas as pd

    group = np.cumsum(~follows)
    series = pd.Series(np.where(follows, rr, np.nan))
    parts = series.groupby(group, sort=False)
    smooth = parts.rolling(SMOOTHED, center=True, min_periods=1).median()
    return np.asarray(smooth.reset_index(level=0, drop=True).sort_index(), np.float64)


def _made(
    rows: list[tuple[str, int, int]],
    times: NDArray[np.float64],
    rr: NDArray[np.float64],
    n_intervals: int,
    limits: dict[str, float],
    valid: ValidSignal,
) -> RhythmEpisodes:
    first = np.array([row[1] for row in rows], np.int64)
    last = np.array([row[2] for row in rows], np.int64)
    extreme = [
        float((np.min if kind == "tachycardia" else np.max)(rr[a:b]) * 1000) for kind, a, b in rows
    ]
    onset, end = times[first], times[last]
    return RhythmEpisodes(
        kind=np.array([row[0] for row in rows], object),
        onset=onset,
        end=end,
        beats=last - first + 1,
        rate=60 * (last - first) / (end - onset) if len(rows) else np.empty(0),
        extreme=np.array(extreme, np.float64),
        n_intervals=n_intervals,
        limits=limits,
        valid=valid,
        notes=() if n_intervals else (not_enough("fewer than two beats follow each other"),),
    )

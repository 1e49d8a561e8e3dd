"""Statistics of a night: sleep time, efficiency, latencies, stages, awakenings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import ValidSignal, checked_number, not_enough
from vital_widgets.analysis.sleep.hypnogram import Hypnogram, StagesLike
from vital_widgets.analysis.sleep.hypnogram import hypnogram as hypnogram_of
from vital_widgets.core.sleepstages import STAGES, UNSCORED
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

HypnogramLike: TypeAlias = "Hypnogram | StagesLike"
ASLEEP = ("N1", "N2", "N3", "R")
WAKE = "W"
NAN = math.nan
COLUMNS = {
    "lights_off": "lights_off", "lights_on": "lights_on", "tib_min": "tib", "tst_min": "tst",
    "spt_min": "spt", "sleep_latency_min": "sleep_latency", "rem_latency_min": "rem_latency",
    "waso_min": "waso", "wake_in_spt_min": "wake_in_spt", "efficiency_percent": "efficiency",
    "maintenance_percent": "maintenance", "": "_by_stage", "unscored_min": "unscored",
    "awakenings": "awakenings", "awakening_index": "awakening_index",
    "stage_shifts": "stage_shifts", "stage_shift_index": "stage_shift_index",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class SleepStatistics(Result, given=("lights_off", "lights_on", "tib"), columns=COLUMNS):
    """Statistics of a night; durations in minutes. `sleep_statistics` defines them.

    Attributes
    ----------
    lights_off, lights_on : float
        Begin and end of the time in bed, in seconds from the start of the recording.
    tib, tst, spt : float
        Time in bed, total sleep time, sleep period time.
    sleep_latency, rem_latency : float
        From lights off to sleep, from sleep onset to stage R.
    waso, wake_in_spt : float
        Wake after sleep onset: until lights on, and within the sleep period only.
    efficiency, maintenance : float
        Total sleep time in % of the time in bed, and of the sleep period.
    latency : dict of str to float
        From lights off to the first epoch of 'N1', 'N2', 'N3' and 'R'; NaN without one.
    minutes : dict of str to float
        Time in 'W', 'N1', 'N2', 'N3' and 'R'.
    percent : dict of str to float
        Time in 'N1', 'N2', 'N3' and 'R' in % of the total sleep time.
    unscored : float
        Time in bed that is not scored.
    awakenings, stage_shifts : int
        Numbers of awakenings, and of changes of stage within the sleep period.
    awakening_index, stage_shift_index : float
        The same per hour of total sleep time.
    """

    lights_off: float
    lights_on: float
    tib: float
    tst: float
    spt: float
    sleep_latency: float
    rem_latency: float
    waso: float
    wake_in_spt: float
    efficiency: float
    maintenance: float
    latency: dict[str, float]
    minutes: dict[str, float]
    percent: dict[str, float]
    unscored: float
    awakenings: int
    awakening_index: float
    stage_shifts: int
    stage_shift_index: float

    @property
    def _by_stage(self) -> dict[str, float]:
        return {
            **{f"latency_{name}_min": value for name, value in self.latency.items()},
            **{f"{name}_min": value for name, value in self.minutes.items()},
            **{f"{name}_percent": value for name, value in self.percent.items()},
        }

    def _facts(self) -> list[tuple[str, str]]:
        stages = ", ".join(f"{name} {quantity(self.percent[name], '%', 3)}" for name in ASLEEP)
        return [
            ("time in bed", quantity(self.tib, "min")),
            ("total sleep time", quantity(self.tst, "min")),
            ("sleep efficiency", quantity(self.efficiency, "%")),
            ("sleep latency", quantity(self.sleep_latency, "min")),
            ("REM latency", quantity(self.rem_latency, "min")),
            ("wake after sleep onset", quantity(self.waso, "min")),
            ("stages", stages),
            ("awakenings", f"{self.awakenings} ({quantity(self.awakening_index, '/h')})"),
            ("stage shifts", f"{self.stage_shifts} ({quantity(self.stage_shift_index, '/h')})"),
        ]


@analysis
def sleep_statistics(
    hypnogram: HypnogramLike,
    *,
    lights_off: float | None = None,
    lights_on: float | None = None,
) -> SleepStatistics:
    """Compute the statistics of a night after the AASM manual.

    Parameters
    ----------
    hypnogram : Hypnogram, or stages as for `hypnogram`
        One stage for each epoch.
    lights_off, lights_on : float, optional
        Begin and end of the time in bed, in seconds from the start of the recording. By default
        the begin of the first epoch and the end of the last one, which a note states.

    Returns
    -------
    SleepStatistics
        Durations in minutes, percentages, and indices per hour of sleep.

    Raises
    ------
    InvalidInputError
        ``lights_on`` is not after ``lights_off``, or no epoch lies between them.

    Notes
    -----
    An epoch counts if its middle lies between lights off and lights on. Definitions after [1]_:

    * TIB, time in bed (total recording time): lights off to lights on.
    * TST, total sleep time: time in N1, N2, N3 and R.
    * Sleep latency: lights off to the begin of the first epoch of any sleep (sleep onset).
    * REM latency: sleep onset to the first epoch of R. (YASA counts from lights off: that is
      ``latency["R"]``.)
    * WASO, wake after sleep onset: time in W from sleep onset to lights on, so wakefulness after
      the last epoch of sleep is included.
    * Sleep efficiency: TST in % of TIB.
    * Minutes of each stage, and percent of TST.

    Not in the manual, but usual:

    * SPT, sleep period time: sleep onset to the end of the last epoch of sleep.
      ``wake_in_spt`` is the time in W therein; YASA calls it WASO.
    * Sleep maintenance: TST in % of SPT.
    * Latencies of N1, N2, N3 and R: lights off to the first epoch of the stage.
    * Awakenings: runs of W within SPT, so the final awakening is not one of them.
    * Stage shifts: changes between successive epochs within SPT, to and from W included. Their
      index is the number per hour of TST.

    Epochs that are not scored count in TIB and SPT, but as neither sleep nor wake: a change of
    stage across them is one change.

    References
    ----------
    .. [1] Iber C, Ancoli-Israel S, Chesson A, Quan SF. The AASM manual for the scoring of sleep
       and associated events: rules, terminology and technical specifications. American Academy of
       Sleep Medicine 2007.

    Examples
    --------
    >>> from vital_widgets.analysis import sleep_statistics
    >>> night = sleep_statistics(["W", "W", "N1", "N2", "W", "N2", "R", "W"])
    >>> night.tst, night.waso, night.sleep_latency, night.rem_latency, night.efficiency
    (2.0, 1.0, 1.0, 2.0, 50.0)
    """
    scored = hypnogram if isinstance(hypnogram, Hypnogram) else hypnogram_of(hypnogram)
    epoch, onset = scored.epoch_s, scored.onset
    notes = list(scored.notes)
    known = [float(onset[0]), float(onset[-1]) + epoch] if len(scored) else [0.0, 0.0]
    ends = []
    for k, (name, value) in enumerate((("lights_off", lights_off), ("lights_on", lights_on))):
        ends.append(known[k] if value is None else checked_number(value, name, unit="s"))
        if value is None and len(scored):
            edge = ("begin of the first", "end of the last")[k]
            notes.append(f"{name} is taken as the {edge} epoch, {ends[k]:.6g} s")
    off, on = ends
    if not off < on and (len(scored) or None not in (lights_off, lights_on)):
        raise InvalidInputError(
            f"lights_on={on!r} s is not after lights_off={off!r} s; give seconds from the start "
            "of the recording"
        )
    on = max(off, on)
    inside = (onset + epoch / 2 >= off) & (onset + epoch / 2 < on)
    if len(scored) and not inside.any():
        raise InvalidInputError(
            f"no epoch lies between lights_off={off!r} s and lights_on={on!r} s; the epochs reach "
            f"from {known[0]:.6g} to {known[1]:.6g} s"
        )
    stage, onset = scored.stage[inside], onset[inside]
    if not np.any(stage != UNSCORED) and scored.enough:
        notes.insert(0, not_enough("no epoch between lights off and lights on has a sleep stage"))
    elif not scored.enough:
        notes = [not_enough("no epoch has a sleep stage"), *notes[1:]]
    elif not np.any(np.isin(stage, ASLEEP)):
        notes.append("no sleep was scored: latencies and percentages are not available")
    if n_unscored := int((stage == UNSCORED).sum()):
        notes.append(f"{n_unscored:,} of {len(stage):,} epochs in bed are not scored")
    return _statistics(stage, onset, epoch, (off, on), tuple(notes))


def _statistics(
    stage: NDArray[np.object_],
    onset: NDArray[np.float64],
    epoch: float,
    lights: tuple[float, float],
    notes: tuple[str, ...],
) -> SleepStatistics:
    off, on = lights
    tib = (on - off) / 60
    minutes = {name: int((stage == name).sum()) * epoch / 60 for name in STAGES}
    tst = sum(minutes[name] for name in ASLEEP)
    asleep = np.flatnonzero(np.isin(stage, ASLEEP))
    first, stop = (int(asleep[0]), int(asleep[-1]) + 1) if len(asleep) else (0, 0)
    period = stage[first:stop]
    steps = period[period != UNSCORED]
    shifts = np.flatnonzero(steps[1:] != steps[:-1]) + 1
    awakenings = int((steps[shifts] == WAKE).sum())
    latency = {
        name: _after(off, onset[stage == name]) / 60 if (stage == name).any() else NAN
        for name in ASLEEP
    }
    sleep_latency = _after(off, onset[first:stop]) / 60 if tst else NAN
    in_rem = onset[stage == "R"]
    rem_latency = float(in_rem[0] - onset[first]) / 60 if tst and len(in_rem) else NAN
    spt = (stop - first) * epoch / 60
    scored = sum(minutes.values())
    return SleepStatistics(
        lights_off=off,
        lights_on=on,
        tib=tib,
        tst=tst,
        spt=spt,
        sleep_latency=sleep_latency,
        rem_latency=rem_latency,
        waso=int((stage[first:] == WAKE).sum()) * epoch / 60 if tst else NAN,
        wake_in_spt=int((period == WAKE).sum()) * epoch / 60 if tst else NAN,
        efficiency=100 * tst / tib if tib else NAN,
        maintenance=100 * tst / spt if spt else NAN,
        latency=latency,
        minutes=minutes,
        percent={name: 100 * minutes[name] / tst if tst else NAN for name in ASLEEP},
        unscored=max(tib - scored, 0.0),
        awakenings=awakenings,
        awakening_index=60 * awakenings / tst if tst else NAN,
        stage_shifts=len(shifts),
        stage_shift_index=60 * len(shifts) / tst if tst else NAN,
        valid=ValidSignal(min(60 * scored, on - off), on - off),
        notes=notes,
    )


def _after(off: float, onset: NDArray[np.float64]) -> float:
    """Return seconds from lights off to the first of epochs; 0 if it began before."""
    return max(float(onset[0]) - off, 0.0)

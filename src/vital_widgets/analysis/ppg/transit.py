"""Pulse arrival time (from the R peak) and pulse transit time (between two sites), per beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_marks import nearest
from vital_widgets.analysis.beats.beat_series import (
    PPG,
    Beats,
    BeatsLike,
    checked_beat_times,
    found_notes,
)
from vital_widgets.analysis.ecg.detection.ecg_peaks import ecg_peaks
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Chain
from vital_widgets.analysis.engine.result import Result, median_of, quantity
from vital_widgets.analysis.engine.source import SignalLike, is_signal
from vital_widgets.analysis.engine.stretches import UsableLike, usable_stretches
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_number,
    not_enough,
    passed_on,
)
from vital_widgets.analysis.ppg.fiducials import PulseWaves, ppg_fiducials
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Times = NDArray[np.float64]
    Places = NDArray[np.int64]

POINTS = {"foot": "foot", "onset": "onset", "peak": "peak", "max-slope": "u"}
R_PEAKS = "r_peaks"
MAX_APART = 5.0  # s between pulses around a beat that are seen


@dataclass(frozen=True, kw_only=True, eq=False)
class PulseDelays(
    Result,
    given=("times", "pulses", "unmatched"),
    columns={"time": "times", "pulse": "pulses", "delay_ms": "delays_ms", "covered": "covered"},
):
    """Delay of the pulse after each beat.

    Attributes
    ----------
    times : ndarray, shape (n,)
        Beats from which delays are measured, in s: R peaks, or pulses at the first site.
    pulses : ndarray, shape (n,)
        The pulse that belongs to each beat, in s; NaN where there is none.
    delays_ms : ndarray, shape (n,)
        Delay in ms; NaN where there is none.
    covered : ndarray of bool, shape (n,)
        Whether pulses could be seen: there are pulses before and after, less than 5 s apart.
    unmatched : ndarray
        Pulses that belong to no beat, in s.
    kind : str
        'pulse arrival time' or 'pulse transit time'.
    """

    times: NDArray[np.float64]
    pulses: NDArray[np.float64]
    delays_ms: NDArray[np.float64]
    covered: NDArray[np.bool_]
    unmatched: NDArray[np.float64]
    kind: str

    @property
    def median_ms(self) -> float:
        """Median delay in ms; NaN if there is none."""
        return median_of(self.delays_ms)

    @property
    def share_matched(self) -> float:
        """Share of the covered beats that have a pulse, 0 to 1; NaN if there are none."""
        n = int(np.count_nonzero(self.covered))
        matched = int(np.count_nonzero(np.isfinite(self.delays_ms) & self.covered))
        return matched / n if n else float("nan")

    def _facts(self) -> list[tuple[str, str]]:
        known = self.delays_ms[np.isfinite(self.delays_ms)]
        q25, q75 = np.percentile(known, [25, 75]) if len(known) else (np.nan, np.nan)
        return [
            (f"{self.kind} (median)", quantity(self.median_ms, "ms")),
            ("quartiles", f"{quantity(float(q25))} to {quantity(float(q75), 'ms')}"),
            ("beats with a pulse", quantity(100 * self.share_matched, "%", 3)),
            ("pulses without a beat", f"{len(self.unmatched):,}"),
        ]


@analysis
def pulse_arrival_time(
    r_peaks: BeatsLike | SignalLike,
    pulses: BeatsLike | SignalLike,
    *,
    point: str | None = None,
    min_delay_ms: float = 50.0,
    max_delay_ms: float = 500.0,
    usable: UsableLike = None,
) -> PulseDelays | Chain[PulseDelays]:
    """Compute the delay from each R peak to the arrival of its pulse.

    Parameters
    ----------
    r_peaks : Beats, array-like of float, shape (n,), or Channel
        R peaks as `ecg_peaks` returns them, or their times in s, rising. In an ECG channel
        `ecg_peaks` finds them, and a note says so.
    pulses : PulseWaves, Beats of source 'ppg', or Channel
        Pulses on the same clock, as `ppg_fiducials` or `ppg_peaks` returns them. In a PPG channel
        `ppg_peaks` and `ppg_fiducials` find them, and a note says so.
    point : {'foot', 'onset', 'peak', 'max-slope'}, optional
        Point of the pulse that is its arrival. 'foot' (the intersection of tangents) and
        'max-slope' need `PulseWaves`. The default is the foot of PulseWaves, which noise moves
        least, and the onset of Beats.
    min_delay_ms, max_delay_ms : float
        Smallest and largest delay that is plausible; the defaults are for the foot at the finger
        or ear, and the peak may need a larger ``max_delay_ms``.
    usable : UsableLike, optional
        Beats and pulses outside are not used; all are used by default.

    Returns
    -------
    PulseDelays
        A pulse belongs to the last R peak with a plausible delay; an R peak has at most one
        pulse, the first. A beat without a pulse, such as an early one that ejects no blood, has
        NaN, as have the beats in a gap of either signal.

    Raises
    ------
    InvalidInputError
        The beats do not rise, the pulses are not pulses or do not have this point, or an argument
        is out of range.

    Notes
    -----
    The pulse arrival time includes the pre-ejection period, so it is not a transit time, and it is
    not calibrated to blood pressure here [1]_.

    References
    ----------
    .. [1] Mukkamala R, et al. Toward ubiquitous blood pressure monitoring via pulse transit time:
       theory and practice. IEEE Transactions on Biomedical Engineering 2015;62(8):1879-1901.
       doi:10.1109/TBME.2015.2441951

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import pulse_arrival_time
    >>> rec = vw.sample(60)
    >>> 100 < pulse_arrival_time(rec["ECG"], rec["PPG"]).median_ms < 400
    True
    """
    low = checked_number(min_delay_ms, "min_delay_ms", 0.0, 1000 * MAX_APART, unit="ms")
    high = checked_number(
        max_delay_ms, "max_delay_ms", low, 1000 * MAX_APART, open_low=True, unit="ms"
    )

    def first_after(beats: Times, arrivals: Times) -> tuple[Places, Places]:
        k = np.searchsorted(beats, arrivals - low / 1000, side="right") - 1
        delay = arrivals - beats[np.maximum(k, 0)] if len(beats) else np.full(len(k), np.nan)
        fits = (k >= 0) & (delay <= high / 1000)
        owner, first = np.unique(k[fits], return_index=True)
        return owner, np.flatnonzero(fits)[first]

    sides = {R_PEAKS: (r_peaks, ecg_peaks), "pulses": (pulses, ppg_fiducials)}
    return _delays("pulse arrival time", first_after, sides, point, usable)


@analysis
def pulse_transit_time(
    site1: BeatsLike | SignalLike,
    site2: BeatsLike | SignalLike,
    *,
    point: str | None = None,
    max_delay_ms: float = 300.0,
    usable: UsableLike = None,
) -> PulseDelays | Chain[PulseDelays]:
    """Compute the time a pulse takes from one site to another.

    Parameters
    ----------
    site1, site2 : PulseWaves, Beats of source 'ppg', or Channel
        Pulses at the two sites on the same clock, as `ppg_fiducials` or `ppg_peaks` returns them;
        the delay is positive if the second is later. In PPG channels `ppg_peaks` and
        `ppg_fiducials` find them, and a note says so.
    point : {'foot', 'onset', 'peak', 'max-slope'}, optional
        As for `pulse_arrival_time`.
    max_delay_ms : float
        Largest delay in either direction; no pulse takes longer between two sites of one body.
    usable : UsableLike, optional
        As for `pulse_arrival_time`.

    Returns
    -------
    PulseDelays
        Two pulses belong together if each is the nearest of the other, within ``max_delay_ms``.

    Raises
    ------
    InvalidInputError
        As for `pulse_arrival_time`.

    References
    ----------
    As for `pulse_arrival_time`.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import ppg_fiducials, pulse_transit_time
    >>> waves = ppg_fiducials(vw.sample(60)["PPG"])
    >>> pulse_transit_time(waves, waves).median_ms
    0.0
    """
    largest = checked_number(max_delay_ms, "max_delay_ms", 0.0, 1000.0, open_low=True, unit="ms")

    def nearest_to_each_other(one: Times, two: Times) -> tuple[Places, Places]:
        if not len(one) or not len(two):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        forth, back = nearest(one, two), nearest(two, one)
        i = np.arange(len(one))
        mutual = (back[forth] == i) & (np.abs(two[forth] - one) <= largest / 1000)
        return i[mutual], forth[mutual]

    sides = {"site1": (site1, ppg_fiducials), "site2": (site2, ppg_fiducials)}
    return _delays("pulse transit time", nearest_to_each_other, sides, point, usable)


def _delays(
    kind: str, pair: Callable[[Times, Times], tuple[Places, Places]],
    sides: Mapping[str, tuple[Any, Any]], point: str | None, usable: UsableLike,
) -> PulseDelays | Chain[PulseDelays]:  # fmt: skip
    """Return the delays, or a chain that finds the beats of those sides that are signals first."""
    if point is not None:
        checked_choice(point, "point", tuple(POINTS))
    signals = [name for name, (data, _) in sides.items() if is_signal(data)]

    def delays(*found: Result) -> PulseDelays:
        given = {name: data for name, (data, _) in sides.items()}
        notes: dict[str, None] = {}
        for name, result in zip(signals, found, strict=True):
            given[name] = result
            known = found_notes(result) if isinstance(result, Beats) else passed_on(result)
            notes |= dict.fromkeys(known)
        beats, arrivals = (_times(data, point, name) for name, data in given.items())
        stretches = usable_stretches(usable)
        if stretches is not None:
            beats, arrivals = (times[stretches.cover(times)] for times in (beats, arrivals))
        owner, pulse = pair(beats, arrivals)
        if not len(owner):
            none = not_enough(f"none of {len(beats)} beats has one of {len(arrivals)} pulses")
            notes |= {none: None}
        pulses = np.full(len(beats), np.nan)
        pulses[owner] = arrivals[pulse]
        around = np.concatenate([[-np.inf], arrivals, [np.inf]])
        after = np.searchsorted(arrivals, beats)
        return PulseDelays(
            times=beats,
            pulses=pulses,
            delays_ms=1000 * (pulses - beats),
            covered=(around[after + 1] - around[after] < MAX_APART) | np.isfinite(pulses),
            unmatched=np.delete(arrivals, pulse),
            kind=kind,
            notes=tuple(notes),
        )

    if not signals:
        return delays()
    return Chain(tuple(sides[k][1].plan(sides[k][0], usable=usable) for k in signals), delays)


def _times(pulses: Any, point: str | None, name: str) -> Times:
    """Return the times of R peaks, or those of a point of pulses."""
    if name == R_PEAKS:
        if isinstance(pulses, Beats):
            pulses = pulses.times
        elif isinstance(pulses, Result):
            given = type(pulses).__name__
            raise InvalidInputError(f"{name}={given} are not beats; give Beats or times")
        return checked_beat_times(pulses, name)
    if isinstance(pulses, PulseWaves):
        times = pulses[POINTS[point or "foot"]]
    elif isinstance(pulses, Beats) and pulses.source == PPG:
        if point not in (None, "onset", "peak"):
            raise InvalidInputError(
                f"point={point!r} is not known of {name}: Beats have 'onset' and 'peak'; give the "
                "result of ppg_fiducials"
            )
        if point != "peak" and "onset_time" not in pulses.extra:
            raise InvalidInputError(f"{name} have no onsets; give the result of ppg_peaks")
        times = pulses.times if point == "peak" else np.asarray(pulses.extra["onset_time"])
    else:
        raise InvalidInputError(
            f"{name}={type(pulses).__name__} are not pulses; give a PPG channel, or the result of "
            "ppg_fiducials or ppg_peaks"
        )
    return np.sort(times[np.isfinite(times)])

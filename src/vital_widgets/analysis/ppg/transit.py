"""Pulse arrival time (from the R peak) and pulse transit time (between two sites), per beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import PPG, Beats, checked_beat_times
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import usable_stretches
from vital_widgets.analysis.engine.validity import checked_choice, checked_number, not_enough
from vital_widgets.analysis.ppg.pulse_waves import PulseWaves
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

AT = ("foot", "onset", "peak", "max-slope")
POINT = {"foot": "foot", "onset": "onset", "peak": "peak", "max-slope": "u"}
COLUMN = {"onset": "onset_time"}  # of Beats
LONGEST = 5.0  # s


@dataclass(frozen=True, kw_only=True, eq=False)
class PulseDelays(Result, given=("times", "pulses", "unmatched")):
    """Delay of a pulse after each beat.

    Attributes
    ----------
    times : ndarray, shape (n,)
        The beats from which is counted, in s: R peaks, or the pulses at the first site.
    pulses : ndarray, shape (n,)
        The pulse that belongs to each, in s; NaN where there is none.
    delays_ms : ndarray, shape (n,)
        Delay in ms; NaN where there is none.
    covered : ndarray of bool, shape (n,)
        Whether pulses could have been seen: there are pulses before and after, less than 5 s apart.
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
        known = self.delays_ms[np.isfinite(self.delays_ms)]
        return float(np.median(known)) if len(known) else float("nan")

    @property
    def share_matched(self) -> float:
        """Share of the covered beats that have a pulse, 0 to 1; NaN if there are none."""
        n = int(np.count_nonzero(self.covered))
        matched = int(np.count_nonzero(np.isfinite(self.delays_ms) & self.covered))
        return matched / n if n else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """Return a table with one row a beat."""
        import pandas as pd

        return pd.DataFrame(
            {
                "time": self.times,
                "pulse": self.pulses,
                "delay_ms": self.delays_ms,
                "covered": self.covered,
            }
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return median, spread and share matched."""
        known = self.delays_ms[np.isfinite(self.delays_ms)]
        q25, q75 = np.percentile(known, [25, 75]) if len(known) else (np.nan, np.nan)
        return [
            (f"{self.kind} (median)", quantity(self.median_ms, "ms")),
            ("quartiles", f"{quantity(float(q25))} to {quantity(float(q75), 'ms')}"),
            ("beats with a pulse", quantity(100 * self.share_matched, "%", 3)),
            ("pulses without a beat", f"{len(self.unmatched):,}"),
        ]


@with_recipe("r_peaks", "pulses", "usable")
def pulse_arrival_time(
    r_peaks: Any,
    pulses: Beats | PulseWaves,
    *,
    at: str | None = None,
    shortest_ms: float = 50.0,
    longest_ms: float = 500.0,
    usable: Any = None,
) -> PulseDelays:
    """Return for each R peak how long after it its pulse arrives.

    Parameters
    ----------
    r_peaks : Beats or array-like of float, shape (n,)
        R peaks in s, rising.
    pulses : PulseWaves or Beats of source 'ppg'
        Pulses on the same clock.
    at : {'foot', 'onset', 'peak', 'max-slope'}, optional
        The point of the pulse that is its arrival. 'foot' (where the tangents meet) and
        'max-slope' need `PulseWaves`. By default the foot of PulseWaves, the onset of Beats.
    shortest_ms, longest_ms : float
        Delays that can be; the time to the peak may need a longer one.
    usable : optional
        Stretches, Annotations or a quality result: beats and pulses outside are left out.

    Returns
    -------
    PulseDelays
        A pulse belongs to the last R peak for which the delay can be; an R peak has at most one
        pulse, the first. A beat without a pulse, such as an early one that moves no blood, has
        NaN, and so have the beats in a gap of either signal.

    Notes
    -----
    The pulse arrival time holds the pre-ejection period: it is no transit time, and a calibration
    to blood pressure is not given here (Mukkamala et al. 2015).
    """
    beats = _beat_times(r_peaks, "r_peaks")
    arrivals = _pulse_times(pulses, at, "pulses")
    beats, arrivals = _only_usable(usable, beats, arrivals)
    low = checked_number(shortest_ms, "shortest_ms", 0.0, 1000 * LONGEST, unit="ms")
    high = checked_number(longest_ms, "longest_ms", low, 1000 * LONGEST, open_low=True, unit="ms")
    k = np.searchsorted(beats, arrivals - low / 1000, side="right") - 1
    delay = arrivals - beats[np.maximum(k, 0)] if len(beats) else np.full(len(arrivals), np.nan)
    fits = (k >= 0) & (delay <= high / 1000)
    owner, first = np.unique(k[fits], return_index=True)
    return _delays(beats, arrivals, owner, np.flatnonzero(fits)[first], "pulse arrival time")


@with_recipe("site1", "site2", "usable")
def pulse_transit_time(
    site1: Beats | PulseWaves,
    site2: Beats | PulseWaves,
    *,
    at: str | None = None,
    longest_ms: float = 300.0,
    usable: Any = None,
) -> PulseDelays:
    """Return how long a pulse takes from one site to another.

    Parameters
    ----------
    site1, site2 : PulseWaves or Beats of source 'ppg'
        Pulses at the two sites on the same clock; the delay is positive if the second is later.
    at : {'foot', 'onset', 'peak', 'max-slope'}, optional
        As for `pulse_arrival_time`.
    longest_ms : float
        Longest delay either way.
    usable : optional
        Stretches, Annotations or a quality result: beats and pulses outside are left out.

    Returns
    -------
    PulseDelays
        Two pulses belong together if each is the nearest of the other, within ``longest_ms``.
    """
    one, two = _pulse_times(site1, at, "site1"), _pulse_times(site2, at, "site2")
    one, two = _only_usable(usable, one, two)
    longest = checked_number(longest_ms, "longest_ms", 0.0, 1000.0, open_low=True, unit="ms")
    empty = np.empty(0, np.int64)
    if not len(one) or not len(two):
        return _delays(one, two, empty, empty, "pulse transit time")
    forth, back = _nearest(one, two), _nearest(two, one)
    i = np.arange(len(one))
    mutual = (back[forth] == i) & (np.abs(two[forth] - one) <= longest / 1000)
    return _delays(one, two, i[mutual], forth[mutual], "pulse transit time")


def _only_usable(
    usable: Any, first: NDArray[np.float64], second: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the times of both series that lie in usable stretches."""
    stretches = usable_stretches(usable)
    if stretches is None:
        return first, second
    return first[stretches.cover(first)], second[stretches.cover(second)]


def _delays(
    beats: NDArray[np.float64],
    arrivals: NDArray[np.float64],
    owner: NDArray[np.int64],
    pulse: NDArray[np.int64],
    kind: str,
) -> PulseDelays:
    pulses = np.full(len(beats), np.nan)
    pulses[owner] = arrivals[pulse]
    left = np.ones(len(arrivals), bool)
    left[pulse] = False
    after = np.searchsorted(arrivals, beats)
    inner = (after > 0) & (after < len(arrivals))
    gap = np.full(len(beats), np.inf)
    gap[inner] = arrivals[after[inner]] - arrivals[after[inner] - 1]
    covered = (gap < LONGEST) | np.isfinite(pulses)
    notes: tuple[str, ...] = ()
    if not len(owner):
        notes = (not_enough(f"none of {len(beats)} beats has one of {len(arrivals)} pulses"),)
    return PulseDelays(
        times=beats, pulses=pulses, delays_ms=1000 * (pulses - beats), covered=covered,
        unmatched=arrivals[left], kind=kind, notes=notes,
    )  # fmt: skip


def _nearest(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return for each of one the nearest of two, by index."""
    after = np.clip(np.searchsorted(two, one), 1, max(len(two) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(two) - 1)
    return np.where(np.abs(two[after] - one) < np.abs(one - two[before]), after, before)


def _beat_times(beats: Any, name: str) -> NDArray[np.float64]:
    if isinstance(beats, Beats):
        return beats.times
    if isinstance(beats, Result):
        raise InvalidInputError(f"{name}={type(beats).__name__} are no beats; give Beats or times")
    return checked_beat_times(beats, name)


def _pulse_times(pulses: Any, at: str | None, name: str) -> NDArray[np.float64]:
    """Return the times of a point of pulses, of those that have it."""
    if isinstance(pulses, PulseWaves):
        at = checked_choice(at if at is not None else "foot", "at", AT)
        times = pulses[POINT[at]]
    elif isinstance(pulses, Beats) and pulses.source == PPG:
        at = checked_choice(at if at is not None else "onset", "at", AT)
        if at not in ("onset", "peak"):
            raise InvalidInputError(
                f"at={at!r} is not known of {name}: Beats have 'onset' and 'peak'; give the "
                "result of ppg_fiducials"
            )
        if at == "onset" and COLUMN[at] not in pulses.extra:
            raise InvalidInputError(f"{name} have no onsets; give the result of ppg_peaks")
        times = pulses.times if at == "peak" else np.asarray(pulses.extra[COLUMN[at]])
    else:
        raise InvalidInputError(
            f"{name}={type(pulses).__name__} are no pulses; give the result of ppg_fiducials or "
            "ppg_peaks"
        )
    return np.sort(times[np.isfinite(times)])

"""The schedule of the synthetic recording: activity, noise bursts, sleep and the gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

START_HOUR = 9.0  # clock time of second 0
NIGHT = (23.0, 7.0)
DUSK_HOURS = 0.5  # duration of the transition from wake to sleep
SHORTEST_WITH_GAP = 300  # s
ACTIVITY, NOISE, ELECTRODE = "activity", "noise burst", "electrode off"


@dataclass(frozen=True)
class Event:
    """An event: ``onset`` and ``duration`` in seconds, and its kind."""

    onset: float
    duration: float
    text: str

    @property
    def end(self) -> float:
        """Second at which it is over."""
        return self.onset + self.duration


def gap_of(duration: int) -> tuple[int, int] | None:
    """Return the stretch ``[t0, t1)`` in s in which nothing is recorded; None in short ones."""
    if duration < SHORTEST_WITH_GAP:
        return None
    length = min(240, duration // 25)
    t0 = round(0.6 * duration)
    return t0, t0 + length


def events_of(duration: int, seed: int) -> list[Event]:
    """Return activity, noise bursts and the electrode-off stretch in order of onset.

    Onsets and durations are multiples of 0.25 s. Activity happens in the waking hours. No two
    events overlap.
    """
    rng = np.random.default_rng([seed, 1])
    gap = gap_of(duration)
    events = [] if gap is None else [Event(gap[0], gap[1] - gap[0], ELECTRODE)]
    for text, slot, shortest, longest in (
        (ACTIVITY, min(2700.0, duration / 2), 0.1, 0.3),
        (NOISE, min(900.0, duration / 4), 0.006, 0.025),
    ):
        for k in range(int(duration // slot)):
            length = slot * rng.uniform(shortest, longest)
            if text == NOISE:
                length = max(length, min(4.0, slot / 4))
            onset = slot * k + rng.uniform(0, slot - length)
            event = Event(_quarter(onset), max(_quarter(length), 0.25), text)
            free = all(event.end <= other.onset or other.end <= event.onset for other in events)
            awake = text != ACTIVITY or night_weight(np.array([onset]))[0] < 0.5  # noqa: PLR2004
            if free and awake and event.end <= duration:
                events.append(event)
    return sorted(events, key=lambda event: event.onset)


def night_weight(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the depth of night at ``t`` seconds from the start: 0 awake to 1 asleep."""
    clock = (START_HOUR + t / 3600) % 24
    length = (NIGHT[1] - NIGHT[0]) % 24
    since_dusk = (clock - NIGHT[0]) % 24
    since_dusk = np.where(since_dusk > 12 + length / 2, since_dusk - 24, since_dusk)
    # Hours into the night, negative before dusk and after dawn.
    inside = np.minimum(since_dusk, length - since_dusk)
    return np.asarray(1 / (1 + np.exp(-inside / DUSK_HOURS * 4)))


def box(grid: NDArray[np.float64], events: list[Event], text: str) -> NDArray[np.float64]:
    """Return 1 at the times of ``grid`` that lie well inside an event of that text, else 0."""
    inside = np.zeros(len(grid))
    step = grid[1] - grid[0]
    for event in events:
        if event.text == text:
            inside[(grid >= event.onset + step) & (grid <= event.end - step)] = 1.0
    return inside


def _quarter(seconds: float) -> float:
    return round(seconds * 4) / 4

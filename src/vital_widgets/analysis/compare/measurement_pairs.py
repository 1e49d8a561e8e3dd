"""Pairs of measurements of the same quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.source import signal_of, signals_of
from vital_widgets.analysis.engine.validity import checked_signal
from vital_widgets.core.channel import Channel
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.source import SignalLike

MIN_PAIRS = 3
NAN = float("nan")
NO_INTERVAL = (NAN, NAN)


def all_pairs(
    reference: SignalLike, test: SignalLike, units: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_], str]:
    """Return both sides of all pairs, which pairs have two numbers, and the units."""
    named = {"reference": reference, "test": test}
    if all(isinstance(one, Channel) for one in named.values()):
        signals = signals_of([reference, test], names=tuple(named))
        x, y = signals.values()
    else:
        x, y = (
            signal_of(one, name=name).values()
            if isinstance(one, Channel)
            else checked_signal(one, name)
            for name, one in named.items()
        )
    if len(x) != len(y):
        raise InvalidInputError(
            f"reference has {len(x)} values and test {len(y)}; give pairs. Match beats first "
            "(match_beats)"
        )
    own = [one.units for one in named.values() if isinstance(one, Channel)]
    return x, y, np.isfinite(x) & np.isfinite(y), units or next(iter(own), "")


def note_on_excluded(kept: NDArray[np.bool_]) -> list[str]:
    """Return the note on excluded pairs, if there are any."""
    n = int((~kept).sum())
    return [f"{n} pairs without both values are excluded"] if n else []


def interval_text(interval: tuple[float, float], confidence: float = 0.95) -> str:
    """Return a confidence interval in words."""
    if np.isnan(interval[0]):
        return "no confidence interval"
    return f"{100 * confidence:.4g} % CI {interval[0]:.4g} to {interval[1]:.4g}"

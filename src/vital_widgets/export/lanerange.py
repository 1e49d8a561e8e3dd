"""The amplitude scale of a lane: the automatic one of the viewer, and round ticks on it."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from vital_widgets.export.pixelcolumns import Columns

Extent = tuple[float, float]

LARGEST = sys.float_info.max
MARGIN = 0.1
GROUPS = 512  # of columns, that a robust range is computed from
OUTSIDE, FAR_OUTSIDE = 0.005, 0.1  # shares that a robust range leaves out on each side
MIN_SPAN = 1e-300
STEPS = (1, 2, 5, 10)
MOST_DIGITS = 6
LARGE, SMALL = 1e6, 1e-3  # beyond these, values are written as powers of ten


def automatic_range(columns: Columns, base: Extent | None) -> Extent:
    """Return the minimum and maximum that the viewer would show.

    Parameters
    ----------
    columns : Columns
        What is drawn.
    base : (float, float) or None
        The robust range of the channel that the automatic scale starts from.

    Notes
    -----
    The scale shows the base range while the data lie in it. If a small part exceeds it, it grows
    to at most three times its span; if most of the data have drifted away, a range of the same
    span around them replaces it.
    """
    seen = seen_in(columns)
    usable = base is not None and all(map(math.isfinite, base))
    start = padded(base) if usable and base is not None else None
    if seen is None:
        return start or (-0.25, 0.25)
    if start is None:
        return padded(seen.near)
    first, wanted = _quarters(start), _quarters(padded(seen.near))
    near, bulk = _quarters(seen.near), _quarters(seen.bulk)
    span = first[1] - first[0]
    if _within(near, first, span):
        return start
    if _within(bulk, first, span):
        grown = (
            max(min(first[0], wanted[0]), first[0] - span),
            min(max(first[1], wanted[1]), first[1] + span),
        )
        return _whole(grown)
    half = max(span, wanted[1] - wanted[0]) / 2
    centre = (near[0] + near[1]) / 2
    return _whole((centre - half, centre + half))


def _quarters(extent: Extent) -> Extent:
    """Return limits whose difference does not overflow."""
    return extent[0] / 4, extent[1] / 4


def _whole(quarters: Extent) -> Extent:
    return max(quarters[0] * 4, -LARGEST), min(quarters[1] * 4, LARGEST)


def _within(extent: Extent, limits: Extent, span: float) -> bool:
    slack = 0.05 * span
    return extent[0] >= limits[0] - slack and extent[1] <= limits[1] + slack


def padded(extent: Extent) -> Extent:
    """Return a range with a margin; an empty range is extended."""
    low, high = _quarters(extent)
    span = high - low
    if span >= MIN_SPAN:
        return _whole((low - MARGIN * span, high + MARGIN * span))
    centre = (low + high) / 2
    half = max(0.1 * abs(high), MIN_SPAN) if high else 0.0625
    return _whole((centre - half, centre + half))


@dataclass(frozen=True)
class Seen:
    """Ranges of the values in the columns.

    Attributes
    ----------
    near, bulk : (float, float)
        Without the outermost 0.5 % on each side, and without 10 %.
    middle : float
        The median of the middles of columns.
    """

    near: Extent
    bulk: Extent
    middle: float


def seen_in(columns: Columns) -> Seen | None:
    """Return the robust ranges of what is drawn; None if there is nothing."""
    n = len(columns.lo)
    size = max(1, -(-n // GROUPS))
    edges = np.arange(0, n, size)
    lo = np.where(np.isfinite(columns.lo), columns.lo, np.inf)
    hi = np.where(np.isfinite(columns.hi), columns.hi, -np.inf)
    lows = np.minimum.reduceat(lo, edges)
    highs = np.maximum.reduceat(hi, edges)
    full = lows <= highs
    lows, highs = lows[full], highs[full]
    if not len(lows):
        return None
    middles = np.sort(lows / 2 + highs / 2)
    lows, highs = np.sort(lows), np.sort(highs)

    def without(share: float) -> Extent:
        cut = math.floor(len(lows) * share)
        return float(lows[cut]), float(highs[-1 - cut])

    return Seen(without(OUTSIDE), without(FAR_OUTSIDE), float(middles[len(middles) // 2]))


def nice_step(least: float) -> float:
    """Return the smallest step 1, 2 or 5 times a power of ten of at least ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(k * power for k in STEPS if k * power >= least * (1 - 1e-9) or k == STEPS[-1])


def share_below(extent: Extent, value: Any) -> Any:
    """Return the distance of values below the top of a lane as a share of its height.

    Differences of large numbers may overflow; those of their quarters do not.
    """
    low, high = extent
    return (high / 4 - value / 4) / (high / 4 - low / 4)


def value_ticks(low: float, high: float, most: int) -> tuple[list[float], float]:
    """Return round values in ``[low, high]``, at most ``most`` of them, and their distance."""
    if not high > low or most < 1:
        return [], 1.0
    step = nice_step(high / most - low / most)
    for _ in range(3):
        if not math.isfinite(step):
            break
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return [k * step for k in range(first, last + 1)], step
        step = nice_step(step * 1.5)
    return [], step


def end_ticks(low: float, high: float) -> tuple[list[float], float]:
    """Return a round value near each end of ``[low, high]``, and the step of both."""
    if not high > low:
        return [], 1.0
    step = nice_step(high / 12 - low / 12)
    ends = [math.ceil(low / step - 1e-9) * step, math.floor(high / step + 1e-9) * step]
    return (ends if ends[0] < ends[1] else []), step


def tick_text(value: float, step: float) -> str:
    """Return the text of a tick; ticks are ``step`` apart."""
    size = max(abs(value), step)
    if size >= LARGE or size < SMALL:
        text = "0" if value == 0 else f"{value:.2e}"
    else:
        digits = max(0, min(MOST_DIGITS, math.ceil(-math.log10(step) - 1e-9)))
        text = f"{value:.{digits}f}"
        text = text.lstrip("-") if float(text) == 0 else text
    return text.replace("-", "−")  # noqa: RUF001 - a minus sign, as in the viewer

"""The signals of the lanes, reduced to the columns of a picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.signalkind import signal_kind
from vital_widgets.export.pixelcolumns import Columns, columns_of, gap_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.core.amplitude import AmplitudeScale
    from vital_widgets.core.channel import Channel
    from vital_widgets.export.canvas import Box
    from vital_widgets.export.palette import Color
    from vital_widgets.serve.session import Session
    from vital_widgets.serve.window import Part

Extent = tuple[float, float]

HIDDEN_GAPS = 0.3  # share of gaps from which on traces are drawn under them too
HELD = ("stages", "ribbon")  # a sample is valid until the next one


@dataclass(frozen=True)
class LaneSignal:
    """A signal in its lane.

    Attributes
    ----------
    index, order : int
        Its number in the session, and its position in its lane.
    channel : Channel
        What is drawn.
    kind, style : str
        What it records, and how it is drawn.
    ink : Color
        Its colour.
    box, inner : Box
        The lane, and its part between the limits of the scale.
    columns : Columns
        Its values.
    gaps, missing : ndarray of bool
        Columns of gaps, and columns that are not known yet.
    base : (float, float) or None
        The robust range of the first window.
    scale : AmplitudeScale or None
        The scale that is set.
    position : float or None
        Where its baseline is set to be, as a share of the height from the bottom.
    extent : (float, float) or None
        Fixed values at the bottom and top of the lane.
    """

    index: int
    order: int
    channel: Channel
    kind: str
    style: str
    ink: Color
    box: Box
    inner: Box
    columns: Columns
    gaps: NDArray[np.bool_]
    missing: NDArray[np.bool_]
    base: Extent | None
    scale: AmplitudeScale | None
    position: float | None
    extent: Extent | None

    @property
    def height(self) -> float:
        """Height between the limits of the scale in CSS pixels."""
        return self.inner.height


def kind_and_style(session: Session, signal: int) -> tuple[str, str]:
    """Return what a signal records, and how it is drawn."""
    lane = session.signals.lane(signal)
    if lane is not None:
        return lane.kind, lane.style
    channel = session.channels[signal]
    return signal_kind(channel.name, channel.units), "line"


def signal_columns(
    session: Session, signal: int, t_range: Extent, width: int
) -> tuple[Columns, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return what a signal shows: its columns, its gaps, and columns that are not known yet."""
    channel = session.channels[signal]
    base = channel.timebase
    t0, t1 = t_range
    style = kind_and_style(session, signal)[1]
    if style == "spectrogram":  # it is drawn from tiles of its own
        nothing, none = np.full(width, np.nan), np.zeros(width, bool)
        columns = Columns(nothing, nothing, none, np.empty(0), np.empty(0))
        return columns, gap_columns(base, t_range, width, 2), none
    # One more sample on each side extends the line to the edges; the bin size stays the same.
    more = 1.5 / base.fs if base.fs * (t1 - t0) < width else 0.0
    part = session.part(signal, t0 - more, t1 + more, width)
    hold = style in HELD
    bins = physical_bins(channel, part)
    columns = columns_of(bins, part.first, part.bin, base, t_range, width, hold=hold)
    gaps = gap_columns(base, t_range, width, 2)
    missing = np.zeros(width, bool)
    if not part.complete:
        known = np.flatnonzero(np.isfinite(columns.hi))
        missing[known[-1] + 1 if len(known) else 0 :] = True
        gaps &= ~missing
    return columns, gaps, missing


def physical_bins(channel: Channel, part: Part) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the minima and maxima of a part in physical units; NaN where a bin is empty."""
    if part.bin == 1:
        values = np.asarray(channel.physical(part.lo), np.float64)
        return values, values
    full = part.lo <= part.hi
    low = np.where(full, part.lo.astype(np.float64) * channel.gain + channel.offset, np.nan)
    high = np.where(full, part.hi.astype(np.float64) * channel.gain + channel.offset, np.nan)
    return (high, low) if channel.gain < 0 else (low, high)


def without_gaps(columns: Columns, gaps: NDArray[np.bool_]) -> Columns:
    """Return columns with nothing in gaps, unless most of the picture are gaps."""
    if gaps.mean() >= HIDDEN_GAPS:
        return columns
    lo, hi = np.where(gaps, np.nan, columns.lo), np.where(gaps, np.nan, columns.hi)
    return replace(columns, lo=lo, hi=hi)

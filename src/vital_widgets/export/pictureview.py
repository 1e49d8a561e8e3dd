"""What a picture shows of a recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vital_widgets.export.markgroups import MarkColors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vital_widgets.core.amplitude import AmplitudeScale

Extent = tuple[float, float]


@dataclass(frozen=True)
class Lane:
    """A row of the picture.

    Attributes
    ----------
    signals : sequence of int
        Indices of the signals that are drawn in it; the first one gives its name and scale.
    weight : float
        Height relative to the other lanes.
    """

    signals: Sequence[int]
    weight: float = 1.0


@dataclass(frozen=True)
class PictureView:
    """What a picture shows.

    Attributes
    ----------
    t_range : (float, float)
        The window in seconds.
    lanes : sequence of Lane
        From top to bottom.
    extents : mapping of int to (float, float)
        Fixed values at the bottom and top of a lane, by the index of the signal; other scales are
        automatic.
    inks : mapping of int to str or int
        Colours of signals as ``#rrggbb``, or numbers of colours of the palette; by default the
        index of the signal.
    scales, positions : mapping of int to AmplitudeScale, to float
        Scales that are set, and where the baselines are in their lanes (0: bottom, 1: top), by the
        index of the signal.
    selection : (float, float) or None
        A marked time range in seconds.
    overview : bool
        Whether the whole recording is shown below.
    wait : float
        Seconds to wait for annotations that are still being read. If it is 0, spectrograms are
        not computed: what is not known of them is hatched.
    elapsed : bool
        The axis shows the time since the start although the clock time is known.
    epochs : (float, float) or None
        Length of an epoch and start of the first one in seconds.
    grid : {"time", "ecg", "none"}
        Lines behind the traces.
    paper_speed : float or None
        Paper speed in mm/s, which determines the lines of ECG paper.
    overlap : bool
        Whether traces may leave their lanes.
    mark_colors : MarkColors
        Colours of marks.
    """

    t_range: Extent
    lanes: Sequence[Lane]
    extents: Mapping[int, Extent] = field(default_factory=dict)
    scales: Mapping[int, AmplitudeScale] = field(default_factory=dict)
    positions: Mapping[int, float] = field(default_factory=dict)
    inks: Mapping[int, str | int] = field(default_factory=dict)
    selection: Extent | None = None
    overview: bool = False
    wait: float = 0.0
    elapsed: bool = False
    epochs: tuple[float, float] | None = None
    grid: str = "time"
    paper_speed: float | None = None
    overlap: bool = False
    mark_colors: MarkColors = field(default_factory=MarkColors)

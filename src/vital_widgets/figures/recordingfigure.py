"""Figures of plotly-resampler over channels that are not in memory."""

from __future__ import annotations

import time
import weakref
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
from plotly.graph_objs._figure import Figure
from plotly.subplots import make_subplots

from vital_widgets.core.arguments import is_one_of, pair
from vital_widgets.core.formatting import format_value
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.figures.channelpoints import ChannelAggregator, RecordedGaps, given_aggregator
from vital_widgets.figures.lazyseries import (
    ChannelSource,
    ChannelTimes,
    ChannelValues,
    checked_points,
)
from vital_widgets.figures.resampled import ResampledWidget
from vital_widgets.serve.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vital_widgets.runtime.tasks import Task

N_POINTS = 2000
TIME_AXES = ("elapsed", "clock")
RELOAD_SECONDS = 1.0
ROW_HEIGHT, LEAST_HEIGHT, OTHER_HEIGHT = 130, 220, 90


class RecordingFigure(ResampledWidget):
    """A ``FigureWidgetResampler`` over channels of any size; made by `figure`.

    Parameters
    ----------
    session : Session
        The source of the samples and of their pyramids.
    names : sequence of str
        Channels, from top to bottom.
    t_range : pair of float, optional
        The first view, in seconds from the recording's start.
    time_axis, aggregator, n_points, height
        As for `figure`.
    own : bool
        Whether closing the figure closes the session.
    """

    def __init__(
        self,
        session: Session,
        names: Sequence[str],
        t_range: tuple[float, float] | None = None,
        *,
        time_axis: str = "elapsed",
        aggregator: Any = "minmax",
        n_points: int = N_POINTS,
        height: int | None = None,
        own: bool = True,
    ) -> None:
        self._session: Session | None = session
        self._own_session = own
        self._stop_listening: list[Any] = []
        self._reloaded_at = time.monotonic()
        clock = clock_of(session.recording, time_axis)
        grid = make_subplots(
            rows=len(names), cols=1, shared_xaxes=True, vertical_spacing=0.03, figure=Figure()
        )
        super().__init__(grid, default_n_shown_samples=checked_points(n_points))
        sources = [ChannelSource(session, k, clock) for k in session.index_of(names)]
        self._clock_source = sources[0]
        title = "time (s)" if clock is None else "time of day"
        with self.batch_update():
            self.layout.height = height or max(ROW_HEIGHT * len(names), LEAST_HEIGHT) + OTHER_HEIGHT
            self.layout.showlegend = True
            self.layout[self._xaxis_list[-1]].title.text = title
            for axis in self._xaxis_list:
                self.layout[axis].type = "linear" if clock is None else "date"
        if t_range is not None:
            self._view_first(t_range)
        for row, (name, source) in enumerate(zip(names, sources, strict=True), 1):
            self._add_channel(name, source, given_aggregator(aggregator), row)
        self._follow_build()

    def _view_first(self, t_range: tuple[float, float]) -> None:
        shown = self._on_axis(t_range)
        for axis in self._xaxis_list:
            self._views[axis] = shown
        self.update_xaxes(range=list(shown))

    def _on_axis(self, t_range: tuple[float, float]) -> tuple[Any, Any]:
        """Return a time range in seconds as a range of the axis."""
        if self._clock_source.clock is None:
            return t_range
        first, last = self._clock_source.on_axis(np.asarray(t_range, np.float64))
        return str(first), str(last)

    def _add_channel(self, name: str, source: ChannelSource, inner: Any, row: int) -> None:
        uid = str(uuid4())
        units = source.channel.units
        filtered = source.session.filter_of(source.k)
        self._hf_data[uid] = {
            "max_n_samples": self._global_n_shown_samples,
            "default_n_samples": True,
            "name": name + (f" ({units})" if units else "") + (filtered and f", {filtered}"),
            "axis_type": "linear" if source.clock is None else "date",
            "downsampler": ChannelAggregator(inner),
            "default_downsampler": False,
            "gap_handler": RecordedGaps(source),
            "default_gap_handler": False,
            "x": ChannelTimes(source),
            "y": ChannelValues(source),
            **dict.fromkeys(OTHER_PROPERTIES),
        }
        axis = f"x{row if row > 1 else ''}"
        start, stop = self._view_of(axis)
        trace = {"uid": uid, "type": "scatter", "mode": "lines", "line": {"width": 1}}
        trace["xaxis"] = axis
        made = self._check_update_trace_data(trace, start=start, end=stop)
        self.add_traces([made], rows=[row], cols=[1])
        self.layout[self._yaxis_list[row - 1]].title.text = units or name

    def _check_update_trace_data(self, trace: Any, start: Any = None, end: Any = None) -> Any:
        """Compute the points of a trace; any aggregator gets what it needs of a channel."""
        held = self._hf_data.get(trace["uid"])
        if held is not None:
            reducer, of_channel = held["downsampler"], isinstance(held["y"], ChannelValues)
            if isinstance(reducer, str) or (of_channel and type(reducer) is not ChannelAggregator):
                held["downsampler"] = ChannelAggregator(given_aggregator(reducer))
            if of_channel and self._session is not None:
                self._session.check()
        return super()._check_update_trace_data(trace, start, end)

    def _parse_trace_name(self, hf_trace_data: dict[str, Any], slice_len: int, agg_x: Any) -> str:
        name: str = super()._parse_trace_name(hf_trace_data, slice_len, agg_x)
        reducer = hf_trace_data["downsampler"]
        if slice_len > hf_trace_data["max_n_samples"] and isinstance(reducer, ChannelAggregator):
            if reducer.instead:
                name += f" <i>min/max: too many samples for {reducer.instead}</i>"
            if not reducer.complete:
                name += " <i>overview is being built</i>"
        return name

    @property
    def t_range(self) -> tuple[float, float] | None:
        """The view in seconds from the recording's start; None for the whole recording."""
        start, stop = self._view_of("x")
        if start is None or stop is None:
            return None
        seconds = self._clock_source.seconds
        if self.layout.xaxis.type == "log":
            return 10 ** seconds(start), 10 ** seconds(stop)
        return seconds(start), seconds(stop)

    @t_range.setter
    def t_range(self, t_range: tuple[float, float] | None) -> None:
        if t_range is None:
            self.reset_axes()
            return
        first, last = checked_range(t_range)
        if self.layout.xaxis.type == "log":
            if first <= 0:
                raise InvalidInputError(
                    f"t_range={format_value(t_range)} begins at 0 or before, which a logarithmic "
                    "axis does not show; give times above 0 s"
                )
            first, last = np.log10(first), np.log10(last)
        self.update_xaxes(range=list(self._on_axis((first, last))))

    def replace(self, figure: Any, convert_existing_traces: bool = True) -> None:  # noqa: FBT001, FBT002
        """Refuse to become another figure, which would not have the channels."""
        del figure, convert_existing_traces
        raise InvalidInputError(
            "a figure over a recording keeps its channels and is not replaced; add traces with "
            "add_trace, or make plotly_resampler.FigureWidgetResampler(figure) of the other one"
        )

    def _follow_build(self) -> None:
        """Show more as the pyramid is built."""
        session = self._session
        task = None if session is None else session.task
        if task is None:
            return
        figure = weakref.ref(self)

        def reload(changed: Task[Any]) -> None:
            shown = figure()
            if shown is not None:
                shown._reload_incomplete(last=changed.ended)  # noqa: SLF001

        self._stop_listening.append(task.listen(reload))

    def _reload_incomplete(self, *, last: bool) -> None:
        now = time.monotonic()
        if not last and now - self._reloaded_at < RELOAD_SECONDS:
            return
        self._reloaded_at = now
        held = [self._hf_data.get(trace["uid"], {}) for trace in self._data]
        reducers = [one.get("downsampler") for one in held]
        waiting = {
            k
            for k, one in enumerate(reducers)
            if isinstance(one, ChannelAggregator) and not one.complete
        }
        if waiting:
            self.refresh(waiting)

    def close(self) -> None:
        """Close the figure; the recording stays open."""
        for stop in self._stop_listening:
            stop()
        self._stop_listening = []
        session, self._session = self._session, None
        if session is not None and self._own_session:
            session.close()
        super().close()


OTHER_PROPERTIES = (
    "text",
    "hovertext",
    "marker_angle",
    "marker_opacity",
    "marker_size",
    "marker_color",
    "marker_symbol",
    "customdata",
)


def figure(
    recording: Recording,
    channels: str | Sequence[str] | None = None,
    t_range: tuple[float, float] | None = None,
    *,
    time_axis: str = "elapsed",
    aggregator: Any = "minmax",
    n_points: int = N_POINTS,
    height: int | None = None,
) -> RecordingFigure:
    """Show channels of any size as a Plotly figure that is reduced to what the screen shows.

    The figure is a ``plotly_resampler.FigureWidgetResampler`` whose channels stay in their file:
    each view is answered from the pyramid of minima and maxima, or from samples where they are few.

    Parameters
    ----------
    recording : Recording
        The recording.
    channels : str or sequence of str, optional
        Names of channels, from top to bottom; by default the first eight.
    t_range : pair of float, optional
        The first view ``(t0, t1)`` in seconds from the recording's start; all by default.
    time_axis : {"elapsed", "clock"}
        Seconds from the recording's start, or times of day of a recording that knows its start.
    aggregator : str or aggregator of plotly-resampler
        ``"minmax"``: minimum and maximum of bins, from the pyramid. ``"lttb"``,
        ``"minmaxlttb"``, ``"m4"``, ``"minmaxoverlap"``, ``"everynth"`` or an instance: chosen from
        all samples of the view, if they are at most 16.8 million; a longer view shows minima and
        maxima, and its name in the legend says so.
    n_points : int
        Points of each channel in a view, 4 to 200,000.
    height : int, optional
        Height in pixels.

    Returns
    -------
    RecordingFigure
        The figure. ``hf_data`` has the sequences of each channel, which are read when they are
        converted to arrays.

    Notes
    -----
    Gaps of the recording interrupt the line. Bins start at multiples of their size, so that a trace
    does not flicker when the view moves.

    Examples
    --------
    >>> import numpy as np
    >>> import vital_widgets as vw
    >>> rec = vw.Recording.from_arrays({"ECG": np.sin(np.arange(100_000) / 50)}, fs=250)
    >>> fig = vw.figure(rec, "ECG", (10, 20))
    >>> fig.t_range
    (10.0, 20.0)
    >>> fig.close()
    """
    if not isinstance(recording, Recording):
        raise InvalidInputError(
            "figure shows channels of a Recording (from vital_widgets.open or "
            f"Recording.from_arrays), not {type(recording).__name__}"
        )
    names = checked_channels(recording, channels)
    view = None if t_range is None else checked_range(t_range)
    clock_of(recording, time_axis)
    given_aggregator(aggregator)
    checked_points(n_points)
    session = Session(recording)
    try:
        return RecordingFigure(
            session,
            names,
            view,
            time_axis=time_axis,
            aggregator=aggregator,
            n_points=n_points,
            height=height,
        )
    except BaseException:
        session.close()
        raise


def checked_channels(recording: Recording, channels: Any) -> list[str]:
    """Return names of channels, or raise."""
    known = list(recording.channels)
    if not known:
        raise InvalidInputError(f"{recording.name} has no channels to show")
    names = known[:8] if channels is None else [channels] if isinstance(channels, str) else channels
    try:
        names = list(names)
    except TypeError:
        names = []
    if not names:
        raise InvalidInputError(
            f"channels={format_value(channels)} names no channel; give a name or a list, of "
            + ", ".join(map(repr, known))
        )
    for name in names:
        if name not in known:
            raise UnknownChannelError(
                f"there is no channel {format_value(name)}; the recording has "
                + ", ".join(map(repr, known))
            )
    return names


def checked_range(t_range: Any) -> tuple[float, float]:
    """Return a time range in seconds, or raise."""
    accepted = "a pair of times (t0, t1) in seconds with t0 < t1"
    first, last = pair("t_range", t_range, accepted)
    if not (np.isfinite(first) and np.isfinite(last) and first < last):
        raise InvalidInputError(f"t_range={format_value(t_range)} is not {accepted}")
    return first, last


def clock_of(recording: Recording, time_axis: Any) -> np.datetime64 | None:
    """Return the time of second 0 for an axis with times of day, None for seconds; or raise."""
    if not is_one_of(time_axis, TIME_AXES):
        raise InvalidInputError(
            f'time_axis={format_value(time_axis)} is not known; give "elapsed" or "clock"'
        )
    if time_axis == "elapsed":
        return None
    start = recording.start
    if not isinstance(start, datetime):
        raise InvalidInputError(
            f'time_axis="clock" needs the time at which {recording.name} starts, which is not '
            'known; set recording.start, or give time_axis="elapsed"'
        )
    return np.datetime64(start.replace(tzinfo=None), "ns")

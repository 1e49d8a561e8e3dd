"""Clock drift between devices, and its correction by a new time base."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_marks import check_dense
from vital_widgets.analysis.compare.alignment import MIN_BEATS, Anchors, anchors_of
from vital_widgets.analysis.compare.channel_beats import times_of
from vital_widgets.analysis.compare.delay import Delay, median_and_spread
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import ValidSignal, checked_number, not_enough
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.core.origin import Origin, later
from vital_widgets.core.timebase import TimeBase
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from vital_widgets.analysis.beats.beat_series import BeatsLike

    Numbers = NDArray[np.float64]

MIN_ANCHORS = 2
HUBER = 1.345  # of the residuals' scale: 95 % efficient for normal errors (Holland and Welsch 1977)
ROUNDS = 20
SEGMENT_S = 3600.0
MISFIT = 2.0  # times the scatter of neighbouring windows, above which one line is not enough
RESOLUTION = 1e-3  # s
SETTLED = 0.01  # samples that times at the end of a run may be off
RUN_ERROR = 0.4  # samples that times within a run may be off: below half, runs have no gap


@dataclass(frozen=True, kw_only=True, eq=False)
class ClockDrift(Result, given=("nodes", "anchor_times")):
    """How the clock of a second device runs against that of a first.

    Attributes
    ----------
    nodes : ndarray, shape (k,)
        Times on the first device's clock in s, between which the drift is linear.
    offsets : ndarray, shape (k,)
        Second clock minus first there, in s.
    ppm : float
        Overall drift in parts per million: above 0 the second clock runs fast.
    anchor_times, anchor_offsets : ndarray, shape (n,)
        Offsets of the windows with matched beats, through which the line was fitted.
    residual : float
        Median absolute deviation of these from the line, in s.
    n_windows : int
        Number of windows with beats, of which ``len(anchor_times)`` were matched.
    """

    nodes: NDArray[np.float64]
    offsets: NDArray[np.float64]
    ppm: float
    anchor_times: NDArray[np.float64]
    anchor_offsets: NDArray[np.float64]
    residual: float
    n_windows: int

    def to_reference(self, times: ArrayLike) -> NDArray[np.float64]:
        """Return times of the second device on the clock of the first, in seconds."""
        if not self.enough:
            raise InvalidInputError("the clocks could not be aligned: " + "; ".join(self.notes))
        t = np.asarray(times, np.float64)
        k, share = _between(self.nodes + self.offsets, t)
        return self.nodes[k] + share * (self.nodes[k + 1] - self.nodes[k])

    def correct(self, channel: Channel) -> Channel:
        """Return a channel of the second device with its times on the first device's clock.

        The samples are not resampled: only the time base is new. Its sampling rate is the true
        mean rate, and each time is correct to 0.4 of a sample. The annotations of the recording
        are converted too, and its start is second 0 of the first device.
        """
        if not isinstance(channel, Channel):
            raise InvalidInputError(
                f"channel={type(channel).__name__} is not a channel; give one, such as "
                "recording['ECG'], or correct times with to_reference(times)"
            )
        channel.wait()
        corrected = copy.copy(channel)
        corrected.timebase = self._timebase(channel.timebase)
        corrected.details = {**channel.details, "clock": "corrected to that of another device"}
        if channel.origin is not None:
            corrected.origin = self._origin(channel.origin)
        return corrected

    def _origin(self, theirs: Origin) -> Origin:
        """Return the origin of a corrected channel, on the clock of the reference."""
        start = theirs.start and later(theirs.start, -float(self.to_reference(0.0)))
        marks = None if theirs.annotations is None else partial(self._marks, theirs)
        made = Origin(theirs.name, start, marks, theirs.metadata)
        theirs.notes.pass_on(made.notes)
        return made

    def _marks(self, theirs: Origin) -> Annotations:
        marks = theirs.marks()
        onset, end = (self.to_reference(t) for t in (marks.onset, marks.onset + marks.duration))
        return Annotations(onset, marks.text.tolist(), end - onset, marks.channel.tolist())

    def to_frame(self) -> pd.DataFrame:
        """Return one row per node: time (s), offset (s), drift to the next one (ppm)."""
        import pandas as pd

        drift = np.full(len(self.nodes), np.nan)
        if len(self.nodes) > 1:
            drift[:-1] = np.diff(self.offsets) / np.diff(self.nodes) * 1e6
        return pd.DataFrame({"time": self.nodes, "offset": self.offsets, "ppm": drift})

    def _facts(self) -> list[tuple[str, str]]:
        start = self.offsets[0] if len(self.offsets) else np.nan
        return [
            ("offset at the start", quantity(float(start), "s", 6)),
            ("drift", quantity(self.ppm, "ppm")),
            ("residual", quantity(self.residual * 1000, "ms")),
            ("windows matched", f"{len(self.anchor_times):,} of {self.n_windows:,}"),
        ]

    def _timebase(self, base: TimeBase) -> TimeBase:
        """Return the time base on the reference's clock, cut into runs of almost constant rate."""
        if not base.n_samples:
            return base
        stops = np.append(base.starts[1:], base.n_samples)
        theirs = self.nodes + self.offsets
        knots: list[NDArray[np.int64]] = []
        for first, stop, onset in zip(base.starts, stops, base.onsets, strict=True):
            inside = np.ceil((theirs - onset) * base.fs).astype(np.int64) + first
            knots.append(np.unique(np.clip([first, *inside, stop], first, stop)))
        # The end of a run counts as the sample after its last.
        times = [
            self.to_reference(base.time_of(int(run[0])) + (run - run[0]) / base.fs) for run in knots
        ]
        fs = base.n_samples / sum(float(t[-1] - t[0]) for t in times)
        starts = [i for run, t in zip(knots, times, strict=True) for i in _cuts(run, t, fs)]
        onsets = self.to_reference(np.array([base.time_of(i) for i in starts]))
        return TimeBase(fs, base.n_samples, np.array(starts, np.int64), onsets)


@analysis
def clock_drift(
    reference: BeatsLike,
    other: BeatsLike,
    *,
    max_offset_s: float = 60.0,
    window_s: float = 300.0,
    segment_s: float | None = None,
) -> ClockDrift:
    """Measure how the clock of one device runs against another's, from the beats of both.

    Parameters
    ----------
    reference, other : BeatsLike
        Beats of the same heart recorded by two devices (R peaks and R peaks, or R peaks and
        pulses), in seconds on each device's own clock, shapes (n,) and (m,). The beats of an ECG
        or PPG channel are found first, and a note says how.
    max_offset_s : float
        Largest offset in seconds, in both directions. 60 suits devices started together; a larger
        one takes more time and, in a very regular rhythm, gives less certainty.
    window_s : float
        Length in seconds of the windows in which interval series are matched; 300 contains enough
        beats for a distinct pattern.
    segment_s : float, optional
        Length of each linear segment of the drift in seconds; by default one line over the whole
        recording if it fits within twice the scatter of neighbouring windows, otherwise segments
        of an hour.

    Returns
    -------
    ClockDrift
        `ClockDrift.correct` gives a channel on the other clock.

    Raises
    ------
    InvalidInputError
        Times do not increase, are not in seconds, or an argument is out of range.

    Notes
    -----
    RR and pulse intervals of one heart have the same pattern, whatever the clocks. Each window is
    matched by the correlation of the interval series, its offset is the median of the paired
    beats, and a continuous line of segments is fitted by least squares with Huber's weights.
    Between R peaks and pulses the constant part of the offset includes the pulse arrival time
    (about 0.2 to 0.3 s), which cannot be separated from an offset of the clock; the drift can.

    References
    ----------
    Huber PJ. Robust estimation of a location parameter. The Annals of Mathematical Statistics
    1964;35(1):73-101. doi:10.1214/aoms/1177703732. Holland PW, Welsch RE. Robust regression using
    iteratively reweighted least-squares. Communications in Statistics - Theory and Methods
    1977;6(9):813-827. doi:10.1080/03610927708827533

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import clock_drift
    >>> beats = np.cumsum(np.random.default_rng(0).normal(0.85, 0.05, 4000))
    >>> round(clock_drift(beats, beats * (1 + 50e-6) + 2).ppm)
    50
    """
    anchors, made = _matched(reference, other, window_s, MIN_ANCHORS, max_offset_s=max_offset_s)
    t, offsets, _ = anchors.table
    if segment_s is not None:
        segment_s = checked_number(segment_s, "segment_s", window_s, unit="s")
    nodes, values, ppm, residual = t[:0], t[:0], np.nan, np.nan
    if len(t) >= MIN_ANCHORS:
        nodes, values = _line(t, offsets, segment_s)
        ppm = float((values[-1] - values[0]) / (nodes[-1] - nodes[0]) * 1e6)
        residual = float(np.median(np.abs(offsets - np.interp(t, nodes, values))))
    return ClockDrift(
        nodes=nodes, offsets=values, ppm=ppm, residual=residual, anchor_times=t,
        anchor_offsets=offsets, n_windows=anchors.n_windows, **made,
    )  # fmt: skip


@analysis
def beat_delay(
    reference: BeatsLike, other: BeatsLike, *, max_delay_s: float = 60.0, window_s: float = 300.0
) -> Delay:
    """Measure how much later the beats of a second device come, window by window.

    Parameters
    ----------
    reference, other, window_s
        As for `clock_drift`.
    max_delay_s : float
        Largest delay in seconds, in both directions; it may be many beats. The default is that
        of `clock_drift`.

    Returns
    -------
    Delay
        Median delay of the paired beats in each window in which the patterns match; their
        correlation is that of the interval series.

    Raises
    ------
    InvalidInputError
        As for `clock_drift`.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import beat_delay
    >>> beats = np.cumsum(np.random.default_rng(0).normal(0.85, 0.05, 1000))
    >>> round(beat_delay(beats, beats + 0.25).delay, 3)
    0.25
    """
    anchors, made = _matched(reference, other, window_s, 1, max_delay_s=max_delay_s)
    times, delays, correlation = anchors.table
    delay, spread = median_and_spread(delays)
    return Delay(
        delay=delay, spread=spread, times=times, delays=delays, correlation=correlation, **made
    )


def _matched(
    reference: BeatsLike, other: BeatsLike, window_s: float, needed: int, **largest: float
) -> tuple[Anchors, dict[str, Any]]:
    """Return the windows whose beats match, and the fields ``valid`` and ``notes`` of a result.

    ``largest`` is the largest offset in s, by the name of its parameter.
    """
    ((name, furthest),) = largest.items()
    furthest = checked_number(furthest, name, 0, 86400.0, open_low=True, unit="s")
    window = checked_number(window_s, "window_s", 60, 7200, unit="s")
    mine, _, notes = times_of(reference, "reference")
    check_dense(mine, "beats of reference")
    theirs, _, more = times_of(other, "other")
    check_dense(theirs, "beats of other")
    anchors = anchors_of(mine, theirs, max_offset_s=furthest, window_s=window)
    n, span = anchors.table.shape[1], float(np.ptp(mine)) if len(mine) else 0.0
    valid = ValidSignal(min(n * window, span), span)
    why = (
        f"{n} of {anchors.n_windows} windows of {window:g} s have the same "
        f"pattern of beats; try a larger {name}"
    )
    if min(len(mine), len(theirs)) < MIN_BEATS:
        why = f"{len(mine)} and {len(theirs)} beats; {MIN_BEATS} are needed of each device"
    few = [not_enough(why)] if n < needed else []
    return anchors, {"valid": valid, "notes": (*few, *notes, *more)}


def _line(t: Numbers, offsets: Numbers, segment_s: float | None) -> tuple[Numbers, Numbers]:
    """Return nodes and values of one line, or of segments if requested or if one does not fit."""
    if segment_s is None:
        values = _fit(t, offsets, t[[0, -1]])
        scatter = float(np.median(np.abs(np.diff(offsets)))) if len(t) > MIN_ANCHORS else 0.0
        misfit = np.abs(offsets - np.interp(t, t[[0, -1]], values))
        if float(np.median(misfit)) <= MISFIT * max(scatter, RESOLUTION):
            return t[[0, -1]], values
        segment_s = SEGMENT_S
    nodes = np.linspace(t[0], t[-1], max(round((t[-1] - t[0]) / segment_s), 1) + 1)
    return nodes, _fit(t, offsets, nodes)


def _fit(t: Numbers, values: Numbers, nodes: Numbers) -> Numbers:
    """Return the values at the nodes of the continuous line of segments that fits robustly."""
    k, share = _between(nodes, t)
    design = np.zeros((len(t), len(nodes)))
    rows = np.arange(len(t))
    design[rows, k], design[rows, k + 1] = 1 - share, share
    weight = np.ones(len(t))
    # A weak penalty of bends determines segments without anchors.
    bend = np.diff(np.eye(len(nodes)), 2, axis=0) * 1e-3
    fit = np.zeros(len(nodes))
    for _ in range(ROUNDS):
        root = np.sqrt(weight)
        matrix = np.vstack([design * root[:, None], bend])
        fit = np.linalg.lstsq(matrix, np.concatenate([values * root, np.zeros(len(bend))]))[0]
        residual = np.abs(values - design @ fit)
        scale = max(1.4826 * float(np.median(residual)), 1e-6)
        weight = np.minimum(1.0, HUBER * scale / np.maximum(residual, 1e-12))
    return np.asarray(fit, np.float64)


def _between(nodes: Numbers, t: Numbers) -> tuple[NDArray[np.int64], Numbers]:
    """Return the node before each time, and the share of the way to the next; beyond, too."""
    k = np.clip(np.searchsorted(nodes, t, side="right") - 1, 0, len(nodes) - 2)
    return k, (t - nodes[k]) / (nodes[k + 1] - nodes[k])


def _cuts(knots: NDArray[np.int64], times: Numbers, fs: float) -> list[int]:
    """Return where runs of constant rate ``fs`` must begin to follow the times at the knots.

    One begins shortly before the end too, because the next run of the recording may touch this
    one to within half a sample.
    """
    cuts, away = [int(knots[0])], 0.0
    for a, b, t_a, t_b in zip(knots[:-1], knots[1:], times[:-1], times[1:], strict=True):
        away = abs((t_b - t_a) * fs - (b - a))  # samples gained or lost between the knots
        pieces = int(np.ceil(away / RUN_ERROR)) or 1
        cuts += np.linspace(a, b, pieces + 1)[:-1].astype(np.int64).tolist()
    if away > SETTLED:
        cuts.append(max(cuts[-1], int(b - (b - a) * SETTLED / away)))
    return sorted(set(cuts))

"""Clock drift between devices, and its correction as a new time base."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_marks import beat_times, check_dense
from vital_widgets.analysis.compare.alignment import LEAST_BEATS, anchors_of
from vital_widgets.analysis.compare.delay import Delay
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import ValidSignal, checked_number, not_enough
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.core.origin import Origin, later
from vital_widgets.core.timebase import TimeBase
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

LEAST_ANCHORS = 2
HUBER = 1.345  # of the residuals' scale: 95 % efficient for normal errors (Huber 1964)
ROUNDS = 20
PIECE_SECONDS = 3600.0
MISFIT = 2.0  # times the scatter of neighbouring windows: beyond, one line is not enough
RESOLUTION = 1e-3  # s
SETTLED = 0.01  # samples that times at the end of a run may be off
RUN_ERROR = 0.4  # samples that times within a run may be off: below half, runs have no gap


@dataclass(frozen=True, kw_only=True, eq=False)
class ClockDrift(Result, given=("nodes", "anchor_times")):
    """How the clock of a second device runs against that of a first.

    Attributes
    ----------
    nodes : ndarray, shape (k,)
        Times on the first device's clock in s, where the pieces meet.
    offsets : ndarray, shape (k,)
        Second clock minus first there, in s; linear in between and beyond.
    ppm : float
        Overall drift in parts per million: above 0 the second clock runs fast.
    anchor_times, anchor_offsets : ndarray, shape (n,)
        What the line was laid through: matched beats, window by window.
    residual : float
        Median absolute deviation of these from the line, in s.
    tried : int
        Windows that had beats; ``len(anchor_times)`` of them could be matched.
    """

    nodes: NDArray[np.float64]
    offsets: NDArray[np.float64]
    ppm: float
    anchor_times: NDArray[np.float64]
    anchor_offsets: NDArray[np.float64]
    residual: float
    tried: int

    def to_reference(self, times: Any) -> NDArray[np.float64]:
        """Return times of the second device on the clock of the first, in seconds."""
        if not self.enough:
            raise InvalidInputError("the clocks could not be aligned: " + "; ".join(self.notes))
        t = np.asarray(times, np.float64)
        theirs = self.nodes + self.offsets
        k = np.clip(np.searchsorted(theirs, t, side="right") - 1, 0, len(theirs) - 2)
        slope = (self.nodes[k + 1] - self.nodes[k]) / (theirs[k + 1] - theirs[k])
        return np.asarray(self.nodes[k] + (t - theirs[k]) * slope)

    def correct(self, channel: Channel) -> Channel:
        """Return a channel of the second device with its times on the first one's clock.

        The samples are the same, untouched and not resampled: only the time base is new. Its
        rate is the true mean rate; each sample is where it belongs to within 0.4 of a sample.
        The marks of its recording come along on the first clock. So does the start: the first
        device's second 0, as the second one's clock of the day would have it.
        """
        if not isinstance(channel, Channel):
            raise InvalidInputError(
                f"channel={type(channel).__name__} is no channel; give one, such as "
                "recording['ECG'], or correct times with to_reference(times)"
            )
        channel.wait()
        corrected = copy.copy(channel)
        corrected.timebase = self._timebase(channel.timebase)
        corrected.details = {**channel.details, "clock": "corrected as another device's"}
        if channel.origin is not None:
            corrected.origin = self._origin(channel.origin)
        return corrected

    def _origin(self, theirs: Origin) -> Origin:
        """Return where a corrected channel comes from: the same on the reference's clock."""
        start = theirs.start
        if start is not None:
            start = later(start, -float(self.to_reference(0.0)))
        marks = None if theirs.annotations is None else partial(self._marks, theirs)
        made = Origin(theirs.name, start, marks, theirs.metadata)
        theirs.notes.pass_on(made.notes)
        return made

    def _marks(self, theirs: Origin) -> Annotations:
        marks = theirs.marks()
        onset, end = (self.to_reference(t) for t in (marks.onset, marks.onset + marks.duration))
        return Annotations(onset, marks.text.tolist(), end - onset, marks.channel.tolist())

    def to_frame(self) -> pd.DataFrame:
        """Return the nodes: time (s), offset (s), drift to the next one (ppm)."""
        import pandas as pd

        drift = np.full(len(self.nodes), np.nan)
        if len(self.nodes) > 1:
            drift[:-1] = np.diff(self.offsets) / np.diff(self.nodes) * 1e6
        return pd.DataFrame({"time": self.nodes, "offset": self.offsets, "ppm": drift})

    def facts(self) -> list[tuple[str, str]]:
        """Return offset, drift and how well the line fits."""
        start = self.offsets[0] if len(self.offsets) else np.nan
        return [
            ("offset at the start", quantity(float(start), "s", 6)),
            ("drift", quantity(self.ppm, "ppm")),
            ("residual", quantity(self.residual * 1000, "ms")),
            ("windows matched", f"{len(self.anchor_times):,} of {self.tried:,}"),
        ]

    def _timebase(self, base: TimeBase) -> TimeBase:
        """Return the time base on the reference's clock, cut into runs of almost even rate."""
        if not base.n_samples:
            return base
        stops = np.append(base.starts[1:], base.n_samples)
        theirs = self.nodes + self.offsets
        knots: list[NDArray[np.int64]] = []
        for first, stop, onset in zip(base.starts, stops, base.onsets, strict=True):
            inside = np.ceil((theirs - onset) * base.fs).astype(np.int64) + first
            knots.append(np.unique(np.clip([first, *inside, stop], first, stop)))
        length = sum(
            float(np.diff(self.to_reference(_times(base, k, k[[0, -1]])))[0]) for k in knots
        )
        fs = base.n_samples / length
        starts: list[int] = []
        for run in knots:
            starts += _cuts(run, self.to_reference(_times(base, run, run)), fs)
        onsets = self.to_reference(np.array([base.time_of(i) for i in starts]))

        return TimeBase(fs, base.n_samples, np.array(starts, np.int64), onsets)


@with_recipe("reference", "other")
def clock_drift(
    reference: Any,
    other: Any,
    *,
    max_offset: float = 60.0,
    window: float = 300.0,
    piece: float | None = None,
) -> ClockDrift:
    """Return how the clock of one device runs against another's, from the beats of both.

    Parameters
    ----------
    reference, other : Beats, or array-like of float, shape (n,), (m,)
        Beats of the same heart seen by two devices (R peaks and R peaks, or R peaks and pulses),
        in seconds on each device's own clock.
    max_offset : float
        Largest offset looked for in seconds, either way. Give more if the devices were started
        further apart; it costs time and, in a very even rhythm, certainty.
    window : float
        Seconds in which the interval series are matched; 300 by default.
    piece : float, optional
        Seconds of each linear piece of the drift; by default one line over all if that fits to
        within twice the scatter of neighbouring windows, else pieces of an hour.

    Returns
    -------
    ClockDrift
        `ClockDrift.correct` gives a channel on the other clock.

    Notes
    -----
    RR and pulse intervals of one heart have the same pattern, however far apart the clocks are.
    Each window is matched by the correlation of the interval series, its offset is the median of
    the paired beats, and a continuous line of pieces is laid through the offsets by least squares
    with Huber's weights. Between R peaks and pulses the constant part of the offset contains the
    pulse arrival time (about 0.2 to 0.3 s), which cannot be told from a clock that is wrong by as
    much: only its drift is the clocks'.

    References
    ----------
    Huber PJ. Robust estimation of a location parameter. Ann Math Stat 1964;35:73-101.
    """
    furthest = checked_number(max_offset, "max_offset", 0, 86400.0, open_low=True, unit="s")
    seconds = checked_number(window, "window", 60, 7200, unit="s")
    mine, theirs, notes = _both(reference, other)
    anchors = anchors_of(mine, theirs, max_offset=furthest, window=seconds)
    t, offsets = anchors.times, anchors.offsets
    span = float(mine[-1] - mine[0]) if len(mine) else 0.0
    valid = ValidSignal(min(len(t) * seconds, span), span)
    if len(t) < LEAST_ANCHORS:
        why = (
            f"{len(t)} of {anchors.tried} windows of {seconds:g} s have the same pattern of beats; "
            "a larger max_offset may help"
        )
        if min(len(mine), len(theirs)) < LEAST_BEATS:
            why = f"{len(mine)} and {len(theirs)} beats, {LEAST_BEATS} are needed of each device"
        empty = np.empty(0)
        return ClockDrift(
            nodes=empty, offsets=empty, ppm=np.nan, anchor_times=t, anchor_offsets=offsets,
            residual=np.nan, tried=anchors.tried, valid=valid,
            notes=(not_enough(why), *notes),
        )  # fmt: skip
    if piece is not None:
        piece = checked_number(piece, "piece", seconds, unit="s")
    nodes, values = _line(t, offsets, piece)
    misfit = np.abs(offsets - np.interp(t, nodes, values))
    return ClockDrift(
        nodes=nodes,
        offsets=values,
        ppm=float((values[-1] - values[0]) / (nodes[-1] - nodes[0]) * 1e6),
        anchor_times=t,
        anchor_offsets=offsets,
        residual=float(np.median(misfit)),
        tried=anchors.tried,
        valid=valid,
        notes=tuple(notes),
    )


@with_recipe("reference", "other")
def beat_delay(
    reference: Any, other: Any, *, max_delay: float = 60.0, window: float = 300.0
) -> Delay:
    """Return how much later the beats of a second device come, window by window.

    Parameters
    ----------
    reference, other : Beats, or array-like of float, shape (n,), (m,)
        Beats of the same heart in seconds.
    max_delay : float
        Largest delay looked for in seconds, either way; it may be many beats.
    window : float
        Seconds of a window, in which the patterns of the intervals are matched.

    Returns
    -------
    Delay
        Median delay of the paired beats in each window in which the patterns match; their
        correlation is that of the interval series.
    """
    furthest = checked_number(max_delay, "max_delay", 0, 86400.0, open_low=True, unit="s")
    seconds = checked_number(window, "window", 60, 7200, unit="s")
    mine, theirs, notes = _both(reference, other)
    anchors = anchors_of(mine, theirs, max_offset=furthest, window=seconds)
    n = len(anchors.times)
    span = float(mine[-1] - mine[0]) if len(mine) else 0.0
    q1, median, q3 = np.percentile(anchors.offsets, [25, 50, 75]) if n else (np.nan,) * 3
    why = f"none of {anchors.tried} windows has the same pattern of beats"
    return Delay(
        delay=float(median),
        spread=float(q3 - q1),
        times=anchors.times,
        delays=anchors.offsets,
        correlation=anchors.correlation,
        valid=ValidSignal(min(n * seconds, span), span),
        notes=(*notes,) if n else (not_enough(why), *notes),
    )


def _both(reference: Any, other: Any) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
    mine, left_out = beat_times(reference, "reference")
    theirs, more = beat_times(other, "other")
    check_dense(mine, "beats of reference")
    check_dense(theirs, "beats of other")
    return mine, theirs, [*left_out, *more]


def _line(
    t: NDArray[np.float64], offsets: NDArray[np.float64], piece: float | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and values of one line, or of pieces where asked for or where one misfits."""
    if piece is None:
        values = _fit(t, offsets, t[[0, -1]])
        scatter = float(np.median(np.abs(np.diff(offsets)))) if len(t) > LEAST_ANCHORS else 0.0
        misfit = np.abs(offsets - np.interp(t, t[[0, -1]], values))
        if float(np.median(misfit)) <= MISFIT * max(scatter, RESOLUTION):
            return t[[0, -1]], values
        piece = PIECE_SECONDS
    nodes = np.linspace(t[0], t[-1], max(round((t[-1] - t[0]) / piece), 1) + 1)
    return nodes, _fit(t, offsets, nodes)


def _fit(
    t: NDArray[np.float64], values: NDArray[np.float64], nodes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the values at the nodes of the continuous line of pieces that fits robustly."""
    k = np.clip(np.searchsorted(nodes, t, side="right") - 1, 0, len(nodes) - 2)
    share = (t - nodes[k]) / (nodes[k + 1] - nodes[k])
    design = np.zeros((len(t), len(nodes)))
    rows = np.arange(len(t))
    design[rows, k], design[rows, k + 1] = 1 - share, share
    weight = np.ones(len(t))
    # A light pull towards even slopes keeps pieces without anchors determined.
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


def _times(
    base: TimeBase, run: NDArray[np.int64], samples: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return times of samples of one run; its end counts as the sample after its last."""
    return np.asarray(base.time_of(int(run[0])) + (samples - run[0]) / base.fs)


def _cuts(knots: NDArray[np.int64], times: NDArray[np.float64], fs: float) -> list[int]:
    """Return where runs of even rate ``fs`` must begin to follow the times at the knots.

    One begins shortly before the end too: the next run of the recording may touch this one to
    within half a sample, to which what is gained or lost by then must not be added.
    """
    cuts, away = [int(knots[0])], 0.0
    for a, b, t_a, t_b in zip(knots[:-1], knots[1:], times[:-1], times[1:], strict=True):
        away = abs((t_b - t_a) * fs - (b - a))  # samples gained or lost within the piece
        pieces = int(np.ceil(away / RUN_ERROR)) or 1
        cuts += np.linspace(a, b, pieces + 1)[:-1].astype(np.int64).tolist()
    if away > SETTLED:
        cuts.append(max(cuts[-1], int(b - (b - a) * SETTLED / away)))
    return sorted(set(cuts))

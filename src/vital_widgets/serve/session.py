"""The data of a recording for its viewers: pyramids, annotations, replies to requests.

Thread-safe: the kernel may handle requests on any thread.
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from vital_widgets.core.marks.document import RecordingAnnotations
from vital_widgets.errors import (
    ProtocolError,
    SourceChangedError,
    TaskCancelledError,
)
from vital_widgets.runtime.caches import WATCHED
from vital_widgets.runtime.fairness import in_turn
from vital_widgets.runtime.tasks import FINAL_STATES, Task, TaskState
from vital_widgets.serve.description import describe, expected_duration, runs_of
from vital_widgets.serve.markservice import MarkService
from vital_widgets.serve.measuring import Measurements
from vital_widgets.serve.onlyonce import OnlyOnce
from vital_widgets.serve.overviewchoice import overview_signal
from vital_widgets.serve.points import pack_points
from vital_widgets.serve.protocol import (
    VERSION,
    Buffer,
    MeasureRequest,
    WindowRequest,
    as_json,
)
from vital_widgets.serve.signals import Signals
from vital_widgets.serve.spectrograms import Spectrograms, SpectrogramTiles
from vital_widgets.serve.window import SAMPLES_PER_REQUEST, Part, bins_part, pack_part, window_part

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vital_widgets.core.channel import Channel
    from vital_widgets.core.recording import Recording
    from vital_widgets.pyramid.build import PyramidSet
    from vital_widgets.serve.lanes import LaneSet
    from vital_widgets.serve.points import PointsRequest

CHECK_INTERVAL = 0.25
FIRST_WINDOW_SECONDS = 10.0
FIRST_PICTURE_BYTES = 90_000  # as base64 in a saved notebook, a third more
FIRST_PICTURE_WIDTHS = (2000, 1400, 900, 600, 300, 150)
FIRST_PICTURE_LANES = 24
OVERVIEW_WIDTH = 800
COSTS_OF_COMPUTED = 16  # a computed sample takes about as long as so many that are read
ROBUST_PERCENTILES = (0.5, 99.5)


class Session:
    """The source of data for any number of views of one recording.

    Parameters
    ----------
    recording : Recording
        The recording. The session starts to build its pyramids in the background if they are not
        in the cache.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.signals = Signals(recording)
        self.notes: list[str] = []
        self.on_lanes: Callable[[dict[str, Any]], None] | None = None
        self._revision = 0
        self._ranges: dict[int, tuple[float, float]] = {}
        self._checked_at = 0.0
        self._lock = threading.Lock()
        self._annotation_task: Task[RecordingAnnotations] | None = None
        self._cancelled: dict[str, None] = {}
        self.once = OnlyOnce()
        self._measurements = Measurements()
        self.mark_service = MarkService(lambda: self.signals.named)
        if isinstance(recording.origin.annotations, RecordingAnnotations):
            self.mark_service.attach(recording.annotations)
        self._spectrograms = Spectrograms()
        WATCHED.add("ranges of lanes", self, _ranges_held)

    @property
    def channels(self) -> list[Channel]:
        """The channel of each signal: those of the recording, then derived ones."""
        return self.signals.channels

    @property
    def pyramids(self) -> PyramidSet:
        """The pyramids of the recording's channels."""
        return self.signals.pyramids

    @property
    def task(self) -> Task[Any] | None:
        """The background task that a viewer shows: building, which includes reading; or None."""
        return self.pyramids.task

    def close(self) -> None:
        """Stop background tasks that no other session needs; the recording stays open."""
        self.signals.close()
        self._measurements.close()
        self.mark_service.close()
        self._spectrograms.close()
        with self._lock:
            task = self._annotation_task
        if task is not None:
            task.cancel()

    def index_of(self, names: Sequence[str]) -> list[int]:
        """Return the signals that the lanes called ``names`` show, by index."""
        shown = self.signals.shown
        return [shown[name] for name in names]

    def show(self, lanes: LaneSet, visible: Sequence[str]) -> None:
        """Offer lanes with montages and filters; build the pyramids of the visible ones."""
        self.signals.show(lanes.lanes, visible)
        with self._lock:
            self.notes = list(lanes.notes)

    def ink(self, k: int) -> int:
        """Return the number of the colour of the ``k``-th signal."""
        lane = self.signals.lane(k)
        return k if lane is None else lane.ink

    def filter_of(self, k: int) -> str:
        """Return the filter of the ``k``-th signal as text, '' for none."""
        lane = self.signals.lane(k)
        return "" if lane is None else lane.filter

    def change_lanes(self, wanted: dict[str, Any]) -> None:
        """Set montage and filters as the browser says; raise what the viewer raises."""
        if self.on_lanes is None:
            msg = "montage and filters can be changed in a viewer only"
            raise ProtocolError(msg)
        self.on_lanes(wanted)

    def check(self) -> None:
        """Raise if the recording was closed or its file was changed since it was opened."""
        if self.recording.closed:
            msg = f"{self.recording.name} was closed; open it again to continue"
            raise SourceChangedError(msg)
        now = time.monotonic()
        if now - self._checked_at >= CHECK_INTERVAL:
            self.recording.check()
            self._checked_at = now

    def _check_reading(self) -> None:
        task = self.recording.task
        if task is not None and task.error is not None:
            raise task.error
        if task is not None and task.state is TaskState.CANCELLED:
            msg = f"reading {self.recording.name} was cancelled; open it again to read it"
            raise TaskCancelledError(msg)

    def description(self) -> tuple[dict[str, Any], bytes]:
        """Return the description of the recording, with a new revision number at each call."""
        with self._lock:
            self._revision += 1
            return describe(
                self.recording,
                self.ranges,
                self._revision,
                signals=self.signals,
                notes=self.notes,
            )

    def window(self, request: WindowRequest) -> tuple[dict[str, Any], bytes]:
        """Return the content and the buffer of a ``window`` reply."""
        self.check()
        if any(self.channels[k].samples.n_samples == 0 for k in request.channels):
            self._check_reading()
        buffer = Buffer()
        with in_turn():
            return self._window(request, buffer), buffer.to_bytes()

    def measure(self, request: MeasureRequest, client: str) -> dict[str, Any]:
        """Return the content of a ``measure`` reply; a browser measures one range at a time."""
        self.check()
        signals = [(k, self.channels[k]) for k in request.channels]
        return self._measurements.of(client, signals, request.t0, request.t1)

    def points(self, request: PointsRequest) -> tuple[dict[str, Any], bytes]:
        """Return the content and the buffer of a ``points`` reply."""
        self.check()
        buffer = Buffer()
        with in_turn():
            parts = pack_points(request, self.channels, buffer)
        return {"parts": parts}, buffer.to_bytes()

    def is_trace(self, name: str) -> bool:
        """Whether a lane shows a trace, and not stages, a mask or a spectrogram."""
        lane = self.signals.lane(self.signals.shown[name])
        return lane is None or lane.style == "line"

    def spectrogram(self, k: object, tile: object) -> tuple[dict[str, Any], bytes]:
        """Return a tile of the spectrogram that the ``k``-th signal shows."""
        self.check()
        return self._spectrograms.of(self.signals.lane(k) if isinstance(k, int) else None, tile)

    def spectrogram_tiles(
        self, k: int, t0: float, t1: float, *, wait: bool
    ) -> SpectrogramTiles | None:
        """Return the tiles between two times of the spectrogram that the ``k``-th signal shows."""
        lane = self.signals.lane(k)
        if lane is None or not self.is_spectrogram(k):
            return None
        return self._spectrograms.tiles(lane, t0, t1, wait=wait)

    def is_spectrogram(self, k: int) -> bool:
        """Whether the ``k``-th signal is shown as a spectrogram."""
        lane = self.signals.lane(k)
        return lane is not None and lane.style == "spectrogram"

    def runs(self, timebase: object) -> tuple[dict[str, Any], bytes]:
        """Return the run table of one time base, by its index in the description."""
        content, _ = describe(self.recording, [], 0, signals=self.signals)
        known = len(content["timebases"])
        if not isinstance(timebase, int) or not 0 <= timebase < known:
            msg = f"timebase={timebase!r} is not an index from 0 to {known - 1}"
            raise ProtocolError(msg)
        buffer = Buffer()
        index = next(
            k for k, c in enumerate(content["channels"]) if c and c["timebase"] == timebase
        )
        base = self.channels[index].timebase
        at = runs_of(base, buffer)
        return {"timebase": timebase, "runs": len(base.starts), "at": at}, buffer.to_bytes()

    @overload
    def marked(self, wait: None) -> MarkService: ...

    @overload
    def marked(self, wait: float) -> MarkService | None: ...

    def marked(self, wait: float | None) -> MarkService | None:
        """Return the service of marks; None if they are not read within ``wait`` seconds."""
        if self.mark_service.attached:
            return self.mark_service
        recording = self.recording
        reading = recording.task
        waits = reading is not None and reading.state not in FINAL_STATES
        if wait is not None and waits and callable(recording.origin.annotations):
            return None  # any row may have annotations
        with self._lock:
            if self._annotation_task is None:
                self._annotation_task = Task(
                    lambda _: recording.annotations, "Reading annotations"
                ).start()
            task = self._annotation_task
        if wait is not None and not task.wait(wait):
            return None
        self.mark_service.attach(task.result())
        return self.mark_service

    def cancel(self, ids: Sequence[str]) -> None:
        """Remember the latest 1000 requests that need no reply any more."""
        with self._lock:
            self._cancelled.update(dict.fromkeys(ids))
            while len(self._cancelled) > 1000:  # noqa: PLR2004
                self._cancelled.pop(next(iter(self._cancelled)))

    def was_cancelled(self, request: str) -> bool:
        """Whether a request was cancelled before its reply; a second call returns False."""
        with self._lock:
            return self._cancelled.pop(request, request) is None

    def first_window(self) -> tuple[float, float]:
        """Return the initial window of a viewer: ten seconds, or the whole of a short recording."""
        duration = expected_duration(self.recording)
        recorded = self.recording.channels.values()
        fastest = max((c.fs for c in recorded), default=1.0)
        seconds = max(FIRST_WINDOW_SECONDS, 200 / fastest)
        begin = min((c.start for c in recorded), default=0.0)
        if duration <= 3 * seconds:
            return 0.0, max(duration, 1e-3)
        begin = min(begin, duration - seconds)
        return begin, begin + seconds

    def first_picture(
        self,
        channels: Sequence[int],
        t0: float,
        t1: float,
        *,
        widths: Sequence[int] = FIRST_PICTURE_WIDTHS,
        limit: int | None = None,
    ) -> tuple[dict[str, Any], bytes]:
        """Return the first picture, part of the widget's state: a window, the overview, marks.

        It stays below ``limit`` bytes, 90 kB by default: if there are more samples, bins for a
        narrower screen are sent, and the viewer requests finer ones.
        """
        shown = tuple(channels[:FIRST_PICTURE_LANES])
        most = FIRST_PICTURE_BYTES if limit is None else limit
        buffer = Buffer()
        window: dict[str, Any] | None = None
        for width in widths:
            buffer = Buffer()
            window = self._window(WindowRequest(shown, t0, t1, width), buffer)
            if len(buffer) <= most:
                break
        else:
            buffer, window = Buffer(), None
        overview: dict[str, Any] | None = None
        duration = expected_duration(self.recording)
        chosen = overview_signal(self, channels, duration) if duration > 0 else None
        if chosen is not None and self.signals.complete(chosen):
            request = WindowRequest((chosen,), 0.0, duration, OVERVIEW_WIDTH)
            overview = self._window(request, buffer)
        known = self.recording.origin.annotations
        if known is not None and not callable(known):  # they need not be read
            self.mark_service.attach(self.recording.annotations)
        marks = self.mark_service.first(t0, t1, buffer) if self.mark_service.attached else None
        return as_json({"window": window, "overview": overview, "marks": marks}), buffer.to_bytes()

    @property
    def ranges(self) -> Sequence[tuple[float, float] | None]:
        """The robust range of each channel in physical units, from its first window; or None."""
        return [self._ranges.get(k) for k in range(len(self.channels))]

    def part(
        self, k: int, t0: float, t1: float, width: int, *, allowance: int = SAMPLES_PER_REQUEST
    ) -> Part:
        """Return the bins of the ``k``-th channel that show a window on ``width`` pixels."""
        channel = self.channels[k]
        if self.signals.lane(k) is not None:
            allowance //= COSTS_OF_COMPUTED
        part = window_part(channel, self.signals.pyramid(k), t0, t1, width, allowance)
        if k not in self._ranges:
            found = robust_range(channel.physical, part)
            if found is not None:
                self._ranges[k] = found
        return part

    def bins(self, k: int, size: int, start: int, stop: int) -> Part:
        """Return the bins of ``size`` samples of a range of samples that begins with a bin."""
        return bins_part(self.channels[k], self.signals.pyramid(k), size, (start, stop))

    def _window(self, request: WindowRequest, buffer: Buffer) -> dict[str, Any]:
        allowance = SAMPLES_PER_REQUEST // max(len(request.channels), 1)
        parts: list[dict[str, Any]] = []
        for k in request.channels:
            if not self.signals.is_kept(k):
                continue  # the lane shows another signal meanwhile
            part = self.part(k, request.t0, request.t1, request.width, allowance=allowance)
            parts.append(pack_part(k, self.channels[k], part, buffer))
        return {
            "v": VERSION,
            "kind": "window",
            "t0": request.t0,
            "t1": request.t1,
            "width": request.width,
            "complete": all(part["complete"] for part in parts),
            "built": self.pyramids.built,
            "parts": parts,
        }


def _ranges_held(session: Session) -> tuple[int, int]:
    """Return the number of known ranges of lanes, and their bytes as float64."""
    known = sum(one is not None for one in session.ranges)
    return known, 16 * known


def robust_range(
    physical: Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]], part: Part
) -> tuple[float, float] | None:
    """Return the 0.5th and 99.5th percentile of a part in physical units, None if it is empty.

    Both are values of the part; interpolation between large values could overflow.
    """
    full = part.lo <= part.hi  # false for NaN and for bins without samples
    with np.errstate(over="ignore"):
        values = np.concatenate([physical(part.lo[full]), physical(part.hi[full])])
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    lower, upper = (share / 100 * (len(values) - 1) for share in ROBUST_PERCENTILES)
    ranks = math.floor(lower), math.ceil(upper)
    low, high = np.partition(values, ranks)[list(ranks)]
    return float(low), float(high)

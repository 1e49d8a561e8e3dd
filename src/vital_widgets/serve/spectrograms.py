"""The spectrograms of lanes: computed once in the background, sent as one small picture."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import ProtocolError
from vital_widgets.serve.protocol import Buffer

if TYPE_CHECKING:
    from vital_widgets.analysis.signal.spectra.spectrogram import Spectrogram
    from vital_widgets.runtime.tasks import Task
    from vital_widgets.serve.lanes import Lane

# Largest picture: 1.5 MB. A column is half a window long, or more in long recordings.
MAX_COLUMNS, MAX_ROWS = 16_384, 96
PATIENCE = 0.1
KEPT = 4
# Codes 1 to 255 cover this range of the power density; 0 stands for no valid signal.
PERCENTILES = (5.0, 99.5)
MOST_DB = 60.0
LEVELS = 255


class Spectrograms:
    """The spectrograms of a session by the fingerprints of their lanes."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task[Spectrogram]] = {}
        self._lock = threading.Lock()

    def of(self, lane: Lane | None) -> tuple[dict[str, Any], bytes]:
        """Return the picture of a lane, or the progress while it is not known yet."""
        if lane is None or lane.style != "spectrogram":
            raise ProtocolError("a spectrogram was requested of a lane that shows none")
        with self._lock:
            task = self._tasks.pop(lane.key, None)
            if task is None:
                task = _start(lane)
            self._tasks[lane.key] = task
            while len(self._tasks) > KEPT:
                self._tasks.pop(next(iter(self._tasks))).cancel()
        if not task.wait(PATIENCE):
            return {"pending": True, "progress": task.progress}, b""
        return pack(task.result())

    def close(self) -> None:
        """Stop all tasks."""
        with self._lock:
            tasks, self._tasks = self._tasks, {}
        for task in tasks.values():
            task.cancel()


def _start(lane: Lane) -> Task[Spectrogram]:
    from vital_widgets.analysis import run, spectrogram

    task: Task[Spectrogram] = run(
        spectrogram, lane.channel, max_columns=MAX_COLUMNS, max_rows=MAX_ROWS, **lane.options
    )
    return task


def pack(found: Spectrogram) -> tuple[dict[str, Any], bytes]:
    """Return a spectrogram as codes of its power density in dB, the lowest frequency first."""
    with np.errstate(divide="ignore", invalid="ignore"):
        level = 10 * np.log10(found.power)
    finite = level[np.isfinite(level)]
    edges = np.percentile(finite, PERCENTILES) if len(finite) else np.array([0.0, 1.0])
    low, high = float(edges[0]), float(edges[1])
    low = max(low, high - MOST_DB)
    if not high > low:
        low, high = low - 0.5, low + 0.5
    codes = np.zeros(level.shape, np.uint8)
    known = ~np.isnan(level)
    share = np.clip((level[known] - low) / (high - low), 0, 1)
    codes[known] = 1 + np.round(share * (LEVELS - 1)).astype(np.uint8)
    buffer = Buffer()
    rows, columns = len(found.frequencies), len(found.times)
    times, frequencies = found.times, found.frequencies
    step = float(frequencies[1] - frequencies[0]) if rows > 1 else 1.0
    content = {
        "pending": False,
        "rows": rows,
        "columns": columns,
        "t0": float(times[0]) - found.column_s / 2 if columns else 0.0,
        "column_s": found.column_s,
        "f0": float(frequencies[0]) - step / 2 if rows else 0.0,
        "f1": float(frequencies[-1]) + step / 2 if rows else 1.0,
        "low": low,
        "high": high,
        "at": buffer.add(codes),
    }
    return content, buffer.to_bytes()

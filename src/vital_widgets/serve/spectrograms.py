"""The spectrograms of lanes, computed in tiles of some columns when they are seen."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import ProtocolError
from vital_widgets.runtime.budget import blocks
from vital_widgets.runtime.tasks import Task, TaskState
from vital_widgets.serve.protocol import Buffer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.serve.lanes import Lane

# Largest picture: 1.5 MB. A column is half a window long, or more in long recordings.
MAX_COLUMNS, MAX_ROWS = 16_384, 96
TILE = 256  # columns
KEPT_TILES = 4 * MAX_COLUMNS // TILE  # computed, but not fetched: 6 MB
HOLDER = "spectrograms"
KEPT_LANES = 4
PATIENCE = 0.1
# Codes 1 to 255 cover this range of the power density; 0 stands for no valid signal.
PERCENTILES = (5.0, 99.5)
MOST_DB = 60.0
LEVELS = 255
# The range is that of so many groups of columns, evenly distributed over the recording.
GROUPS, GROUP = 16, 16


@dataclass(frozen=True)
class SpectrogramTiles:
    """Some tiles of a spectrogram.

    Attributes
    ----------
    about : dict
        What a reply says of the whole spectrogram.
    codes : dict of int to ndarray of uint8, shape (rows, columns)
        The codes of each tile, the lowest frequency first.
    """

    about: dict[str, Any]
    codes: dict[int, NDArray[np.uint8]]


class Spectrograms:
    """The spectrograms of a session by the fingerprints of their lanes."""

    def __init__(self) -> None:
        self._pictures: dict[str, Picture] = {}
        self._tiles: dict[tuple[str, int], Task[NDArray[np.uint8]]] = {}
        self._name = uuid.uuid4().hex
        self._lock = threading.Lock()

    def of(self, lane: Lane | None, tile: object) -> tuple[dict[str, Any], bytes]:
        """Return a tile of the picture of a lane, or that it is not known yet."""
        if lane is None or lane.style != "spectrogram":
            raise ProtocolError("a spectrogram was requested of a lane that shows none")
        with self._lock:
            picture = self._picture(lane)
            last = max(picture.tiles - 1, 0)
            if not isinstance(tile, int) or not 0 <= tile <= last:
                raise ProtocolError(f"tile={tile!r} is not a number from 0 to {last}")
            known = self._fetched(lane.key, tile)
            task = self._task(lane.key, tile, picture) if known is None else None
        codes = known if task is None else self._computed(lane.key, tile, task)
        if codes is None:
            return {"pending": True, "tile": tile}, b""
        buffer = Buffer()
        at = buffer.add(codes)
        return {"pending": False, "tile": tile, "at": at, **picture.about()}, buffer.to_bytes()

    def tiles(self, lane: Lane, t0: float, t1: float, *, wait: bool) -> SpectrogramTiles | None:
        """Return the tiles between two times, or None if there are none.

        ``wait`` computes those that are not known yet; else they are left out.
        """
        with self._lock:
            picture = self._picture(lane)
            tasks = {n: self._tiles.get((lane.key, n)) for n in picture.tiles_in(t0, t1)}
        codes: dict[int, NDArray[np.uint8]] = {}
        for n, task in tasks.items():
            known = self._fetched(lane.key, n)
            if known is None and task is not None and task.state is TaskState.DONE:
                known = task.result()
            elif known is None and wait:
                known = picture.codes(n)
            if known is not None:
                codes[n] = known
        return SpectrogramTiles(picture.about(), codes) if codes else None

    def _fetched(self, key: str, tile: int) -> NDArray[np.uint8] | None:
        """Return a tile that was fetched before and was not evicted since."""
        held: NDArray[np.uint8] | None = blocks().get((self._name, key, tile))
        return held

    def _computed(
        self, key: str, tile: int, task: Task[NDArray[np.uint8]]
    ) -> NDArray[np.uint8] | None:
        """Return a tile and keep it in the memory that all caches share; None if it takes long."""
        if not task.wait(PATIENCE):
            return None
        codes = task.result()
        blocks().put((self._name, key, tile), codes, codes.nbytes, HOLDER)
        with self._lock:
            self._tiles.pop((key, tile), None)
        return codes

    def _picture(self, lane: Lane) -> Picture:
        picture = self._pictures.pop(lane.key, None) or Picture(lane)
        self._pictures[lane.key] = picture
        while len(self._pictures) > KEPT_LANES:
            self._pictures.pop(next(iter(self._pictures)))
        return picture

    def _task(self, key: str, tile: int, picture: Picture) -> Task[NDArray[np.uint8]]:
        task = self._tiles.pop((key, tile), None)
        if task is None:
            task = Task(lambda _: picture.codes(tile), "Spectrogram").start(urgent=True)
        self._tiles[key, tile] = task
        while len(self._tiles) > KEPT_TILES:
            self._tiles.pop(next(iter(self._tiles))).cancel()
        return task

    def close(self) -> None:
        """Stop all tasks."""
        with self._lock:
            tasks, self._tiles = self._tiles, {}
        for task in tasks.values():
            task.cancel()
        blocks().drop(self._name)


class Picture:
    """The spectrogram of a lane as codes of its power density in dB."""

    def __init__(self, lane: Lane) -> None:
        from vital_widgets.analysis.signal.spectra.spectrogram_columns import SpectrogramColumns

        size = {"max_columns": MAX_COLUMNS, "max_rows": MAX_ROWS}
        self._columns = SpectrogramColumns(lane.channel, **size, **lane.options)
        self._lock = threading.Lock()

    @property
    def tiles(self) -> int:
        """Number of tiles."""
        return -(-self._columns.count // TILE)

    def tiles_in(self, t0: float, t1: float) -> range:
        """Return the numbers of the tiles between two times."""
        tile_s = TILE * self._columns.column_s
        first = (t0 - self._begin) // tile_s
        last = (t1 - self._begin) // tile_s
        return range(max(0, int(first)), min(int(last) + 1, self.tiles))

    @property
    def _begin(self) -> float:
        """Start of the first column in seconds."""
        columns = self._columns
        return float(columns.times[0]) - columns.column_s / 2 if columns.count else 0.0

    @cached_property
    def _range(self) -> tuple[float, float]:
        """The levels that are shown, in dB: the same for all tiles."""
        count = self._columns.count
        firsts = np.unique(np.linspace(0, max(count - GROUP, 0), GROUPS).astype(int)).tolist()
        groups = [_decibels(self._columns.power(k, min(k + GROUP, count))) for k in firsts]
        level = np.concatenate([group.ravel() for group in groups])
        finite = level[np.isfinite(level)]
        edges = np.percentile(finite, PERCENTILES) if len(finite) else np.array([0.0, 1.0])
        low, high = float(edges[0]), float(edges[1])
        low = max(low, high - MOST_DB)
        return (low, high) if high > low else (low - 0.5, low + 0.5)

    def codes(self, tile: int) -> NDArray[np.uint8]:
        """Return the codes of a tile, the lowest frequency first."""
        with self._lock:  # computed once
            low, high = self._range
        first = tile * TILE
        level = _decibels(self._columns.power(first, min(first + TILE, self._columns.count)))
        codes = np.zeros(level.shape, np.uint8)
        known = ~np.isnan(level)
        share = np.clip((level[known] - low) / (high - low), 0, 1)
        codes[known] = 1 + np.round(share * (LEVELS - 1)).astype(np.uint8)
        return codes

    def about(self) -> dict[str, Any]:
        """Return what a reply says of the picture, when a tile has been computed."""
        columns, frequencies = self._columns, self._columns.frequencies
        count, rows = columns.count, len(frequencies)
        step = float(frequencies[1] - frequencies[0]) if rows > 1 else 1.0
        low, high = self._range
        return {
            "rows": rows,
            "columns": count,
            "tile_columns": TILE,
            "t0": self._begin,
            "column_s": columns.column_s,
            "f0": float(frequencies[0]) - step / 2 if rows else 0.0,
            "f1": float(frequencies[-1]) + step / 2 if rows else 1.0,
            "low": low,
            "high": high,
        }


def _decibels(power: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(10 * np.log10(power))

"""The pyramids of one recording in the cache folder: complete or partly built.

An entry contains one file for each level of each channel, ``progress.json`` while it is being built
(how many samples of each channel the files cover) and ``meta.json`` when it is complete.
"""

from __future__ import annotations

import contextlib
import weakref
from typing import TYPE_CHECKING, Any

from vital_widgets.pyramid.level_store import DiskLevel, bin_sizes_for
from vital_widgets.pyramid.reduce import BASE_BIN
from vital_widgets.runtime.cachefolder import CacheFolder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vital_widgets.core.channel import Channel
    from vital_widgets.pyramid.level_store import Pyramid
    from vital_widgets.runtime.cachesums import FileSums

KIND = "pyramid"
META = "meta.json"
JOURNAL = "progress.json"
_VERSION = 1


class CachedStore:
    """The cache entry of a recording's pyramids.

    Parameters
    ----------
    key : str
        Fingerprint of the recording.
    channels : sequence of Channel
        Its channels.
    """

    def __init__(self, key: str, channels: Sequence[Channel]) -> None:
        self.entry = CacheFolder().entry(KIND, key)
        self._channels = list(channels)
        self._unmark: weakref.finalize[[], CachedStore] | None = None

    def load(self, pyramids: Sequence[Pyramid]) -> bool:
        """Load the complete levels into ``pyramids``; return False if there are none."""
        self._mark()
        loaded = self.entry.load(self._finished)
        if loaded is None:
            self.release()
            return False
        for pyramid, levels in zip(pyramids, loaded, strict=True):
            pyramid.put(dict(levels))
        return True

    def _finished(self, sums: dict[str, FileSums]) -> list[dict[int, DiskLevel]] | None:
        """Return the levels of each channel in the complete entry; None if they do not fit."""
        folder = self.entry.complete_dir
        counts = self._counts_of(META)
        if counts is None:
            return None
        loaded: list[dict[int, DiskLevel]] = []
        for index, n_samples in enumerate(counts):
            channel = self._channels[index]
            growing = channel.ready is not None and not channel.ready.ended
            if not growing and n_samples != channel.samples.n_samples:
                return None
            levels = {
                size: self._level(index, size, (folder, folder))
                for size in bin_sizes_for(n_samples)
            }
            for size, level in levels.items():
                level.count = -(-n_samples // size)
                if level.stored_bytes(folder) != level.count * level.bin_bytes:
                    return None
                if level.count:
                    level.check_with(sums)
            loaded.append(levels)
        return loaded

    def level(self, index: int, size: int) -> DiskLevel:
        """Return a level of the ``index``-th channel that is being built."""
        return self._level(index, size, (self.entry.partial_dir, self.entry.complete_dir))

    def covered_before(self) -> list[int]:
        """Return how many samples of each channel an earlier, interrupted build has covered."""
        done = self._counts_of(JOURNAL)
        if done is None:
            return [0] * len(self._channels)
        for index, n_samples in enumerate(done):
            level = self.level(index, BASE_BIN)
            stored = level.stored_bytes(self.entry.partial_dir) // level.bin_bytes
            if stored < n_samples // BASE_BIN:
                done[index] = stored * BASE_BIN
        return done

    def follow(self, pyramids: Sequence[Pyramid]) -> None:
        """Load into ``pyramids`` what another process has built so far."""
        done = self._counts_of(JOURNAL)
        if done is None:
            return
        for index, n_samples in enumerate(done):
            expected = max(n_samples, self._channels[index].samples.n_samples)
            levels = {size: self.level(index, size) for size in bin_sizes_for(expected)}
            for size, level in levels.items():
                stored = level.stored_bytes(self.entry.partial_dir) // level.bin_bytes
                level.count = min(n_samples // size, stored)
            pyramids[index].put(dict(levels))

    def save(self, done: Sequence[int]) -> None:
        """Record how many samples the files cover; raise if the cache folder is full."""
        self.entry.check_room("the overviews of the channels")
        self.entry.write_json(JOURNAL, self._described(done))

    def finish(self, n_samples: Sequence[int]) -> None:
        """Complete the entry."""
        self.entry.check_room("the overviews of the channels")
        self.entry.write_json(META, self._described(n_samples))
        (self.entry.partial_dir / JOURNAL).unlink(missing_ok=True)
        self.entry.finish()

    def release(self) -> None:
        """Release the entry: it is no longer read."""
        if self._unmark is not None:
            self._unmark()
            self._unmark = None

    def _mark(self) -> None:
        if self._unmark is None and self.entry.is_complete():
            self._unmark = weakref.finalize(self, self.entry.use().release)

    def _level(self, index: int, size: int, folders: tuple[Path, Path]) -> DiskLevel:
        return DiskLevel(folders, f"{index:04d}-{size}.bins", self._channels[index].dtype)

    def _described(self, counts: Sequence[int]) -> dict[str, Any]:
        return {"version": _VERSION, "channels": self._layout(), "samples": list(counts)}

    def _layout(self) -> list[list[Any]]:
        return [
            [channel.dtype.name, None if channel.missing is None else int(channel.missing)]
            for channel in self._channels
        ]

    def _counts_of(self, name: str) -> list[int] | None:
        """Return the numbers of samples in a description, None if it is not valid."""
        found: Any = self.entry.read_json(name, partial=name == JOURNAL)
        with contextlib.suppress(KeyError, TypeError, ValueError):
            counts = [int(n) for n in found["samples"]]
            same = found["version"] == _VERSION and found["channels"] == self._layout()
            if same and len(counts) == len(self._channels) and min(counts, default=0) >= 0:
                return counts
        return None

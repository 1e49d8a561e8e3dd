"""Read all channels of a recording in order of time, and each file only once.

Channels that are interleaved in one file form one feed. The feed with the smallest share read
comes next, so that all channels of a viewer grow together.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from vital_widgets.core.samples import FrameChannel
from vital_widgets.pyramid.cascade import reduced_rows, stretches_of
from vital_widgets.pyramid.reduce import BASE_BIN

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from concurrent.futures import Future

    from vital_widgets.core.channel import Channel
    from vital_widgets.core.samples import FrameSource, Samples
    from vital_widgets.pyramid.cascade import Reduced, Stretch
    from vital_widgets.pyramid.reduce import Native

PIECE_BYTES = 16 << 20  # of a feed between two turns of the others
BLOCK_BYTES = 1 << 19  # read and reduced together: fits into the processor's cache
_SLOW_BLOCK_BYTES = 4 << 20  # the same for sources with slow reads
_PIECE_SAMPLES = 1 << 20  # of a channel in its own file
_COMPUTED_SAMPLES = 1 << 16  # of a channel that is computed from others
_THREADS = 2
_MAX_WAIT = 0.1  # seconds to wait for a piece before an empty one is returned


@runtime_checkable
class GroupSource(Protocol):
    """A frame source that can return channels with equal numbers of samples together, as rows."""

    def read_groups(self, f0: int, f1: int, groups: tuple[tuple[int, ...], ...]) -> list[Native]:
        """Return the samples of each group in frames ``f0 <= f < f1``, one channel per row."""


@dataclass(frozen=True)
class Group:
    """Channels with the same dtype, samples per unit and missing value: reduced together."""

    channels: tuple[int, ...]  # indices in the recording
    per_unit: int
    missing: int | None


class Feed(Protocol):
    """Channels that are read together, in units of frames or samples."""

    groups: tuple[Group, ...]
    piece: int  # units between two turns of the other feeds
    block: int  # units that are read together; a piece contains whole blocks

    @property
    def units(self) -> int:
        """Number of units that can be read at present."""

    def read(self, u0: int, u1: int) -> list[Native]:
        """Return the samples of each group in units ``u0 <= u < u1``, one channel per row."""


class FrameFeed:
    """Channels interleaved in one file."""

    def __init__(self, source: FrameSource, members: Sequence[tuple[int, int, int | None]]) -> None:
        alike: dict[tuple[object, ...], list[tuple[int, int, int | None]]] = {}
        for index, k, missing in members:
            kind = source.samples_per_frame[k], source.dtypes[k], missing
            alike.setdefault(kind, []).append((index, k, missing))
        self.groups = tuple(
            Group(
                tuple(index for index, _, _ in group),
                source.samples_per_frame[group[0][1]],
                group[0][2],
            )
            for group in alike.values()
        )
        self._ks = tuple(tuple(k for _, k, _ in group) for group in alike.values())
        self._source = source
        self._grouped = source if isinstance(source, GroupSource) else None
        frame_bytes = sum(
            n * dtype.itemsize
            for n, dtype in zip(source.samples_per_frame, source.dtypes, strict=True)
        )
        frames = max(PIECE_BYTES // max(frame_bytes, 1), 1)
        # Whole bins of each channel and whole blocks of the source, if a piece is long enough.
        bins = BASE_BIN // math.gcd(BASE_BIN, *(group.per_unit for group in self.groups))
        unit = bins if self._grouped is not None else math.lcm(bins, source.block_frames)
        for even in (bins, unit):
            if frames >= even:
                frames -= frames % even
        self.piece = self.block = frames
        if frames % unit == 0:
            best = BLOCK_BYTES if self._grouped is not None else _SLOW_BLOCK_BYTES
            self.block = min(max(best // max(frame_bytes, 1) // unit, 1) * unit, frames)
            self.piece = frames - frames % self.block

    @property
    def units(self) -> int:
        """Number of frames that can be read at present."""
        return self._source.n_frames

    def read(self, u0: int, u1: int) -> list[Native]:
        """Return the samples of each group in frames ``u0 <= u < u1``."""
        if self._grouped is not None:
            return self._grouped.read_groups(u0, u1, self._ks)
        order = [k for ks in self._ks for k in ks]
        by_k = dict(zip(order, self._source.read_frames(u0, u1, tuple(order)), strict=True))
        return [
            by_k[ks[0]][None] if len(ks) == 1 else np.stack([by_k[k] for k in ks])
            for ks in self._ks
        ]


class SampleFeed:
    """A channel in its own file, or one that is computed."""

    piece = _PIECE_SAMPLES
    block = _PIECE_SAMPLES // 8

    def __init__(self, samples: Samples, channel: int, missing: int | None) -> None:
        self.groups: tuple[Group, ...] = (Group((channel,), 1, missing),)
        self._samples = samples
        # Computed ones take short turns: they share samples that are kept in memory for a while.
        block: int = getattr(samples, "block", 0)
        if block:
            self.piece = self.block = max(block, _COMPUTED_SAMPLES)

    @property
    def units(self) -> int:
        """Number of samples that can be read at present."""
        return self._samples.n_samples

    def read(self, u0: int, u1: int) -> list[Native]:
        """Return samples ``u0 <= i < u1``."""
        return [self._samples.read(u0, u1)[None]]


def feeds_of(channels: Sequence[Channel]) -> list[Feed]:
    """Return feeds that together contain each channel once."""
    together: dict[str, tuple[FrameSource, list[tuple[int, int, int | None]]]] = {}
    feeds: list[Feed] = []
    for index, channel in enumerate(channels):
        samples = channel.samples
        if isinstance(samples, FrameChannel):
            _, members = together.setdefault(samples.source.key, (samples.source, []))
            members.append((index, samples.channel, channel.missing))
        else:
            feeds.append(SampleFeed(samples, index, channel.missing))
    return [*feeds, *(FrameFeed(source, members) for source, members in together.values())]


@dataclass(frozen=True)
class Piece:
    """The next samples of the channels of one feed."""

    channels: tuple[int, ...]
    stretches: list[Stretch]


def pieces(feeds: Sequence[Feed], starts: Sequence[int]) -> Generator[Piece | None, None, None]:
    """Yield the samples of all feeds, which threads read and reduce ahead.

    None is yielded when no more samples can be read at present; sources may grow, so the consumer
    decides when this is the end. The threads end with the generator.

    Parameters
    ----------
    feeds : sequence of Feed
        The feeds.
    starts : sequence of int
        First unit of each feed.
    """
    at = list(starts)
    stopped = threading.Event()

    def begin_next() -> Future[Piece] | None:
        units = [feed.units for feed in feeds]
        behind = [(at[i] / units[i], i) for i in range(len(feeds)) if at[i] < units[i]]
        if not behind:
            return None
        i = min(behind)[1]
        u0, size = at[i], feeds[i].piece
        at[i] = min(u0 - u0 % size + size, units[i])
        return pool.submit(_piece, feeds[i], u0, at[i], stopped)

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="vital-widgets-read") as pool:
        ahead: deque[Future[Piece]] = deque()
        try:
            while True:
                while len(ahead) <= _THREADS and (begun := begin_next()) is not None:
                    ahead.append(begun)
                if not ahead:
                    yield None
                elif wait([ahead[0]], _MAX_WAIT).done:
                    yield ahead.popleft().result()
                else:
                    yield Piece((), [])  # lets the consumer report or stop
        finally:
            stopped.set()
            pool.shutdown(cancel_futures=True)


def _piece(feed: Feed, u0: int, u1: int, stopped: threading.Event) -> Piece:
    """Read and reduce units ``u0 <= u < u1``, block by block."""
    reduced: list[list[Reduced]] = [[] for _ in feed.groups]
    while u0 < u1 and not stopped.is_set():  # after a stop no piece is needed
        stop = min(u0 - u0 % feed.block + feed.block, u1)
        for group, rows, parts in zip(feed.groups, feed.read(u0, stop), reduced, strict=True):
            parts.append(reduced_rows(rows, u0 * group.per_unit, group.missing))
        u0 = stop
    stretches = [stretch for parts in reduced for stretch in stretches_of(parts)]
    return Piece(tuple(index for group in feed.groups for index in group.channels), stretches)

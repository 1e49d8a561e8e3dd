"""Pieces of all channels of a recording in the order of time, each file read once.

Channels that lie interleaved in one file are one feed. Of several feeds the one that is the
furthest behind comes next, so that all lanes of a viewer grow together.
"""

from __future__ import annotations

import math
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from vital_widgets.core.samples import FrameChannel
from vital_widgets.pyramid.cascade import stretch_of
from vital_widgets.pyramid.reduce import BASE_BIN

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from concurrent.futures import Future

    from vital_widgets.core.channel import Channel
    from vital_widgets.core.samples import FrameSource, Samples
    from vital_widgets.pyramid.cascade import Stretch
    from vital_widgets.pyramid.reduce import Native

PIECE_BYTES = 4 << 20
_PIECE_SAMPLES = 1 << 18  # of a channel on its own
_THREADS = 2


class Feed(Protocol):
    """Samples of some channels that come together, in units of frames or samples."""

    channels: tuple[int, ...]  # indices in the recording
    per_unit: tuple[int, ...]  # samples of each channel in a unit
    piece: int  # units that are best read together

    @property
    def units(self) -> int:
        """Units that can be read now."""

    def read(self, u0: int, u1: int) -> list[Native]:
        """Return the samples of each channel in units ``u0 <= u < u1``."""


class FrameFeed:
    """Channels interleaved in one file."""

    def __init__(self, source: FrameSource, channels: tuple[int, ...], ks: tuple[int, ...]) -> None:
        self.channels = channels
        self.per_unit = tuple(source.samples_per_frame[k] for k in ks)
        self._source = source
        self._ks = ks
        frame_bytes = sum(
            n * dtype.itemsize
            for n, dtype in zip(source.samples_per_frame, source.dtypes, strict=True)
        )
        frames = max(PIECE_BYTES // max(frame_bytes, 1), 1)
        # Whole blocks of the source and whole bins of each channel, where a piece is that long.
        for even in (source.block_frames, BASE_BIN // math.gcd(BASE_BIN, *self.per_unit)):
            if frames >= even:
                frames -= frames % even
        self.piece = frames

    @property
    def units(self) -> int:
        """Frames that can be read now."""
        return self._source.n_frames

    def read(self, u0: int, u1: int) -> list[Native]:
        """Return the samples of each channel in frames ``u0 <= u < u1``."""
        return self._source.read_frames(u0, u1, self._ks)


class SampleFeed:
    """A channel on its own."""

    per_unit: tuple[int, ...] = (1,)
    piece = _PIECE_SAMPLES

    def __init__(self, samples: Samples, channel: int) -> None:
        self.channels: tuple[int, ...] = (channel,)
        self._samples = samples

    @property
    def units(self) -> int:
        """Samples that can be read now."""
        return self._samples.n_samples

    def read(self, u0: int, u1: int) -> list[Native]:
        """Return samples ``u0 <= i < u1``."""
        return [self._samples.read(u0, u1)]


def feeds_of(channels: Sequence[Channel]) -> list[Feed]:
    """Return the feeds that together give every channel once."""
    together: dict[str, list[int]] = {}
    feeds: list[Feed] = []
    for index, channel in enumerate(channels):
        if isinstance(channel.samples, FrameChannel):
            together.setdefault(channel.samples.source.key, []).append(index)
        else:
            feeds.append(SampleFeed(channel.samples, index))
    for indices in together.values():
        members = [channels[index].samples for index in indices]
        ks = tuple(member.channel for member in members if isinstance(member, FrameChannel))
        first = members[0]
        assert isinstance(first, FrameChannel)
        feeds.append(FrameFeed(first.source, tuple(indices), ks))
    return feeds


@dataclass(frozen=True)
class Piece:
    """The next samples of the channels of one feed."""

    channels: tuple[int, ...]
    stretches: list[Stretch]


def pieces(
    feeds: Sequence[Feed], starts: Sequence[int], missing: Sequence[int | None]
) -> Generator[Piece | None, None, None]:
    """Go through the samples of all feeds, read and reduced ahead on threads of its own.

    None is given whenever all that can be read now has been given; sources may grow, so it is the
    consumer that knows when that is the end. The threads end with the generator.

    Parameters
    ----------
    feeds : sequence of Feed
        What to read.
    starts : sequence of int
        The unit of each feed to begin with.
    missing : sequence
        Of each channel of the recording, the native value of a missing sample, or None.
    """
    at = list(starts)

    def read(feed: Feed, u0: int, u1: int) -> Piece:
        arrays = feed.read(u0, u1)
        members = zip(feed.channels, feed.per_unit, arrays, strict=True)
        return Piece(
            feed.channels,
            [stretch_of(native, u0 * n, missing[index]) for index, n, native in members],
        )

    def begin_next() -> Future[Piece] | None:
        units = [feed.units for feed in feeds]
        behind = [(at[i] / units[i], i) for i in range(len(feeds)) if at[i] < units[i]]
        if not behind:
            return None
        i = min(behind)[1]
        u0, size = at[i], feeds[i].piece
        at[i] = min(u0 - u0 % size + size, units[i])
        return pool.submit(read, feeds[i], u0, at[i])

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="vital-widgets-read") as pool:
        ahead: deque[Future[Piece]] = deque()
        try:
            while True:
                while len(ahead) <= _THREADS and (begun := begin_next()) is not None:
                    ahead.append(begun)
                yield ahead.popleft().result() if ahead else None
        finally:
            pool.shutdown(cancel_futures=True)

"""Choose and pack the data of a page: levels from the coarsest on, as far as the budget goes."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.pyramid.reduce import FACTOR
from vital_widgets.serve.annotationlimit import selected, text_codes
from vital_widgets.serve.protocol import TILE_BINS, Buffer
from vital_widgets.serve.window import pack_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from vital_widgets.core.marks.selection import Marks
    from vital_widgets.serve.session import Session

CHUNK_BINS = 64 * TILE_BINS
TOP_BINS = 1024  # the coarsest level is always included
MOST_ANNOTATIONS = 100_000
# No signal is compressed to less than this share of its bytes, as base64: what cannot fit is not
# read. A constant signal can, and costs nothing to try.
LEAST_SHARE = 0.02
BASE64 = 4 / 3


@dataclass
class Embedded:
    """Compressed data as text, and where each of them is.

    Attributes
    ----------
    chunks : list of dict
        Headers of the parts, as in a `window` reply, and the position of their text.
    finest : dict of int to int
        Samples per bin of the finest level that covers a whole channel, by its index.
    first : int
        Number of characters, from the start, that the first view needs.
    """

    chunks: list[dict[str, Any]] = field(default_factory=list)
    finest: dict[int, int] = field(default_factory=dict)
    first: int = 0
    _texts: list[str] = field(default_factory=list)
    _size: int = 0

    def __len__(self) -> int:
        """Return the number of characters."""
        return self._size

    def pack(self, content: bytes) -> dict[str, int]:
        """Append bytes and return where they are."""
        return self.append(packed(content))

    def append(self, text: str) -> dict[str, int]:
        """Append packed bytes and return where they are."""
        place = {"at": self._size, "length": len(text)}
        self._texts.append(text)
        self._size += len(text)
        return place

    def add(self, headers: Sequence[dict[str, Any]], texts: Sequence[str]) -> None:
        """Append packed parts."""
        for header, text in zip(headers, texts, strict=True):
            self.chunks.append({"part": header, **self.append(text)})

    def text(self) -> str:
        """Return everything as one text."""
        return "".join(self._texts)

    def blocks(self, least: int) -> list[str]:
        """Return what the first view needs, then the rest in texts of ``least`` characters or more.

        No packed bytes are in two of them.
        """
        blocks: list[list[str]] = [[]]
        end, full = 0, self.first
        for text in self._texts:
            if end >= full:
                blocks.append([])
                full = end + least
            blocks[-1].append(text)
            end += len(text)
        return ["".join(one) for one in blocks]


def packed(content: bytes) -> str:
    """Return bytes as compressed text."""
    return base64.b64encode(zlib.compress(content, 6)).decode()


def embed_levels(
    session: Session,
    signals: Sequence[int],
    windows: Sequence[tuple[float, float]],
    embedded: Embedded,
    budget: int,
    report: Callable[[float], None],
) -> bool:
    """Add levels of signals until the text has ``budget`` characters.

    The coarsest levels come first, then the samples of the windows, then finer and finer levels.

    Returns
    -------
    bool
        Whether the coarsest levels and the samples of all windows fit.
    """
    sizes = {k: _sizes(session.channels[k].timebase.n_samples) for k in signals}
    for k in signals:
        _add_level(session, k, sizes[k][0], embedded, float("inf"))
    for window in windows:
        for k in signals:
            _add_samples(session, k, window, embedded)
            if len(embedded) > budget:
                return False
    if len(embedded) > budget:
        return False
    embedded.first = len(embedded)
    closed: set[int] = set()
    finer = [(size / session.channels[k].fs, k, size) for k in signals for size in sizes[k][1:]]
    for n, (_, k, size) in enumerate(sorted(finer, reverse=True)):
        report(n / len(finer))
        if k not in closed and not _add_level(session, k, size, embedded, budget - len(embedded)):
            closed.add(k)
    return True


def _sizes(n_samples: int) -> list[int]:
    """Return the bin sizes of the levels of a channel, coarsest first."""
    sizes = [1]
    while n_samples > sizes[0] * TOP_BINS:
        sizes.insert(0, sizes[0] * FACTOR)
    return sizes


def _add_samples(session: Session, k: int, window: tuple[float, float], embedded: Embedded) -> None:
    """Add the samples of a window, in whole tiles."""
    base = session.channels[k].timebase
    i0, i1 = base.sample_range(*window)
    start = max(i0 - 1, 0) // TILE_BINS * TILE_BINS
    stop = min(-(-(i1 + 1) // TILE_BINS) * TILE_BINS, base.n_samples)
    for a, b in _ranges(start, stop, 1):
        header, text = _chunk(session, k, 1, a, b)
        embedded.add([header], [text])


def _add_level(session: Session, k: int, size: int, embedded: Embedded, room: float) -> bool:
    """Add one level of one signal if it fits into ``room`` characters."""
    channel = session.channels[k]
    n = channel.timebase.n_samples
    per_bin = channel.dtype.itemsize * (1 if size == 1 else 2)
    if n / size * per_bin * BASE64 * LEAST_SHARE > room:
        return False
    headers: list[dict[str, Any]] = []
    texts: list[str] = []
    for start, stop in _ranges(0, n, size):
        header, text = _chunk(session, k, size, start, stop)
        headers.append(header)
        texts.append(text)
        room -= len(text)
        if room < 0:
            return False
    embedded.add(headers, texts)
    embedded.finest[k] = size
    return True


def _ranges(start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    step = CHUNK_BINS * size
    for first in range(start, stop, step):
        yield first, min(first + step, stop)


def _chunk(
    session: Session, k: int, size: int, start: int, stop: int
) -> tuple[dict[str, Any], str]:
    buffer = Buffer()
    header = pack_part(k, session.channels[k], session.bins(k, size, start, stop), buffer)
    return header, packed(buffer.to_bytes())


def with_absent(
    description: dict[str, Any], marks: Marks, order: Mapping[str, int], kept: Sequence[int] | None
) -> dict[str, int]:
    """Say in a description which channels a page lacks; return the index of each channel.

    Channels of marks that are none of the recording are added to the description. ``kept`` contains
    the signals that the page has data of; None if others can be loaded.
    """
    channels = description["channels"] = list(description["channels"])
    if kept is not None:
        for k, channel in enumerate(channels):
            if channel is not None and k not in kept:
                channels[k] = {**channel, "absent": True}
    known = {name: k for name, k in order.items() if k < len(channels)}
    for name in dict.fromkeys(marks.channel.tolist()):
        if name and name not in known:
            known[name] = len(channels)
            channels.append({"name": name, "absent": True})
    return known


def embed_marks(
    marks: Marks,
    order: Mapping[str, int],
    embedded: Embedded,
    *,
    most: int = MOST_ANNOTATIONS,
    near: tuple[float, float] | None = None,
    names: Mapping[str, str] | None = None,
) -> dict[str, Any] | None:
    """Add marks; return where they are, their texts and layers.

    ``order`` contains the index of the signal that each channel shows. If there are more than
    ``most`` marks, they are selected evenly, half of them in the range ``near``. ``names`` contains
    other names for readers and their layers.
    """
    if not len(marks):
        return None
    texts, codes = text_codes(marks.text)
    pick = selected(codes, most)
    if len(pick) < len(codes) and near is not None:
        onset = marks.onset
        inside = np.flatnonzero((onset + marks.duration >= near[0]) & (onset < near[1]))
        pick = np.union1d(selected(codes, most // 2), inside[selected(codes[inside], most // 2)])
    channel = [order.get(str(name), -1) for name in marks.channel[pick]]
    layers, layer = text_codes(marks.layer[pick])
    readers = dict(zip(marks.layer.tolist(), marks.reader.tolist(), strict=True))
    content = b"".join(
        values.tobytes()
        for values in (
            marks.onset[pick].astype("<f8"),
            marks.duration[pick].astype("<f8"),
            codes[pick].astype("<i4"),
            np.array(channel, "<i4"),
            layer.astype("<i4"),
        )
    )
    named = names or {}
    about = [
        {"name": named.get(one, one), "reader": named.get(reader, reader), "read_only": True}
        for one, reader in ((one, readers[one]) for one in layers)
    ]
    return {"count": len(pick), "texts": texts, "layers": about, **embedded.pack(content)}


def anonymous(marks: Marks) -> dict[str, str]:
    """Return names for readers and their layers that do not say who they are."""
    pairs = dict.fromkeys(zip(marks.reader.tolist(), marks.layer.tolist(), strict=True))
    readers = {
        reader: f"reader {k}"
        for k, reader in enumerate(dict.fromkeys(r for r, _ in pairs if r), start=1)
    }
    own: dict[str, list[str]] = {}
    for reader, layer in pairs:
        if reader:
            own.setdefault(reader, []).append(layer)
    layers: dict[str, str] = {}
    for reader, named in own.items():
        # The layer that is named as its reader keeps the name in common.
        first = [reader] if reader in named else named[:1]
        for k, layer in enumerate(dict.fromkeys([*first, *named])):
            layers[layer] = readers[reader] if k == 0 else f"{readers[reader]}, layer {k + 1}"
    return {**readers, **layers}

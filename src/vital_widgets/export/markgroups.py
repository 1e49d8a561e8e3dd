"""Marks as groups of the same layer, text and channel, with their colours and columns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vital_widgets.core.color import readable, rgb

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from vital_widgets.core.marks.selection import LayerTable
    from vital_widgets.export.palette import Color, Palette
    from vital_widgets.serve.markservice import MarkService

# As in markink.ts and shownmarks.ts of the front end.
COLORS = "#5a6872 #d03020 #0072b2 #00805c #9a45a8 #a86a00 #00839c #7a5a48"
FEW, RARE, MIN_RARE, MUCH = 24.0, 60.0, 4.0, 10


@dataclass(frozen=True)
class MarkColors:
    """Which colours marks have.

    Attributes
    ----------
    chosen : mapping of str to str
        Colours by the name of a layer.
    by : {"auto", "layer", "reader", "text"}
        What determines the others.
    """

    chosen: Mapping[str, str] = field(default_factory=dict)
    by: str = "auto"


class MarkWindow(NamedTuple):
    """A window in seconds, and its width in device pixels and in CSS pixels."""

    t_range: tuple[float, float]
    columns: int
    width: float


@dataclass(eq=False)
class MarkGroup:
    """Marks of one layer, text and channel in a window.

    Attributes
    ----------
    text : str
        What they say.
    signal : int
        The signal that they belong to, -1 for all.
    row : int
        Position of their layer among those that are shown.
    ink : Color
        Their colour.
    onset, duration : ndarray of float64
        Seconds.
    counts : ndarray of int
        How many begin in each column.
    cover : ndarray of bool
        Columns during which one of them lasts.
    rare : bool
        They are few, so that each has a line and a text.
    pale : bool
        They are drawn pale beside marks that are much rarer.
    """

    text: str
    signal: int
    row: int
    ink: Color
    onset: NDArray[np.float64]
    duration: NDArray[np.float64]
    counts: NDArray[np.intp]
    cover: NDArray[np.bool_]
    rare: bool = False
    pale: bool = False


@dataclass(frozen=True)
class ShownMarks:
    """The marks of a window.

    Attributes
    ----------
    groups : list of MarkGroup
        The one with the fewest marks first.
    number : int
        How many marks begin in the window.
    rows : int
        Number of layers that are shown.
    few : bool
        All marks are drawn as rare ones are.
    """

    groups: list[MarkGroup]
    number: int
    rows: int
    few: bool


def shown_marks(
    service: MarkService,
    index: Mapping[str, int],
    window: MarkWindow,
    colors: MarkColors,
    palette: Palette,
    accepts: Callable[[str, Collection[str]], bool] = lambda *_: True,
) -> ShownMarks:
    """Return the marks of a window that a viewer shows.

    Parameters
    ----------
    service : MarkService
        The marks of the recording, as one viewer shows them.
    index : mapping of str to int
        The signal of each channel.
    window : MarkWindow
        Where they are drawn.
    colors : MarkColors
        Colours of marks.
    palette : Palette
        Colours of the picture.
    accepts : callable, optional
        Which texts are meant: ``accepts(text, all texts of its layer)``.
    """
    every = service.layers()
    words, chosen = service.parts.store.words, service.shown
    shown = [one for one in every if chosen.layers is None or one.info.name in chosen.layers]
    ink_of = _inks(every, shown, colors, palette, words.text)
    t_range, columns, pixels = window
    t0, t1 = t_range
    groups: list[MarkGroup] = []
    for row, (info, table) in enumerate(shown):
        rows = chosen.rows(table, words, table.between(t0, t1))
        pairs = table.text[rows].astype(np.int64) << 32 | table.channel[rows]
        used, which = np.unique(pairs, return_inverse=True)
        texts = {words.text(pair >> 32) for pair in used.tolist()}
        for k, pair in enumerate(used.tolist()):
            text, channel = words.text(pair >> 32), words.text(pair & 0xFFFFFFFF)
            if not accepts(text, texts):
                continue
            own = rows[which == k]
            onset, duration = table.onset[own], table.duration[own]
            counts, cover = _columns(onset, duration, t_range, columns)
            ink = ink_of(info.name, info.reader, text)
            signal = index.get(channel, -1)
            groups.append(MarkGroup(text, signal, row, ink, onset, duration, counts, cover))
    groups = [one for one in groups if one.counts.any() or one.cover.any()]
    groups.sort(key=lambda one: len(one.onset))
    number = sum(int(one.counts.sum()) for one in groups)
    few = number <= pixels / FEW
    for one in groups:
        one.rare = len(one.onset) <= max(MIN_RARE, pixels / RARE)
        one.pale = not few and len(one.onset) >= MUCH * len(groups[0].onset)
        if few or one.rare:  # single marks are seen among many others
            one.counts[1:] = np.maximum(one.counts[1:], one.counts[:-1])
    return ShownMarks(groups, number, len(shown), few)


def _columns(
    onset: NDArray[np.float64],
    duration: NDArray[np.float64],
    t_range: tuple[float, float],
    width: int,
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return how many marks begin in each column, and the columns during which one lasts."""
    t0, t1 = t_range
    per_second = width / (t1 - t0)
    at = np.floor((onset - t0) * per_second)
    counts = np.bincount(at[(at >= 0) & (at < width)].astype(np.intp), minlength=width)
    lasting = (duration > 0) & (onset + duration > t0) & (onset < t1)
    begin = np.clip(at[lasting], 0, width).astype(np.intp)
    end = np.ceil((onset[lasting] + duration[lasting] - t0) * per_second)
    change = np.bincount(begin, minlength=width + 1) - np.bincount(
        np.clip(end, 0, width).astype(np.intp), minlength=width + 1
    )
    return counts, np.cumsum(change[:width]) > 0


def _inks(
    every: Sequence[LayerTable],
    shown: Sequence[LayerTable],
    colors: MarkColors,
    palette: Palette,
    text_of: Callable[[int], str],
) -> Callable[[str, str, str], Color]:
    """Return a function of layer, reader and text of a mark that returns its colour."""
    by = colors.by
    if by == "auto":
        alone = len(shown) == 1 and shown[0].info.name not in colors.chosen
        by = "text" if alone else "layer"
    numbered = COLORS.split()
    names: list[str] = []
    if by == "text":
        total: Counter[int] = Counter()
        for _, table in every:
            used, counts = np.unique(table.text, return_counts=True)
            total.update(dict(zip(used.tolist(), counts.tolist(), strict=True)))
        names = [text_of(code) for code, _ in total.most_common()]
    else:
        for info, _ in every:
            names.append(info.name if by == "layer" else info.reader)
        names = list(dict.fromkeys(names))

    def ink_of(layer: str, reader: str, text: str) -> Color:
        if by == "layer" and layer in colors.chosen:
            return readable(rgb(colors.chosen[layer]), palette.background)
        key = {"layer": layer, "reader": reader, "text": text}[by]
        return readable(rgb(numbered[names.index(key) % len(numbered)]), palette.background)

    return ink_of

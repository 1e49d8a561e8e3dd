"""The spectrograms that a page or the output of a cell contains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vital_widgets.export.embedding import packed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vital_widgets.export.embedding import Embedded
    from vital_widgets.serve.session import Session


@dataclass(frozen=True)
class PackedSpectrogram:
    """The spectrogram of a lane.

    Attributes
    ----------
    signal : int
        Index of the signal that shows it.
    about : dict
        What a reply says of it.
    tiles : list of (int, str)
        Number and packed codes of each tile.
    """

    signal: int
    about: dict[str, Any]
    tiles: list[tuple[int, str]]

    def __len__(self) -> int:
        """Return the number of characters."""
        return sum(len(text) for _, text in self.tiles)

    def embed(self, embedded: Embedded) -> dict[str, Any]:
        """Append the tiles; return the entry of the document."""
        tiles = [{"tile": tile, **embedded.append(text)} for tile, text in self.tiles]
        return {"channel": self.signal, "about": self.about, "tiles": tiles}


def packed_spectrograms(
    session: Session,
    signals: Sequence[int],
    t_range: tuple[float, float],
    room: float,
    *,
    wait: bool,
) -> list[PackedSpectrogram]:
    """Return the spectrograms of lanes in a time range.

    Tiles are left out from the first one on that does not fit into ``room`` characters. ``wait``
    computes those that are not known yet; else they are left out.
    """
    found: list[PackedSpectrogram] = []
    for k in signals:
        tiles = session.spectrogram_tiles(k, *t_range, wait=wait)
        if tiles is None:
            continue
        texts: list[tuple[int, str]] = []
        for n, codes in tiles.codes.items():
            text = packed(codes.tobytes())
            room -= len(text)
            if room < 0:
                break
            texts.append((n, text))
        found.append(PackedSpectrogram(k, tiles.about, texts))
    return found

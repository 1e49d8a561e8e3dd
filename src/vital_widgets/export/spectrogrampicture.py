"""Draw the spectrogram of a lane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.export.colormap import colors_at
from vital_widgets.export.lanepicture import hatch_columns
from vital_widgets.serve.spectrograms import LEVELS, TILE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.export.canvas import Canvas
    from vital_widgets.export.lanesignal import LaneSignal
    from vital_widgets.export.palette import Palette
    from vital_widgets.serve.session import Session
    from vital_widgets.serve.spectrograms import SpectrogramTiles

Extent = tuple[float, float]


def draw_spectrogram(
    canvas: Canvas,
    session: Session,
    one: LaneSignal,
    t_range: Extent,
    extent: Extent,
    palette: Palette,
    *,
    wait: bool,
) -> None:
    """Draw the tiles of a spectrogram; those that are not known yet are hatched."""
    box, width = one.inner, len(one.gaps)
    height = max(round(box.bottom * canvas.scale) - round(box.top * canvas.scale), 1)
    tiles = session.spectrogram_tiles(one.index, *t_range, wait=wait)
    if tiles is None:
        hatch_columns(canvas, ~one.gaps, one.box, (palette.background, palette.grid))
        return
    times = np.linspace(*t_range, width + 1)
    levels, computed = _at_columns(tiles, times)
    hatch_columns(canvas, ~computed, one.box, (palette.background, palette.grid))
    about = tiles.about
    low, high = extent
    frequencies = high - (np.arange(height) + 0.5) / height * (high - low)
    rows = (frequencies - about["f0"]) / (about["f1"] - about["f0"]) * about["rows"]
    inside = (rows >= 0) & (rows < about["rows"])
    picked = levels[np.clip(rows, 0, about["rows"] - 1).astype(np.intp)]
    picked[~inside] = np.nan
    known = np.isfinite(picked)
    shares = (np.where(known, picked, 1) - 1) / (LEVELS - 1)
    canvas.picture(box, colors_at(shares), known)


def _at_columns(
    tiles: SpectrogramTiles, times: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the codes at columns of pixels, and which of the columns were computed.

    ``times`` are the edges of the pixels. Codes are averaged where a pixel has several columns; NaN
    stands for no valid signal.
    """
    about = tiles.about
    first, last = min(tiles.codes), max(tiles.codes)
    count = min((last + 1) * TILE, about["columns"]) - first * TILE
    levels = np.full((about["rows"], count), np.nan)
    computed = np.zeros(count, bool)
    for n, codes in tiles.codes.items():
        at = (n - first) * TILE
        part = codes.reshape(about["rows"], -1)
        levels[:, at : at + part.shape[1]] = np.where(part > 0, part, np.nan)
        computed[at : at + part.shape[1]] = True
    edges = (times - about["t0"]) / about["column_s"] - first * TILE
    middles = np.floor((edges[:-1] + edges[1:]) / 2).astype(np.intp)
    inside = (middles >= 0) & (middles < count)
    at = np.clip(middles, 0, count - 1)
    if edges[1] - edges[0] > 1:
        start = np.clip(np.floor(edges[:-1]), 0, count - 1).astype(np.intp)
        stop = np.clip(np.ceil(edges[1:]), start + 1, count).astype(np.intp)
        sums = np.insert(np.cumsum(np.nan_to_num(levels), axis=1), 0, 0, axis=1)
        numbers = np.insert(np.cumsum(np.isfinite(levels), axis=1), 0, 0, axis=1)
        with np.errstate(invalid="ignore"):
            found = (sums[:, stop] - sums[:, start]) / (numbers[:, stop] - numbers[:, start])
    else:
        found = levels[:, at]
    found[:, ~inside] = np.nan
    # Before and after the spectrogram nothing is awaited.
    begin, end = -first * TILE, about["columns"] - first * TILE
    beyond = (middles < begin) | (middles >= end)
    return found, beyond | (inside & computed[at])

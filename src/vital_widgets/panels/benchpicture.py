"""The picture of a workbench for the output of its cell: the viewer above its visible panels."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.panels.picture import PIXELS_PER_INCH, figure_of
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vital_widgets.panels.still import Still

WIDTH = 960  # CSS pixels, as the picture of a viewer
SCALE = 1.5  # pixels per CSS pixel
COLORS = 128
COLUMNS = 2
MOST = 6  # panels that are drawn; of others, the names are there
SPACE = 12  # CSS pixels between rows


def bench_picture(viewer: bytes | None, stills: Sequence[Still]) -> bytes:
    """Return the picture as PNG, `WIDTH` CSS pixels wide.

    Parameters
    ----------
    viewer : bytes or None
        PNG of the viewer.
    stills : sequence of Still
        The visible panels.
    """
    from PIL import Image

    columns = min(len(stills), COLUMNS) or 1
    width = round(WIDTH * SCALE)
    rows = [[_opened(viewer, width)]] if viewer is not None else []
    drawn = [_drawn(one, WIDTH / columns) for one in stills[:MOST]]
    rows += [drawn[k : k + columns] for k in range(0, len(drawn), columns)]
    if len(stills) > MOST:
        rows.append([_drawn(_rest(stills[MOST:]), WIDTH)])
    picture = Image.new("RGB", (width, sum(_height(row) for row in rows) or 1), "white")
    top = 0
    for row in rows:
        for k, one in enumerate(row):
            picture.paste(one, (k * width // columns, top))
        top += _height(row)
    held = io.BytesIO()
    picture.quantize(COLORS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        held, "PNG", compress_level=6
    )
    return held.getvalue()


def _opened(png: bytes, width: int) -> Any:
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    return picture.resize((width, round(picture.height * width / picture.width)))


def _drawn(still: Still, width: float) -> Any:
    from PIL import Image

    inches, dpi = width / PIXELS_PER_INCH, SCALE * PIXELS_PER_INCH
    figure = figure_of(still.view, still.title, still.height, inches, dpi)
    canvas: Any = figure.canvas
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])


def _rest(stills: Sequence[Still]) -> Still:
    from vital_widgets.panels.still import Still

    names = ", ".join(one.title for one in stills)
    return Still("Further panels", View(text=names))


def _height(row: Sequence[Any]) -> int:
    return max(int(one.height) for one in row) + round(SPACE * SCALE)

"""Draw a picture as pixels, with the same raster as the viewer."""

from __future__ import annotations

import io
from functools import lru_cache, reduce
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.export.canvas import one_line
from vital_widgets.export.lanerange import share_below
from vital_widgets.export.tracedots import dots_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageFont import FreeTypeFont

    from vital_widgets.export.canvas import Align, Box, Trace
    from vital_widgets.export.palette import Color

ANCHORS = {"left": "lm", "middle": "mm", "right": "rm"}
STRIPES = 8  # device pixels between two stripes, as in the viewer
NARROWER = 0.92  # DejaVu is wider than the fonts of user interfaces


class PixelCanvas:
    """A `Canvas` of ``scale`` device pixels per CSS pixel.

    Parameters
    ----------
    width, height : float
        CSS pixels.
    scale : float
        Device pixels per CSS pixel.
    background : Color
        Colour of the whole picture.
    """

    def __init__(self, width: float, height: float, scale: float, background: Color) -> None:
        self.scale = scale
        shape = max(1, round(height * scale)), max(1, round(width * scale))
        self._pixels = np.empty((*shape, 3), np.float32)
        # Rows of pixels are filled much faster than single pixels.
        self._pixels.reshape(shape[0], -1)[:] = _repeated(background, shape[1])
        self._texts: list[tuple[tuple[float, float], str, Color, float, bool, Align]] = []

    def fill(self, box: Box, color: Color, alpha: float = 1.0) -> None:
        """Fill a rectangle."""
        top, left, bottom, right = self._edges(box)
        rows = self._pixels.reshape(len(self._pixels), -1)[top:bottom, 3 * left : 3 * right]
        wanted = _repeated(color, rows.shape[1] // 3)
        if alpha == 1:
            rows[:] = wanted
        else:
            rows += (wanted - rows) * np.float32(alpha)

    def hatch(self, box: Box, tint: Color, stripe: Color) -> None:
        """Fill a rectangle with diagonal stripes; a narrow one has the colour of the stripes."""
        area = self._area(box)
        top, left = self._edges(box)[:2]
        rows, columns = np.indices(area.shape[:2])
        wide = area.shape[1] > STRIPES
        on = (rows + top + columns + left) % (STRIPES if wide else 1) == 0
        area[:] = np.where(on[..., None], np.array(stripe), np.array(tint))

    def trace(self, trace: Trace) -> None:
        """Draw a signal as one vertical span in each column, joined to its neighbour."""
        columns = trace.columns
        first, left, last, right = self._edges(trace.box)
        width = min(right - left, len(columns.lo))
        top, bottom = first, last
        if trace.clip is not None:
            top, _, bottom, _ = self._edges(trace.clip)
        if not len(columns.lo) or last <= first or width <= 0:
            return
        low, high = trace.extent
        height = last - first
        zero = first - top  # row of the highest value
        upper = zero + share_below(trace.extent, columns.hi[:width]) * height
        lower = zero + share_below(trace.extent, columns.lo[:width]) * height
        y0, y1 = _joined(upper, lower, trace.breaks[:width])
        half = max(1.15, 0.95 * self.scale) / 2
        y0, y1 = y0 - half, y1 + half
        # A second column makes steep lines as thick as flat ones.
        self._spans((y0, y1), (top, left, bottom), trace.ink, double=half > 0.75)  # noqa: PLR2004
        area = self._pixels[top:bottom, left:right]
        for at, value, radius in dots_of(columns, self.scale, high / height - low / height):
            _dot(area, (at, zero + share_below(trace.extent, value) * height), radius, trace.ink)

    def picture(self, box: Box, colors: NDArray[np.uint8], known: NDArray[np.bool_]) -> None:
        """Fill a rectangle with coloured cells, where they are known."""
        area = self._area(box)
        rows, columns = area.shape[:2]
        known = known[:rows, :columns]
        area[: known.shape[0], : known.shape[1]][known] = colors[:rows, :columns][known]

    def _spans(
        self,
        ends: tuple[NDArray[np.float64], NDArray[np.float64]],
        corner: tuple[int, int, int],
        ink: Color,
        *,
        double: bool,
    ) -> None:
        """Draw a vertical span in each column; only the pixels that it covers are computed."""
        top, left, bottom = corner
        spans = [ends, tuple(np.insert(y[:-1], 0, np.nan) for y in ends)] if double else [ends]
        first = reduce(np.fmin, (np.floor(y0) for y0, _ in spans))
        stop = reduce(np.fmax, (np.ceil(y1) for _, y1 in spans))
        first = np.nan_to_num(np.clip(first, 0, bottom - top)).astype(np.intp)
        stop = np.nan_to_num(np.clip(stop, 0, bottom - top)).astype(np.intp)
        counts = np.maximum(stop - first, 0)
        column = np.repeat(np.arange(len(first)), counts)
        row = np.arange(len(column)) - np.repeat(np.cumsum(counts) - counts - first, counts)
        cover = reduce(
            np.fmax,
            (np.minimum(y1[column], row + 1) - np.maximum(y0[column], row) for y0, y1 in spans),
        )
        flat = self._pixels.reshape(-1, 3)
        at = (row + top) * self._pixels.shape[1] + column + left
        whole = cover >= 1
        color = np.array(ink, np.float32)
        flat[at[whole]] = color
        part = ~whole
        below = flat[at[part]]
        share = np.maximum(cover[part], 0).astype(np.float32)[:, None]
        flat[at[part]] = below + (color - below) * share

    def text(
        self, x: float, y: float, text: str, color: Color, size: float, *, bold: bool, align: Align
    ) -> None:
        """Write a text; it lies over everything else."""
        self._texts.append(((x, y), one_line(text), color, size, bold, align))

    def measure(self, text: str, size: float, *, bold: bool = False) -> float:
        """Return the width of a text in CSS pixels."""
        return _measured(one_line(text), size * NARROWER, bold=bold)

    def _edges(self, box: Box) -> tuple[int, int, int, int]:
        height, width = self._pixels.shape[:2]
        top, bottom = (
            min(max(round(edge * self.scale), 0), height) for edge in (box.top, box.bottom)
        )
        left, right = (
            min(max(round(edge * self.scale), 0), width) for edge in (box.left, box.right)
        )
        # A line is never lost.
        bottom = max(bottom, top + 1) if box.height > 0 else bottom
        right = max(right, left + 1) if box.width > 0 else right
        return top, left, bottom, right

    def _area(self, box: Box) -> NDArray[np.float32]:
        top, left, bottom, right = self._edges(box)
        return self._pixels[top:bottom, left:right]

    def image(self) -> Any:
        """Return the picture as a Pillow image."""
        from PIL import Image, ImageDraw

        np.rint(self._pixels, out=self._pixels)
        image = Image.fromarray(self._pixels.astype(np.uint8), "RGB")
        draw = ImageDraw.Draw(image)
        for (x, y), text, color, size, bold, align in self._texts:
            draw.text(
                (x * self.scale, y * self.scale),
                text,
                fill=color,
                font=_font(size * self.scale * NARROWER, bold=bold),
                anchor=ANCHORS[align],
            )
        return image

    def to_bytes(self, colors: int | None = None) -> bytes:
        """Return the picture as PNG.

        Parameters
        ----------
        colors : int, optional
            Number of different colours, at most 256, for a small file. Default: all.
        """
        image = self.image()
        if colors is not None:
            image = image.quantize(colors, method=2, dither=0)
        out = io.BytesIO()
        dots = 96 * self.scale  # per inch
        # The usual level takes three times as long for 6 % less.
        image.save(out, "PNG", dpi=(dots, dots), compress_level=5)
        return out.getvalue()


def _dot(
    area: NDArray[np.float32], centre: tuple[float, float], radius: float, color: Color
) -> None:
    x, y = centre
    if not -radius < y < len(area) + radius:
        return
    r0, c0 = max(0, int(y - radius)), max(0, int(x - radius))
    spot = area[r0 : int(y + radius) + 2, c0 : int(x + radius) + 2]
    rows, columns = np.indices(spot.shape[:2])
    distance = np.hypot(columns + c0 + 0.5 - x, rows + r0 + 0.5 - y)
    cover = np.clip(radius + 0.5 - distance, 0, 1)
    spot += (np.array(color, np.float32) - spot) * cover[..., None].astype(np.float32)


def _joined(
    upper: NDArray[np.float64], lower: NDArray[np.float64], breaks: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Extend each column to its left neighbour, but not across the edge of a gap."""
    y0, y1 = upper.copy(), lower.copy()
    joins = ~(breaks[1:] | breaks[:-1])
    y0[1:][joins] = np.fmin(upper[1:], lower[:-1])[joins]
    y1[1:][joins] = np.fmax(lower[1:], upper[:-1])[joins]
    nothing = np.isnan(upper)
    y0[nothing] = y1[nothing] = np.nan
    return y0, y1


def _repeated(color: Color, count: int) -> NDArray[np.float32]:
    return np.tile(np.array(color, np.float32), count)


@lru_cache(4096)
def _measured(text: str, size: float, *, bold: bool) -> float:
    return float(_font(size, bold=bold).getlength(text))


@lru_cache(64)
def _font(size: float, *, bold: bool = False) -> FreeTypeFont:
    """Return the font of Matplotlib, which has all symbols of units, without importing it."""
    from PIL import ImageFont

    package = find_spec("matplotlib")
    folders = package.submodule_search_locations if package is not None else None
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    for folder in folders or ():
        file = Path(folder) / "mpl-data" / "fonts" / "ttf" / name
        if file.exists():
            return ImageFont.truetype(file, size)
    return ImageFont.truetype(name, size)  # of the system

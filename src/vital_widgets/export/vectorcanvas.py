"""Draw a picture as vector graphics with Matplotlib: SVG and PDF."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.export.canvas import one_line
from vital_widgets.export.lanerange import share_below
from vital_widgets.export.tracedots import dots_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.export.canvas import Align, Box, Trace
    from vital_widgets.export.palette import Color

PER_INCH = 96.0  # CSS pixels
POINTS = 72.0 / PER_INCH
LINE = 1.0  # CSS pixels


class VectorCanvas:
    """A `Canvas` that makes SVG or PDF.

    Parameters
    ----------
    width, height : float
        CSS pixels.
    scale : float
        Columns of a trace per CSS pixel.
    background : Color
        Colour of the whole picture.
    """

    def __init__(self, width: float, height: float, scale: float, background: Color) -> None:
        from matplotlib.figure import Figure

        self.scale = scale
        self._height = height
        self._order = 0
        self._figure = Figure(
            figsize=(width / PER_INCH, height / PER_INCH), facecolor=_plain(background)
        )

    def fill(self, box: Box, color: Color, alpha: float = 1.0) -> None:
        """Fill a rectangle."""
        self._rectangle(box, facecolor=_plain(color), alpha=alpha, linewidth=0)

    def hatch(self, box: Box, tint: Color, stripe: Color) -> None:
        """Fill a rectangle with diagonal stripes."""
        self._rectangle(
            box, facecolor=_plain(tint), edgecolor=_plain(stripe), hatch="/////", linewidth=0
        )

    def trace(self, trace: Trace) -> None:
        """Draw a signal as a line through the minimum and maximum of each column."""
        from matplotlib.lines import Line2D

        box, columns = trace.box, trace.columns
        if not len(columns.lo):
            return
        low, high = trace.extent
        x = np.repeat(box.left + (np.arange(len(columns.lo)) + 0.5) / self.scale, 2)
        y = box.top + share_below(trace.extent, _zigzag(columns.lo, columns.hi)) * box.height
        # A gap that is drawn over is not crossed by a line.
        edges = np.flatnonzero(trace.breaks[1:] != trace.breaks[:-1]) + 1
        x, y = np.insert(x, 2 * edges, np.nan), np.insert(y, 2 * edges, np.nan)
        line = Line2D(
            x / PER_INCH,
            (self._height - y) / PER_INCH,
            color=_plain(trace.ink),
            linewidth=LINE * POINTS,
            solid_joinstyle="round",
        )
        clip = trace.clip or box
        self._add(line, clip)
        marks = dots_of(columns, self.scale, (high / box.height - low / box.height) / self.scale)
        if marks:
            at, values, radii = (np.array(one) for one in zip(*marks, strict=True))
            below = share_below(trace.extent, values) * box.height
            dots = Line2D(
                (box.left + at / self.scale) / PER_INCH,
                (self._height - box.top - below) / PER_INCH,
                color=_plain(trace.ink),
                linestyle="",
                marker="o",
                markersize=2 * float(np.median(radii)) / self.scale * POINTS,
                markeredgewidth=0,
            )
            self._add(dots, clip)

    def picture(self, box: Box, colors: NDArray[np.uint8], known: NDArray[np.bool_]) -> None:
        """Fill a rectangle with coloured cells, where they are known."""
        from matplotlib.image import BboxImage
        from matplotlib.transforms import Bbox, TransformedBbox

        bottom = (self._height - box.bottom) / PER_INCH
        place = Bbox.from_bounds(
            box.left / PER_INCH, bottom, box.width / PER_INCH, box.height / PER_INCH
        )
        frame = TransformedBbox(place, self._figure.dpi_scale_trans)
        image = BboxImage(frame, interpolation="nearest", origin="upper")
        image.set_data(np.dstack([colors, 255 * known.astype(np.uint8)]))
        self._order += 1
        image.set(zorder=self._order)
        self._figure.add_artist(image)

    def text(
        self, x: float, y: float, text: str, color: Color, size: float, *, bold: bool, align: Align
    ) -> None:
        """Write a text."""
        self._figure.text(
            x / PER_INCH,
            (self._height - y) / PER_INCH,
            one_line(text),
            transform=self._figure.dpi_scale_trans,
            color=_plain(color),
            fontproperties=_font(size, bold=bold),
            ha="center" if align == "middle" else align,
            va="center_baseline",
            parse_math=False,
            zorder=10_000,
        )

    def measure(self, text: str, size: float, *, bold: bool = False) -> float:
        """Return the width of a text in CSS pixels."""
        from matplotlib.textpath import text_to_path

        width, _, _ = text_to_path.get_text_width_height_descent(
            one_line(text), _font(size, bold=bold), ismath=False
        )
        return float(width) / POINTS

    def to_bytes(self, kind: str, dpi: float) -> bytes:
        """Return the picture as ``svg`` or ``pdf``; the same view gives the same bytes."""
        from matplotlib import rc_context

        out = io.BytesIO()
        settings: Any = {
            "svg.hashsalt": "vital_widgets",
            "pdf.fonttype": 42,
            "hatch.linewidth": 0.4,
        }
        dates = {"Date": None} if kind == "svg" else {"CreationDate": None}
        with rc_context(settings):
            self._figure.savefig(
                out, format=kind, dpi=dpi, facecolor=self._figure.get_facecolor(), metadata=dates
            )
        return out.getvalue()

    def _rectangle(self, box: Box, **style: Any) -> None:
        from matplotlib.patches import Rectangle

        corner = box.left / PER_INCH, (self._height - box.bottom) / PER_INCH
        self._add(Rectangle(corner, box.width / PER_INCH, box.height / PER_INCH, **style))

    def _add(self, artist: Any, clip: Box | None = None) -> None:
        from matplotlib.patches import Rectangle

        self._order += 1
        artist.set(transform=self._figure.dpi_scale_trans, zorder=self._order)
        self._figure.add_artist(artist)
        if clip is not None:
            corner = clip.left / PER_INCH, (self._height - clip.bottom) / PER_INCH
            area = Rectangle(corner, clip.width / PER_INCH, clip.height / PER_INCH)
            area.set_transform(self._figure.dpi_scale_trans)
            artist.set_clip_path(area)


def _zigzag(lo: NDArray[np.float64], hi: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return two values for each column: first the one that is nearer to the column before."""
    pairs = np.stack([lo, hi], axis=1)
    pairs[1::2] = pairs[1::2, ::-1]
    return pairs.reshape(-1)


def _plain(color: Color) -> tuple[float, float, float]:
    red, green, blue = color
    return red / 255, green / 255, blue / 255


def _font(size: float, *, bold: bool) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(size=size * POINTS, weight="bold" if bold else "normal")

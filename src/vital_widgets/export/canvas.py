"""What pictures are drawn with: one interface for pixels and for vector graphics."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vital_widgets.export.palette import Color
    from vital_widgets.export.pixelcolumns import Columns

Align = Literal["left", "middle", "right"]
LONGEST_TEXT = 500  # characters; more have no room in any picture
_LINE_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NO_CHARACTERS = re.compile("[\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Box:
    """A rectangle in CSS pixels (1/96 inch) from the top left of the picture."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Bottom edge."""
        return self.top + self.height


@dataclass(frozen=True)
class Trace:
    """A signal in a lane.

    Attributes
    ----------
    box : Box
        Where it is drawn.
    columns : Columns
        Its values; their number is the width of the box in device pixels.
    extent : (float, float)
        Values at the bottom and the top of the box.
    breaks : ndarray of bool
        Columns of gaps, across whose edges nothing is joined.
    ink : Color
        Colour of the line.
    clip : Box, optional
        What the trace may cover. Default: the box.
    """

    box: Box
    columns: Columns
    extent: tuple[float, float]
    breaks: NDArray[np.bool_]
    ink: Color
    clip: Box | None = None


class Canvas(Protocol):
    """A picture that is being drawn. Lengths are in CSS pixels."""

    @property
    def scale(self) -> float:
        """Device pixels per CSS pixel."""

    def fill(self, box: Box, color: Color, alpha: float = 1.0) -> None:
        """Fill a rectangle."""

    def hatch(self, box: Box, tint: Color, stripe: Color) -> None:
        """Fill a rectangle with diagonal stripes."""

    def trace(self, trace: Trace) -> None:
        """Draw a signal."""

    def picture(self, box: Box, colors: NDArray[np.uint8], known: NDArray[np.bool_]) -> None:
        """Fill a rectangle with coloured cells, where they are known.

        ``colors`` has the shape (rows, columns, 3), a cell for each device pixel of the box.
        """

    def text(
        self, x: float, y: float, text: str, color: Color, size: float, *, bold: bool, align: Align
    ) -> None:
        """Write a text beside, at or before ``x``, its middle at the height ``y``."""

    def measure(self, text: str, size: float, *, bold: bool = False) -> float:
        """Return the width of a text."""


def one_line(text: str) -> str:
    """Return a text as it is written in a picture: on one line, without control characters."""
    if len(text) > LONGEST_TEXT:
        text = f"{text[:LONGEST_TEXT]}…"
    return _NO_CHARACTERS.sub("\ufffd", _LINE_BREAKS.sub(" ", text))


def elide(canvas: Canvas, text: str, room: float, size: float, *, bold: bool = False) -> str:
    """Shorten a text to a width."""
    text = one_line(text)
    if canvas.measure(text, size, bold=bold) <= room:
        return text

    def width(count: int) -> float:
        return canvas.measure(f"{text[:count]}…", size, bold=bold)

    count = bisect_right(range(1, len(text)), room, key=width)
    return f"{text[:count]}…" if count else ""

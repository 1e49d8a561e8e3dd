"""A page of A4 on which texts, lines and pictures are placed in millimetres."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vital_widgets.export.canvas import one_line
from vital_widgets.report.style import MM, draw

if TYPE_CHECKING:
    from vital_widgets.report.sheet import Picture

PAGE = (210.0, 297.0)  # mm
MARGIN = 15.0
WIDTH = PAGE[0] - 2 * MARGIN
POINT = 25.4 / 72  # mm
LEADING = 1.32  # line height relative to the size of the font
INK = "#16191d"


class Paper:
    """A page; places are in mm from its top left corner, texts stand on their baseline."""

    def __init__(self) -> None:
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=(PAGE[0] * MM, PAGE[1] * MM))

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        *,
        bold: bool = False,
        color: str = INK,
        ha: str = "left",
    ) -> float:
        """Write a line; return its width in mm."""
        if not words:
            return 0.0
        words = one_line(words)
        self.figure.text(
            x / PAGE[0],
            1 - y / PAGE[1],
            words,
            fontproperties=_font(size, bold=bold),
            color=color,
            ha=ha,
            va="baseline",
            parse_math=False,
        )
        return self.width(words, size, bold=bold)

    def paragraph(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        *,
        width: float,
        lines: int = 3,
        bold: bool = False,
        color: str = INK,
    ) -> float:
        """Write a text that is wrapped, and cut after some lines; return where the next begins."""
        found = self.lines(words, size, width, bold=bold)
        if len(found) > lines:
            rest = " ".join(found[lines - 1 :])
            found = [*found[: lines - 1], self.fit(rest, size, width, bold=bold)]
        for line in found:
            self.text(x, y, line, size, bold=bold, color=color)
            y += self.line_height(size)
        return y

    def lines(self, words: str, size: float, width: float, *, bold: bool = False) -> list[str]:
        """Return a text in lines of a width; a longer word is broken."""
        found, line = [], ""
        for word in words.split():
            rest = word
            while rest:
                longer = f"{line} {rest}" if line else rest
                if self.width(longer, size, bold=bold) <= width:
                    line, rest = longer, ""
                elif line:
                    found.append(line)
                    line = ""
                else:
                    n = self._fitting(rest, size, width, bold=bold)
                    found.append(rest[:n])
                    rest = rest[n:]
        return [*found, line] if line else found

    def fit(self, words: str, size: float, width: float, *, bold: bool = False) -> str:
        """Return a text cut to a width."""
        if self.width(words, size, bold=bold) <= width:
            return words
        return words[: self._fitting(words, size, width - 2 * size * POINT, bold=bold)] + "…"

    def width(self, words: str, size: float, *, bold: bool = False) -> float:
        """Return the width of a text in mm."""
        from matplotlib.textpath import text_to_path

        points, _, _ = text_to_path.get_text_width_height_descent(
            words, _font(size, bold=bold), ismath=False
        )
        return float(points) * POINT

    def line_height(self, size: float) -> float:
        """Return the distance of lines in mm."""
        return LEADING * size * POINT

    def rule(
        self,
        y: float,
        color: str,
        width: float = 0.4,
        x0: float = MARGIN,
        x1: float = MARGIN + WIDTH,
    ) -> None:
        """Draw a horizontal line; its width is in points."""
        from matplotlib.lines import Line2D

        height = 1 - y / PAGE[1]
        self.figure.add_artist(
            Line2D([x0 / PAGE[0], x1 / PAGE[0]], [height, height], color=color, lw=width)
        )

    def picture(self, picture: Picture, x: float, y: float, height: float) -> None:
        """Draw a picture below and right of a place, with a height in mm."""
        draw(self.figure, replace(picture, height=height), x, PAGE[1] - y - height)

    def _fitting(self, words: str, size: float, width: float, *, bold: bool) -> int:
        """Return the number of characters that fit, one at the least."""
        low, high = 1, len(words)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(words[:middle], size, bold=bold) <= width:
                low = middle
            else:
                high = middle - 1
        return low


def _font(size: float, *, bold: bool) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")

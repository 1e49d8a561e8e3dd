"""How the pictures of a report look, in PDF and in SVG alike."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from vital_widgets.report.sheet import Picture

MM = 1 / 25.4  # inches
LEFT, RIGHT, TOP, BOTTOM = 14.0, 4.0, 1.5, 9.0  # mm from the edges of a picture to its axes
BETWEEN = 2.5  # mm between panels
SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "axes.labelsize": 7,
    "axes.linewidth": 0.5,
    "axes.edgecolor": "#5a6372",
    "axes.labelcolor": "#2a2f36",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.color": "#5a6372",
    "ytick.color": "#5a6372",
    "xtick.labelcolor": "#2a2f36",
    "ytick.labelcolor": "#2a2f36",
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.size": 2,
    "ytick.major.size": 2,
    "xtick.major.pad": 2,
    "ytick.major.pad": 2,
    "axes.labelpad": 2,
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "text.parse_math": False,
}


def styled(**more: Any) -> AbstractContextManager[None]:
    """Return a context in which Matplotlib draws in the style of reports."""
    from matplotlib import rc_context

    settings: Any = {**SETTINGS, **more}
    return rc_context(settings)


def draw(figure: Any, picture: Picture, left: float, bottom: float) -> None:
    """Draw a picture on a figure; ``left`` and ``bottom`` are in mm from its corner."""
    width, height = (float(inches) / MM for inches in figure.get_size_inches())
    inner = picture.height - TOP - BOTTOM
    each = (inner - BETWEEN * (picture.panels - 1)) / picture.panels
    panels = []
    for k in range(picture.panels):
        y = bottom + BOTTOM + (picture.panels - 1 - k) * (each + BETWEEN)
        place = (
            (left + LEFT) / width,
            y / height,
            (picture.width - LEFT - RIGHT) / width,
            each / height,
        )
        panels.append(figure.add_axes(place))
    picture.draw(panels)
    if picture.panels > 1:
        for axes in panels:
            axes.yaxis.set_label_coords(-(LEFT - 7.0) / (picture.width - LEFT - RIGHT), 0.5)


def to_svg(picture: Picture, salt: str) -> str:
    """Return a picture as an SVG element for HTML; ``salt`` keeps its identifiers its own."""
    from matplotlib.figure import Figure

    with styled(**{"svg.hashsalt": salt}):
        figure = Figure(figsize=(picture.width * MM, picture.height * MM), facecolor="none")
        draw(figure, picture, 0, 0)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    # Its style would apply to the whole page.
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
    return re.sub(r'\b(id="|xlink:href="#|url\(#)', rf"\g<1>{salt}-", text)

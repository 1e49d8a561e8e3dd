"""Pictures of a view as PNG, SVG and PDF."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from vital_widgets.core.arguments import file_path, number, text
from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError
from vital_widgets.export.palette import PALETTES
from vital_widgets.export.papersize import PER_UNIT, PIXELS_PER_INCH, css_pixels, paper_speed
from vital_widgets.export.pixelcanvas import PixelCanvas
from vital_widgets.export.vectorcanvas import VectorCanvas
from vital_widgets.export.viewpicture import draw_view, gutter_width, least_height
from vital_widgets.runtime.wholefile import write_whole

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from vital_widgets.export.palette import Palette
    from vital_widgets.export.papersize import Length
    from vital_widgets.export.pictureview import PictureView
    from vital_widgets.serve.session import Session

KINDS = ("png", "svg", "pdf")
DPI_LIMITS = (24.0, 1200.0)
MOST_PIXELS = 200_000_000
DEFAULT_WIDTH = 960.0
LANE_HEIGHT = 90.0


def figure(
    session: Session,
    view: PictureView,
    kind: str,
    *,
    width: Length | None = None,
    height: Length | None = None,
    dpi: float = 192.0,
    speed: Length | None = None,
    theme: str = "light",
) -> bytes:
    """Return a picture of a view.

    Parameters
    ----------
    session : Session
        Where the data come from.
    view : PictureView
        What is shown.
    kind : str
        "png", "svg" or "pdf".
    width, height : str or float, optional
        Size on paper, for example "180 mm"; a number is in CSS pixels of 1/96 inch.
    dpi : float
        Dots per inch: pixels of a PNG, columns of a trace in SVG and PDF.
    speed : str or float, optional
        Paper speed, for example "25 mm/s". With a width, it determines the end of the window;
        without one, it determines the width.
    theme : str
        "light" or "dark".
    """
    if kind not in KINDS:
        msg = f"unknown kind of picture {format_value(kind)}; available: {', '.join(KINDS)}"
        raise InvalidInputError(msg)
    palette = _palette(theme)
    scale = _scale(dpi)
    tall = least_height(view)
    high = (
        max(tall, LANE_HEIGHT * len(view.lanes) + 60)
        if height is None
        else css_pixels("height", height)
    )
    wide = DEFAULT_WIDTH if width is None else css_pixels("width", width)
    make = PixelCanvas if kind == "png" else VectorCanvas
    if speed is not None:
        draft = make(wide, high, scale, palette.background)
        view, wide = _at_speed(
            draft, session, view, wide, paper_speed(speed), fixed=width is not None
        )
    if wide * high * scale**2 > MOST_PIXELS:
        msg = (
            f"a picture of {wide * scale:.0f} x {high * scale:.0f} pixels is too large; "
            "give a smaller width, height or dpi"
        )
        raise InvalidInputError(msg)
    if kind == "png":
        pixels = PixelCanvas(wide, high, scale, palette.background)
        draw_view(pixels, session, view, (wide, high), palette)
        return pixels.to_bytes()
    vector = VectorCanvas(wide, high, scale, palette.background)
    draw_view(vector, session, view, (wide, high), palette)
    return vector.to_bytes(kind, dpi)


def save_figure(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write a picture or page; return its path."""
    target = file_path("path", path, "view.png")
    write_whole(target, content)
    return target


def kind_of(path: str | os.PathLike[str]) -> str:
    """Return the kind of picture that the name of a file asks for."""
    kind = file_path("path", path, "view.png").suffix.lower().removeprefix(".")
    if kind not in KINDS:
        msg = f"path={str(path)!r} does not end in .png, .svg or .pdf"
        raise InvalidInputError(msg)
    return kind


def _palette(theme: str) -> Palette:
    if text("theme", theme, "dark") not in PALETTES:
        msg = f"unknown theme {format_value(theme)}; available: {', '.join(PALETTES)}"
        raise InvalidInputError(msg)
    return PALETTES[theme]


def _scale(dpi: float) -> float:
    low, high = DPI_LIMITS
    number("dpi", dpi, f"a number from {low:g} to {high:g} dots per inch")
    if not low <= dpi <= high:
        msg = f"dpi={format_value(dpi)} is not a number from {low:g} to {high:g} dots per inch"
        raise InvalidInputError(msg)
    return dpi / PIXELS_PER_INCH


def _at_speed(
    canvas: PixelCanvas | VectorCanvas,
    session: Session,
    view: PictureView,
    width: float,
    speed: float,
    *,
    fixed: bool,
) -> tuple[PictureView, float]:
    """Return the view and the width that give a paper speed in mm/s."""
    t0, t1 = view.t_range
    per_second = speed * PER_UNIT["mm"]
    gutter = gutter_width(canvas, session, view, width)
    if fixed:
        return replace(view, t_range=(t0, t0 + (width - gutter) / per_second)), width
    wide = gutter + (t1 - t0) * per_second
    # A wider picture may have room for longer names, but never beyond the widest of them.
    wide = gutter_width(canvas, session, view, wide) + (t1 - t0) * per_second
    limit = css_pixels("width", 20_000)
    if not math.isfinite(wide) or wide > limit:
        msg = (
            f"{t1 - t0:g} s at {speed:g} mm/s are {(t1 - t0) * speed / 1000:.3g} m of paper; "
            "give a shorter t_range, a lower speed, or a width"
        )
        raise InvalidInputError(msg)
    return view, wide

"""Figures of Plotly as files: pictures, and pages that need no kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vital_widgets.core.arguments import file_path
from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError, MissingLibraryError
from vital_widgets.runtime.extras import import_extra

if TYPE_CHECKING:
    import os

PICTURES = (".png", ".svg", ".pdf", ".jpg", ".webp")
PAPER = {"paper_bgcolor": "white", "plot_bgcolor": "white", "font.color": "#333333"}


def save_image(
    figure: Any,
    path: str | os.PathLike[str],
    *,
    width: int | None = None,
    height: int | None = None,
    scale: float = 2.0,
) -> None:
    """Write what a figure shows now as a picture on white, or as a page that needs no kernel.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure or FigureWidget
        The figure.
    path : path-like
        A file that ends with ``.png``, ``.svg``, ``.pdf``, ``.jpg``, ``.webp`` or ``.html``.
    width, height : int, optional
        Size in pixels; by default that of the figure's layout, or 900 x 450.
    scale : float
        Pixels of a ``.png``, ``.jpg`` or ``.webp`` file per pixel of the figure.

    Raises
    ------
    MissingLibraryError
        For pictures, if Kaleido (``pip install "vital_widgets[images]"``) or Chrome is missing.

    Examples
    --------
    >>> from vital_widgets.figures.images import save_image
    >>> from vital_widgets.figures.plotwidget import PlotWidget
    >>> save_image(PlotWidget([{"y": [1, 3, 2]}]), "figure.html")  # doctest: +SKIP
    """
    from plotly.graph_objs._figure import Figure

    file = file_path("path", path, "figure.png")
    suffix = file.suffix.lower()
    if suffix not in (*PICTURES, ".html"):
        known = ", ".join((*PICTURES, ".html"))
        raise InvalidInputError(
            f"path={format_value(str(path))} has no ending of a known format; give one of {known}"
        )
    shown = Figure(figure.to_dict())
    if suffix == ".html":
        shown.write_html(file, include_plotlyjs=True, full_html=True)
        return
    import_extra("kaleido", "save_image")
    from choreographer.errors import ChromeNotFoundError

    for name, value in PAPER.items():
        if shown.layout[name] in (None, "rgba(0, 0, 0, 0)"):
            shown.update_layout({name.replace(".", "_"): value})
    size = {
        "width": width or shown.layout.width or 900,
        "height": height or shown.layout.height or 450,
    }
    try:
        shown.write_image(file, **size, scale=scale)
    except ChromeNotFoundError as error:
        raise MissingLibraryError(
            "save_image draws pictures with Chrome or Chromium, which was not found; install it, "
            "name it in the environment variable BROWSER_PATH, run `plotly_get_chrome`, or save "
            f"{file.stem}.html instead"
        ) from error

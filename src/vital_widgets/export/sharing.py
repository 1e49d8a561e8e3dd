"""``vital_widgets.to_html``: share a recording as one file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from vital_widgets.core.arguments import file_path, text
from vital_widgets.core.formatting import format_value
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.export.palette import PALETTES
from vital_widgets.export.pictureview import Lane, PictureView
from vital_widgets.export.pixelcanvas import PixelCanvas
from vital_widgets.export.sharedpage import DEFAULT_SIZE, SharedPage, write_page
from vital_widgets.export.viewpicture import draw_view
from vital_widgets.serve.session import Session

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

WIDTH, HEIGHT, COLORS = 960, 720, 64
ENDINGS = (".html", ".htm")
WAIT_SECONDS = 30.0


def to_html(
    recording: Recording | str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    channels: Sequence[str] | None = None,
    t_range: tuple[float, float] | None = None,
    windows: Sequence[tuple[float, float]] | None = None,
    size: str | float = DEFAULT_SIZE,
    identity: bool = False,
    title: str | None = None,
) -> SharedPage:
    """Write a recording as one HTML file that anybody can open, zoom and pan without Python.

    The file contains the front end of the viewer, annotations, minima and maxima of the whole
    recording as fine as the size allows, and the samples of some windows. It needs no network.

    Parameters
    ----------
    recording : Recording or path-like
        The recording; a path is opened with `vital_widgets.open`.
    path : path-like
        File to write.
    channels : sequence of str, optional
        Channels whose data are included, in order. Default: all. Marks of other channels are
        included too; the page shows them above the lanes and in the list, where it says that their
        channel is not in the page.
    t_range : (float, float), optional
        Window that is shown at first, in seconds. Default: that of a new viewer.
    windows : sequence of (float, float), optional
        Windows in seconds of which all samples are included. Default: the window shown at first,
        if its samples need at most a quarter of the size.
    size : str or float
        Largest size of the file, for example "10 MB", or a number of bytes. The whole file may be
        a little smaller or larger.
    identity : bool
        Include the name of the recording, its start date and time, and metadata such as the
        patient. By default they are left out. Texts of annotations and names of channels are
        always included: check that they identify nobody.
    title : str, optional
        Heading of the page.

    Returns
    -------
    SharedPage
        The file, its size, what it contains and what was left out.

    Raises
    ------
    InvalidInputError
        An argument is invalid, or the samples of the windows exceed the size.
    StoreError
        The file cannot be written.
    """
    if hasattr(recording, "to_html"):
        msg = f"recording={format_value(recording)} is a viewer; write viewer.to_html(path)"
        raise InvalidInputError(msg)
    if not isinstance(recording, Recording):
        from vital_widgets.io.reader import open_recording

        recording = open_recording(recording)
    names = list(recording.channels) if channels is None else list(channels)
    for name in names:
        recording[name]  # an unknown name is an error that lists the known ones
    session = Session(recording.wait())
    try:
        window = session.first_window() if t_range is None else checked_windows([t_range])[0]
        height = min(max(110 + 90 * len(names), 240), HEIGHT)
        view = {"channels": names, "t_range": window, "height": height}
        return share(
            session,
            path,
            view,
            _view(session, names, window),
            windows=windows,
            size=size,
            identity=identity,
            title=title,
        )
    finally:
        session.close()


def _view(session: Session, names: Sequence[str], window: tuple[float, float]) -> PictureView:
    lanes = [Lane([k]) for k in session.index_of(names)]
    return PictureView(window, lanes, overview=True, wait=WAIT_SECONDS)


def share(
    session: Session,
    path: str | os.PathLike[str],
    view: Mapping[str, Any],
    shown: PictureView,
    *,
    windows: Sequence[tuple[float, float]] | None = None,
    size: str | float = DEFAULT_SIZE,
    identity: bool = False,
    title: str | None = None,
) -> SharedPage:
    """Write the page of a view, with its picture for readers without scripts."""
    if title is not None:
        text("title", title, "Night 1")
    if file_path("path", path, "share.html").suffix.lower() not in ENDINGS:
        msg = f"path={format_value(path)} does not end in .html; give for example 'share.html'"
        raise InvalidInputError(msg)
    palette = PALETTES["light"]
    box = WIDTH, min(view["height"], HEIGHT)
    canvas = PixelCanvas(*box, 1.0, palette.background)
    draw_view(canvas, session, shown, box, palette, clock=identity)
    return write_page(
        session,
        path,
        view,
        canvas.to_bytes(colors=COLORS),
        windows=None if windows is None else checked_windows(windows),
        size=size,
        identity=identity,
        title=title,
    )


def checked_windows(windows: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return windows as pairs of floats, or raise."""
    checked = []
    given: Any = windows
    for window in given if hasattr(given, "__iter__") else [given]:
        try:
            t0, t1 = (float(t) for t in window)
        except (TypeError, ValueError):
            t0 = t1 = math.nan
        if not -math.inf < t0 < t1 < math.inf:
            msg = (
                f"{format_value(window)} is not a window; give pairs (t0, t1) of seconds with "
                "t0 < t1, for example windows=[(10, 20)]"
            )
            raise InvalidInputError(msg)
        checked.append((t0, t1))
    return checked

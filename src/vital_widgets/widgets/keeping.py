"""What a viewer gives away: pictures, code, and the picture in the output of its cell."""

from __future__ import annotations

import base64
import logging
import weakref
from typing import TYPE_CHECKING, Any

from vital_widgets.core.amplitude import parse_scale
from vital_widgets.errors import InvalidInputError
from vital_widgets.export.codetext import view_code
from vital_widgets.serve.points import ENVELOPE
from vital_widgets.widgets.view_document import ViewDocument

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PIL.Image import Image

    from vital_widgets.core.amplitude import AmplitudeScale
    from vital_widgets.core.arrangement import Arrangement
    from vital_widgets.core.recording import Recording
    from vital_widgets.export.papersize import Length
    from vital_widgets.export.pictureview import PictureView
    from vital_widgets.export.sharedpage import SharedPage
    from vital_widgets.serve.session import Session

log = logging.getLogger(__name__)

# The picture in the output of a cell: at most this many CSS pixels high, some 40 kB.
CELL_WIDTH, CELL_HEIGHT, CELL_DPI, CELL_COLORS = 960, 720, 96.0, 64
WAIT_SECONDS = 30.0


class Keeping(ViewDocument):
    """Pictures and code of a viewer."""

    recording: Recording

    def picture(
        self,
        *,
        width: Length | None = None,
        height: Length | None = None,
        dpi: float = 96.0,
        theme: str = "light",
    ) -> Image:
        """Return a picture of the view.

        Parameters
        ----------
        width, height : str or float, optional
            Size, for example "180 mm"; a number is in CSS pixels (1/96 inch). Default: 960 pixels
            wide, and high enough for all channels.
        dpi : float
            Pixels per inch, 24 to 1200.
        theme : str
            "light" or "dark".

        Returns
        -------
        PIL.Image.Image
            The picture; a notebook shows it.
        """
        import io

        from PIL.Image import open as open_image

        made = self._figure("png", width=width, height=height, dpi=dpi, theme=theme)
        return open_image(io.BytesIO(made))

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        width: Length | None = None,
        height: Length | None = None,
        dpi: float = 300.0,
        speed: Length | None = None,
        theme: str = "light",
    ) -> Path:
        """Write a picture of the view as PNG, SVG or PDF.

        The picture shows the same lanes, scales, gaps and annotations as the viewer.

        Parameters
        ----------
        path : path-like
            File to write; its ending .png, .svg or .pdf determines the format.
        width, height : str or float, optional
            Size on paper, for example "180 mm"; a number is in CSS pixels (1/96 inch). Default:
            960 pixels (254 mm) wide, and high enough for all channels.
        dpi : float
            Dots per inch, 24 to 1200: pixels of a PNG, resolution of the traces in SVG and PDF.
        speed : str or float, optional
            Paper speed, for example "25 mm/s". Default: `paper_speed` of the viewer. With a width,
            the picture begins at the start of the window and ends where the paper ends; without
            one, the paper is as wide as the window needs.
        theme : str
            "light" or "dark".

        Returns
        -------
        Path
            The file.
        """
        from vital_widgets.export.figure import kind_of, save_figure

        kind = kind_of(path)
        options = {"width": width, "height": height, "dpi": dpi, "speed": speed, "theme": theme}
        return save_figure(path, self._figure(kind, **options))

    def to_html(
        self,
        path: str | os.PathLike[str],
        *,
        windows: Sequence[tuple[float, float]] | None = None,
        size: str | float = "10 MB",
        identity: bool = False,
        title: str | None = None,
    ) -> SharedPage:
        """Write the view as one HTML file that anybody can open, zoom and pan without Python.

        The parameters are those of `vital_widgets.to_html`; channels and the first window are
        those of the view. Marks of other channels are included too; the page shows them above the
        lanes and in the list, where it says that their channel is not in the page.

        Parameters
        ----------
        path : path-like
            File to write.
        windows : sequence of (float, float), optional
            Windows in seconds of which all samples are included.
        size : str or float
            Largest size of the file, for example "10 MB".
        identity : bool
            Include name, start date and metadata of the recording.
        title : str, optional
            Heading of the page.

        Returns
        -------
        SharedPage
            The file, its size, what it contains and what was left out.
        """
        from vital_widgets.export.sharing import share

        session = self._open_session()
        shown = self._picture_view(session, overview=True, wait=WAIT_SECONDS)
        options: dict[str, Any] = {"size": size, "identity": identity, "title": title}
        return share(session, path, self._page_view(), shown, windows=windows, **options)

    def code(self) -> str:
        """Return the Python code that shows this view again."""
        names = self._view_names()
        plain = {name: self.trait_defaults(name) for name in names} | self._default_view()
        kept = self._without_lost({name: getattr(self, name) for name in names})
        values = {name: value for name, value in kept.items() if value != plain[name]}
        return view_code(self.recording.path, self.recording.name, values)

    if TYPE_CHECKING:  # of the class that this one is a part of

        def _arrangement(self) -> Arrangement:
            """Return how the lanes are arranged."""
            ...

        def _default_view(self) -> dict[str, Any]:
            """Return the properties of a new viewer that depend on the recording."""
            ...

    def _figure(self, kind: str, **options: Any) -> bytes:
        from vital_widgets.export.figure import figure

        session = self._open_session()
        if options.get("speed") is None:
            options["speed"] = self.trait_values()["paper_speed"]
        return figure(session, self._picture_view(session, wait=WAIT_SECONDS), kind, **options)

    def _open_session(self) -> Session:
        session: Session | None = self.__dict__.get("_session")
        if session is None:
            msg = "the viewer was closed; create it again with vital_widgets.Viewer(recording)"
            raise InvalidInputError(msg)
        return session

    def _picture_view(
        self, session: Session, *, overview: bool = False, wait: float = 0.0
    ) -> PictureView:
        """Return what a picture of this view shows."""
        from vital_widgets.export.lanesignal import kind_and_style
        from vital_widgets.export.markgroups import MarkColors
        from vital_widgets.export.pictureview import Lane, PictureView

        values = self.trait_values()
        scales: dict[int, AmplitudeScale] = {}
        for k in session.index_of(values["channels"]):
            kind, _ = kind_and_style(session, k)
            given = values["scales"].get(session.channels[k].name, values["scales"].get(kind))
            if given is not None:
                scales[k] = parse_scale(given)
        shown = session.signals.shown
        arrangement = self._arrangement()
        indices = dict(zip(values["channels"], session.index_of(values["channels"]), strict=True))
        lanes = [
            Lane([indices[name] for name in lane.names], lane.height)
            for lane in arrangement.lanes(values["channels"])
        ]
        inks = arrangement.inks()
        signals = session.index_of(list(inks))
        return PictureView(
            t_range=values["t_range"],
            lanes=lanes,
            inks=dict(zip(signals, inks.values(), strict=True)),
            selection=values["selection"],
            overview=overview,
            scales=scales,
            positions={shown[k]: at for k, at in values["positions"].items() if k in shown},
            wait=wait,
            elapsed=values["time_axis"] == "elapsed",
            epochs=None
            if values["epoch_length"] is None
            else (values["epoch_length"], values["epoch_start"]),
            grid=values["grid"],
            paper_speed=values["paper_speed"],
            overlap=values["overlap"],
            mark_colors=MarkColors(dict(values["layer_colors"]), values["color_marks_by"]),
        )

    def _cell_picture(self, dpi: float = CELL_DPI) -> tuple[bytes, tuple[int, int]] | None:
        """Return the picture for the output of a cell and its size in CSS pixels."""
        session: Session | None = self.__dict__.get("_session")
        if session is None:
            return None
        size = self._cell_size()
        return _drawn(session, self._picture_view(session, overview=True), size, dpi), size

    def _cell_size(self) -> tuple[int, int]:
        return CELL_WIDTH, min(self.trait_values()["height"], CELL_HEIGHT)

    def _page_view(self) -> dict[str, Any]:
        """Return the properties for a page without a kernel, which has no samples to select."""
        return self._whole_view() | {"aggregator": ENVELOPE}

    def _saved_output(self, taken: int) -> str | None:
        from vital_widgets.export.savedoutput import saved_output

        session: Session | None = self.__dict__.get("_session")
        return None if session is None else saved_output(session, self._page_view(), taken)

    def _keeping(self, model: str) -> Callable[[], dict[str, Any] | None]:
        """Return what makes the message with what a notebook that is saved now contains.

        It knows what is shown now and does not refer to the viewer, which may be closed meanwhile:
        then it returns None.
        """
        from vital_widgets.export.savedoutput import saved_output

        session = self._open_session()
        shown, size = self._picture_view(session, overview=True), self._cell_size()
        page, name, me = self._page_view(), self.recording.name, weakref.ref(self)

        def made() -> dict[str, Any] | None:
            try:
                picture = base64.b64encode(_drawn(session, shown, size)).decode()
                html = saved_output(session, page, len(picture))
            except Exception:  # the output of the cell stays as it is
                viewer = me()
                if viewer is not None and "_session" in viewer.__dict__:
                    log.exception("no picture of %r for the saved notebook", name)
                return None
            return {"kind": "kept", "model": model, "picture": picture, "html": html}

        return made

    def _with_picture(self, bundle: tuple[dict[str, Any], dict[str, Any]]) -> Any:
        """Add the picture to a mime bundle, for readers that run no scripts."""
        data, metadata = bundle
        try:
            made = self._cell_picture()
        except Exception:  # the live view is shown in any case, and says what is wrong
            log.exception("no picture of %r for the output of the cell", self.recording.name)
            made = None
        if made is None:
            return bundle
        png, (width, height) = made
        picture = {"image/png": base64.b64encode(png).decode()}
        return {**data, **picture}, {**metadata, "image/png": {"width": width, "height": height}}


def _drawn(
    session: Session, shown: PictureView, size: tuple[int, int], dpi: float = CELL_DPI
) -> bytes:
    """Return the picture for the output of a cell."""
    from vital_widgets.export.palette import PALETTES
    from vital_widgets.export.pixelcanvas import PixelCanvas
    from vital_widgets.export.viewpicture import draw_view

    palette = PALETTES["light"]
    canvas = PixelCanvas(*size, dpi / 96, palette.background)
    draw_view(canvas, session, shown, size, palette)
    return canvas.to_bytes(colors=CELL_COLORS)

"""Figures of the channels that a viewer shows, which may move with it."""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any

import traitlets

from vital_widgets.core.arguments import texts
from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.serve.description import expected_duration
from vital_widgets.serve.points import ENVELOPE, SELECTIONS
from vital_widgets.widgets.assigning import Assigning, flag, is_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vital_widgets.core.recording import Recording
    from vital_widgets.figures.recordingfigure import RecordingFigure
    from vital_widgets.serve.session import Session

KNOWN = (ENVELOPE, *SELECTIONS)
PAUSE_SECONDS = 0.05
NEAR = 1e-9  # of a window: two windows that differ less are the same


class ViewerFigures(Assigning):
    """The method `figure` of a viewer, and how its own lanes are reduced.

    ``aggregator`` is ``"minmax"``, the envelope of all samples, or ``"lttb"``, ``"minmaxlttb"``,
    ``"m4"``, ``"everynth"``: points chosen from the samples of the window, while it does not move
    and if they are at most 16.8 million.
    """

    recording: Recording
    channels: Any
    t_range: Any

    aggregator = traitlets.Unicode(ENVELOPE).tag(
        sync=True, view=True, accepts="one of " + ", ".join(f'"{name}"' for name in KNOWN)
    )

    @traitlets.validate("aggregator")
    def _valid_aggregator(self, proposal: dict[str, Any]) -> str:
        value: str = proposal["value"]
        if value not in KNOWN:
            names = ", ".join(f'"{name}"' for name in KNOWN)
            msg = f"aggregator={format_value(value)} is not known; give one of {names}"
            raise InvalidInputError(msg)
        return value

    def figure(
        self,
        channels: str | Sequence[str] | None = None,
        *,
        follow: bool = False,
        time_axis: str = "elapsed",
        aggregator: Any = "minmax",
        n_points: int = 2000,
        height: int | None = None,
    ) -> RecordingFigure:
        """Return a Plotly figure of channels with the window of the viewer.

        Parameters
        ----------
        channels : str or sequence of str, optional
            Names of lanes that show traces, derived and filtered ones too. Default: all of them
            that the viewer shows.
        follow : bool
            Whether viewer and figure show the same window from now on, whichever is moved.
        time_axis, aggregator, n_points, height
            As for `vital_widgets.figure`.

        Returns
        -------
        RecordingFigure
            A ``FigureWidgetResampler`` whose channels stay in their file.

        Examples
        --------
        >>> import numpy as np
        >>> import vital_widgets as vw
        >>> rec = vw.Recording.from_arrays({"ECG": np.sin(np.arange(100_000) / 50)}, fs=250)
        >>> viewer = vw.Viewer(rec, t_range=(10, 20))
        >>> figure = viewer.figure(follow=True)
        >>> viewer.t_range = (30, 40)
        >>> figure.t_range
        (30.0, 40.0)
        >>> figure.close()
        """
        from vital_widgets.figures.recordingfigure import RecordingFigure

        session = self._open_session()
        names = self._figured(session, channels)
        made = RecordingFigure(
            session,
            names,
            self.t_range,
            time_axis=time_axis,
            aggregator=aggregator,
            n_points=n_points,
            height=height,
            own=False,
        )
        if follow:
            move_together(self, made)
        return made

    def _figured(self, session: Session, channels: Any) -> list[str]:
        if channels is None:
            found = [name for name in self.channels if session.is_trace(name)]
        else:
            found = texts("channels", channels, "ECG")
            known = [name for name in session.signals.shown if session.is_trace(name)]
            for name in found:
                if name not in known:
                    listed = ", ".join(map(repr, known))
                    msg = f"the viewer has no lane {name!r} with a trace; available: {listed}"
                    raise UnknownChannelError(msg)
        if not found:
            msg = "the viewer shows no trace; choose channels to show in the figure"
            raise InvalidInputError(msg)
        return found

    if TYPE_CHECKING:  # of the class that this one is a part of

        def _open_session(self) -> Session: ...


def move_together(viewer: Any, figure: RecordingFigure) -> None:
    """Let a viewer and a figure show the same window until one of them is closed.

    The figure follows the latest window only, after a short pause: a gesture of the viewer does not
    wait for it. Neither keeps the other alive.
    """
    pair = _Together(viewer, figure)
    viewer.observe(pair.moved, "t_range")
    figure.on_view(pair.zoomed)


class _Together:
    def __init__(self, viewer: Any, figure: RecordingFigure) -> None:
        self._viewer = weakref.ref(viewer)
        self._figure = weakref.ref(figure)
        self._moving = f"following {figure.model_id}"
        self._waiting = False

    def _open(self) -> tuple[Any, Any] | None:
        viewer, figure = self._viewer(), self._figure()
        if viewer is None or figure is None or None in (viewer.comm, figure.comm):
            return None
        return viewer, figure

    def moved(self, _: dict[str, Any]) -> None:
        """Take the other window that the viewer shows."""
        viewer = self._viewer()
        if self._open() is None and viewer is not None:
            viewer.unobserve(self.moved, "t_range")
            return
        if is_on(self._moving) or self._waiting:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # outside a kernel
            self._follow()
        else:
            self._waiting = True
            loop.call_later(PAUSE_SECONDS, self._follow)

    def _follow(self) -> None:
        self._waiting = False
        both = self._open()
        if both is None:
            return
        viewer, figure = both
        if not _same(figure.t_range, viewer.t_range):
            with flag(self._moving):
                figure.t_range = viewer.t_range

    def zoomed(self) -> None:
        """Take the other window that the figure shows."""
        both = self._open()
        if is_on(self._moving) or self._waiting or both is None:
            return
        viewer, figure = both
        duration = expected_duration(viewer.recording)
        t0, t1 = figure.t_range or (0.0, duration)
        if t0 < duration and t1 > 0 and not _same((t0, t1), viewer.t_range):
            with flag(self._moving):
                viewer.t_range = (t0, t1)


def _same(one: tuple[float, float] | None, other: tuple[float, float]) -> bool:
    if one is None:
        return False
    near = NEAR * (other[1] - other[0])
    return all(abs(a - b) <= near for a, b in zip(one, other, strict=True))

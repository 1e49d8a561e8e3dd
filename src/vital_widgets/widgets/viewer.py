"""The viewer: all channels of a recording on one time axis, at any zoom."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import traitlets
from ipywidgets import Widget, widget_serialization

from vital_widgets.core.arguments import texts
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.runtime.progressbar import in_notebook
from vital_widgets.runtime.staticfiles import static_text
from vital_widgets.serve.session import Session
from vital_widgets.widgets.addedsignals import Overlays
from vital_widgets.widgets.channel_traits import ChannelTraits
from vital_widgets.widgets.entries import TimeSpan
from vital_widgets.widgets.frontend import Frontend, frontend
from vital_widgets.widgets.given import given_recording, time_range
from vital_widgets.widgets.keeping import Keeping
from vital_widgets.widgets.lane_choice import SET_FIRST
from vital_widgets.widgets.latepicture import LatePictures, sent_by
from vital_widgets.widgets.lifetime import ClosingWidget
from vital_widgets.widgets.linking import Linking
from vital_widgets.widgets.marking import Marking
from vital_widgets.widgets.marklayers import MarkLayers
from vital_widgets.widgets.measures import Measuring
from vital_widgets.widgets.navigation import Navigation
from vital_widgets.widgets.progress import TaskView
from vital_widgets.widgets.refusing import Refusing
from vital_widgets.widgets.scale_traits import ScaleTraits
from vital_widgets.widgets.wire import Wire

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from vital_widgets.core.recording import Recording
    from vital_widgets.runtime.tasks import Task

HEIGHT_LIMITS = (120, 10_000)
# A short text file is read within this time: then the first picture is complete.
MAX_WAIT_SECONDS = 0.3
DESCRIPTION_INTERVAL = 0.5


class Viewer(
    Overlays,
    ChannelTraits,
    Navigation,
    ScaleTraits,
    Linking,
    MarkLayers,
    Marking,
    Keeping,
    Measuring,
    Refusing,
    ClosingWidget,
):
    """Show a recording of any size, with pan and zoom.

    Parameters
    ----------
    recording : Recording or path-like
        The recording; a path is opened with `vital_widgets.open`.
    channels : sequence of str, optional
        Names of the channels to show, in order. Default: all.
    t_range : (float, float), optional
        Initial window in seconds from the start of the recording. Default: the first ten
        seconds, or the whole of a short recording.
    height : int, optional
        Height in CSS pixels, 120 to 10,000. Default: depends on the number of channels.
    annotations : Annotations or result of an analysis, a list or a mapping by name, optional
        Results to show as layers of marks, as by `add`.
    overlays : Channel, list of Channel, or mapping by name, optional
        Signals to show that are no channels of the recording, as by `add_signal`; a mapping may
        contain its options: ``{"trend": {"signal": x, "fs": 4, "lane": "ECG"}}``.
    view : mapping, optional
        A view that was saved from the attribute `view`; other arguments take precedence.

    Attributes
    ----------
    t_range : tuple of float
        The window ``[t0, t1)`` in seconds; changes with pan and zoom, and can be set.
    channels : list of str
        Names of the channels shown, in order; can be set.
    overlaid, heights, colors : dict
        Channels drawn in the lane of another one, relative heights and colours of lanes, by name
        of a channel or kind of signal: ``viewer.heights["ECG"] = 2``; can be set.
    color_by : {"channel", "kind"}
        What determines the colours of other traces; can be set.
    lanes_per_page : None or int
        The largest number of lanes on the screen; None: as many as can be read. Can be set.
    selection : None or tuple of float
        The time range selected by Shift + drag, in seconds; can be set.
    height : int
        Height in CSS pixels; can be set.
    filters : dict of str to str
        Zero-phase filters of what is drawn, by name of a lane or by kind of signal:
        ``viewer.filters["ECG"] = "0.5-40 Hz"``; None removes one.
    montage : None, str or dict
        Name of a built-in montage such as "double banana", or a `montage.Montage`; can be set.
    aggregator : {"minmax", "lttb", "minmaxlttb", "m4", "everynth"}
        What is drawn at rest: the envelope of all samples ("minmax") or a selection; can be set.
    time_axis : {"clock", "elapsed"}
        Whether times are clock times, if they are known, or times since the start; can be set.
    epoch_length : None or float
        Length of an epoch in seconds, for example 30. Pages start with an epoch, and epochs are
        numbered. None: no epochs. Can be set.
    epoch_start : float
        Start of epoch 1 in seconds; can be set.
    play_speed : float
        Speed of playing, 0.01 to 10,000; 1 is real time. Can be set.
    toolbar : bool
        Whether the toolbar is shown; can be set. Keys work without it.
    follow : bool
        Whether all pages that show this viewer share one window, and ``t_range`` follows it. If
        False, each page moves alone, and only Python moves all of them. Can be set.
    link_group : str
        Viewers with the same name move together, see `vital_widgets.link`; "" moves alone.
    scales : dict
        Amplitude scales by the name of a channel or by kind (ECG, EEG, EOG, EMG, PPG, respiration,
        pressure, SpO2, other): ``viewer.scales["ECG"] = "10 mm/mV"``, ``"20 µV/mm"``, the range of
        a lane ``"100 µV"``, limits ``(-1, 2)`` in the units of the channel, or ``"auto"``, which
        follows the data. Without an entry, a scale is fitted to the first window and stays; all
        ECG share one, so do all EEG, EOG and EMG.
    positions : dict
        Where the baseline of a channel (zero or its median) is in its lane, by name: a share of
        the height, 0 at the bottom.
    paper_speed : None or float
        Paper speed in mm/s, such as 25; determines the length of the window. None: free.
    page : None or float
        Length of the window in seconds, such as 30, which zooming releases. None: free.
    grid : str
        Lines behind the traces: ``"time"``, ``"ecg"`` (1 mm and 5 mm of ECG paper, with a
        calibration pulse) or ``"none"``.
    overlap : bool
        Whether traces may leave their lanes, as on paper.
    layers : None or list of str
        Names of the layers of marks that are shown; None shows all. Can be set.
    hidden_texts : list of str
        Marks that say one of these texts are not shown. Can be set.
    layer_colors : dict
        Colours of layers by name, such as ``{"file": "#0072b2"}``; others are chosen. Can be set.
    color_marks_by : {"auto", "layer", "reader", "text"}
        What determines the colour of a mark; "auto": its text if one layer is shown. Can be set.
    reader : str
        Who adds and changes marks in this viewer; "" for ``recording.annotations.reader``.
    blind : bool
        Whether this viewer shows the reader's own layers only; can be set.
    marking : None or str
        Task of marking: ``"beats"``, ``"sleep"``, ``"artefacts"`` or ``"own"``, whose keys are
        ``hotkeys``, such as ``{"s": "spindle"}``. None: no marking. Can be set.
    marking_layer : str
        Layer of new marks; "" for the layer that is named as the reader. Can be set.
    view : dict
        All of these properties, and signals that were added, as one JSON dictionary; can be set.
    recording : Recording
        The recording.

    Notes
    -----
    Drag or Shift + wheel pans, the wheel zooms at the pointer, a double click shows the whole
    recording, Shift + drag selects a time range. Before a click into the viewer the wheel scrolls
    the page; Ctrl + wheel and pinch always zoom. Press ``?`` in the viewer to see all keys.

    A viewer that no page shows and that no variable refers to is closed at the end of the next
    cell, and removed from ``Out``. Therefore a cell that shows a viewer can be run any number of
    times.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _kind = traitlets.Unicode("viewer").tag(sync=True)
    _frontend = traitlets.Instance(Frontend).tag(sync=True, **widget_serialization)
    _wire = traitlets.Instance(Wire).tag(sync=True, **widget_serialization)
    _progress = traitlets.Instance(TaskView, allow_none=True).tag(sync=True, **widget_serialization)
    _description = traitlets.Dict().tag(sync=True)
    _description_data = traitlets.Bytes().tag(sync=True)
    _first = traitlets.Dict().tag(sync=True)
    _first_data = traitlets.Bytes().tag(sync=True)

    t_range = TimeSpan().tag(sync=True, view=True)
    channels = traitlets.List(traitlets.Unicode()).tag(sync=True, view=True)
    selection = TimeSpan(allow_none=True, default_value=None).tag(sync=True, view=True)
    height = traitlets.Int().tag(sync=True, view=True)

    def __init__(
        self,
        recording: Recording | str | os.PathLike[str],
        *,
        channels: Sequence[str] | None = None,
        t_range: tuple[float, float] | None = None,
        height: int | None = None,
        annotations: Any = None,
        overlays: Any = None,
        view: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        saved = {} if view is None else self._checked_view(view)
        given = {"channels": channels, "t_range": t_range, "height": height}
        saved |= {name: value for name, value in given.items() if value is not None}
        self.recording = given_recording(recording)
        if self.recording.task is not None:
            self.recording.task.wait(MAX_WAIT_SECONDS)
        if self.recording.closed:
            msg = f"{self.recording.name} was closed; open it again to show it"
            raise InvalidInputError(msg)
        t_range = saved.pop("t_range", None)
        if t_range is not None:
            t_range = time_range("t_range", t_range, self.recording)
        saved |= {name: kwargs.pop(name) for name in SET_FIRST if name in kwargs}
        self._stop_listening: list[Callable[[], None]] = []
        self._late = LatePictures()
        self._session = session = Session(self.recording)
        task = session.task
        try:
            self._begin_lanes(session, saved)
            names = saved.pop("channels")
            saved.setdefault("height", _default_height(len(names)))
            window = t_range or session.first_window()
            first, first_data = session.first_picture(session.index_of(names), *window)
            description, description_data = session.description()
            if annotations is not None:
                self._add_all(annotations)
            super().__init__(
                _esm=static_text("loader.js"),
                _frontend=frontend(),
                _wire=Wire(session),
                _marks=self._follow_marks(session.mark_service),
                _progress=TaskView(task) if task is not None else None,
                _description=description,
                _description_data=description_data,
                _first=first,
                _first_data=first_data,
                t_range=window,
                channels=names,
                **saved,
                **kwargs,
            )
        except BaseException:
            self.close()
            raise
        self._apply_marks(session.mark_service)
        self._follow_reading()
        if task is not None and self._progress is not None:
            self._follow_work(task, self._progress)
        self._show_work(session)
        self._relane()
        if overlays is not None:
            self._add_overlays(overlays)

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:
        if isinstance(content, dict) and content.get("kind") == "keep":
            # A part of a workbench has no output of its own.
            if self._pages.displayed and "_session" in self.__dict__:
                self._late.ask(self._keeping(self.model_id), sent_by(self))
        else:
            super()._handle_custom_msg(content, buffers)

    def close(self) -> None:
        """Close the widget and its background tasks; the recording stays open."""
        session: Session | None = self.__dict__.pop("_session", None)
        if session is None:  # already closed, or not created because of invalid input
            super().close()
            return
        for stop in self._stop_listening:
            stop()
        self._stop_listening = []
        session.close()
        self._end_lanes()
        names = ("_wire", "_marks", "_progress", "layout")
        parts = [self._trait_values.get(name) for name in names]
        super().close()
        for widget in parts:
            if isinstance(widget, Widget):
                widget.close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the live view and a picture for readers that run no scripts."""
        bundle = super()._repr_mimebundle_(**kwargs)
        return bundle if bundle is None else self._with_picture(bundle)

    def _ipython_display_(self, **kwargs: Any) -> None:
        """Display the live view, and what is shown when the notebook is opened without a kernel."""
        from IPython.display import display

        bundle = self._repr_mimebundle_(**kwargs)
        if bundle is None:
            return
        data, metadata = bundle
        display(data, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]
        saved = self._saved_output(len(data.get("image/png", ""))) if in_notebook() else None
        if saved is not None:
            display({"text/html": saved}, raw=True)  # type: ignore[no-untyped-call]

    def _default_view(self) -> dict[str, Any]:
        names = self._default_channels()
        height = _default_height(len(self.channels))
        return {"channels": names, "height": height, "t_range": None}

    def __repr__(self) -> str:
        """Summarize what is shown."""
        t0, t1 = self.t_range
        shown = len(self.channels)
        return f"Viewer({self.recording.name!r}, {shown} channels, {t0:g} to {t1:g} s)"

    @traitlets.validate("t_range")
    def _valid_range(self, proposal: dict[str, Any]) -> tuple[float, float]:
        return time_range("t_range", proposal["value"], self.recording)

    @traitlets.validate("selection")
    def _valid_selection(self, proposal: dict[str, Any]) -> tuple[float, float] | None:
        value = proposal["value"]
        return None if value is None else time_range("selection", value, self.recording)

    @traitlets.validate("channels")
    def _valid_channels(self, proposal: dict[str, Any]) -> list[str]:
        return self._known_names(proposal["value"])

    def _known_names(self, names: Sequence[str] | None) -> list[str]:
        known = self._lanes.names
        if names is None:
            return self._default_channels()
        names = texts("channels", names, known[0] if known else "ECG")
        for name in names:
            if name not in known:
                listed = ", ".join(map(repr, known))
                msg = f"unknown channel {name!r} in {self.recording.name!r}; available: {listed}"
                raise UnknownChannelError(msg)
        if len(set(names)) < len(names):
            msg = f"channels={list(names)!r} contains a channel twice; give each name once"
            raise InvalidInputError(msg)
        return list(names)

    @traitlets.validate("height")
    def _valid_height(self, proposal: dict[str, Any]) -> int:
        value: int = proposal["value"]
        lowest, highest = HEIGHT_LIMITS
        if not lowest <= value <= highest:
            msg = f"height={value!r} is not a number of pixels from {lowest} to {highest}"
            raise InvalidInputError(msg)
        return value

    def _follow_reading(self) -> None:
        """Update the description while the file is being read, and at the end."""
        task = self.recording.task
        if task is None:
            return
        viewer = weakref.ref(self)
        updated_at = 0.0

        def update(changed: Task[Any]) -> None:
            nonlocal updated_at
            shown = viewer()
            due = changed.ended or changed.elapsed - updated_at >= DESCRIPTION_INTERVAL
            if shown is not None and shown.comm is not None and due:
                updated_at = changed.elapsed
                shown._describe()  # noqa: SLF001
                if changed.ended:
                    shown._relane()  # noqa: SLF001

        self._stop_listening.append(task.listen(update))

    def _picture(self) -> None:
        session: Session | None = self.__dict__.get("_session")
        if session is None:  # closed by another thread in the meantime
            return
        first, data = session.first_picture(self._shown_signals(session), *self.t_range)
        with self.hold_sync():
            self._first_data = data
            self._first = first

    def _describe(self) -> None:
        session: Session | None = self.__dict__.get("_session")
        if session is None:  # closed by another thread in the meantime
            return
        description, data = session.description()
        with self.hold_sync():
            self._description_data = data
            self._description = description


def _default_height(lanes: int) -> int:
    """Return a height that gives few lanes room, and that a laptop's screen shows as a whole."""
    return int(min(max(110 + 90 * lanes, 320), 620))

"""Results on the trace: second signals, stages and masks as lanes or in the lane of another."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import traitlets

from vital_widgets.core.arguments import number, pair, text
from vital_widgets.core.channel import Channel
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.serve.addedrecipes import as_recipe, lane_of_recipe, recipe_of
from vital_widgets.serve.overlays import (
    STAGES,
    STYLES,
    mask_channel,
    overlay_lane,
    signal_channel,
    spectrogram_lane,
    stages_channel,
)
from vital_widgets.widgets.lane_choice import LaneChoice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vital_widgets.serve.lanes import Lane

# Colours of overlays begin here, so that they differ from those of the first channels.
FIRST_INK = 3
HIGHEST = 30.0  # Hz, of a spectrogram


class Overlays(LaneChoice):
    """Signals in a viewer that are not channels of its recording.

    Attributes
    ----------
    added : dict
        Those that a saved view keeps, by name: ``{"C3-A2": {"weights": {"C3": 1, "A2": -1}}}``,
        with ``"style"`` and ``"lane"`` as in `add_signal`, or the parameters of
        `add_spectrogram`: ``{"spectrogram": "C3", "band": [0, 30], "window_s": 4}``; can be set.
    """

    _extra: list[Lane]
    _built: dict[str, Any]
    scales: Any

    added = traitlets.Dict().tag(view=True)

    @traitlets.validate("added")
    def _valid_added(self, proposal: dict[str, Any]) -> dict[str, Any]:
        value: dict[str, Any] = proposal["value"]
        if value != self._built:
            self._restored(value)
        return value

    @traitlets.observe("added")
    def _added_wanted(self, change: Any) -> None:
        """Show the signals that the property describes, beside those that it cannot describe."""
        if change.new == self._built:
            return
        others = [lane for lane in self._extra if lane.name not in self._built]
        made = self._restored(change.new)
        shown: list[str] = self.trait_values()["channels"]
        kept = [name for name in shown if name not in self._built or name in change.new]
        self._built = dict(change.new)
        new = [lane.name for lane in made if lane.name not in kept]
        self._set_overlays([*others, *made], [*kept, *new])
        for lane in made:
            if lane.name in new:
                self._scale_added(lane)

    def _restored(self, added: Mapping[str, Any]) -> list[Lane]:
        """Return the lanes of the signals that a view describes."""
        known = {
            lane.name: lane.channel for lane in self._lanes.lanes if lane.name not in self._built
        }
        made: list[Lane] = []
        for name, recipe in added.items():
            ink = FIRST_INK + len(made)
            made.append(lane_of_recipe(name, recipe, self.recording, known, ink))
            known[name] = made[-1].channel
        return made

    def _describe_added(self, name: str, recipe: dict[str, Any] | None) -> None:
        if recipe is not None:
            self._built[name] = recipe
            self.added = dict(self._built)

    def _scale_added(self, lane: Lane) -> None:
        if lane.style == "stages":
            self.scales[lane.name] = (min(STAGES.values()) - 0.6, max(STAGES.values()) + 0.6)
        elif lane.style == "spectrogram":
            self.scales[lane.name] = lane.options["band"]

    def _lost(self) -> set[str]:
        """Return the names of signals that a view cannot keep."""
        lost = {lane.name for lane in self._extra if lane.name not in self._built}
        for name, recipe in self._built.items():
            if recipe.get("lane") in lost or recipe.get("spectrogram") in lost:
                lost.add(name)
        return lost

    def _without_lost(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return properties of a view without signals that it cannot keep."""
        lost = self._lost()
        kept = dict(values)
        if lost:
            for name, value in values.items():
                if isinstance(value, dict) and name != "layer_colors":
                    kept[name] = {
                        key: one
                        for key, one in value.items()
                        if key not in lost and not (name == "overlaid" and one in lost)
                    }
            kept["channels"] = [name for name in values["channels"] if name not in lost]
        return kept

    def _warn_of_lost(self) -> None:
        lost = sorted(self._lost())
        if lost:
            names = ", ".join(map(repr, lost))
            msg = (
                f"the view does not keep {names}, which cannot be made again from channels of the "
                "recording; add them again to a viewer that is restored from it"
            )
            warnings.warn(msg, stacklevel=3)

    def add_signal(
        self,
        signal: Any,
        name: str | None = None,
        *,
        lane: str | None = None,
        style: str = "line",
        fs: float | None = None,
        times: Any = None,
        start: float = 0.0,
        units: str = "",
        epoch_s: float | None = None,
    ) -> str:
        """Show a signal that is no channel of the recording; returns the name of its lane.

        Parameters
        ----------
        signal : Channel, array, or result
            A channel, also of another recording or a lazy one (``vw.analysis.lazy``); an array
            with ``fs`` or ``times``. For ``style="stages"``, sleep stages as texts, one of each
            epoch, or annotations such as "Sleep stage N2". For ``style="ribbon"``, the quality of
            a signal, stretches, or a mask of True (usable) and False with ``fs``.
        name : str, optional
            Name of the lane. Default: that of the channel, or of the style.
        lane : str, optional
            The lane in which it is drawn, by name. Default: a lane of its own.
        style : {"line", "stages", "ribbon"}
            A trace; steps with the names of the stages; a band at the lower edge of the lane that
            is green where the signal is usable and orange elsewhere.
        fs : float, optional
            Sampling rate of an array in Hz.
        times : array-like of float, optional
            Times of the values in seconds from the start of the recording.
        start : float
            Time of the first value or epoch in seconds.
        units : str
            Units of an array.
        epoch_s : float, optional
            Length of an epoch of stages in seconds. Default: 30, or the shortest annotation.

        Notes
        -----
        `view` keeps the channels of the recording and their sums, such as
        ``rec["C3"] - rec["A2"]``, and spectrograms. It does not keep arrays, stages and masks.

        Examples
        --------
        >>> import numpy as np
        >>> import vital_widgets as vw
        >>> viewer = vw.Viewer(vw.sample(60, seed=1))
        >>> viewer.add_signal(np.zeros(240), "trend", fs=4, units="mV", lane="ECG")
        'trend'
        >>> viewer.add_signal(["W", "N1"], style="stages")
        'stages'
        """
        if style not in STYLES:
            accepted = ", ".join(map(repr, STYLES))
            raise InvalidInputError(f"style={style!r} is unknown; give one of {accepted}")
        if style == "stages":
            channel = stages_channel(signal, epoch_s, start)
        elif style == "ribbon" and not isinstance(signal, Channel):
            channel = mask_channel(signal, self.recording.duration, fs, start)
        else:
            shown = name or getattr(signal, "name", None) or "signal"
            channel = signal_channel(signal, shown, fs=fs, times=times, start=start, units=units)
        channel.wait()
        self._show_overlay(channel, name or channel.name, style, lane or "")
        return name or channel.name

    def add_spectrogram(
        self,
        channel: str,
        name: str | None = None,
        *,
        band: tuple[float, float] | None = None,
        window_s: float = 4.0,
        **options: Any,
    ) -> str:
        """Show the spectrogram of a channel in a lane of its own; returns the name of the lane.

        What is seen is computed in the background, as by `vital_widgets.analysis.spectrogram`. A
        column is half a window long, longer where the recording has more than 16,384 of them;
        colours cover the 5th to the 99.5th percentile of the power density in dB in parts that are
        evenly distributed over the recording, at most 60 dB.

        Parameters
        ----------
        channel : str
            Name of a lane.
        name : str, optional
            Name of the new lane. Default: that of the channel with "spectrogram".
        band : (float, float), optional
            Frequencies in Hz. Default: 0 to 30 Hz, or to half the sampling rate.
        window_s : float
            Length of a window in seconds; frequencies are ``1 / window_s`` apart.
        **options
            Other parameters of `vital_widgets.analysis.spectrogram`, such as ``method``.
        """
        known = self._lane_channels()
        if text("channel", channel, "ECG") not in known:
            listed = ", ".join(map(repr, known))
            raise UnknownChannelError(f"unknown channel {channel!r}; available: {listed}")
        source = known[channel]
        window_s = number("window_s", window_s, "a length in seconds, such as 4")
        if not 4 / source.fs <= window_s <= self.recording.duration:
            msg = (
                f"window_s={window_s!r} must be from 4 samples ({4 / source.fs:g} s) to the length "
                f"of the recording ({self.recording.duration:g} s)"
            )
            raise InvalidInputError(msg)
        whole = (0.0, min(HIGHEST, source.fs / 2))
        low, high = whole if band is None else pair("band", band, "two frequencies in Hz")
        if not 0 <= low < high <= source.fs / 2:
            msg = f"band={band!r} must be two frequencies from 0 to {source.fs / 2:g} Hz, in order"
            raise InvalidInputError(msg)
        shown = text("name", name or f"{channel} spectrogram", "spectrogram")
        ink = FIRST_INK + len(self._extra)
        given = {"band": (low, high), "window_s": window_s, **options}
        lane = spectrogram_lane(source, shown, ink, self._lanes.names, given)
        self._set_overlays([*self._extra, lane], [*self.trait_values()["channels"], shown])
        self._describe_added(shown, as_recipe({"spectrogram": channel, **given}))
        self._scale_added(lane)
        return shown

    def _add_overlays(self, overlays: Any) -> None:
        """Show what a new viewer is given; if this fails, it is closed."""
        try:
            self._add_each(overlays)
        except BaseException:
            widget: Any = self
            widget.close()
            raise

    def _add_each(self, overlays: Any) -> None:
        if hasattr(overlays, "items"):
            for name, one in overlays.items():
                options = dict(one) if isinstance(one, dict) else {"signal": one}
                self.add_signal(options.pop("signal", None), name, **options)
        else:
            for one in overlays if isinstance(overlays, (list, tuple)) else [overlays]:
                self.add_signal(one)

    def remove_signal(self, name: str) -> None:
        """Remove a signal that `add_signal` has added."""
        kept = [lane for lane in self._extra if lane.name != name]
        if len(kept) == len(self._extra):
            known = ", ".join(repr(lane.name) for lane in self._extra) or "none"
            raise UnknownChannelError(f"no signal {name!r} was added; added: {known}")
        self._built.pop(name, None)
        self._set_overlays(kept, [one for one in self.trait_values()["channels"] if one != name])
        self.added = dict(self._built)

    def _show_overlay(self, channel: Channel, name: str, style: str, host: str) -> None:
        known = self._lanes.names
        text("name", name, "trend")
        if host and host not in known:
            listed = ", ".join(map(repr, known))
            raise UnknownChannelError(f"lane={host!r} is unknown; available: {listed}")
        ink = FIRST_INK + len(self._extra)
        lane = overlay_lane(channel, name, style, host, ink, known)
        self._set_overlays([*self._extra, lane], [*self.trait_values()["channels"], name])
        self._describe_added(name, recipe_of(channel, self.recording, style, host))
        self._scale_added(lane)

    def _set_overlays(self, extra: list[Lane], names: list[str]) -> None:
        session = self.__dict__.get("_session")
        if session is None:
            msg = "the viewer was closed; create it again with vital_widgets.Viewer(recording)"
            raise InvalidInputError(msg)
        widget: Any = self
        with self._lane_lock:
            before, self._extra = self._extra, extra
            try:
                self._lanes = self._lanes_with(*self._applied)
            except BaseException:
                self._extra = before  # what cannot be shown changes nothing
                raise
            session.show(self._lanes, names)
            with widget.hold_sync():
                self._describe()
                self.set_trait("channels", names)
            self._show_work(session)
        if all(task.ended for task in session.signals.tasks()):
            self._picture()

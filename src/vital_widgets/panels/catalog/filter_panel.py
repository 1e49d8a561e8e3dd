"""A filter: its design, its response, and the signal before and after it."""

from __future__ import annotations

import weakref
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.lazy import lazy
from vital_widgets.analysis.engine.result import quantity
from vital_widgets.analysis.engine.store import store
from vital_widgets.analysis.signal.filters.design import comb, design_filter, notch
from vital_widgets.analysis.signal.filters.filter import HALF_POWER_DB
from vital_widgets.analysis.signal.filters.filter_signal import filter_signal
from vital_widgets.core.signalkind import signal_kind
from vital_widgets.errors import InvalidInputError, VitalError
from vital_widgets.panels.catalog.filter_picture import (
    filter_layout,
    filter_sentence,
    filter_traces,
    settled,
)
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.panelplaces import NothingToAnalyseError
from vital_widgets.panels.parameters import channel, choice, number, switch
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View
from vital_widgets.runtime.tasks import TaskState

if TYPE_CHECKING:
    from vital_widgets.analysis.signal.filters.filter import Filter as Designed
    from vital_widgets.core.channel import Channel
    from vital_widgets.core.recording import Recording
    from vital_widgets.panels.panelplaces import Place
    from vital_widgets.runtime.tasks import Task

TYPES = {
    "Butterworth": "butterworth", "Chebyshev I": "chebyshev1", "Chebyshev II": "chebyshev2",
    "Elliptic": "elliptic", "Bessel": "bessel", "FIR (Kaiser)": "fir", "Notch": "notch",
    "Notch with harmonics": "comb",
}  # fmt: skip
BANDS = {
    "Band-pass": "bandpass", "High-pass": "highpass", "Low-pass": "lowpass",
    "Band-stop": "bandstop",
}  # fmt: skip
# Hz. ECG: the band of monitors, for rhythm and heart rate; the shape of QRS and ST needs 0.05 to
# 150 Hz (Kligfield et al. 2007). EEG, EOG, EMG in sleep: AASM manual.
USUAL = {
    "ECG": (0.5, 40.0), "EEG": (0.3, 35.0), "EOG": (0.3, 35.0), "EMG": (10.0, 100.0),
    "PPG": (0.5, 8.0), "respiration": (0.05, 1.0),
}  # fmt: skip
HIGHEST = 0.4  # of the sampling rate: the usual upper cutoff is at most there
IN_MEMORY = 1 << 26  # samples of a result: 0.5 GB
FREQUENCIES = 1200
EDGES = ("lowcut", "highcut", "freq")  # of a design, in Hz
MAINS = (50.0, 60.0)


class Filter(Panel):
    """Design a filter, see its response and the signal before and after, and use it.

    Attributes
    ----------
    channel : str
        Name of the channel.
    ftype : str
        As for `design_filter`, or "notch" or "comb".
    btype : str
        "bandpass", "highpass", "lowpass" or "bandstop".
    lowcut, highcut : float or None
        Cutoffs in Hz; None for the usual ones of the kind of signal.
    order : int or None
        None for that of the library.
    ripple, attenuation : float or None
        In dB, of the families that have them.
    mains, q : float
        Frequency in Hz and quality of a notch.
    zero_phase : bool
        Whether the filter runs forwards and backwards.
    logarithmic : bool
        Whether the frequency axis of the response is logarithmic.
    live : bool
        Whether the viewer shows the filtered signal in the lane of the channel.
    """

    title = "Filter"
    plot_height = 520
    addable = True
    buttons = MappingProxyType(
        {"To disk": ("to_disk", "filter the whole channel in the background: panel.stored")}
    )

    channel = channel(("ECG", "EEG", "PPG"), "Channel")
    ftype = choice(
        "butterworth", TYPES, "Kind",
        "Oppenheim and Schafer 2010; Butterworth has the flattest pass band, FIR a linear phase",
    )  # fmt: skip
    btype = choice("bandpass", BANDS, "Band", "not used by a notch")
    lowcut = number(
        None, 1e-4, 1e5, "From", "lower cutoff; usual: EEG 0.3 Hz (AASM), ECG 0.5 Hz for rhythm; "
        "for ST 0.05 Hz, or 0.67 Hz with zero phase (AHA, Kligfield 2007)",
        unit="Hz", empty="usual",
    )  # fmt: skip
    highcut = number(
        None, 1e-4, 1e5, "To", "upper cutoff; usual: EEG 35 Hz (AASM), ECG 40 Hz for rhythm; for "
        "amplitudes and intervals 150 Hz (AHA, Kligfield 2007)",
        unit="Hz", empty="usual",
    )  # fmt: skip
    order = number(None, 1, 1 << 20, "Order", "of the prototype", empty="usual", whole=True)
    ripple = number(
        None, 0.001, 20, "Ripple", "of Chebyshev I and elliptic", unit="dB", empty="usual"
    )
    attenuation = number(
        None, 1, 200, "Attenuation", "of Chebyshev II, elliptic and FIR", unit="dB", empty="usual"
    )
    mains = number(50.0, 1, 1e5, "Notch at", "that of the mains: 50 or 60", unit="Hz")
    q = number(30.0, 0.5, 1000, "Notch quality", "its frequency over its width at -3 dB")
    zero_phase = switch(
        default=True,
        label="Zero phase",
        tip="forwards and backwards: no delay, the squared magnitude",
    )
    logarithmic = switch(default=True, label="Logarithmic frequency", drawing=True)
    live = switch(
        default=False,
        label="Live in the viewer",
        tip="the filtered signal over that of the file, in the same lane",
        drawing=True,
    )

    _live_name = ""
    _live_key: Any = None
    stored: Recording | None = None

    def script(self, place: Place, chosen: Any) -> dict[str, Step]:
        """Return the filtered signal, the response of the filter, and the signal before."""
        if not chosen.channel:
            raise NothingToAnalyseError("choose a channel")
        source = self.recording[chosen.channel]
        n = round(min(place.seconds * source.fs, source.n_samples))
        if n > IN_MEMORY:
            raise InvalidInputError(
                f"{chosen.channel!r} has {n:,} samples here, which would fill the memory; use the "
                "button 'To disk', or choose a shorter part"
            )
        function, values = self._design(chosen)
        made = call(function, name="design", **values)
        signal = place.channel(chosen.channel)
        filtered = call(
            filter_signal, signal, filter=made, zero_phase=chosen.zero_phase, name="filtered",
            **place.usable,
        )  # fmt: skip
        more = {"zero_phase": True} if chosen.zero_phase else {}
        response = made.method("response", FREQUENCIES, **more, name="response")
        return {"filtered": filtered, "response": response, "design": made, "signal": signal}

    def _design(self, chosen: Any) -> tuple[Any, dict[str, Any]]:
        """Return the function that designs the filter, and its arguments."""
        source = self.recording[chosen.channel]
        fs = source.fs
        if chosen.ftype in ("notch", "comb"):
            function = notch if chosen.ftype == "notch" else comb
            return function, {"freq": chosen.mains, "q": chosen.q, "fs": fs}
        usual = USUAL.get(signal_kind(source.name, source.units), (fs / 500, fs / 5))
        low = usual[0] if chosen.lowcut is None else chosen.lowcut
        high = chosen.highcut
        if high is None:
            high = usual[1] if usual[1] < fs * HIGHEST else float(f"{fs * HIGHEST:.3g}")
            if high <= low:
                high = float(f"{(low + fs / 2) / 2:.3g}")
        design = {"ftype": chosen.ftype, "btype": chosen.btype}
        design |= {} if chosen.btype == "lowpass" else {"lowcut": low}
        design |= {} if chosen.btype == "highpass" else {"highcut": high}
        for name, kinds in {
            "ripple": ("chebyshev1", "elliptic"),
            "attenuation": ("chebyshev2", "elliptic", "fir"),
        }.items():
            if chosen.ftype in kinds:
                design[name] = getattr(chosen, name)
        return design_filter, {**design, "order": chosen.order, "fs": fs}

    def draw(self, result: Any, chosen: Any) -> View:
        """Return the signal before and after, the gain, and the phase and delay."""
        units = result.filtered.units or "units"
        traces = filter_traces(result, chosen)
        layout = filter_layout(chosen, result.response, f"{chosen.channel} ({units})")
        return View(traces, layout, self._rows(result, chosen), filter_sentence(result), times="x")

    def _rows(self, result: Any, chosen: Any) -> list[tuple[str, str]]:
        response, design = result.response, result.design
        runs = chosen.zero_phase
        rows = [
            ("-3 dB at", ", ".join(f"{f:.4g} Hz" for f in response.half_power)),
        ]
        marks = [one for key in EDGES if (one := design.design.get(key)) is not None]
        mains = [one for one in MAINS if one < design.fs / 2 and one not in marks]
        rows += [(f"gain at {at:g} Hz", _decibels(design, at, zero_phase=runs)) for at in marks]
        rows += [
            (f"gain at {at:g} Hz (mains)", _decibels(design, at, zero_phase=runs)) for at in mains
        ]
        rows.append(("ringing", f"{quantity(settled(response), 's', 3)} to 0.1 %"))
        if not runs:
            passed = response.group_delay[response.magnitude_db > HALF_POWER_DB]
            known = passed[np.isfinite(passed)]
            if len(known):
                rows.append(("largest delay", quantity(known.max(), "s", 3)))
        return [("measure", "value"), *rows]

    # What is done with the filter ----------------------------------------------------------

    def design(self) -> Designed:
        """Return the filter that the parameters describe."""
        function, values = self._design(self.chosen())
        designed: Designed = function(**values)
        return designed

    def derived(self) -> Channel:
        """Return the filtered channel of the whole recording, computed where it is read."""
        name = self._known_channel()
        return lazy(
            filter_signal, self.recording[name], filter=self.design(), zero_phase=self.zero_phase,
            name=f"{name} filtered",
        )  # fmt: skip

    def _known_channel(self) -> str:
        if not self.channel:
            raise InvalidInputError("no channel is chosen; set panel.channel = 'ECG'")
        return str(self.channel)

    def add_to_recording(self, name: str | None = None) -> str:
        """Show the filtered signal as a channel of its own in the viewer.

        Parameters
        ----------
        name : str, optional
            Of the lane; by default it tells the filter.

        Returns
        -------
        str
            The name of the lane.

        Raises
        ------
        InvalidInputError
            The panel has no viewer: `derived` returns the channel, for a recording such as
            ``vw.Recording("mine", [*rec.channels.values(), panel.derived()])``.
        """
        made = self.derived()
        if self.viewer is None:
            raise InvalidInputError(
                "this panel has no viewer that could show the channel; make a recording with it: "
                "vw.Recording('mine', [*rec.channels.values(), panel.derived()])"
            )
        return self.viewer.add_signal(made, name or f"{self.channel}: {self.design().name}")

    def to_disk(self) -> str:
        """Filter the whole channel in the background; `stored` is then the recording of it."""
        name = self._known_channel()
        task: Task[Recording] = store(
            filter_signal, self.recording[name], filter=self.design(), zero_phase=self.zero_phase
        )
        self.stored_task = task
        self._frame.follow(task)
        panel = weakref.ref(self)

        def ended(changed: Task[Recording]) -> None:
            shown = panel()
            if shown is not None and changed.state is TaskState.DONE:
                shown.stored = changed.result()

        task.listen(ended)
        return f"filtering all of {name!r} in the background; the result will be panel.stored"

    def close(self) -> None:
        """Close the panel; the filtered signal is no longer shown in the viewer."""
        closed = self.__dict__.get("_closed", True)
        super().close()
        if self._live_name and not closed and self.viewer is not None:
            with suppress(VitalError):  # the viewer was closed before
                self.viewer.remove_signal(self._live_name)

    def update(self) -> None:
        """Compute and show the result, also in the viewer if it is shown there."""
        super().update()
        self._show_live()

    def redraw(self) -> None:
        """Draw again, and show the filtered signal in the viewer or not."""
        super().redraw()
        self._show_live()

    def _show_live(self) -> None:
        viewer = self.viewer
        if viewer is None or self._closed:
            return
        key = None
        if self.live and self.channel:
            try:
                key = (self.channel, self.zero_phase, self.design().key)
            except VitalError:
                return  # the panel tells it
        if key == self._live_key:
            return
        if self._live_name:
            viewer.remove_signal(self._live_name)
            self._live_name = ""
        if key is not None:
            self._live_name = viewer.add_signal(
                self.derived(), f"{self.channel} filtered", lane=self.channel
            )
        self._live_key = key


def _decibels(design: Designed, at: float, *, zero_phase: bool) -> str:
    return f"{float(design.decibels(at, zero_phase=zero_phase)):.1f} dB"

"""Two signals, or two devices: delay, drift of the clocks, agreement."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from vital_widgets.analysis.compare.agreement import bland_altman
from vital_widgets.analysis.compare.clock import ClockDrift, beat_delay, clock_drift
from vital_widgets.analysis.compare.clock_correction import correct_clock, same_times
from vital_widgets.analysis.compare.delay import Delay, signal_delay
from vital_widgets.analysis.compare.matching import match_beats
from vital_widgets.analysis.engine.result import quantity
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.figures import theme
from vital_widgets.panels.channelguess import guessed_channel
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.panelplaces import NothingToAnalyseError
from vital_widgets.panels.parameters import channel as channel_name
from vital_widgets.panels.parameters import choice, number
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View
from vital_widgets.widgets.given import given_recording
from vital_widgets.widgets.link import Link, link
from vital_widgets.widgets.viewer import Viewer

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from vital_widgets.core.channel import Channel
    from vital_widgets.core.recording import Recording
    from vital_widgets.panels.panelplaces import Place

MEASURES = {
    "Delay of the signals": "delay", "Delay of the beats": "beat delay",
    "Drift of the clocks": "drift", "Agreement of beat intervals": "intervals",
    "Agreement of the signals": "signals",
}  # fmt: skip
WITHOUT_STRETCHES = {
    "beat delay": "the delay of the beats", "drift": "the drift of the clocks",
    "signals": "the agreement of the signals",
}  # fmt: skip
POINTS = 3000  # that are shown one by one; more as a picture of their density
CELLS = 80


class Compare(Panel):
    """Compare two channels of one recording, or of two recordings.

    Parameters
    ----------
    source : Viewer, Recording or path-like
        The first recording, or its viewer.
    other : Viewer, Recording or path-like, optional
        The second one; by default both channels are of the first.
    **given
        As for every panel.

    Attributes
    ----------
    channel, second : str
        Names of the two channels.
    measure : str
        "delay", "beat delay", "drift", "intervals" or "signals".
    max_delay_s, window_s : float or None
        Largest delay and length of a window in seconds; None for those of the method.
    tolerance_s : float
        Largest difference of two beats that are a pair, in seconds.
    corrected : Recording or None
        The second recording on the clock of the first, after `correct`.
    """

    title = "Compare"
    long_series = True
    buttons = MappingProxyType(
        {
            "Correct the second": (
                "correct",
                "its times on the clock of the first, by the delay or drift: panel.corrected",
            ),
            "Link the viewers": ("link", "both viewers show the same time"),
        }
    )

    channel = channel_name(("ECG", "PPG", "EEG"), "First")
    second = channel_name(("PPG", "ECG"), "Second")
    measure = choice(
        "delay", MEASURES, "Measure",
        "delay: cross-correlation; drift: patterns of beat intervals; agreement: Bland and Altman "
        "1986, 1999",
    )  # fmt: skip
    max_delay_s = number(
        None, 0.001, 86400, "Largest delay", "below half a period of rhythmic signals", unit="s",
        empty="usual",
    )  # fmt: skip
    window_s = number(None, 0.1, 7200, "Window", "of each delay", unit="s", empty="usual")
    tolerance_s = number(
        0.5, 0.01, 2, "Pairs within", "of beats whose intervals are compared", unit="s", step=0.05
    )

    def __init__(
        self,
        source: Viewer | Recording | str | os.PathLike[str],
        *,
        other: Viewer | Recording | str | os.PathLike[str] | None = None,
        **given: Any,
    ) -> None:
        self.other_viewer: Viewer | None = other if isinstance(other, Viewer) else None
        self.other: Recording | None = None
        if other is not None:
            self.other = other.recording if isinstance(other, Viewer) else given_recording(other)
        self.corrected: Recording | None = None
        self.linked: Link | None = None
        super().__init__(source, **given)

    @property
    def settings(self) -> dict[str, Any]:
        """All that is needed to show the same again; ``other`` is the path of the second file."""
        kept = super().settings
        if self.other is not None:
            kept["other"] = str(Path(self.other.path).absolute()) if self.other.path else ""
        return kept

    @settings.setter
    def settings(self, settings: Mapping[str, Any]) -> None:
        self._take(settings)

    def _take(self, settings: Mapping[str, Any]) -> None:
        """Take settings; the second recording first, whose channels they name."""
        kept, wanted = settings, None
        if isinstance(settings, dict):
            kept = {name: one for name, one in settings.items() if name != "other"}
            wanted = settings.get("other")
        before = self.other
        self.other = self._other_of(wanted)
        try:
            super()._take(kept)
        except BaseException:
            opened, self.other = self.other, before
            if opened is not None and opened is not before:
                opened.close()
            raise
        if self.other is not before:
            self.other_viewer = None
            self.update()

    def _other_of(self, wanted: Any) -> Recording | None:
        """Return the second recording that settings name: the present one, or that of a file."""
        if wanted is None:
            return None
        if not isinstance(wanted, str):
            raise InvalidInputError(f"other={wanted!r} is not the path of a recording")
        if self.other is not None and wanted == self.settings["other"]:
            return self.other
        if not wanted:
            raise InvalidInputError(
                "this comparison was saved with a second recording in memory; make the panel with "
                "it: vw.panels.Compare(rec, other=second)"
            )
        name = Path(wanted.replace("\\", "/")).name
        moved = Path(self.recording.path).parent / name if self.recording.path else Path(wanted)
        return given_recording(wanted if Path(wanted).exists() or not moved.exists() else moved)

    def names_for(self, parameter: str) -> list[str]:
        """Return the names of channels that a parameter may take."""
        of = self.other if parameter == "second" and self.other is not None else self.recording
        return list(of)

    def known_channel(self, name: Any) -> str:
        """Return the name of a channel of either recording, or raise."""
        if self.other is not None and name in self.other:
            return str(name)
        return super().known_channel(name)

    @traitlets.validate("channel", "second")
    def _of_its_recording(self, proposal: Any) -> Any:
        """Return the name of a channel of the recording that the parameter is of, or raise."""
        name, value = proposal["trait"].name, proposal["value"]
        if value and value not in self.names_for(name):
            listed = ", ".join(map(repr, self.names_for(name)))
            which = "second" if name == "second" and self.other is not None else "first"
            raise UnknownChannelError(
                f"unknown channel {value!r} in the {which} recording; available: {listed}"
            )
        return value

    def _choose_channels(self, given: Mapping[str, Any]) -> None:
        own = given if self.other is None else {**given, "second": None}
        super()._choose_channels(own)
        if "second" in given:
            return
        if self.other is not None:
            same = self.channel if self.channel in self.other else None
            self.second = same or guessed_channel(self.other, ("ECG", "PPG", "EEG"))
        elif self.second == self.channel:
            self.second = next((one for one in self.recording if one != self.channel), None)

    def script(self, place: Place, chosen: Any) -> Step | dict[str, Step]:
        """Return the delay, the drift, or the agreement of the two channels."""
        if not chosen.second:
            raise NothingToAnalyseError("choose the second channel")
        first, second = place.channel(chosen.channel, "first"), self._second(place, chosen)
        usable = place.usable
        if chosen.measure in WITHOUT_STRETCHES:
            place.without_stretches(WITHOUT_STRETCHES[chosen.measure])
        limits = {
            name: value
            for name, value in (("max_delay_s", chosen.max_delay_s), ("window_s", chosen.window_s))
            if value is not None
        }
        if chosen.measure == "drift":
            limits = {
                key.replace("max_delay_s", "max_offset_s"): one for key, one in limits.items()
            }
            return call(clock_drift, first, second, name="drift", **limits)
        if chosen.measure == "beat delay":
            return call(beat_delay, first, second, name="delay", **limits)
        if chosen.measure == "intervals":
            pairs = call(
                match_beats, first, second, tolerance_s=chosen.tolerance_s, name="beats", **usable
            )
            intervals = pairs.method("intervals", name="intervals")
            agreement = call(
                bland_altman, intervals.item(0), intervals.item(1), units="ms", name="agreement"
            )
            return {"agreement": agreement, "beats": pairs}
        pair: list[Any] = [first, second]
        if not self._at_the_same_times(chosen):
            both = call(same_times, first, second, name="pair")
            pair = [both.item(0), both.item(1)]
        if chosen.measure == "signals":
            return call(bland_altman, *pair, name="agreement")
        return call(signal_delay, *pair, name="delay", **limits, **usable)

    def _second(self, place: Place, chosen: Any) -> Step:
        if self.other is None:
            return place.channel(chosen.second, "second")
        channel = self.other[chosen.second]  # raises in words for one of the first only
        rec = place.other(self.other)
        if place.t_range is None:
            return rec.item(channel.name, name="second")
        t0, t1 = (round(one, 6) for one in place.t_range)
        return rec.item(channel.name).method("between", t0, t1, name="second")

    def _at_the_same_times(self, chosen: Any) -> bool:
        of = self.recording if self.other is None else self.other
        a, b = self.recording[chosen.channel].timebase, of[chosen.second].timebase
        return a is b or (
            (a.fs, a.n_samples) == (b.fs, b.n_samples)
            and np.array_equal(a.starts, b.starts)
            and np.array_equal(a.onsets, b.onsets)
        )

    def draw(self, result: Any, chosen: Any) -> View:
        """Return delays over time, or the plot of Bland and Altman."""
        if isinstance(result, Delay):
            return _delays(result, chosen)
        if isinstance(result, ClockDrift):
            return _drift(result)
        if chosen.measure == "intervals":
            beats = result.beats
            said = f"{beats.tp:,} pairs of beats, {beats.fn:,} and {beats.fp:,} without a partner; "
            return _agreement(result.agreement, "beat interval", said)
        return _agreement(result, chosen.channel, "")

    # What is done with it ------------------------------------------------------------------

    def correct(self) -> str:
        """Put the second recording on the clock of the first; it is then in `corrected`."""
        result = self._settled_result()
        if self.other is None:
            raise InvalidInputError(
                "both channels are of one recording and have one clock; give the second device as "
                "other=: vw.panels.Compare(rec, other=second)"
            )
        if isinstance(result, ClockDrift):
            self.corrected = correct_clock(self.other, result)
            start = quantity(float(result.offsets[0]), "s", 5)
            return f"panel.corrected: offset {start}, {quantity(result.ppm, 'ppm')} taken out"
        if not isinstance(result, Delay) or not np.isfinite(result.delay):
            raise InvalidInputError("measure a delay or the drift of the clocks first")
        self.corrected = correct_clock(self.other, offset_s=result.delay)
        direction = "earlier" if result.delay >= 0 else "later"
        return f"panel.corrected: {quantity(abs(result.delay), 's', 5)} {direction}"

    def link(self) -> str:
        """Let the viewers of both recordings show the same time."""
        if self.viewer is None or self.other_viewer is None:
            raise InvalidInputError(
                "both recordings need a viewer: vw.panels.Compare(viewer, other=other_viewer)"
            )
        self.linked = link(self.viewer, self.other_viewer)
        return "the viewers move together; panel.linked.unlink() ends it"

    def with_corrected(self) -> Channel:
        """Return the second channel of `corrected`."""
        if self.corrected is None:
            raise InvalidInputError("nothing was corrected yet; call panel.correct()")
        return self.corrected[self.second]


def _delays(result: Delay, chosen: Any) -> View:
    delays = {
        "type": "scatter", "mode": "markers+lines", "name": "delay", "x": result.times,
        "y": result.delays, "marker": {"size": 5, "color": theme.COLORS[0]},
        "line": {"width": 1, "color": theme.COLORS[0]}, "text": np.round(result.correlation, 2),
        "hovertemplate": "%{x:.1f} s: %{y:.4f} s, correlation %{text}<extra></extra>",
    }  # fmt: skip
    correlation = {
        "type": "scatter", "mode": "lines", "name": "correlation", "x": result.times,
        "y": result.correlation, "yaxis": "y2", "line": {"width": 1, "color": theme.COLORS[6]},
    }  # fmt: skip
    layout = {
        "xaxis": {"title": {"text": "time (s)"}, "anchor": "y2"},
        "yaxis": {"title": {"text": "delay (s)"}, "domain": [0.42, 1]},
        "yaxis2": {"title": {"text": "correlation"}, "domain": [0, 0.32], "anchor": "x"},
        "shapes": [_level(result.delay)],
    }
    first = f"{chosen.second} comes {quantity(abs(result.delay), 's', 4)}"
    said = f"{first} {'later' if result.delay >= 0 else 'earlier'} than {chosen.channel}"
    rows = [("measure", "value"), *result._facts()]
    return View([delays, correlation], layout, rows, said, times="x")


def _drift(result: ClockDrift) -> View:
    windows = {
        "type": "scatter", "mode": "markers", "name": "windows", "x": result.anchor_times,
        "y": result.anchor_offsets, "marker": {"size": 5, "color": theme.COLORS[0]},
    }  # fmt: skip
    line = {
        "type": "scatter", "mode": "lines", "name": "line", "x": result.nodes, "y": result.offsets,
        "line": {"width": 1.5, "color": theme.COLORS[1]},
    }  # fmt: skip
    layout = {
        "xaxis": {"title": {"text": "time (s)"}},
        "yaxis": {"title": {"text": "second clock minus first (s)"}},
    }
    runs = "fast" if result.ppm >= 0 else "slow"
    said = f"the second clock runs {quantity(abs(result.ppm), 'ppm')} {runs}"
    return View([windows, line], layout, [("measure", "value"), *result._facts()], said, times="x")


def _agreement(result: Any, what: str, said: str) -> View:
    units = result.units or "units"
    many = len(result.means) > POINTS
    points: dict[str, Any] = {
        "type": "scatter", "mode": "markers", "name": "pairs", "x": result.means,
        "y": result.differences, "marker": {"size": 5, "color": theme.COLORS[0], "opacity": 0.5},
    }  # fmt: skip
    if many:
        counts, x, y = np.histogram2d(result.means, result.differences, bins=CELLS)
        points = {
            "type": "heatmap", "name": "pairs", "x": (x[:-1] + x[1:]) / 2,
            "y": (y[:-1] + y[1:]) / 2,
            "z": np.where(counts.T > 0, np.log10(np.maximum(counts.T, 1)), np.nan).astype("f4"),
            "colorscale": "Viridis", "showscale": False, "hoverongaps": False,
        }  # fmt: skip
    layout = {
        "xaxis": {"title": {"text": f"mean of both, {what} ({units})"}},
        "yaxis": {"title": {"text": f"second minus first ({units})"}},
        "shapes": [_level(result.bias), *(_level(v, "dash") for v in (result.lower, result.upper))],
    }
    rows = [("measure", "value"), *result._facts()]
    low, high = quantity(result.lower), quantity(result.upper, units)
    return View(
        [points], layout, rows, f"{said}bias {quantity(result.bias, units)}, limits {low} to {high}"
    )


def _level(value: float, dash: str = "solid") -> dict[str, Any]:
    return {
        "type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": value, "y1": value,
        "line": {"color": theme.COLORS[1], "width": 1.2, "dash": dash},
    }  # fmt: skip

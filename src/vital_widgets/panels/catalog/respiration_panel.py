"""Breathing: breaths, its rate over time, and apnoeas and hypopnoeas."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.result import quantity
from vital_widgets.analysis.respiration.breaths import breaths
from vital_widgets.analysis.respiration.derived_respiration import (
    ecg_derived_respiration,
    ppg_derived_respiration,
)
from vital_widgets.analysis.respiration.rate_fusion import fused_respiration_rate
from vital_widgets.analysis.respiration.respiration_rate import METHODS, respiration_rate
from vital_widgets.analysis.respiration.respiratory_events import APNOEA, respiratory_events
from vital_widgets.core.signalkind import signal_kind
from vital_widgets.errors import InvalidInputError
from vital_widgets.figures import theme
from vital_widgets.panels import parameters
from vital_widgets.panels.channelguess import guessed_channels
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.panelplaces import NothingToAnalyseError
from vital_widgets.panels.rows import Row, line, spread, stacked, with_holes
from vital_widgets.panels.screenpoints import screen_points
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vital_widgets.panels.panelplaces import Place

DERIVED = {"ECG": ecg_derived_respiration, "PPG": ppg_derived_respiration}
LONG, SHORT = 32.0, 16.0  # s, of windows; the shorter ones in places of less than two long ones
SHOWN_SECONDS = 600.0  # up to which the signal itself is shown; the viewer shows longer ones
EVENT_COLORS = {True: "rgba(213, 94, 0, 0.28)", False: "rgba(168, 122, 0, 0.22)"}
GREY = "rgba(128, 128, 128, 0.8)"


class Respiration(Panel):
    """Breaths, respiration rate and respiratory events; also derived from ECG and PPG.

    Attributes
    ----------
    channel : str
        Respiration signal; or an ECG or PPG, from which the rate is derived.
    derived_from : tuple of str
        ECG and PPG channels whose derived rate, fused, is shown as well.
    method : str
        Estimate of the rate of a respiration signal.
    window_s : float or None
        Length of the windows of the rate; None for 32 s, or 16 s in less than 64 s.
    polarity : str
        "up" if inspiration is upward, else "down".
    spo2 : str or None
        Oxygen saturation, by which hypopnoeas are confirmed.
    min_desaturation : float
        In percentage points.
    """

    title = "Respiration"
    addable = True
    long_series = True
    buttons = MappingProxyType(
        {"Add events": ("add_events", "keep apnoeas and hypopnoeas as annotations")}
    )

    channel = parameters.channel(
        ("respiration", "PPG", "ECG"),
        "Channel",
        "belt, impedance, airflow; from an ECG or PPG the rate is derived (Charlton 2018)",
    )
    derived_from = parameters.channels(
        (), "Also derived from", "ECG and PPG channels; their rates are fused (Karlen 2013)"
    )
    method = parameters.choice(
        "median",
        METHODS,
        "Rate by",
        "of a respiration signal; counting: Schäfer & Kratky 2008; others: Charlton 2016",
    )
    window_s = parameters.number(
        None, 10, 600, "Window", "of the rate (Karlen 2013: 32 s)", unit="s", empty="automatic"
    )
    polarity = parameters.choice(
        "up", {"inspiration up": "up", "inspiration down": "down"}, "Polarity"
    )
    spo2 = parameters.channel(
        ("SpO2",), "SpO2", "a hypopnoea then needs a desaturation (AASM)", empty="none"
    )
    min_desaturation = parameters.number(
        3.0, 1, 10, "Desaturation", "of a hypopnoea: 3 or 4 (AASM, Berry 2012)", unit="points",
        step=1,
    )  # fmt: skip

    def _choose_channels(self, given: Mapping[str, Any]) -> None:
        super()._choose_channels(given)
        if "spo2" not in given:
            self.spo2 = next(iter(guessed_channels(self.recording, ("SpO2",))), None)

    def script(self, place: Place, chosen: Any) -> dict[str, Step]:
        """Return breaths, rates and events, or the rate that is derived from the heartbeat."""
        if not chosen.channel:
            raise NothingToAnalyseError("choose a channel")
        window = chosen.window_s or (LONG if place.seconds >= 2 * LONG else SHORT)
        windows: dict[str, Any] = {"window_s": window, "step_s": window / 4}
        of_heart = [chosen.channel, *chosen.derived_from]
        made: dict[str, Step] = {}
        if self._kind(chosen.channel) not in DERIVED:
            of_heart = of_heart[1:]
            signal = place.channel(chosen.channel)
            made["breaths"] = call(
                breaths, signal, polarity=chosen.polarity, name="breaths", **place.usable
            )
            made["rate"] = call(
                respiration_rate, signal, method=chosen.method, name="rate", **windows,
                **place.usable,
            )  # fmt: skip
            saturation = (
                place.channel(self._saturation(chosen.spo2), "spo2") if chosen.spo2 else None
            )
            points = chosen.min_desaturation if chosen.spo2 else 3.0
            made["events"] = call(
                respiratory_events, signal, spo2=saturation, min_desaturation=points,
                name="events", **place.usable,
            )  # fmt: skip
        derived = []
        for k, name in enumerate(dict.fromkeys(of_heart)):
            function = DERIVED.get(self._kind(name))
            if function is None:
                raise InvalidInputError(
                    f"respiration cannot be derived from {name!r}; choose ECG or PPG channels"
                )
            heart = place.channel(name, f"heart{k + 1}" if k else "heart")
            derived.append(call(function, heart, name=f"derived{k + 1}", **windows, **place.usable))
        if derived:
            made["fused"] = call(fused_respiration_rate, derived, name="fused")
            made |= {step.name: step for step in derived}
        return made

    def _kind(self, name: str) -> str:
        return signal_kind(name, self.recording[name].units)

    def _saturation(self, name: str) -> str:
        units = self.recording[name].units
        if self._kind(name) != "SpO2" and units != "%":
            raise InvalidInputError(
                f"{name!r} ({units or 'no units'}) is no oxygen saturation; choose a channel in %, "
                "or none"
            )
        return name

    def draw(self, result: Any, chosen: Any) -> View:
        """Return the signal with its breaths, the rates, the amplitude with the events."""
        parts = result.items()
        rows: list[tuple[Row, list[dict[str, Any]]]] = []
        signal = self._signal(parts, chosen)
        if signal:
            rows.append((Row(self.recording[chosen.channel].units or "units", 130), signal))
        rows.append((Row("breaths/min", 170), _rates(parts)))
        events = parts.get("events")
        if events is not None and np.isfinite(events.amplitude).any():
            rows.append((Row("amplitude", 110, y={"rangemode": "tozero"}), _amplitude(events)))
        traces, layout = stacked(rows)
        layout |= {"shapes": _shapes(events), "showlegend": len(_rates(parts)) > 1}
        return View(traces, layout, _table(parts), _sentence(parts), times="x")

    def _signal(self, parts: dict[str, Any], chosen: Any) -> list[dict[str, Any]]:
        """Return the signal with the start and the end of each inspiration."""
        found = parts.get("breaths")
        if found is None or not len(found) or found.end[-1] - found.onset[0] > SHOWN_SECONDS:
            return []
        channel = self.recording[chosen.channel]
        pad = float(np.median(found.total_time))
        part = channel.between(found.onset[0] - pad, found.end[-1] + pad)
        t, x = screen_points(part.read, part.timebase)
        marks = np.concatenate([found.onset, found.end_inspiration])
        inhaled = np.repeat([False, True], len(found))
        return [
            line(str(chosen.channel), t, x, GREY, showlegend=False),
            {
                "type": "scatter", "mode": "markers", "name": "breaths", "x": marks,
                "y": np.interp(marks, t, x), "showlegend": False,
                "text": np.where(inhaled, "end of inspiration", "start of inspiration"),
                "marker": {
                    "size": 6,
                    "symbol": np.where(inhaled, "triangle-down", "triangle-up"),
                    "color": np.where(inhaled, theme.COLORS[1], theme.COLORS[0]),
                },
            },
        ]  # fmt: skip

    def add_events(self) -> str:
        """Keep the apnoeas and hypopnoeas with the recording, as annotations."""
        self._settled_result()
        events = self.results.get("events")
        if events is None:
            raise InvalidInputError("events need a respiration signal; choose one as the channel")
        if not len(events):
            return "there are no events to keep"
        return f"kept in the recording as {self.recording.annotations.add_result(events)!r}"


def _rates(parts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rate of each breath, of windows, and the one that is derived."""
    lines: list[dict[str, Any]] = []
    if "breaths" in parts:
        one = parts["breaths"]
        middle = (one.onset + one.end) / 2
        x, y = with_holes(middle, one.rate, one.stretch)
        lines.append(
            {
                "type": "scatter", "mode": "lines+markers", "name": "each breath", "x": x, "y": y,
                "line": {"width": 1, "color": "rgba(128, 128, 128, 0.5)"}, "marker": {"size": 3},
            }
        )  # fmt: skip
    for name, label, color in (("rate", "windows", 0), ("fused", "derived", 1)):
        if name in parts and parts[name].enough:
            one = parts[name]
            lines.append(line(label, one.times, one.rate, theme.COLORS[color], width=2))
    return lines


def _amplitude(events: Any) -> list[dict[str, Any]]:
    return [
        line("amplitude", events.times, events.amplitude, theme.COLORS[2], showlegend=False),
        line("baseline", events.times, events.reference, GREY, showlegend=False),
    ]


def _shapes(events: Any) -> list[dict[str, Any]]:
    if events is None:
        return []
    return [
        {
            "type": "rect", "x0": float(onset), "x1": float(onset + seconds), "y0": 0, "y1": 1,
            "yref": "paper", "fillcolor": EVENT_COLORS[kind == APNOEA], "line": {"width": 0},
            "layer": "below",
        }
        for onset, seconds, kind in zip(events.onset, events.duration, events.kind, strict=True)
    ]  # fmt: skip


def _table(parts: dict[str, Any]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("measure", "median or count", "quartiles", "unit")]

    def add(label: str, values: Any, unit: str) -> None:
        middle, quartiles = spread(values)
        if middle:
            rows.append((label, middle, quartiles, unit))

    if "breaths" in parts:
        found = parts["breaths"]
        add("rate, each breath", found.rate, "breaths/min")
        add("rate, windows", parts["rate"].rate, "breaths/min")
        add("inspiratory time", found.inspiratory_time, "s")
        add("expiratory time", found.expiratory_time, "s")
        add("I:E", found.ie_ratio, "")
        add("duty cycle", found.duty_cycle, "")
        add("amplitude", found.amplitude, found.units)
    if "fused" in parts:
        add("rate, derived", parts["fused"].rate, "breaths/min")
        add("agreement of modulations", parts["fused"].agreement, "")
    if "events" in parts:
        events = parts["events"]
        for kind, index in (("apnoeas", "apnoea_index"), ("hypopnoeas", "hypopnoea_index")):
            count = int(np.sum(events.kind == kind.removesuffix("s")))
            rows.append((kind, f"{count:,}", quantity(getattr(events, index), "per hour", 3), ""))
        add("duration of events", events.duration, "s")
        add("desaturation", events.desaturation, "points")
    return rows


def _sentence(parts: dict[str, Any]) -> str:
    said = []
    if "breaths" in parts:
        said.append(f"{len(parts['breaths']):,} breaths")
        rate = spread(parts["breaths"].rate)[0]
        said.append(f"{rate} breaths/min" if rate else "no rate")
    if "fused" in parts:
        rate = spread(parts["fused"].rate)[0]
        said.append(f"derived: {rate} breaths/min" if rate else "no derived rate")
    if "events" in parts and len(parts["events"]):
        said.append(f"{len(parts['events']):,} events, {parts['events'].ahi:.1f} per hour")
    return ", ".join(said)

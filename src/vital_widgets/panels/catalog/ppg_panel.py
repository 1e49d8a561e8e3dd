"""The pulse wave: peaks, rate, shape, perfusion, oxygen ratio and delays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.ecg.averaged_beat import averaged_beat
from vital_widgets.analysis.engine.result import quantity
from vital_widgets.analysis.ppg.fiducials import MIN_RATE, ppg_fiducials
from vital_widgets.analysis.ppg.oximetry import ratio_of_ratios
from vital_widgets.analysis.ppg.perfusion import perfusion_index
from vital_widgets.analysis.ppg.ppg_peaks import ppg_peaks
from vital_widgets.analysis.ppg.transit import pulse_arrival_time, pulse_transit_time
from vital_widgets.core.signalkind import signal_kind
from vital_widgets.figures import theme
from vital_widgets.panels import parameters
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.rows import Row, axes_of, layout_of, spread, with_holes
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from vital_widgets.panels.panelplaces import Place

BEFORE, AFTER = 0.35, 0.75  # s around the systolic peak
POINTS = ("onset", "foot", "peak", "notch", "diastolic")
BAND = "rgba(0, 114, 178, 0.25)"
# Measures of the table and of the plot over time: label and unit; "" is that of the signal.
MEASURES = {
    "amplitude": ("amplitude", ""),
    "crest_time_s": ("crest time", "s"),
    "width_50_s": ("width at half height", "s"),
    "reflection_index": ("reflection index", "1"),
    "augmentation_index": ("augmentation index", "1"),
    "ipa": ("area ratio (IPA)", "1"),
    "delta_t_s": ("systolic to diastolic peak", "s"),
    "stiffness_index_m_s": ("stiffness index", "m/s"),
    "agi": ("ageing index", "1"),
}


class PPG(Panel):
    """Pulses of a photoplethysmogram: rate, averaged pulse, measures of shape, perfusion, delays.

    Attributes
    ----------
    channel : str
        Photoplethysmogram, or arterial pressure.
    method : str
        The detector: "msptd", "slope-sum" or "two-averages".
    polarity : str
        "auto", "up" or "down".
    delay_from : str or None
        An ECG for pulse arrival times, or the pulse wave at another site for transit times.
    infrared : str or None
        The channel of infrared light, if ``channel`` is that of red light, for the ratio of
        ratios.
    calibration : str or None
        "textbook" for an uncalibrated saturation, None for none.
    height_m : float or None
        Height of the person in m, for the stiffness index.
    measure : str
        Measure of each pulse that is shown over time.
    """

    title = "PPG"
    addable = True
    long_series = True

    channel = parameters.channel(("PPG", "pressure"), "Channel")
    method = parameters.choice(
        "msptd",
        ("msptd", "slope-sum", "two-averages"),
        "Detector",
        "msptd: Bishop & Ercole 2018, Charlton 2025; slope-sum: Zong 2003; two-averages: "
        "Elgendi 2013",
    )
    polarity = parameters.choice(
        "auto",
        ("auto", "up", "down"),
        "Polarity",
        "down: the light as measured, of which there is less in systole",
    )
    delay_from = parameters.channel(
        ("ECG", "PPG"),
        "Delay from",
        "an ECG gives pulse arrival times, a second PPG transit times (Mukkamala 2015)",
        empty="nothing",
    )
    infrared = parameters.channel(
        ("PPG",), "Infrared", "with it, the channel is that of red light: ratio of ratios",
        empty="none",
    )  # fmt: skip
    calibration = parameters.choice(
        None,
        {"none": None, "110 - 25 R (textbook)": "textbook"},
        "Saturation by",
        "a saturation needs the calibration of the sensor; 110 - 25 R is of no sensor, and shows "
        "changes only",
    )
    height_m = parameters.number(
        None, 0.3, 2.6, "Height", "for the stiffness index (Millasseau 2002)", unit="m",
        empty="not known", step=0.01,
    )  # fmt: skip
    measure = parameters.choice(
        "amplitude",
        {label: name for name, (label, _) in MEASURES.items()},
        "Over time",
        "Takazawa 1998 (ageing index), Millasseau 2002 (reflection, stiffness), Wang 2009 (IPA)",
        drawing=True,
    )

    def script(self, place: Place, chosen: Any) -> dict[str, Step]:
        """Return pulses, their measures and average, and what the further channels allow."""
        signal = place.channel(chosen.channel)
        pulses = call(
            ppg_peaks, signal, method=chosen.method, polarity=chosen.polarity, name="pulses",
            **place.usable,
        )  # fmt: skip
        made: dict[str, Step] = {}
        if self.recording[chosen.channel].timebase.fs >= MIN_RATE:
            made["waves"] = call(
                ppg_fiducials, signal, beats=pulses, height_m=chosen.height_m, name="waves",
                **place.usable,
            )  # fmt: skip
        made["pulses"] = pulses
        made["average"] = call(
            averaged_beat, signal, beats=pulses, before_s=BEFORE, after_s=AFTER, name="average",
            **place.usable,
        )  # fmt: skip
        made["perfusion"] = call(
            perfusion_index, signal, beats=pulses, name="perfusion", **place.usable
        )
        arrivals = made.get("waves", pulses)
        if chosen.delay_from:
            other = place.channel(chosen.delay_from, "other")
            units = self.recording[chosen.delay_from].units
            beats = signal_kind(chosen.delay_from, units) == "ECG"
            delays = pulse_arrival_time if beats else pulse_transit_time
            made["delays"] = call(delays, other, arrivals, name="delays", **place.usable)
        if chosen.infrared:
            infrared = place.channel(chosen.infrared, "infrared")
            made["ratio"] = call(
                ratio_of_ratios, signal, infrared, calibration=chosen.calibration, name="ratio",
                **place.usable,
            )  # fmt: skip
        return made

    def draw(self, result: Any, chosen: Any) -> View:
        """Return the averaged pulse, the rate and a measure over time, and the table."""
        parts = result.items()
        units = self.recording[chosen.channel].units
        waves, delays, ratio = (parts.get(name) for name in ("waves", "delays", "ratio"))
        rate = result.pulses.intervals()
        lines: list[tuple[str, Any, Any]] = [
            ("beats/min", *with_holes(rate.times, 60_000 / rate.ms, rate.stretch))
        ]
        if waves is not None:
            label, unit = MEASURES[chosen.measure]
            told = label if unit == "1" else f"{label} ({unit or units or 'units'})"
            lines.append((told, *with_holes(waves.times, waves[chosen.measure], waves.stretch)))
        if delays is not None:
            lines.append((f"{delays.kind} (ms)", delays.times, delays.delays_ms))
        if ratio is not None:
            shown = ratio.spo2 if ratio.calibration else ratio.ratio
            lines.append(
                ("SpO2, uncalibrated (%)" if ratio.calibration else "ratio R", ratio.times, shown)
            )
        rows = [Row(f"{units or 'units'}", 200, {"title": {"text": "time from the peak (s)"}})]
        rows += [Row(title, 110) for title, _, _ in lines]
        axes = axes_of(rows)
        traces = _pulse(result.average, waves, axes[0])
        traces += [
            {
                "type": "scatter", "mode": "lines+markers", "name": title, "x": x, "y": y,
                "marker": {"size": 3}, "line": {"width": 1, "color": theme.COLORS[k]}, **axis,
            }
            for k, ((title, x, y), axis) in enumerate(zip(lines, axes[1:], strict=True))
        ]  # fmt: skip
        text = _sentence(parts)
        if waves is None:
            text += f"; measures of the shape need at least {MIN_RATE:g} Hz"
        return View(traces, layout_of(rows), self._table(parts, units), text, times="x")

    def _table(self, parts: dict[str, Any], units: str) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = [("measure", "median", "quartiles", "unit")]

        def add(label: str, values: Any, unit: str) -> None:
            middle, quartiles = spread(values)
            if middle:
                rows.append((label, middle, quartiles, unit))

        add("pulse rate", 60_000 / parts["pulses"].intervals().ms, "beats/min")
        if "waves" in parts:
            for name, (label, unit) in MEASURES.items():
                add(label, parts["waves"][name], "" if unit == "1" else unit or units)
        perfusion = parts["perfusion"]
        if perfusion.enough:
            add("perfusion index", perfusion.percent, "%")
        else:
            rows.append(("perfusion index", "not available", "no steady part (DC)", "%"))
        if "delays" in parts:
            add(parts["delays"].kind, parts["delays"].delays_ms, "ms")
        if "ratio" in parts:
            add("ratio of ratios R", parts["ratio"].ratio, "")
            if parts["ratio"].calibration:
                add("SpO2, uncalibrated", parts["ratio"].spo2, "%")
        return rows


def _sentence(parts: dict[str, Any]) -> str:
    ms = parts["pulses"].intervals().ms
    said = [f"{len(parts['pulses']):,} pulses"]
    if len(ms):
        said.append(f"{60_000 / float(np.median(ms)):.1f} beats/min")
    if "waves" in parts and len(parts["waves"]):
        said.append(f"notch seen in {np.mean(parts['waves'].notch_seen):.0%}")
    if "delays" in parts:
        delays = parts["delays"]
        said.append(f"{delays.kind} {quantity(delays.median_ms, 'ms')}")
    return ", ".join(said)


def _pulse(average: Any, waves: Any, axis: dict[str, str]) -> list[dict[str, Any]]:
    """Return the averaged pulse with its confidence band, and the median places of its points."""
    if not average.enough:
        return []
    t = average.times
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "name": "lower limit", "x": t, "y": average.low,
            "line": {"width": 0}, "hoverinfo": "skip", **axis,
        },
        {
            "type": "scatter", "mode": "lines", "name": "confidence band", "x": t,
            "y": average.high, "fill": "tonexty", "fillcolor": BAND, "line": {"width": 0},
            "hoverinfo": "skip", **axis,
        },
        {
            "type": "scatter", "mode": "lines", "name": "averaged pulse", "x": t,
            "y": average.average, "line": {"color": theme.COLORS[0], "width": 1.6}, **axis,
        },
    ]  # fmt: skip
    if waves is not None:
        places = {}
        for name in POINTS:
            offset = waves[name] - waves["peak"]
            offset = offset[np.isfinite(offset)]
            if len(offset) and t[0] <= (at := float(np.median(offset))) <= t[-1]:
                places[name] = at
        x = np.array(list(places.values()))
        traces.append(
            {
                "type": "scatter", "mode": "markers+text", "name": "points", "x": x,
                "y": np.interp(x, t, average.average), "text": list(places),
                "textposition": ["top center" if n != "foot" else "bottom right" for n in places],
                "textfont": {"size": 10}, "cliponaxis": False,
                "marker": {"color": theme.COLORS[1], "size": 6}, **axis,
            }
        )  # fmt: skip
    return traces

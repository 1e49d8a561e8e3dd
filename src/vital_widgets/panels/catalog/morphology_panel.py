"""The shape of beats: their average with a confidence band, and its measures from beat to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.ecg.averaged_beat import averaged_beat
from vital_widgets.analysis.ecg.beat_trend import MEASURES, beat_trend
from vital_widgets.analysis.ecg.detection.ecg_peaks import ecg_peaks
from vital_widgets.analysis.engine.result import quantity
from vital_widgets.analysis.ppg.ppg_peaks import ppg_peaks
from vital_widgets.analysis.signal.windows.event_average import CENTRES
from vital_widgets.figures import theme
from vital_widgets.panels.catalog.beatdetection import AUTOMATIC, is_pulse_wave
from vital_widgets.panels.catalog.events_panel import LEFT_OUT
from vital_widgets.panels.catalog.overtime import over_time
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.parameters import channel as one_channel
from vital_widgets.panels.parameters import choice, number
from vital_widgets.panels.rows import Row, axes_of, layout_of
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from vital_widgets.panels.panelplaces import Place

    Rows = list[tuple[str, ...]]

BLUE, RED = theme.COLORS[:2]
WORDS = {"amplitude": "amplitude", "peak_to_peak": "peak to peak", "area": "area",
         "width": "width at half height", "rms": "RMS", "correlation": "correlation"}  # fmt: skip
BANDS = {"Student's t": "t", "Bootstrap": "bootstrap"}


class Morphology(Panel):
    """The average beat with its confidence band, and a measure of each beat over time.

    Attributes
    ----------
    channel : str
        Name of the channel whose beats are averaged.
    beats_of : str or None
        Name of the ECG or PPG in which the beats are found; None for the channel itself.
    measure : str
        "amplitude", "peak_to_peak", "area", "width", "rms" or "correlation", of `beat_trend`.
    centre : str
        "mean" or "median".
    method : str
        Of the confidence band: "t" or "bootstrap".
    confidence : float
        Its level in percent.
    before_s, after_s : float
        Seconds before and after the beat.
    """

    title = "Morphology"
    plot_height = 470

    channel = one_channel(("ECG", "PPG"), "Channel")
    beats_of = one_channel(("ECG", "PPG"), "Beats of", "where the beats are found", empty="itself")
    measure = choice(
        "amplitude", {WORDS[one]: one for one in MEASURES}, "Over time",
        "of each beat above its median; correlation: with the average beat",
    )  # fmt: skip
    centre = choice("mean", CENTRES, "Average", "the median is less sensitive to odd beats")
    method = choice(
        "t", BANDS, "Band",
        "of a mean; bootstrap: Efron and Tibshirani 1993. A median lies between order statistics",
    )  # fmt: skip
    confidence = number(95.0, 50, 99.9, "Confidence", "for each sample by itself", unit="%")
    before_s = number(0.3, 0.01, 5, "Before", "an ECG: 0.3 s, from before P", unit="s", step=0.05)
    after_s = number(0.5, 0.01, 5, "After", "an ECG: 0.5 s, to after T", unit="s", step=0.05)

    def script(self, place: Place, chosen: Any) -> dict[str, Step]:
        """Return the average beat and the measure of each beat."""
        signal = place.channel(chosen.channel)
        where, name = signal, chosen.channel
        if chosen.beats_of and chosen.beats_of != chosen.channel:
            name = chosen.beats_of
            where = place.channel(name, "trigger")
        pulses = is_pulse_wave(place.recording[name], AUTOMATIC)
        find = ppg_peaks if pulses else ecg_peaks
        around = {"beats": call(find, where, name="beats", **place.usable), **place.usable}
        around |= {"before_s": chosen.before_s, "after_s": chosen.after_s}
        band = {"centre": chosen.centre, "confidence": round(chosen.confidence / 100, 6)}
        if chosen.centre == "mean":
            band["method"] = chosen.method
        return {
            "average": call(averaged_beat, signal, name="average", **around, **band),
            "trend": call(beat_trend, signal, name="trend", measure=chosen.measure, **around),
        }

    def draw(self, result: Any, chosen: Any) -> View:
        """Return the average beat above the measure over time."""
        average, trend = result.average, result.trend
        units = _in_brackets(self.recording[chosen.channel].units)
        named = WORDS[chosen.measure]
        rows = (
            Row(chosen.channel + units, 190, x={"title": {"text": "time from the beat (s)"}}),
            Row(named + _in_brackets(trend.units), 150),
        )
        first, second = axes_of(rows)
        x = average.times
        edge = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
        level = f"{100 * average.confidence:g} % band"
        traces = [
            {**edge, "name": "lower limit", "x": x, "y": average.low, **first},
            {
                **edge, "name": level, "x": x, "y": average.high, "fill": "tonexty",
                "fillcolor": "rgba(213,94,0,0.35)", **first,
            },
            {
                "type": "scatter", "mode": "lines", "name": chosen.centre, "x": x,
                "y": average.average, "line": {"color": BLUE, "width": 1.6}, **first,
            },
        ]  # fmt: skip
        if trend.enough:
            traces += [
                {**one, **second} for one in over_time(trend.times, trend.values, named, BLUE)
            ]
        used = f"{average.n_used:,} beats"
        left = ", ".join(f"{n:,} {LEFT_OUT[why]}" for why, n in average.n_excluded.items() if n)
        text = f"{used} averaged, {chosen.centre} with a {level}"
        text += f" · left out: {left}" if left else ""
        return View(traces, layout_of(rows), _table(average, trend, named), text, times="x")


def _in_brackets(units: str) -> str:
    """Return units in brackets; '' for none."""
    return f" ({units})" if units else ""


def _table(average: Any, trend: Any, named: str) -> Rows:
    """Return what the average beat is like, and quantiles of the measure."""
    top, bottom = int(np.argmax(average.average)), int(np.argmin(average.average))
    half = (average.high - average.low) / 2
    rows: Rows = [("", "value", "", "")]
    rows.append(("average beat, highest", f"{average.average[top]:.4g}",
                 f"at {1000 * average.times[top]:.0f} ms", f"± {half[top]:.2g}"))  # fmt: skip
    rows.append(("average beat, lowest", f"{average.average[bottom]:.4g}",
                 f"at {1000 * average.times[bottom]:.0f} ms", f"± {half[bottom]:.2g}"))  # fmt: skip
    known = trend.values[np.isfinite(trend.values)] if trend.enough else np.empty(0)
    if len(known):
        low, middle, high = np.percentile(known, [25, 50, 75])
        rows.append((f"{named}, median", quantity(float(middle), trend.units),
                     f"{low:.4g} to {high:.4g}", f"{len(known):,} beats"))  # fmt: skip
    return rows

"""PR, QRS, QT and QTc intervals and the ST segment of an ECG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.ecg.averaged_beat import averaged_beat
from vital_widgets.analysis.ecg.delineation import ecg_delineate
from vital_widgets.analysis.ecg.detection.ecg_peaks import METHODS, ecg_peaks
from vital_widgets.analysis.ecg.ecg_intervals import FORMULAS, LABELS, ecg_intervals
from vital_widgets.analysis.ecg.st_episodes import ELEVATION, st_episodes
from vital_widgets.analysis.ecg.st_level import st_level
from vital_widgets.analysis.engine.result import quantity
from vital_widgets.figures import theme
from vital_widgets.panels.catalog.overtime import over_time
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.parameters import channel, choice, number
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.panels.panelplaces import Place

    Rows = list[tuple[str, ...]]

SHOWN = {
    "Typical beat": "beat",
    "PR over time": "pr",
    "QRS over time": "qrs",
    "QT over time": "qt",
    "QTc over time": "qtc",
    "RR over time": "rr",
    "ST over time": "st",
}
BEFORE_S, AFTER_S = 0.35, 0.6  # around the R peak: from before P to after T
BLUE, RED, GREEN, PINK = theme.COLORS[:4]
WAVES = {"P": ("p", GREEN), "QRS": ("qrs", RED), "T": ("t", PINK)}
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class ECGIntervals(Panel):
    """Waves of the typical beat, intervals with quantiles and trends, ST level and episodes.

    Attributes
    ----------
    show : str
        "beat" for the typical beat with its waves, or what is shown over time: "pr", "qrs", "qt",
        "qtc", "rr" or "st".
    channel : str
        Name of an ECG channel.
    formula : str
        That corrects QT for the heart rate, of `qtc`.
    detector : str
        Method of `ecg_peaks`.
    after_j_ms : float or None
        Where the ST level is measured, in ms after the J point; None for 80 ms, and 60 ms from
        120 beats/min on.
    min_duration_s : float
        Shortest ST episode in seconds.
    """

    title = "ECG intervals and ST"
    about = "PR, QRS, QT, QTc, ST"
    addable = True

    show = choice("beat", SHOWN, "Show", drawing=True)
    channel = channel("ECG", "Channel", "one lead of an ECG, guessed from names and units")
    formula = choice(
        "fridericia", {one.capitalize(): one for one in FORMULAS}, "QTc",
        "Fridericia 1920 overcorrects less than Bazett 1920; Framingham 1992; Hodges 1983",
        drawing=True,
    )  # fmt: skip
    detector = choice(
        "slope", METHODS, "Detector",
        "waves: wavelet delineator of Martínez 2004; slope is the most accurate detector here",
    )  # fmt: skip
    after_j_ms = number(
        None, 21, 200, "ST at J +", "Taddei 1992: 80 ms, and 60 ms from 120 beats/min on",
        unit="ms", empty="80 (60) ms",
    )  # fmt: skip
    min_duration_s = number(
        60.0, 1, 3600, "ST episode", "protocol C of the long-term ST database: 0.1 mV for 60 s "
        "(Jager 2003)", unit="s", step=10,
    )  # fmt: skip

    def script(self, place: Place, chosen: Any) -> dict[str, Step]:
        """Return intervals, waves, ST levels and episodes, and the average beat."""
        signal = place.channel(chosen.channel)
        beats = call(ecg_peaks, signal, name="beats", method=chosen.detector, **place.usable)
        waves = call(ecg_delineate, signal, beats=beats, name="waves", **place.usable)
        levels = call(
            st_level, signal, beats=waves, name="levels", after_j_ms=chosen.after_j_ms,
            **place.usable,
        )  # fmt: skip
        return {
            "intervals": call(ecg_intervals, waves, name="intervals"),
            "waves": waves,
            "levels": levels,
            "episodes": call(
                st_episodes, levels, name="episodes", min_duration_s=chosen.min_duration_s
            ),
            "average": call(
                averaged_beat, signal, beats=beats, before_s=BEFORE_S, after_s=AFTER_S,
                name="average", **place.usable,
            ),
        }  # fmt: skip

    def draw(self, result: Any, chosen: Any) -> View:
        """Return the typical beat or a trend, and the table of intervals."""
        rows = _table(result, chosen.formula)
        text = _sentence(result, chosen.formula)
        if chosen.show == "beat":
            return _beat(result, rows, text)
        if chosen.show == "st":
            return _st(result, rows, text)
        name = f"qtc_{chosen.formula}" if chosen.show == "qtc" else chosen.show
        values = getattr(result.intervals, name)
        layout = {
            "xaxis": {"title": {"text": "time (s)"}},
            "yaxis": {"title": {"text": f"{LABELS[name]} (ms)"}},
        }
        traces = over_time(result.intervals.times, values, LABELS[name], BLUE)
        return View(traces, layout, rows, text, times="x")

    def add_to_recording(self, name: str | None = None) -> str:
        """Keep the P, QRS and T waves as annotations.

        Parameters
        ----------
        name : str, optional
            Of the layer of annotations.
        """
        self._settled_result()
        return self.recording.annotations.add_result(self.results["waves"], name)


def _beat(result: Any, rows: Rows, text: str) -> View:
    """Return the average beat, with the median limits of its waves."""
    average = result.average
    if not average.enough:
        return View((), {}, rows, text)
    ms = 1000 * average.times
    band = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "x": ms}
    traces = [
        {**band, "name": "mean - SD", "y": average.average - average.sd},
        {
            **band, "name": "mean + SD", "y": average.average + average.sd, "fill": "tonexty",
            "fillcolor": "rgba(128,128,128,0.25)",
        },
        {
            "type": "scatter", "mode": "lines", "name": "mean", "x": ms, "y": average.average,
            "line": {"color": BLUE, "width": 1.8},
        },
    ]  # fmt: skip
    shapes, notes = [], []
    for label, (wave, color) in WAVES.items():
        onset, offset = (_from_r(result.waves, f"{wave}_{end}") for end in ("onset", "offset"))
        if not np.isfinite(onset + offset):
            continue
        shapes.append(
            {
                "type": "rect", "x0": onset, "x1": offset, "y0": 0, "y1": 1, "yref": "paper",
                "fillcolor": color, "opacity": 0.14, "line": {"width": 0}, "layer": "below",
            }
        )  # fmt: skip
        notes.append(
            {
                "x": (onset + offset) / 2, "y": 1, "yref": "paper", "yanchor": "bottom",
                "text": label, "showarrow": False,
            }
        )  # fmt: skip
    units = result.levels.units
    layout = {
        "xaxis": {"title": {"text": "time from the R peak (ms)"}},
        "yaxis": {"title": {"text": f"mean and SD of the beats ({units})"}},
        "shapes": shapes,
        "annotations": notes,
    }
    return View(traces, layout, rows, text)


def _from_r(waves: Any, name: str) -> float:
    """Return the median time of a point of the beats from their R peak, in ms."""
    away = 1000 * (getattr(waves, name) - waves.r_peak)
    known = away[np.isfinite(away)]
    return float(np.median(known)) if len(known) else np.nan


def _st(result: Any, rows: Rows, text: str) -> View:
    """Return the ST level over time with its episodes, and the limits of a deviation."""
    levels, episodes = result.levels, result.episodes
    shapes: list[dict[str, Any]] = []
    if episodes.enough:
        shapes = [
            {
                "type": "rect", "x0": onset, "x1": end, "y0": 0, "y1": 1, "yref": "paper",
                "fillcolor": RED if kind == ELEVATION else PINK, "opacity": 0.2,
                "line": {"width": 0}, "layer": "below",
            }
            for kind, onset, end in zip(episodes.kind, episodes.onset, episodes.end, strict=True)
        ]  # fmt: skip
        shapes += [
            {
                "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y,
                "line": {"color": theme.LINE, "width": 1, "dash": "dot"},
            }
            for y in (
                episodes.reference - episodes.threshold,
                episodes.reference + episodes.threshold,
            )
        ]  # fmt: skip
    layout = {
        "xaxis": {"title": {"text": "time (s)"}},
        "yaxis": {"title": {"text": f"ST level ({levels.units})"}},
        "shapes": shapes,
    }
    traces = over_time(levels.times, levels.level, "ST level", BLUE)
    return View(traces, layout, rows, text, times="x")


def _table(result: Any, formula: str) -> Rows:
    """Return quantiles of the intervals in ms, of the ST level, and the ST episodes."""
    rows: Rows = [("", "median", "quartiles", "5 to 95 %", "beats")]
    for name in ("pr", "qrs", "qt", f"qtc_{formula}", "rr"):
        rows.append(_row(LABELS[name], getattr(result.intervals, name), "ms", ".0f"))
    levels = result.levels
    rows.append(_row("ST level", levels.level, levels.units, ".3g"))
    rows.append(_row("ST slope", levels.slope, f"{levels.units}/s", ".3g"))
    if result.episodes.enough:
        for kind, onset, end, extreme in zip(
            result.episodes.kind, result.episodes.onset, result.episodes.end,
            result.episodes.extreme, strict=True,
        ):  # fmt: skip
            largest = quantity(float(extreme), result.episodes.units, 3)
            rows.append((str(kind), f"{onset:.0f} to {end:.0f} s", largest, "", ""))
    return rows


def _row(label: str, values: NDArray[np.float64], unit: str, form: str) -> tuple[str, ...]:
    known = values[np.isfinite(values)]
    if not len(known):
        return label, "not found", "", "", "0"
    p5, p25, p50, p75, p95 = (f"{one:{form}}" for one in np.quantile(known, QUANTILES))
    return label, f"{p50} {unit}", f"{p25} to {p75}", f"{p5} to {p95}", f"{len(known):,}"


def _sentence(result: Any, formula: str) -> str:
    values = getattr(result.intervals, f"qtc_{formula}")
    known = values[np.isfinite(values)]
    said = [f"{len(result.intervals):,} beats"]
    if len(known):
        said.append(f"QTc {np.median(known):.0f} ms ({formula.capitalize()})")
    episodes = result.episodes
    if episodes.enough:
        count = f"{len(episodes)} ST episode{'' if len(episodes) == 1 else 's'}"
        limit = quantity(episodes.threshold, episodes.units, 3)
        said.append(f"{count} of {limit} for {episodes.min_duration_s:g} s")
    return " · ".join(said)

"""Averages of a signal around events, with the single trials."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from vital_widgets.analysis.engine.source import signal_of
from vital_widgets.analysis.signal.windows.event_average import event_average
from vital_widgets.analysis.signal.windows.event_windows import around_events, event_times
from vital_widgets.errors import InvalidInputError
from vital_widgets.figures import theme
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.panelplaces import NothingToAnalyseError
from vital_widgets.panels.parameters import Parameter, channel, choice, number
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vital_widgets.panels.panelplaces import Place

TRIALS, COLUMNS = 300, 400  # of the picture of single trials; at most about twice the columns
LEFT_OUT = {
    "outside": "outside of the signal", "edge": "too near an edge of it", "gap": "across a gap",
}  # fmt: skip
BAND = "rgba(0, 114, 178, 0.25)"
SHARES = {"90 %": 0.9, "95 %": 0.95, "99 %": 0.99}


class EventText(traitlets.TraitType[Any, Any]):
    """The text of annotations."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the text, or raise."""
        del obj
        if value is not None and not isinstance(value, str):
            raise InvalidInputError(
                f"event={value!r} is not the text of annotations; give a text such as 'N'"
            )
        return value or None


class Events(Panel):
    """Average a signal around annotations with one text, with its confidence and single trials.

    Attributes
    ----------
    channel : str
        Name of the channel.
    event : str or None
        Text of the annotations; by default the most frequent one.
    before_s, after_s : float
        Seconds before and after the event.
    baseline_s : float or None
        Seconds before the event whose mean is subtracted from each trial; None for nothing.
    centre : str
        "mean" or "median".
    method : str
        Confidence interval of a mean: "t" or "bootstrap".
    confidence : float
        Its level.
    """

    title = "Events"
    plot_height = 420
    uses_marks = True

    channel = channel(("EEG", "ECG", "PPG"), "Channel")
    event = EventText(None, allow_none=True).tag(
        parameter=Parameter("channel", "Around", "text of the annotations", empty="choose …")
    )
    before_s = number(0.5, 0, 3600, "Before", unit="s")
    after_s = number(1.0, 0, 3600, "After", unit="s")
    baseline_s = number(
        None, 0.001, 3600, "Baseline", "seconds before the event whose mean is subtracted, such as "
        "0.2", unit="s", empty="none",
    )  # fmt: skip
    centre = choice("mean", {"Mean": "mean", "Median": "median"}, "Average")
    method = choice(
        "t", {"Student's t": "t", "Bootstrap": "bootstrap"}, "Confidence",
        "of a mean; of a median: order statistics. Bootstrap: Efron and Tibshirani 1993",
    )  # fmt: skip
    confidence = choice(0.95, SHARES, "Level")

    def names_for(self, parameter: str) -> list[str]:
        """Return the names that a parameter may take: of channels, or texts of annotations."""
        if parameter != "event":
            return super().names_for(parameter)
        texts = sorted({str(one) for one in self.recording.annotations.select().text if one})
        return list(dict.fromkeys([*texts, *([self.event] if self.event else [])]))

    def _choose_channels(self, given: Mapping[str, Any]) -> None:
        super()._choose_channels(given)
        if "event" not in given:
            counts = Counter(str(one) for one in self.recording.annotations.select().text if one)
            self.event = counts.most_common(1)[0][0] if counts else None

    def script(self, place: Place, chosen: Any) -> dict[str, Step]:
        """Return the average, the events, and the signal of the single trials."""
        if not chosen.event:
            raise NothingToAnalyseError(
                "choose the text of the annotations to average around; mark events in the viewer "
                "first if there are none"
            )
        where: dict[str, Any] = {"texts": chosen.event}
        if place.t_range is not None:
            where["t_range"] = tuple(round(one, 6) for one in place.t_range)
        if not len(self.recording.annotations.select(**where).onset):
            part = "the recording" if place.t_range is None else "this part of the recording"
            raise NothingToAnalyseError(
                f"no annotation in {part} says {chosen.event!r}; show another part, or choose "
                "another text or 'Whole recording'"
            )
        signal = place.channel(chosen.channel)
        events = place.rec.attribute("annotations").method("select", **where, name="events")
        average = call(
            event_average, signal, events=events, before_s=chosen.before_s,
            after_s=chosen.after_s,
            baseline=None if chosen.baseline_s is None else (-chosen.baseline_s, 0.0),
            centre=chosen.centre, method="t" if chosen.centre == "median" else chosen.method,
            confidence=chosen.confidence, name="average", **place.usable,
        )  # fmt: skip
        stretches = {"stretches": place.usable["usable"]} if place.usable else {}
        return {"average": average, "events": events, "signal": signal, **stretches}

    def draw(self, result: Any, chosen: Any) -> View:
        """Return the average with its band, and the single trials below."""
        average = result.average
        t = average.times
        known = np.isfinite(average.low) & np.isfinite(average.high)
        around = np.concatenate([t[known], t[known][::-1]])
        edge = np.concatenate([average.high[known], average.low[known][::-1]])
        onsets, trials, columns = _trials(result, chosen.baseline_s)
        traces: list[dict[str, Any]] = [
            {
                "type": "scatter", "mode": "lines", "name": "band", "x": around, "y": edge,
                "fill": "toself", "fillcolor": BAND, "line": {"width": 0}, "hoverinfo": "skip",
            },
            {
                "type": "scatter", "mode": "lines", "name": "average", "x": t,
                "y": average.average, "line": {"color": theme.COLORS[0], "width": 1.6},
            },
            {
                "type": "heatmap", "name": "trials", "x": columns,
                "y": np.arange(1, len(trials) + 1), "z": trials.astype(np.float32),
                "yaxis": "y2", "colorscale": "Viridis", "zsmooth": False, "customdata": onsets,
                **_limits(trials),
                "colorbar": {
                    "thickness": 10, "len": 0.5, "y": 0.0, "yanchor": "bottom",
                    "tickfont": {"color": theme.TEXT},
                },
                "hovertemplate": "trial %{y}, %{x:.3f} s: %{z:.3g}<extra></extra>",
            },
        ]  # fmt: skip
        units = result.signal.units or "units"
        layout = {
            "xaxis": {
                "title": {"text": f"time from {chosen.event!r} (s)"}, "anchor": "y2",
                "range": [float(t[0]), float(t[-1])],
            },
            "yaxis": {"title": {"text": f"{chosen.channel} ({units})"}, "domain": [0.55, 1]},
            "yaxis2": {"title": {"text": "trial"}, "domain": [0, 0.47], "anchor": "x"},
            "shapes": [
                {
                    "type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper",
                    "line": {"color": theme.LINE, "dash": "dot", "width": 1},
                }
            ],
        }  # fmt: skip
        left = {why: n for why, n in average.n_excluded.items() if n}
        said = f"{average.n_used:,} events used"
        if left:
            said += ", left out: " + ", ".join(f"{n:,} {LEFT_OUT[why]}" for why, n in left.items())
        if len(trials) < average.n_used:
            said += f"; {len(trials)} of them are shown"
        return View(traces, layout, _rows(average, units), said)


def _trials(
    result: Any, baseline_s: float | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return times of events that were averaged, their samples, and the time of each column.

    Of many events some are left out, and columns are means of several samples.
    """
    source = signal_of(result.signal, None, getattr(result, "stretches", None))
    onsets, t = event_times(result.events), result.average.times
    baseline = None if baseline_s is None else (-baseline_s, 0.0)
    around = around_events(source, onsets, -float(t[0]), float(t[-1]), baseline)
    columns = np.arange(0, len(t), max(len(t) // COLUMNS, 1))
    size = np.diff(columns, append=len(t))
    complete = np.flatnonzero(around.samples >= 0)
    kept, rows = [], []
    for k in complete[:: max(-(-len(complete) // TRIALS), 1)].tolist():
        first = int(around.samples[k]) - around.before
        x = source.read(first, first + around.length)
        if not np.isfinite(x).all():
            continue
        if around.baseline is not None:
            x = x - x[slice(*around.baseline)].mean()
        kept.append(float(onsets[k]))
        rows.append(np.add.reduceat(x, columns) / size)
    trials = np.array(rows, np.float64).reshape(len(rows), len(columns))
    return np.array(kept), trials, np.add.reduceat(t, columns) / size


def _limits(trials: NDArray[np.float64]) -> dict[str, float]:
    known = trials[np.isfinite(trials)]
    if not len(known):
        return {}
    low, high = np.percentile(known, [1, 99])
    return {"zmin": float(low), "zmax": float(max(high, low + 1e-12))}


def _rows(average: Any, units: str) -> list[tuple[str, str]]:
    rows = [("measure", "value"), *average._facts()]
    values = average.average
    if np.isfinite(values).any():
        for word, k in (("largest", np.nanargmax(values)), ("smallest", np.nanargmin(values))):
            rows.append((f"{word} average", f"{values[k]:.4g} {units} at {average.times[k]:.3g} s"))
    return rows

"""The electromyogram: envelope, bursts of activity, and the median frequency for fatigue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.emg.emg_envelope import emg_envelope
from vital_widgets.analysis.emg.emg_frequency import emg_frequency
from vital_widgets.analysis.emg.emg_onsets import emg_onsets
from vital_widgets.analysis.engine.result import quantity
from vital_widgets.errors import InvalidInputError
from vital_widgets.figures import theme
from vital_widgets.panels import parameters
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.rows import Row, line, spread, stacked
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from vital_widgets.panels.panelplaces import Place

ENVELOPE_SECONDS = 600.0  # up to which there is an envelope; of longer places, the RMS of windows
GREY = "rgba(128, 128, 128, 0.8)"


class EMG(Panel):
    """Envelope, bursts of activity and spectral measures of an electromyogram.

    Attributes
    ----------
    channel : str
        Surface EMG.
    method : str
        Of the envelope: "linear" or "rms".
    rest_from, rest_to : float or None
        When the muscle is at rest, in seconds; None for the quietest tenth.
    n_sd : float
        Threshold in standard deviations above rest.
    min_duration_s : float
        Shortest burst in seconds.
    window_s : float
        Length of the windows of the spectrum in seconds.
    only_bursts : bool
        Whether spectra are computed only within bursts.
    """

    title = "EMG"
    addable = True
    long_series = True

    channel = parameters.channel(("EMG",), "Channel", "surface EMG, at least 100 Hz")
    method = parameters.choice(
        "linear",
        {"linear envelope": "linear", "moving RMS": "rms"},
        "Envelope",
        "low-pass filter of the rectified signal at 6 Hz (Winter 2009), or RMS of 0.1 s",
    )
    rest_from = parameters.number(
        None, 0, 1e9, "Rest from", "a stretch in which the muscle is at rest", unit="s",
        empty="quietest tenth",
    )  # fmt: skip
    rest_to = parameters.number(
        None, 0, 1e9, "Rest to", "the end of that stretch", unit="s", empty="quietest tenth"
    )
    n_sd = parameters.number(
        3.0, 0.5, 50, "Threshold", "above the mean at rest; Hodges & Bui 1996 compare 1 to 3",
        unit="SD", step=0.5,
    )  # fmt: skip
    min_duration_s = parameters.number(
        0.05, 0.005, 10, "Shortest burst", "and shortest pause between two", unit="s", step=0.05
    )
    window_s = parameters.number(
        1.0, 0.1, 60, "Spectra of", "0.5 to 1 s are usual (De Luca 1997)", unit="s", step=0.5
    )
    only_bursts = parameters.switch(
        default=False,
        label="Spectra in bursts only",
        tip="fatigue shows while a muscle contracts; bursts must be longer than a window",
    )

    def script(self, place: Place, chosen: Any) -> dict[str, Step]:
        """Return bursts, spectral measures and, of a place that is not long, the envelope."""
        signal = place.channel(chosen.channel)
        bursts = call(
            emg_onsets, signal, baseline=_rest(chosen), n_sd=chosen.n_sd,
            min_duration_s=chosen.min_duration_s, name="bursts", **place.usable,
        )  # fmt: skip
        usable = {"usable": bursts.method("annotations")} if chosen.only_bursts else place.usable
        made = {
            "bursts": bursts,
            "frequency": call(
                emg_frequency, signal, window_s=chosen.window_s, name="frequency", **usable
            ),
        }
        if place.seconds <= ENVELOPE_SECONDS:
            made["envelope"] = call(
                emg_envelope, signal, method=chosen.method, name="envelope", **place.usable
            )
        return made

    def draw(self, result: Any, chosen: Any) -> View:
        """Return amplitude with its bursts, and the median frequency with its trend."""
        bursts, frequency = result.bursts, result.frequency
        units = bursts.units or "units"
        envelope = result.items().get("envelope")
        if envelope is not None:
            shown, title = (envelope.times(), envelope.values), f"envelope ({units})"
        else:
            shown, title = (frequency.times, frequency.rms), f"RMS ({units})"
        rectified = envelope is not None and chosen.method == "linear"
        rows = [
            (
                Row(title, 170, y={"rangemode": "tozero"}),
                _amplitude(*shown, bursts, rectified=rectified),
            ),
            (Row("median frequency (Hz)", 130), _trend(frequency)),
        ]
        if envelope is not None:
            rms = line("RMS", frequency.times, frequency.rms, theme.COLORS[2])
            rows.append((Row(f"RMS ({units})", 90, y={"rangemode": "tozero"}), [rms]))
        traces, layout = stacked(rows)
        slope = quantity(frequency.slope_hz_per_min, "Hz/min", 3)
        said = f"{len(bursts):,} bursts, median frequency changes by {slope}"
        return View(traces, layout, _table(bursts, frequency), said, times="x")


def _rest(chosen: Any) -> tuple[float, float] | None:
    """Return when the muscle is at rest; None if that is not given."""
    low, high = chosen.rest_from, chosen.rest_to
    if low is None and high is None:
        return None
    if low is None or high is None or not low < high:
        raise InvalidInputError(
            "give both the begin and the end of the rest in seconds, the begin first; or neither, "
            "for the quietest tenth"
        )
    return low, high


def _amplitude(times: Any, values: Any, bursts: Any, *, rectified: bool) -> list[dict[str, Any]]:
    """Return the amplitude, and a bar for each burst at the threshold.

    The threshold is one of the mean rectified signal, so it has no line over an RMS.
    """
    x = np.column_stack([bursts.onset, bursts.end, bursts.end]).ravel()
    y = np.tile([bursts.threshold, bursts.threshold, np.nan], len(bursts))
    traces = [line("amplitude", times, values, theme.COLORS[0])]
    if rectified and len(times) and np.isfinite(bursts.threshold):
        ends, level = np.array([times[0], times[-1]]), np.full(2, bursts.threshold)
        traces.append(line("threshold", ends, level, GREY))
    traces.append(line("bursts", x, y, theme.COLORS[1], width=5, connectgaps=False))
    return traces


def _trend(frequency: Any) -> list[dict[str, Any]]:
    """Return the median frequencies and the straight line through them."""
    points = line("median frequency", frequency.times, frequency.median_frequency, theme.COLORS[3])
    traces = [points | {"mode": "lines+markers", "marker": {"size": 4}}]
    known = np.isfinite(frequency.median_frequency)
    slope = frequency.slope_hz_per_min / 60
    if np.isfinite(slope):
        t, f = frequency.times[known], frequency.median_frequency[known]
        ends = np.array([t[0], t[-1]])
        fitted = f.mean() + slope * (ends - t.mean())
        traces.append(line("trend", ends, fitted, GREY, width=2))
    return traces


def _table(bursts: Any, frequency: Any) -> list[tuple[str, ...]]:
    units = bursts.units or "units"
    active = float(np.sum(bursts.duration))
    share = active / bursts.valid.seconds if bursts.valid.seconds else np.nan
    rows: list[tuple[str, ...]] = [
        ("measure", "median or value", "quartiles", "unit"),
        ("bursts", f"{len(bursts):,}", "", ""),
        ("active", quantity(100 * share, "", 3), "", "% of the time"),
    ]

    def add(label: str, values: Any, unit: str) -> None:
        middle, quartiles = spread(values)
        if middle:
            rows.append((label, middle, quartiles, unit))

    add("duration", bursts.duration, "s")
    add("amplitude in bursts", bursts.amplitude, units)
    rows += [
        ("amplitude at rest", quantity(bursts.baseline), "", units),
        ("threshold", quantity(bursts.threshold), "", units),
    ]
    add("median frequency", frequency.median_frequency, "Hz")
    add("mean frequency", frequency.mean_frequency, "Hz")
    add("RMS", frequency.rms, units)
    rows.append(("slope", quantity(frequency.slope_hz_per_min, "", 3), "", "Hz/min"))
    return rows

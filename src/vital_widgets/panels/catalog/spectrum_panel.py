"""The power spectrum of a signal, by one or more methods, with the power of bands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.result import quantity
from vital_widgets.analysis.signal.spectra.band_power import band_power
from vital_widgets.analysis.signal.spectra.power_spectrum import power_spectrum
from vital_widgets.figures import theme
from vital_widgets.panels.catalog.channelbands import given_bands, told_names, usual_bands
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.parameters import bands, channel, number, several, switch
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from vital_widgets.panels.panelplaces import Place

METHODS = ("welch", "multitaper", "periodogram")
PROMINENCE_DB = 6.0  # of a peak that gets a label: four times the power around it
LABELS = 3
COLORS = dict(zip(METHODS, theme.COLORS, strict=False))


class Spectrum(Panel):
    """Power spectral density by one method or several side by side, and the power of bands.

    Attributes
    ----------
    channel : str
        Name of the channel.
    methods : tuple of str
        Of "welch", "multitaper" and "periodogram"; the first one is `result`.
    window_s : float or None
        Length of a window in seconds; None for that of the method.
    bands : dict of str to (float, float), or None
        Bands in Hz; None for those that are usual for the kind of signal: of the EEG (Kane et al.
        2017), ECG (Zhao and Zhang 2018) and PPG (Geyer et al. 2004); of other signals, one band of
        all frequencies.
    highest : float or None
        Highest frequency that is shown, in Hz; None for half the sampling rate.
    decibels, logarithmic, peaks : bool
        Whether density is in dB, frequency logarithmic, and the largest peaks have labels.
    """

    title = "Spectrum"

    channel = channel(("EEG", "ECG", "PPG"), "Channel")
    methods = several(
        ("welch",),
        METHODS,
        "Methods",
        "Welch 1967; multitaper: Thomson 1982; several are shown side by side",
    )
    window_s = number(
        None, 0.05, 3600, "Window", "length of the windows that are averaged", unit="s",
        empty="automatic",
    )  # fmt: skip
    bands = bands(
        None, "Bands", "names and limits: alpha 8-13, beta 13-30; else those of the kind of signal",
        empty="automatic",
    )  # fmt: skip
    highest = number(
        None, 0.1, 100_000, "Up to", "highest frequency shown", unit="Hz", empty="all", drawing=True
    )  # fmt: skip
    decibels = switch(default=True, label="Decibels", tip="10 log10 of units²/Hz", drawing=True)
    logarithmic = switch(default=False, label="Logarithmic frequency", drawing=True)
    peaks = switch(default=True, label="Label peaks", drawing=True)

    def script(self, place: Place, chosen: Any) -> dict[str, Step]:
        """Return the spectrum by each method, and the power of the bands by the first."""
        signal = place.channel(chosen.channel)
        methods = chosen.methods or METHODS[:1]
        single = len(methods) == 1
        made = {
            method: call(
                power_spectrum,
                signal,
                name="spectrum" if single else method,
                method=method,
                window_s=None if method == "periodogram" else chosen.window_s,
                **place.usable,
            )
            for method in methods
        }
        bands = given_bands(chosen.bands or usual_bands(self.recording, chosen.channel))
        power = call(band_power, made[methods[0]], bands=bands, name="bands")
        return {**made, "bands": power}

    def draw(self, result: Any, chosen: Any) -> View:
        """Return the densities, their largest peaks, and the table of bands."""
        spectra = {name: one for name, one in result.items().items() if name != "bands"}
        first = next(iter(spectra.values()))
        units = f"{first.units or 'units'}²/Hz"
        traces, notes = [], []
        for name, one in spectra.items():
            traces.append(
                {
                    "type": "scatter", "mode": "lines", "name": name, "x": one.frequencies,
                    "y": one.decibels() if chosen.decibels else one.density,
                    "line": {"color": COLORS[name], "width": 1.3},
                }
            )  # fmt: skip
        if chosen.peaks:
            notes = _peak_labels(first, chosen)
        top = chosen.highest or float(first.frequencies[-1])
        low = float(first.frequencies[1]) if len(first.frequencies) > 1 else 0.0
        span = [np.log10(low), np.log10(top)] if chosen.logarithmic else [0.0, top]
        density = f"density (dB re 1 {units})" if chosen.decibels else f"density ({units})"
        layout = {
            "xaxis": {
                "title": {"text": "frequency (Hz)"},
                "type": "log" if chosen.logarithmic else "linear",
                "range": span,
            },
            "yaxis": {"title": {"text": density}},
            "annotations": notes,
            "shapes": _band_shapes(result.bands, low if chosen.logarithmic else 0.0, top),
            "showlegend": len(spectra) > 1,
        }
        return View(traces, layout, _band_rows(result.bands))


def _band_rows(power: Any) -> list[tuple[str, ...]]:
    units = f"{power.units or 'units'}²"
    rows: list[tuple[str, ...]] = [("band", "Hz", "power", "share")]
    for name, low, high, value, share in zip(
        told_names(power), power.low_hz, power.high_hz, power.power, power.relative, strict=True
    ):
        shown = "" if np.isnan(share) else f"{share:.1%}"
        rows.append((name, f"{low:g} to {high:g}", quantity(value, units), shown))
    return rows


def _band_shapes(shown: Any, left: float, top: float) -> list[dict[str, Any]]:
    return [
        {
            "type": "rect", "x0": max(low, left), "x1": min(high, top), "y0": 0, "y1": 1,
            "yref": "paper",
            "fillcolor": "rgba(128,128,128,0.12)" if k % 2 == 0 else "rgba(128,128,128,0.04)",
            "line": {"width": 0}, "layer": "below",
        }
        for k, (low, high) in enumerate(zip(shown.low_hz, shown.high_hz, strict=True))
        if low < top and high > left
    ]  # fmt: skip


def _peak_labels(spectrum: Any, chosen: Any) -> list[dict[str, Any]]:
    """Return labels of the three peaks that stand out most (prominence in dB)."""
    from scipy.signal import find_peaks

    level = spectrum.decibels()
    known = np.isfinite(level)
    if not known.any():
        return []
    level = np.where(known, level, level[known].min())
    at, found = find_peaks(level, prominence=PROMINENCE_DB)
    inside = spectrum.frequencies[at] <= (chosen.highest or np.inf)
    at, prominence = at[inside], found["prominences"][inside]
    y = level if chosen.decibels else spectrum.density
    return [
        {
            "x": float(np.log10(f)) if chosen.logarithmic else float(f), "y": float(y[k]),
            "text": f"{f:.3g} Hz", "showarrow": True, "arrowhead": 0, "ay": -18, "ax": 0,
            "font": {"size": 11},
        }
        for k in _apart(at[np.argsort(prominence)[::-1]], len(level))
        if (f := spectrum.frequencies[k]) > 0
    ]  # fmt: skip


def _apart(peaks: Any, n: int) -> list[int]:
    """Return the first peaks whose labels do not overlap."""
    kept: list[int] = []
    for k in peaks.tolist():
        if all(abs(k - other) > n / 12 for other in kept):
            kept.append(k)
    return kept[:LABELS]

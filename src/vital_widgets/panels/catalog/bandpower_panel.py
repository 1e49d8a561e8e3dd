"""The power of frequency bands over time, from minutes to days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.signal.spectra.band_power_trend import EPOCH_S, band_power_trend
from vital_widgets.analysis.signal.spectra.fourier_windows import WINDOW_S
from vital_widgets.figures import theme
from vital_widgets.panels.catalog.channelbands import given_bands, told_names, usual_bands
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.panelplaces import NothingToAnalyseError
from vital_widgets.panels.parameters import bands, channel, choice, number
from vital_widgets.panels.rows import line, spread
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from vital_widgets.panels.panelplaces import Place

SHOW = {"Power": "power", "Power in dB": "decibels", "Share of the total": "relative"}
EPOCHS = 20  # of a short part, at least where its windows allow it


class BandPower(Panel):
    """Power of frequency bands epoch by epoch, of minutes to days.

    Attributes
    ----------
    channel : str
        Name of the channel.
    bands : dict of str to (float, float), or None
        Bands in Hz; None for those that are usual for the kind of signal: of the EEG (Kane et al.
        2017), ECG (Zhao and Zhang 2018) and PPG (Geyer et al. 2004); of other signals, one band of
        all frequencies.
    epoch_s : float or None
        Length of an epoch in seconds; None for 30 s, in parts of less than 10 minutes a twentieth
        of the part, 4 s at least.
    show : {"power", "decibels", "relative"}
        Power in units² on a logarithmic axis, in dB re 1 unit², or the share of the power in all
        bands, from the lowest to the highest limit.
    """

    title = "Band power"
    plot_height = 300

    channel = channel(("EEG", "ECG", "PPG"), "Channel")
    bands = bands(
        None, "Bands", "names and limits: alpha 8-13, beta 13-30; else those of the kind of signal",
        empty="automatic",
    )  # fmt: skip
    epoch_s = number(
        None, 1, 86_400, "Epoch", "30 s as in sleep scoring (AASM); Welch 1967 within each",
        unit="s", empty="automatic",
    )  # fmt: skip
    show = choice("decibels", SHOW, "Show", "what is drawn of each band", drawing=True)

    def script(self, place: Place, chosen: Any) -> Step:
        """Return the power of each band in each epoch."""
        if not chosen.channel:
            raise NothingToAnalyseError("choose a channel")
        epoch = chosen.epoch_s or automatic_epoch(place.seconds)
        return call(
            band_power_trend,
            place.channel(chosen.channel),
            bands=given_bands(chosen.bands or usual_bands(self.recording, chosen.channel)),
            epoch_s=epoch,
            window_s=min(WINDOW_S, epoch),
            name="trend",
            **place.usable,
        )

    def draw(self, result: Any, chosen: Any) -> View:
        """Return a line for each band, and the table of medians and quartiles."""
        units = f"{result.units or 'units'}²"
        middle = result.times + result.epoch_s / 2
        shown, axis = result.power, {"title": {"text": f"power ({units})"}, "type": "log"}
        if chosen.show == "decibels":
            with np.errstate(divide="ignore"):
                shown = 10 * np.log10(result.power)
            shown = np.where(np.isfinite(shown), shown, np.nan)
            axis = {"title": {"text": f"power (dB re 1 {units})"}, "type": "linear"}
        elif chosen.show == "relative":
            low, high = result.total_band
            shown = result.relative
            axis = {"title": {"text": f"share of {low:g} to {high:g} Hz"}, "type": "linear",
                    "tickformat": ".0%"}  # fmt: skip
        colors = theme.COLORS
        traces = [
            line(name, middle, shown[:, k], colors[k % len(colors)], width=1.3)
            for k, name in enumerate(result.names)
        ]
        layout = {"xaxis": {"title": {"text": "time (s)"}}, "yaxis": axis, "showlegend": True}
        return View(traces, layout, _rows(result, units), _sentence(result), times="x")


def automatic_epoch(seconds: float) -> float:
    """Return the length of an epoch for a part of a recording, in seconds."""
    shortest = min(WINDOW_S, seconds)
    return min(EPOCH_S, max(shortest, float(f"{seconds / EPOCHS:.2g}")))


def _rows(result: Any, units: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("band", "Hz", f"median ({units})", "quartiles", "median share")]
    for k, (name, low, high) in enumerate(
        zip(told_names(result), result.low_hz, result.high_hz, strict=True)
    ):
        shares = result.relative[:, k]
        known = shares[np.isfinite(shares)]
        share = f"{np.median(known):.1%}" if len(known) else ""
        rows.append((name, f"{low:g} to {high:g}", *spread(result.power[:, k]), share))
    return rows


def _sentence(result: Any) -> str:
    known = int(np.isfinite(result.total).sum())
    return (
        f"{len(result.times):,} epochs of {result.epoch_s:g} s, {known:,} with enough valid signal"
    )

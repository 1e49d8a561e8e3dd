"""Power over time and frequency: spectrogram, multitaper spectrogram, scalogram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.result import quantity
from vital_widgets.analysis.signal.spectra.scalogram import scalogram
from vital_widgets.analysis.signal.spectra.spectrogram import spectrogram
from vital_widgets.core.signalkind import signal_kind
from vital_widgets.errors import InvalidInputError
from vital_widgets.figures import theme
from vital_widgets.panels.evencells import even_middles
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.panelplaces import NothingToAnalyseError
from vital_widgets.panels.parameters import channel, choice, number
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from vital_widgets.panels.panelplaces import Place

METHODS = {
    "Spectrogram": "welch", "Multitaper spectrogram": "multitaper", "Scalogram": "scalogram",
}  # fmt: skip
COLORS = ("Viridis", "Cividis", "Inferno", "Turbo", "Greys")
COLUMNS, ROWS = 1200, 240  # cells that are sent at most: about those that a screen shows
SMOOTH = 600  # columns of a short window, by overlapping windows
HIGHEST = 40.0  # Hz
LOWEST = 0.5  # Hz, of wavelets
SECONDS = {"respiration": 32.0}  # of a window; 4 s for all others
USUAL_SECONDS = 4.0
NIGHT = 600.0  # s of an EEG from which the multitaper windows are those for sleep
SLEEP = ("EEG", "EOG")
NIGHT_SECONDS, NIGHT_NW = 30.0, 15.0  # Prerau et al. 2017: a resolution of 1 Hz
USUAL_NW = 4.0


class Spectrogram(Panel):
    """Power over time and frequency, of seconds to whole nights, as large as the screen shows.

    Attributes
    ----------
    channel : str
        Name of the channel.
    method : str
        "welch", "multitaper" or "scalogram".
    lowest, highest : float or None
        Band in Hz; None for 0 Hz (0.5 Hz of a scalogram) and 40 Hz or half the sampling rate.
    window_s : float or None
        Length of a window in seconds; None for 4 s, of respiration 32 s, and for multitaper
        spectrograms of 10 minutes and more of an EEG or EOG 30 s, with 29 tapers.
    dark, bright : float
        Percentiles of the power in dB that get the first and the last colour.
    colors : str
        A colour scale of Plotly.
    """

    title = "Spectrogram"
    plot_height = 340

    channel = channel(("EEG", "ECG", "PPG"), "Channel")
    method = choice(
        "welch", METHODS, "Method",
        "one taper: Welch 1967; several tapers: Thomson 1982, for sleep Prerau et al. 2017; Morlet "
        "wavelets: Torrence and Compo 1998",
    )  # fmt: skip
    lowest = number(None, 0, 1e5, "From", "lowest frequency", unit="Hz", empty="automatic")
    highest = number(None, 0.01, 1e5, "To", "highest frequency", unit="Hz", empty="automatic")
    window_s = number(
        None, 0.05, 3600, "Window", "of a spectrum; longer is finer in frequency, coarser in time",
        unit="s", empty="automatic",
    )  # fmt: skip
    dark = number(
        5.0, 0, 99, "Darkest", "percentile of the power that gets the first colour", unit="%",
        step=1, drawing=True,
    )  # fmt: skip
    bright = number(
        99.0, 1, 100, "Brightest", "percentile of the power that gets the last colour", unit="%",
        step=1, drawing=True,
    )  # fmt: skip
    colors = choice("Viridis", COLORS, "Colours", "Cividis: for all colour vision", drawing=True)

    def script(self, place: Place, chosen: Any) -> Step:
        """Return the picture, averaged to what a screen shows."""
        if not chosen.channel:
            raise NothingToAnalyseError("choose a channel")
        source = self.recording[chosen.channel]
        signal = place.channel(chosen.channel)
        nyquist = source.fs / 2
        wavelets = chosen.method == "scalogram"
        low = (LOWEST if wavelets else 0.0) if chosen.lowest is None else chosen.lowest
        limit = source.fs / 3 if wavelets else nyquist
        high = min(HIGHEST, limit) if chosen.highest is None else chosen.highest
        if not low < high:
            raise InvalidInputError(
                f"the band {low:g} to {high:g} Hz is empty; give a lowest below the highest "
                f"frequency, up to {limit:g} Hz"
            )
        if low >= limit:
            raise InvalidInputError(
                f"the band begins at {low:g} Hz, but {chosen.channel!r} contains frequencies up to "
                f"{limit:g} Hz only; give a lower band"
            )
        shared = {"band": (low, high), "max_columns": COLUMNS, **place.usable}
        if wavelets:
            return call(scalogram, signal, name="picture", **shared)
        return call(
            spectrogram, signal, name="picture", max_rows=ROWS,
            **_windows(chosen, place.seconds, signal_kind(source.name, source.units), source.fs),
            **shared,
        )  # fmt: skip

    def draw(self, result: Any, chosen: Any) -> View:
        """Return the picture in dB."""
        level = result.decibels()
        known = level[np.isfinite(level)]
        low, high = sorted((chosen.dark, chosen.bright))
        ends = np.percentile(known, (low, high)) if len(known) else (0.0, 1.0)
        columns = result.units or "units"
        wavelets = chosen.method == "scalogram"
        unit = f"dB re 1 {columns}²" + ("" if wavelets else "/Hz")
        picture = {
            "type": "heatmap", "name": "power", "x": result.times,
            "y": np.asarray(
                result.frequencies if wavelets else even_middles(result.frequencies), np.float32
            ),
            "z": np.where(np.isfinite(level), level, np.nan).astype(np.float32),
            "zmin": float(ends[0]), "zmax": float(max(ends[1], ends[0] + 1e-6)), "zsmooth": False,
            "colorscale": chosen.colors, "hoverongaps": False,
            "hovertemplate": "%{x:.1f} s, %{y:.2f} Hz: %{z:.1f} dB<extra></extra>",
            "colorbar": {
                "title": {"text": unit, "side": "right", "font": {"color": theme.TEXT}},
                "thickness": 12, "tickfont": {"color": theme.TEXT},
            },
        }  # fmt: skip
        f = result.frequencies
        layout: dict[str, Any] = {
            "xaxis": {"title": {"text": "time (s)"}},
            "yaxis": {
                "title": {"text": "frequency (Hz)"}, "type": "log" if wavelets else "linear",
            },
        }  # fmt: skip
        if wavelets and len(f) > 1:
            layout["yaxis"]["range"] = [float(np.log10(f[0])), float(np.log10(f[-1]))]
        rows = [("measure", "value"), *result._facts()]
        mean = np.nanmean(np.where(np.isfinite(result.power), result.power, np.nan))
        rows.append(("mean power", quantity(float(mean), unit.removeprefix("dB re 1 "))))
        return View([picture], layout, rows, _sentence(result, wavelets=wavelets), times="x")


def _windows(chosen: Any, seconds: float, kind: str, fs: float) -> dict[str, Any]:
    """Return the length, the step and the tapers of the windows of a spectrogram."""
    night = chosen.method == "multitaper" and seconds >= NIGHT and kind in SLEEP
    length = chosen.window_s
    if length is None:
        length = NIGHT_SECONDS if night else SECONDS.get(kind, USUAL_SECONDS)
        if seconds < 2 * length:  # s: at least some windows side by side
            length = max(float(f"{seconds / 8:.2g}"), 8 / fs)
    step = min(length / 2, max(seconds / SMOOTH, length / 16, 1 / fs))
    made = {"method": chosen.method, "window_s": length}
    if step < length / 2:
        made["step_s"] = float(f"{step:.3g}")
    if chosen.method == "multitaper":
        made["nw"] = NIGHT_NW if night and length >= NIGHT_SECONDS else USUAL_NW
    return made


def _sentence(result: Any, *, wavelets: bool) -> str:
    size = f"{len(result.times):,} x {len(result.frequencies):,} cells"
    if wavelets:
        return f"{size}, one for each {result.column_s:.3g} s"
    each = []
    if result.n_per_column > 1:
        each.append(f"{result.n_per_column:,} windows in a column")
    if result.n_per_row > 1:
        each.append(f"{result.n_per_row} frequencies in a row")
    means = f"; each the mean of {' and '.join(each)}" if each else ""
    return f"{size}, windows of {result.window_s:g} s every {result.step_s:g} s{means}"

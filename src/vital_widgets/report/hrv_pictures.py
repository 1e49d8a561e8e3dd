"""The pictures of a report of heart rate variability, drawn on axes of Matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.export.timeaxis import time_ticks
from vital_widgets.report.sheet import shown

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Intervals
    from vital_widgets.analysis.hrv.correct_beats import CorrectedBeats
    from vital_widgets.analysis.hrv.hrv import Hrv
    from vital_widgets.analysis.hrv.hrv_trend import HrvTrend

INK, ACCENT, MUTED, GRID = "#1f4e9c", "#b3541e", "#5a6372", "#dfe3e8"
BANDS = {"ulf": "#eceff3", "vlf": "#dbe6f4", "lf": "#bfe0d5", "hf": "#f8dcc0", "vhf": "#eadcf2"}
COLUMNS = 1200  # of a trace: more points than that are drawn as minima and maxima
MOST_DOTS = 3000  # of a Poincare plot: more pairs are drawn as a picture of their density
CELLS = 160  # of it along each axis, about
OFTEN = 3
COARSE_MS = 0.9  # from this resolution of intervals on, cells would show a pattern
SHOWN_HZ = 0.5
CHARACTER = 4.2  # points that a character of a label is wide
NEAR = 1e-6  # s
HEAD = 1.18  # height of the picture of a spectrum relative to its highest point: room for texts
CLIPPED = 1.5  # times the highest density of LF and HF, above which VLF is cut off


def tachogram(
    axes: Any,
    nn: Intervals,
    corrected: CorrectedBeats | None,
    t_range: tuple[float, float],
    start: datetime | None,
) -> None:
    """Draw the intervals over time, and where beats were corrected."""
    axes.set_ylabel("NN (ms)")
    if not len(nn):
        return _nothing(axes, "no intervals")
    times, values = _broken(nn)
    if np.count_nonzero(np.isfinite(values)) > 2 * COLUMNS:
        times, values = _reduced(times, values)
    axes.plot(times, values, color=INK, lw=0.5)
    low, high = np.nanmin(values), np.nanmax(values)
    room = 0.08 * max(high - low, 10.0)
    if corrected is not None:
        at = corrected.annotations().onset
        at = at[(at >= times[0]) & (at <= times[-1])]
        cells = np.unique(np.rint((at - times[0]) / max(times[-1] - times[0], 1e-9) * COLUMNS))
        where = times[0] + cells * (times[-1] - times[0]) / COLUMNS
        axes.vlines(where, low - 2 * room, low - room, color=ACCENT, lw=0.6)
    axes.set_ylim(low - 2.3 * room, high + room)
    return time_axis(axes, t_range, start)


def spectrum(axes: Any, result: Hrv) -> None:
    """Draw the power spectral density with the bands of the convention and their powers."""
    axes.set_xlabel("frequency (Hz)")
    axes.set_ylabel("PSD (ms²/Hz)")
    f, density = result.frequencies, result.density
    if not len(f) or not result.enough:
        return _nothing(axes, "too short for a spectrum")
    inside = f <= SHOWN_HZ
    bands = result.convention.bands()
    cared = inside & (f >= bands["lf"][0]) & (f <= bands["hf"][1])
    top = float(density[cared].max()) if cared.any() else 0.0
    highest = max(float(density[inside].max()), 1e-9)
    limit = 1.1 * (CLIPPED * top if 0 < CLIPPED * top < highest else highest)
    for name, (low, high) in bands.items():
        power = result.measures.get(name, np.nan)
        if low >= SHOWN_HZ or (name == "ulf" and not np.isfinite(power)):
            continue
        axes.axvspan(low, min(high, SHOWN_HZ), color=BANDS[name], lw=0)
        if high - low > 0.05 or name == "vlf":  # noqa: PLR2004 - Hz, room for a text
            words = name.upper() if not np.isfinite(power) else f"{name.upper()}\n{shown(power)}"
            middle = (max(low, 0.0) + min(high, SHOWN_HZ)) / 2
            style = {"ha": "center", "va": "top", "fontsize": 6, "color": MUTED}
            axes.text(middle, 0.985 * HEAD * limit, words, **style)
    axes.plot(f[inside], np.minimum(density[inside], limit), color=INK, lw=0.8)
    if limit < highest:
        axes.text(
            SHOWN_HZ,
            limit,
            f"cut off at\nthe top, up\nto {shown(highest)}",
            ha="right",
            va="top",
            fontsize=6,
            color=ACCENT,
        )
    axes.set_xlim(0, SHOWN_HZ)
    axes.set_ylim(0, HEAD * limit)
    return None


def poincare_plot(axes: Any, nn: Intervals, sd1: float, sd2: float) -> None:
    """Draw each interval against the one before, with the ellipse of SD1 and SD2."""
    axes.set_xlabel("NN (ms)")
    axes.set_ylabel("next NN (ms)")
    at = nn.successive()
    if not len(at):
        return _nothing(axes, "no successive intervals")
    x, y = nn.ms[at], nn.ms[at + 1]
    low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
    room = 0.05 * max(high - low, 20.0)
    low, high = low - room, high + room
    if len(at) > MOST_DOTS:
        edges = _edges(nn.ms, low, high)
        count, _, _ = np.histogram2d(y, x, (edges, edges))
        share = np.log1p(count) / np.log1p(count.max())
        colors = np.where(count[..., None] > 0, _blues()(share)[..., :3], 1.0)
        extent = (edges[0], edges[-1], edges[0], edges[-1])
        axes.imshow(colors, origin="lower", extent=extent, interpolation="nearest")
    else:
        axes.plot(x, y, "o", ms=1.4, mew=0, color=INK, alpha=0.45)
    axes.plot([low, high], [low, high], color=MUTED, lw=0.5, ls=(0, (4, 3)))
    if np.isfinite(sd1) and np.isfinite(sd2):
        turn = np.linspace(0, 2 * np.pi, 181)
        along, across = sd2 * np.cos(turn), sd1 * np.sin(turn)
        axes.plot(
            x.mean() + (along - across) / np.sqrt(2),
            y.mean() + (along + across) / np.sqrt(2),
            color=ACCENT,
            lw=1.0,
        )
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.xaxis.get_major_locator().set_params(nbins=5)
    axes.yaxis.get_major_locator().set_params(nbins=5)
    axes.set_aspect("equal", "box", anchor="W")
    return None


def trend(
    panels: list[Any],
    found: HrvTrend,
    labels: dict[str, str],
    t_range: tuple[float, float],
    start: datetime | None,
) -> None:
    """Draw one measure a panel over time; a window is a horizontal line."""
    ends = found.times + found.window_s
    for axes, (name, values) in zip(panels, found.measures.items(), strict=True):
        axes.set_ylabel(labels[name])
        known = np.isfinite(values)
        if not known.any():
            _nothing(axes, "no window with enough intervals")
        else:
            # Windows that touch are joined.
            touching = known[:-1] & known[1:] & (found.times[1:] <= ends[:-1] + NEAR)
            joined = np.append(touching, False)
            x = np.stack([found.times, ends, ends], axis=1)
            y = np.stack([values, values, np.where(joined, values, np.nan)], axis=1)
            axes.plot(x.ravel(), y.ravel(), color=INK, lw=0.9, solid_capstyle="butt")
            low, high = float(values[known].min()), float(values[known].max())
            room = 0.15 * max(high - low, 0.02 * abs(high), 1e-9)
            axes.set_ylim(low - room, high + room)
        axes.yaxis.get_major_locator().set_params(nbins=3)
        if len(found.times):
            time_axis(axes, t_range, start)
        if axes is not panels[-1]:
            axes.tick_params(labelbottom=False)
            axes.set_xlabel("")


def time_axis(axes: Any, t_range: tuple[float, float], start: datetime | None) -> None:
    """Set limits and labels of a time axis: clock time if the start is known."""
    t0, t1 = t_range
    if t1 <= t0:
        t0, t1 = t0 - 1, t1 + 1
    axes.set_xlim(t0, t1)
    points = axes.get_window_extent().width * 72 / axes.figure.dpi
    ticks = time_ticks(start, (t0, t1), points / 1.3, lambda text: CHARACTER * len(text))
    axes.set_xticks([tick.t for tick in ticks], [tick.text for tick in ticks])
    axes.set_xlabel("time of day" if start is not None else "time since the start")


def _broken(nn: Intervals) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return times and intervals with NaN between stretches, so that no line crosses a gap."""
    gaps = np.flatnonzero(np.diff(nn.stretch) != 0) + 1
    return np.insert(nn.times, gaps, nn.times[gaps]), np.insert(nn.ms, gaps, np.nan)


def _reduced(
    times: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return minimum and maximum of each of some columns; empty columns break the line."""
    edges = np.linspace(times[0], times[-1], COLUMNS + 1)
    column = np.clip(np.searchsorted(edges, times, side="right") - 1, 0, COLUMNS - 1)
    known = np.isfinite(values)
    low, high = np.full(COLUMNS, np.inf), np.full(COLUMNS, -np.inf)
    np.minimum.at(low, column[known], values[known])
    np.maximum.at(high, column[known], values[known])
    some = np.isfinite(low)
    pairs = np.where(np.repeat(some, 2), np.stack([low, high], axis=1).ravel(), np.nan)
    middle = (edges[:-1] + edges[1:]) / 2
    reduced = np.repeat(middle, 2)
    reduced[[0, -1]] = times[0], times[-1]
    return reduced, pairs


def _edges(ms: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Return the edges of cells; their width is a multiple of the resolution of the times."""
    width = (high - low) / CELLS
    # Values of corrected beats lie between those that the sampling rate gives.
    found, often = np.unique(np.round(ms, 3), return_counts=True)
    steps = np.diff(found[often >= OFTEN])
    step = float(np.median(steps)) if len(steps) else 0.0
    if step > COARSE_MS:
        width = step * np.ceil(width / step)
        low = float(ms.min()) - width * (np.ceil((float(ms.min()) - low) / width) + 0.5)
    return np.asarray(low + width * np.arange(int(np.ceil((high - low) / width)) + 1))


def _blues() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("density", ["#c3d3ec", INK, "#0b1d3d"])


def _nothing(axes: Any, why: str) -> None:
    axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center", color=MUTED)
    axes.set_xticks([])
    axes.set_yticks([])

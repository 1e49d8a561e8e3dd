"""Figures over channels in their file beside plotly-resampler's figures of arrays in memory."""

from __future__ import annotations

import gc
import os
import time
import tracemalloc
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from inputs import edf
from plotly_resampler import FigureWidgetResampler
from plotly_resampler.aggregation import MinMaxAggregator, MinMaxLTTB
from rows import Row, milliseconds
from scipy.signal import lfilter

import vital_widgets as vw
from vital_widgets.config import settings
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.runtime.caches import release_caches

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

FS = 250.0
WIDTH, HEIGHT = 1000, 200
VIEWS = 60
FILE = "one channel of a 200 MB EDF (14 h), built; 60 random views of 1 s to the whole, 2000 points"


def zoom(figure: FigureWidgetResampler, t0: float, t1: float) -> None:
    """What the browser sends after a gesture."""
    moved = {"xaxis.range[0]": t0, "xaxis.range[1]": t1}
    figure.set_state({"_js2py_relayout": {"relayout_data": moved, "source_view_id": "bench"}})


def painted(x: np.ndarray, y: np.ndarray, view: Sequence[float], span: Sequence[float]):
    """Pixels that a line through points covers on a plot of WIDTH x HEIGHT."""
    picture = np.zeros((HEIGHT, WIDTH), bool)
    keep = np.isfinite(y)
    px = (x[keep] - view[0]) / (view[1] - view[0]) * WIDTH
    edges = np.arange(WIDTH + 1)
    at = np.concatenate([px, edges])
    line = np.interp(at, px, y[keep])
    order = np.argsort(at, kind="stable")
    at, line = at[order], line[order]
    inside = (at >= 0) & (at <= WIDTH)
    at, line = at[inside], line[inside]
    column = np.minimum(at.astype(int), WIDTH - 1)
    row = np.clip((line - span[0]) / (span[1] - span[0]) * (HEIGHT - 1), 0, HEIGHT - 1)
    low, high = np.full(WIDTH, np.inf), np.full(WIDTH, -np.inf)
    for c in (column, np.maximum(column - (at == column), 0)):
        np.minimum.at(low, c, row)
        np.maximum.at(high, c, row)
    rows = np.arange(HEIGHT)[:, None]
    picture |= (rows >= np.floor(low)) & (rows <= np.ceil(high))
    return picture


def views(duration: float) -> list[tuple[float, float]]:
    """Random windows, log-uniform in length."""
    rng = np.random.default_rng(5)
    lengths = np.exp(rng.uniform(0, np.log(duration), VIEWS))
    return [(t0, t0 + n) for n in lengths for t0 in [float(rng.uniform(0, duration - n))]]


def timed(figure: FigureWidgetResampler, windows: Sequence[tuple[float, float]]):
    """Seconds for each view, and the points that it shows."""
    took, shown = [], []
    for window in windows:
        begin = time.perf_counter()
        zoom(figure, *window)
        took.append(time.perf_counter() - begin)
        trace = figure.data[0]
        shown.append((np.array(trace.x, float), np.array(trace.y, float)))
    return took, shown


def traced(make: Callable[[], FigureWidgetResampler]) -> tuple[FigureWidgetResampler, float]:
    """A figure, and the megabytes that Python and NumPy hold for it at the peak."""
    gc.collect()
    tracemalloc.start()
    figure = make()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return figure, peak / 1e6


def made_signals(n: int) -> dict[str, NDArray[np.int16]]:
    """Signals that are hard to reduce, as integers of a file."""
    rng = np.random.default_rng(3)
    t = np.arange(n) / FS
    spikes = (rng.random(n) < 1.2 / FS) * 900 + rng.normal(0, 10, n)
    slow = lfilter([1], [1, -0.97], rng.normal(0, 20, n))
    return {
        "spikes": spikes.astype(np.int16),
        "a square wave of 0.37 Hz": (((t * 0.37) % 1 < 0.5) * 1000).astype(np.int16),
        "white noise": rng.normal(0, 300, n).astype(np.int16),
        "EEG-like noise": slow.astype(np.int16),
        "temperature": (np.cumsum(rng.normal(0, 0.5, n)) + 3700).astype(np.int16),
    }


def other_signals() -> list[Row]:
    """Pixels of other signals, in a channel with two gaps, beside MinMax in RAM."""
    n = 4_000_000
    base = from_runs(FS, [(0.0, n // 2), (n / FS, n // 4), (1.3 * n / FS, n - n // 2 - n // 4)])
    times = base.times(0, n)
    found = []
    for name, values in made_signals(n).items():
        recording = vw.Recording(name, [Channel("x", ArraySamples(values), base)])
        figure = vw.figure(recording, "x")
        if figure._session.task is not None:
            figure._session.task.result()
        losses = []
        for t0, t1 in views(base.end)[:24]:
            i0, i1 = base.sample_range(t0, t1)
            if i1 - i0 <= 2 * WIDTH:
                continue
            x, y = times[i0:i1], values[i0:i1].astype(float)
            zoom(figure, t0, t1)
            trace = figure.data[0]
            at = MinMaxAggregator().arg_downsample(x, y, n_out=2000)
            span = (y.min(), y.max() + 1e-9)
            every = painted(x, y, (t0, t1), span)
            ours = painted(np.array(trace.x, float), np.array(trace.y, float), (t0, t1), span)
            theirs = painted(x[at], y[at], (t0, t1), span)
            losses.append(float((theirs == every).mean() - (ours == every).mean()))
        figure.close()
        found.append(f"{name} {np.mean(losses) * 100:+.2f} (worst view {max(losses) * 100:+.2f})")
    return [
        Row(
            "figure over a channel, % of pixels fewer than MinMax in RAM has equal",
            "4,000,000 samples at 250 Hz with two gaps; random views of more than 2000 samples",
            "; ".join(found),
            "",
            "",
            None,
        )
    ]


def cold_row(path: Path, windows: Sequence[tuple[float, float]]) -> Row:
    """Time and bytes for views of files that are not in the page cache."""
    with vw.open(path) as recording:
        figure = vw.figure(recording, next(iter(recording.channels)))
        took, read = [], []
        for window in windows:
            release_caches()
            for file in [path, *settings().cache_dir.rglob("*.bins")]:
                with file.open("rb") as opened:
                    os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            before, begin = bytes_read(), time.perf_counter()
            zoom(figure, *window)
            took.append(time.perf_counter() - begin)
            read.append((bytes_read() - before) / 1e6)
        figure.close()
    return Row(
        "figure over a channel, a view from the disk",
        f"{FILE}; no file in the page cache, no block in memory",
        f"{milliseconds(took)}; {median(read):.1f} MB median, {max(read):.1f} MB at most",
        "",
        "",
        None,
    )


def bytes_read() -> int:
    """Bytes that this process has read."""
    return int(Path("/proc/self/io").read_text().split("rchar:")[1].split()[0])


def run(folder: Path) -> list[Row]:
    """Pixels against all samples, time for a view, memory of the figure."""
    recording = vw.open(edf(folder, 200))
    name = next(iter(recording.channels))
    channel = recording[name]
    ready = vw.figure(recording, name)
    if ready._session.task is not None:
        ready._session.task.result()
    ready.close()
    windows = views(recording.duration)

    def in_memory(aggregator: object) -> FigureWidgetResampler:
        values = channel.read(0, channel.n_samples)
        made = FigureWidgetResampler(default_n_shown_samples=2000, default_downsampler=aggregator)
        made.add_trace(
            {"type": "scatter"}, hf_x=channel.timebase.times(0, len(values)), hf_y=values
        )
        return made

    ours, ours_mb = traced(lambda: vw.figure(recording, name))
    ours_took, ours_shown = timed(ours, windows)
    ours.close()
    plain, plain_mb = traced(lambda: in_memory(MinMaxAggregator()))
    plain_took, plain_shown = timed(plain, windows)
    plain.close()
    lttb = in_memory(MinMaxLTTB())
    _, lttb_shown = timed(lttb, windows)
    lttb.close()
    recording_times = channel.timebase.times
    shares: dict[str, list[float]] = {"ours": [], "MinMax": [], "MinMaxLTTB": []}
    for k, (t0, t1) in enumerate(windows):
        i0, i1 = channel.timebase.sample_range(t0, t1)
        y = channel.read(i0, i1)
        span = (float(y.min()), float(y.max()) + 1e-9)
        every = painted(recording_times(i0, i1), y, (t0, t1), span)
        for kind, shown in (
            ("ours", ours_shown),
            ("MinMax", plain_shown),
            ("MinMaxLTTB", lttb_shown),
        ):
            x, selected = shown[k]
            shares[kind].append(float((painted(x, selected, (t0, t1), span) == every).mean()))
    recording.close()
    others = ", ".join(f"{kind} {np.mean(shares[kind]):.1%}" for kind in ("MinMax", "MinMaxLTTB"))
    ratio = median(ours_took) / median(plain_took)
    return [
        Row(
            "figure over a channel, pixels equal to those of all samples",
            f"{FILE}, 1000 x 200 pixels",
            f"{np.mean(shares['ours']):.1%}",
            f"FigureWidgetResampler in RAM: {others}",
            "",
            None,
        ),
        Row(
            "figure over a channel, time in the kernel for a view",
            FILE,
            f"{milliseconds(ours_took)}, {ratio:.2f} times",
            f"FigureWidgetResampler in RAM, MinMax: {milliseconds(plain_took)}",
            "",
            None,
        ),
        Row(
            "figure over a channel, memory at the peak of making it",
            FILE,
            f"{ours_mb:.1f} MB",
            f"FigureWidgetResampler in RAM: {plain_mb:.0f} MB",
            "20 MB",
            ours_mb <= 20,
        ),
        cold_row(edf(folder, 200), windows),
        *other_signals(),
    ]

"""Draw the overview: the whole recording with marks, sleep stages and where there are samples."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.formatting import format_duration
from vital_widgets.export.canvas import Box, Trace, elide
from vital_widgets.export.lanepicture import hatch_columns, runs
from vital_widgets.export.lanerange import automatic_range
from vital_widgets.export.lanesignal import signal_columns, without_gaps
from vital_widgets.export.markgroups import MarkWindow, shown_marks
from vital_widgets.export.markpicture import draw_columns
from vital_widgets.export.palette import mix
from vital_widgets.serve.description import expected_duration
from vital_widgets.serve.overviewchoice import overview_signal

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from vital_widgets.core.timebase import TimeBase
    from vital_widgets.export.canvas import Canvas
    from vital_widgets.export.palette import Color, Palette
    from vital_widgets.export.pictureview import PictureView
    from vital_widgets.serve.markservice import MarkService
    from vital_widgets.serve.session import Session

MARKS, COVERAGE, HYPNOGRAM = 5.0, 4.0, 14.0  # CSS pixels
UNITS = 11.0
STAGES = ("W", "R", "N1", "N2", "N3")  # from top to bottom
_WORDS = {
    **dict.fromkeys(("w", "wake", "awake", "0"), "W"),
    **dict.fromkeys(("r", "rem"), "R"),
    "1": "N1",
    "2": "N2",
    **dict.fromkeys(("3", "4"), "N3"),
}
_TEXT = re.compile(r"((?:sleep)?[\s_-]*(?:stage)?)[\s_:-]*(s|n|nrem)?(\d|[a-z]+)")
_NON_REM = re.compile("n[1-3]", re.IGNORECASE)


def stage_of(text: str) -> str | None:
    """Return the sleep stage that the text of a mark names, as the viewer understands it.

    W, R, S2 and 2 need the word sleep or stage.
    """
    found = _TEXT.fullmatch(text.strip().lower())
    if found is None:
        return None
    named, letters, word = found.groups()
    digit = any(letter.isdigit() for letter in word)
    if letters and not digit:
        return None
    alone = letters in ("n", "nrem") or (not digit and len(word) > 1)
    return _WORDS.get(word) if named or alone else None


def stage_among(text: str, layer: Collection[str]) -> str | None:
    """Return the stage that a text names among all of its layer: W and R are stages beside N2."""
    stage, alone = stage_of(text), text.strip().upper()
    if stage is not None or alone not in {"W", "R"}:
        return stage
    return alone if any(_NON_REM.fullmatch(one.strip()) for one in layer) else None


def draw_overview(
    canvas: Canvas, session: Session, view: PictureView, box: Box, palette: Palette
) -> None:
    """Draw one signal over the whole recording, with a frame around the window."""
    duration = expected_duration(session.recording)
    if not view.lanes or duration <= 0:
        return
    every = [signal for lane in view.lanes for signal in lane.signals]
    signal = overview_signal(session, every, duration)
    if signal is None:
        return
    width = max(round(box.right * canvas.scale) - round(box.left * canvas.scale), 1)
    columns, gaps, missing = signal_columns(session, signal, (0.0, duration), width)
    extent = automatic_range(columns, None)
    hatch_columns(canvas, missing, box, (palette.grid, palette.line))
    hatch_columns(canvas, gaps | columns.bands(), box, (palette.gap, palette.gap_stripe))
    service = session.marked(view.wait)
    stages = [] if service is None else _stages(service)
    marks = None
    if service is not None:
        known = shown_marks(
            service,
            session.signals.named,
            MarkWindow((0.0, duration), width, box.width),
            view.mark_colors,
            palette,
            lambda text, layer: stage_among(text, layer) is None,
        )
        marks = known.groups
    above = (HYPNOGRAM if stages else 0.0) + (MARKS if marks else 0.0)
    kept = [one for k, one in enumerate(session.channels) if session.signals.is_kept(k)]
    covered = _coverage([channel.timebase for channel in kept], duration, width)
    below = COVERAGE if covered.min() < 1 else 0.0
    inner = Box(box.left, box.top + above, box.width, box.height - above - below)
    ink = mix(palette.ink(view.inks.get(signal, session.ink(signal))), palette.background, 0.3)
    canvas.trace(Trace(inner, without_gaps(columns, gaps), extent, gaps, ink))
    if stages:
        _draw_hypnogram(canvas, stages, duration, (box, box.top + above - HYPNOGRAM), palette)
    if marks:
        draw_columns(canvas, marks, Box(box.left, box.top, box.width, MARKS - 1))
    if below:
        strip = Box(box.left, box.bottom - COVERAGE, box.width, COVERAGE)
        _draw_coverage(canvas, covered, strip, palette)
    text = f"of {format_duration(duration)}"
    shown = elide(canvas, text, box.left - 13, UNITS)
    middle = box.top + box.height / 2
    canvas.text(9, middle, shown, palette.muted, UNITS, bold=False, align="left")
    _draw_frame(canvas, view.t_range, duration, box, palette.accent)


def _draw_frame(
    canvas: Canvas, t_range: tuple[float, float], duration: float, box: Box, color: Color
) -> None:
    left, right = (box.left + t / duration * box.width for t in t_range)
    frame = Box(min(left, box.right - 4), box.top, max(right - left, 4.0), box.height)
    canvas.fill(frame, color, 0.16)
    for edge in (frame.left, frame.right - 1.5):
        canvas.fill(Box(edge, box.top, 1.5, box.height), color)
    for edge in (frame.top, frame.bottom - 1.5):
        canvas.fill(Box(frame.left, edge, frame.width, 1.5), color)


def _coverage(bases: Sequence[TimeBase], duration: float, width: int) -> NDArray[np.float64]:
    """Return the share of time bases that have samples in each column."""
    known = {(b.fs, b.n_samples, b.starts.tobytes(), b.onsets.tobytes()): b for b in bases}
    counts = np.zeros(width)
    per_second = width / duration
    for base in known.values():
        change = np.zeros(width + 1, np.int64)
        least = 1 / base.fs  # less than a sample is not a gap
        begins = np.where(base.onsets > least, base.onsets, 0.0)
        ends = base.onsets + np.diff(np.append(base.starts, base.n_samples)) / base.fs
        ends = np.where(duration - ends > least, ends, duration)
        if base.n_samples:
            first = np.clip(np.floor(begins * per_second), 0, width).astype(np.int64)
            stop = np.clip(np.ceil(ends * per_second), 0, width).astype(np.int64)
            np.add.at(change, first, 1)
            np.add.at(change, stop, -1)
        counts += np.cumsum(change[:width]) > 0
    return counts / max(len(known), 1)


def _draw_coverage(
    canvas: Canvas, covered: NDArray[np.float64], strip: Box, palette: Palette
) -> None:
    canvas.fill(strip, palette.background)
    for mask, alpha in (((covered > 0) & (covered < 1), 0.24), (covered == 1, 0.62)):
        for first, stop in runs(mask):
            left, width = first / canvas.scale, (stop - first) / canvas.scale
            part = Box(strip.left + left, strip.top + 1, width, strip.height - 1)
            canvas.fill(part, palette.text, alpha)


def _stages(service: MarkService) -> list[tuple[float, float, int]]:
    """Return onset, duration and level of the stages of the layer with most of them, by time."""
    words, chosen = service.parts.store.words, service.shown
    most: list[tuple[float, float, int]] = []
    for _, table in service.layers(chosen):
        rows = chosen.rows(table, words, np.arange(len(table)))
        found: list[tuple[float, float, int]] = []
        codes = np.unique(table.text[rows]).tolist()
        texts = [words.text(code) for code in codes]
        for code, text in zip(codes, texts, strict=True):
            stage = stage_among(text, texts)
            if stage is None:
                continue
            own = rows[table.text[rows] == code]
            level = STAGES.index(stage)
            found += [
                (onset, length, level)
                for onset, length in zip(
                    table.onset[own].tolist(), table.duration[own].tolist(), strict=True
                )
            ]
        most = max(most, found, key=len)  # two over each other would be read as one
    return sorted(most)


def _draw_hypnogram(
    canvas: Canvas,
    stages: Sequence[tuple[float, float, int]],
    duration: float,
    place: tuple[Box, float],
    palette: Palette,
) -> None:
    """Draw a step for each stage: wake at the top, deep sleep at the bottom, REM thick."""
    box, top = place
    per_second = box.width / duration
    row = (HYPNOGRAM - 4) / (len(STAGES) - 1)
    before: tuple[float, float] | None = None
    for onset, length, level in stages:
        x, y = box.left + onset * per_second, top + 2 + level * row
        if before is not None and abs(before[0] - x) < 1 and before[1] != y:
            upper = min(y, before[1]) - 0.5
            step = Box(x - 0.5, upper, 1, abs(y - before[1]) + 1)
            canvas.fill(step, palette.text, 0.7)
        rem = STAGES[level] == "R"
        thick = 3.0 if rem else 1.5
        end = x + length * per_second
        line = Box(x, y - thick / 2, max(end - x, 1.0), thick)
        canvas.fill(line, palette.accent if rem else palette.text)
        before = end, y

"""A picture of one table of each accuracy page, drawn from the page as it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
MAX_ROWS = 16
COLOURS = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
)  # Okabe and Ito, colour-blind safe


@dataclass(frozen=True)
class Picture:
    """Which numbers of which table are drawn.

    Attributes
    ----------
    table : str
        Its heading.
    columns : tuple of str
        Columns of numbers, each a series; of a cell with several numbers the first.
    label : str
        What the numbers are.
    kind : {'bars', 'lines'}
        Bars: one for each row and column. Lines: one for each row, over the columns.
    log : bool
        Whether the axis is logarithmic.
    limits : (float, float), optional
        Limits of the axis.
    """

    table: str
    columns: tuple[str, ...]
    label: str
    kind: str = "bars"
    log: bool = False
    limits: tuple[float, float] | None = None


NOISE = ("clean", "24 dB", "18 dB", "12 dB", "6 dB", "0 dB")
PICTURES = {
    "qrs": Picture(
        "QRS detection on the MIT-BIH Arrhythmia Database",
        ("50 ms", "150 ms"), "sensitivity in %", limits=(90, 100),
    ),
    "delineation": Picture(
        "P, QRS and T against the marks of cardiologists",
        ("qrs onset", "qrs offset", "t peak", "t offset"), "mean difference in ms",
    ),
    "ppg": Picture(
        "PPG pulses",
        ("ours: msptd", "ours: slope-sum", "ours: two-averages", "NeuroKit2 elgendi"),
        "sensitivity in %", limits=(85, 100),
    ),
    "hrv": Picture("One series under five conventions", ("spread",), "spread in % of the median"),
    "respiration": Picture(
        "Breaths", ("sensitivity %", "PPV %"), "share in %", limits=(80, 100)
    ),
    "quality": Picture("Signal quality in noise", NOISE, "score, share or F1 / 100", kind="lines"),
    "filtering": Picture("Baseline wander taken out", ("won",), "wander removed in dB"),
    "spectral": Picture(
        "Spectra against other libraries", ("off from the reference",),
        "relative difference from the reference", log=True,
    ),
    "complexity": Picture(
        "Complexity against NeuroKit2", ("largest difference",),
        "largest relative difference", log=True,
    ),
    "comparison": Picture(
        "Clock drift from beats", ("change of the error over 24 h",),
        "change of the error over 24 h in ms",
    ),
}  # fmt: skip


def draw(picture: Picture, text: str, target: Path) -> None:
    """Draw a picture of a page, and write it beside the page."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    labels, values = numbers_of(picture, text)
    height = 1.2 + 0.16 * len(labels) * max(len(picture.columns), 2) if _bars(picture) else 4.0
    with mpl.rc_context({"font.size": 9, "svg.hashsalt": "vital_widgets"}):
        figure = Figure(figsize=(7.5, height), layout="constrained")
        axes = figure.add_subplot()
        if _bars(picture):
            _draw_bars(axes, picture, labels, values)
        else:
            for k, (label, row) in enumerate(zip(labels, values, strict=True)):
                style = "-" if k < len(COLOURS) else "--"
                colour = COLOURS[k % len(COLOURS)]
                axes.plot(picture.columns, row, style, marker="o", color=colour, label=label)
            axes.set_ylabel(picture.label)
            axes.legend(frameon=False)
        axes.set_title(picture.table, loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
        target.parent.mkdir(exist_ok=True)
        figure.savefig(target, dpi=110, metadata={"Software": None})


def _bars(picture: Picture) -> bool:
    return picture.kind == "bars"


def _draw_bars(axes, picture, labels, values) -> None:
    at = np.arange(len(labels))
    width = 0.8 / len(picture.columns)
    for k, column in enumerate(picture.columns):
        places = at + (k - (len(picture.columns) - 1) / 2) * width
        axes.barh(places, values[:, k], width, color=COLOURS[k % len(COLOURS)], label=column)
    axes.set_yticks(at, labels)
    axes.invert_yaxis()
    axes.set_xlabel(picture.label)
    if picture.log:
        axes.set_xscale("log")
    if picture.limits is not None:
        axes.set_xlim(*picture.limits)
    if len(picture.columns) > 1:
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))


def numbers_of(picture: Picture, text: str) -> tuple[list[str], np.ndarray]:
    """The labels of the rows of a table, and its numbers, shape (rows, columns)."""
    section = text.split(f"## {picture.table}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    header, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    chosen = [header.index(column) for column in picture.columns]
    labels, values = [], []
    for row in rows[:MAX_ROWS]:
        words = [cell for cell in row[: min(chosen[0], 2)] if not re.match(r"[-+.\d]|nan", cell)]
        labels.append(", ".join(words) or row[0])
        values.append([_number(row[k], log=picture.log) for k in chosen])
        if picture.kind == "lines" and max(values[-1]) > 1:
            values[-1] = [value / 100 for value in values[-1]]
    return labels, np.array(values)


def _number(cell: str, *, log: bool) -> float:
    found = NUMBER.search(cell)
    value = float(found[0]) if found else np.nan
    return max(abs(value), 1e-17) if log else value

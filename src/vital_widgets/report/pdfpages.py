"""A report as PDF: two pages of A4, drawn with Matplotlib, which the package needs anyway."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from vital_widgets.report.paper import MARGIN, PAGE, WIDTH, Paper
from vital_widgets.report.sheet import NONE, shown, shown_spread
from vital_widgets.report.style import styled

if TYPE_CHECKING:
    from vital_widgets.report.sheet import Sheet, Value

INK, MUTED, LINE = "#16191d", "#4b5460", "#d5d9df"
FOOT = 10.0  # mm from the bottom of the page
ROW = 3.55  # mm of a row of the table
MORE_COLUMNS = 3
NAME, UNITS, SPREAD = 32.0, 16.0, 17.0  # mm of columns of the table
FACT = 26.0  # mm of the names of facts
LARGEST = 1.12  # of the heights of pictures
MADE_LINES = 5  # of each entry of how it was made


def pdf_pages(sheet: Sheet) -> bytes:
    """Return the report as PDF."""
    from matplotlib.backends.backend_pdf import PdfPages

    out = io.BytesIO()
    about: Any = {"Title": sheet.title, "Creator": sheet.foot.partition(" · ")[0],
                  "CreationDate": None, "ModDate": None, "Producer": None}  # fmt: skip
    with styled(), PdfPages(out, metadata=about) as pdf:
        for k, fill in enumerate((_first, _second)):
            paper = Paper()
            fill(paper, sheet)
            paper.rule(PAGE[1] - FOOT - 3, LINE)
            paper.text(MARGIN, PAGE[1] - FOOT, sheet.foot, 6, color=MUTED)
            paper.text(PAGE[0] - MARGIN, PAGE[1] - FOOT, f"{k + 1} / 2", 6, color=MUTED, ha="right")
            pdf.savefig(paper.figure)
    return out.getvalue()


def _first(paper: Paper, sheet: Sheet) -> None:
    y = paper.paragraph(MARGIN, 18, sheet.title, 15, width=WIDTH, lines=2, bold=True)
    y = paper.paragraph(MARGIN, y - 0.5, sheet.subtitle, 9, width=WIDTH, color=MUTED) + 1
    for name, words in sheet.facts:
        paper.text(MARGIN, y, name, 7.5, color=MUTED)
        y = paper.paragraph(MARGIN + FACT, y, words, 7.5, width=WIDTH - FACT, lines=2)
    y += 0.5
    paper.rule(y - 2, INK, 0.8)
    _main(paper, sheet.main, y)
    y += 9
    paper.rule(y, INK, 0.8)
    y += 5
    # What is left for pictures is shared by their heights.
    heights = [max(picture.height for picture in row) for row in sheet.pictures]
    room = PAGE[1] - FOOT - 6 - y - 5 * len(heights)
    scale = min(LARGEST, room / sum(heights))
    for row, height in zip(sheet.pictures, heights, strict=True):
        x = MARGIN
        for picture in row:
            paper.text(x, y, picture.title, 7, bold=True)
            paper.picture(picture, x, y + 1, height * scale)
            x += picture.width
        y += height * scale + 5


def _main(paper: Paper, values: tuple[Value, ...], y: float) -> None:
    """Write the main measures in a row, each as wide as it needs."""
    widths = [
        max(
            paper.width(value.label, 6.5),
            paper.width(shown(value.value), 10, bold=True)
            + 1
            + paper.width(value.known_units, 5.5),
        )
        for value in values
    ]
    gap = (WIDTH - sum(widths)) / max(len(values) - 1, 1)
    x = MARGIN
    for value, width in zip(values, widths, strict=True):
        paper.text(x, y + 1.5, value.label, 6.5, color=MUTED)
        number = paper.text(x, y + 6, shown(value.value), 10, bold=True)
        paper.text(x + number + 1, y + 6, value.known_units, 5.5, color=MUTED)
        x += width + gap


def _second(paper: Paper, sheet: Sheet) -> None:
    paper.text(MARGIN, 17, "Measures under each convention", 9, bold=True)
    y = _table(paper, sheet, 22)
    for note in sheet.table_notes:
        y = paper.paragraph(MARGIN, y, note, 6, width=WIDTH, color=MUTED)
    if sheet.more:
        paper.text(MARGIN, y + 3.5, sheet.more_title, 9, bold=True)
        y = _more(paper, sheet.more, y + 8)
    end = PAGE[1] - FOOT - 6
    made = [(name, paper.lines(words, 6, WIDTH - FACT)[:MADE_LINES]) for name, words in sheet.made]
    below = 5.0 + sum(len(lines) for _, lines in made) * paper.line_height(6) + 2
    y = _notes(paper, sheet.notes, y + 3.5, end - below)
    paper.text(MARGIN, y + 3.5, "How it was made", 9, bold=True)
    y += 8
    for name, lines in made:
        paper.text(MARGIN, y, name, 6, color=MUTED)
        for line in lines:
            paper.text(MARGIN + FACT, y, line, 6)
            y += paper.line_height(6)


def _table(paper: Paper, sheet: Sheet, y: float) -> float:
    each = (WIDTH - NAME - UNITS - SPREAD) / len(sheet.columns)
    right = [MARGIN + NAME + UNITS + each * (k + 1) for k in range(len(sheet.columns))]
    end = MARGIN + WIDTH
    for x, head, ha in (
        (MARGIN, "measure", "left"),
        (MARGIN + NAME, "units", "left"),
        *(
            (x, paper.fit(name, 6.5, each - 2), "right")
            for x, name in zip(right, sheet.columns, strict=True)
        ),
        (end, "spread", "right"),
    ):
        paper.text(x, y, head, 6.5, color=MUTED, ha=ha)
    paper.rule(y + 1.2, INK, 0.8)
    for row in sheet.rows:
        y += ROW
        paper.text(MARGIN, y, row.label, 6.5)
        paper.text(MARGIN + NAME, y, row.units, 6.5, color=MUTED)
        for k, (x, value) in enumerate(zip(right, row.values, strict=True)):
            star = "*" if k in row.unitless and shown(value) != NONE else ""
            paper.text(x, y, shown(value) + star, 6.5, bold=k == row.furthest, ha="right")
        paper.text(end, y, shown_spread(row.spread), 6.5, ha="right")
        paper.rule(y + 1.0, LINE, 0.3)
    return y + 4


def _more(paper: Paper, values: tuple[Value, ...], y: float) -> float:
    each, gap = WIDTH / MORE_COLUMNS, 6.0
    per_column = -(-len(values) // MORE_COLUMNS)
    for k, value in enumerate(values):
        x, at = MARGIN + (k // per_column) * each, y + (k % per_column) * (ROW + 0.15)
        paper.text(x, at, value.label, 6.5)
        paper.text(
            x + each - gap,
            at,
            f"{shown(value.value)} {value.known_units}".rstrip(),
            6.5,
            ha="right",
        )
        paper.rule(at + 1.0, LINE, 0.3, x, x + each - gap)
    return y + per_column * (ROW + 0.15)


def _notes(paper: Paper, notes: tuple[str, ...], y: float, end: float) -> float:
    """Write notes down to ``end``; say how many more there are."""
    paper.text(MARGIN, y, "Notes", 9, bold=True)
    y += 4.5
    if not notes:
        paper.text(MARGIN, y, "none", 6.5)
        return y + paper.line_height(6.5)
    for k, note in enumerate(notes):
        lines = paper.lines(note, 6.5, WIDTH - 4)
        last = k == len(notes) - 1
        needed = len(lines) + (0 if last else 1)
        if y + needed * paper.line_height(6.5) > end:
            more = len(notes) - k
            words = (
                f"{more} more note{'s' if more > 1 else ''}: see the attribute notes of the report"
            )
            paper.text(MARGIN, y, words, 6.5, color=MUTED)
            return y + paper.line_height(6.5)
        paper.text(MARGIN, y, "·", 6.5)
        for line in lines:
            paper.text(MARGIN + 3, y, line, 6.5)
            y += paper.line_height(6.5)
    return y

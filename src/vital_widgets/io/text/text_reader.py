"""CSV and other text tables: their layout is found, then they are read in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.channel import Channel
from vital_widgets.core.names import checked_choice, checked_units
from vital_widgets.core.recording import Recording
from vital_widgets.core.timebase import TimeBase, checked_rate
from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.ingest import EXPECTED, Ingest
from vital_widgets.io.text.blocks import GZIP_MAGIC, unzip_head
from vital_widgets.io.text.cells import unique_names
from vital_widgets.io.text.channelchoice import chosen_columns
from vital_widgets.io.text.dialect import AUTO
from vital_widgets.io.text.encodings import decode, find_encoding
from vital_widgets.io.text.exports import before_second_part, heads_of, read_export, without_heads
from vital_widgets.io.text.head import Ends, read_ends
from vital_widgets.io.text.lines import looks_like_text
from vital_widgets.io.text.longnames import with_whole_names
from vital_widgets.io.text.naming import (
    events_of,
    own_units,
    ticks_of,
    time_column,
    with_stated_names,
)
from vital_widgets.io.text.parse import TableSpec
from vital_widgets.io.text.preamble import Preamble, read_preamble, without_remarks
from vital_widgets.io.text.ratechoice import settle_rate
from vital_widgets.io.text.readingplan import TimePlan, sampled_times
from vital_widgets.io.text.sidecar import read_sidecar
from vital_widgets.io.text.sniff import Layout, sniff_layout
from vital_widgets.io.text.starts import start_of_times
from vital_widgets.io.text.tablerows import TextRows
from vital_widgets.io.text.thousands import whole_columns
from vital_widgets.io.text.timechoice import Asked
from vital_widgets.runtime.files import SourceFile, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from vital_widgets.core.annotations import Annotations


NAME = "text"
EXTENSIONS = (".csv", ".tsv", ".txt", ".dat", ".asc", ".gz")
_VERSION = 8  # of the cached tables: if it changes, files are read again


def sniff(head: bytes, path: Path) -> bool:
    """Whether the first bytes are text with digits in it (or such text compressed by gzip)."""
    del path
    if head.startswith(GZIP_MAGIC):
        try:
            head, _, _ = unzip_head(head, 1 << 16)
        except FormatError:
            return False
    return looks_like_text(decode(head, find_encoding(head)))


def open_file(
    path: Path,
    *,
    separator: str = AUTO,
    decimal: str = AUTO,
    header: int | str | None = AUTO,
    time: str | int | None = AUTO,
    time_unit: str | None = None,
    fs: float | None = None,
    channels: Sequence[str | int] | None = None,
    units: str | Mapping[str, str] | None = None,
    encoding: str | None = None,
    day_first: bool | None = None,
    bad_values: str = "error",
    bad_lines: str = "error",
) -> Recording:
    """Open a text table: one row per line, one channel per column.

    The file is read in the background, once; the channels grow meanwhile (`Recording.task`), and
    ``metadata["expected_duration_s"]`` is the duration that the recording will have, estimated
    from the end of the file. All values are float64.

    Parameters
    ----------
    separator : str
        Between the cells: one character, or 'whitespace'. Found if not given.
    decimal : {'.', ','}
        Decimal sign. Found if not given.
    header : int or None
        Number of the line with the column names, counted from 0; None if there is no such line.
    time : str, int or None
        Time column by name or number (from 0); None to compute the times from ``fs``.
    time_unit : {'s', 'ms', 'us', 'ns', 'min', 'h', 'd', 'sample', 'datetime'}
        Unit of the time column.
    fs : float
        Sampling rate in Hz. Needed where there is no time column.
    channels : sequence of str or int
        Columns to show, by name or number; all that hold numbers if not given.
    units : str or mapping of str to str
        Units of all channels, or by channel name.
    encoding : str
        Encoding of the text, for example 'utf-16' or 'latin-1'.
    day_first : bool
        Whether 03/04/2024 is the 3rd of April.
    bad_values : {'error', 'nan'}
        What to do with cells that are not numbers; empty cells, NaN, NA, n/a, null and - are
        always missing values.
    bad_lines : {'error', 'skip'}
        What to do with lines that have too few or too many cells, or no time.

    Returns
    -------
    Recording
        Its task is running, or None if the file is in the cache already.
    """
    options = {key: value for key, value in locals().items() if key != "path"}
    _check_choices(decimal=(decimal, (AUTO, ".", ",")), bad_values=(bad_values, ("error", "nan")))
    _check_choices(bad_lines=(bad_lines, ("error", "skip")))
    checked_choice(channels)
    rate = None if fs is None else checked_rate(fs)
    source = SourceFile(path)
    ends = with_whole_names(read_ends(source, path, encoding))
    source.close()
    try:
        preamble = read_sidecar(path) or read_export(ends.lines, path.name)
        layout, remark_cells = _layout(
            ends, preamble, separator=separator, decimal=decimal, header=header
        )
        whole = whole_columns(layout, decimal)
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error
    if preamble is None:
        preamble = read_preamble(layout.preamble, layout.remarks)
    layout, unused = with_stated_names(layout, preamble, header)
    labels = [name or f"channel {k + 1}" for k, name in enumerate(layout.names)]
    free = time == AUTO and AUTO not in labels
    if free:
        time = time_column(layout, preamble)
    ticks, tick_notes = (preamble.ticks, []) if preamble.ticks else ticks_of(layout, time)
    asked = Asked(
        time=time,
        unit="sample" if ticks and time_unit is None else time_unit,
        fs=rate,
        ticks=ticks,
        day_first=preamble.day_first if day_first is None else day_first,
    )
    settled, rate, rate_notes = settle_rate(path, layout, labels, asked, preamble, free=free)
    plan, first = settled.plan, settled.first
    chosen, notes = chosen_columns(layout, labels, plan, channels, preamble.no_channels)
    start, start_notes = start_of_times(layout, plan, preamble)
    names, renamed = unique_names([labels[k] for k in chosen])
    checked_units(units, names)
    if any(layout.names):
        renamed += [
            f"column {k + 1} has no name; it is named {name!r}"
            for k, name in zip(chosen, names, strict=True)
            if not layout.names[k]
        ]
    heads = heads_of(preamble)
    spec = TableSpec(
        path=str(path),
        separator=layout.separator,
        decimal=layout.decimal,
        quote=layout.quote,
        names=tuple(labels),
        columns=chosen,
        time=plan.columns,
        stamp=plan.stamp,
        whole_times=plan.whole,
        skip_bad_lines=bad_lines == "skip",
        bad_values_missing=bad_values == "nan",
        remarks=preamble.remarks,
        events=events_of(layout),
        heads="" if heads is None else heads.line,
        remark_cells=remark_cells,
        whole=whole,
    )
    job = TextRows(
        source,
        ends.encoding,
        ends.starts[layout.first_row],
        spec,
        plan,
        rate,
        heads,
        settled.way_out,
    )
    given = sorted(options.items(), key=lambda item: item[0])
    key = fingerprint(path, (NAME, _VERSION, rate, given))
    ingest = Ingest(key, path.name, [np.dtype(np.float64)] * len(chosen), job.copy)
    task = ingest.task if ingest.stored is None else None
    marked = bool(spec.remarks or spec.events)
    recording = Recording(
        path.name,
        [
            Channel(
                name,
                ingest.column(k),
                first,
                own_units(name, layout.units[chosen[k]], units),
                ready=task,
            )
            for k, name in enumerate(names)
        ],
        path=path,
        start=start,
        annotations=_marks_of(ingest) if marked else None,
        metadata={**preamble.metadata, **_clock_start(plan)},
        notes=[
            *preamble.notes,
            *rate_notes,
            *layout.notes,
            *unused,
            *(tick_notes if not settled.notes else []),
            *plan.notes,
            *settled.notes,
            *start_notes,
            *notes,
            *renamed,
        ],
        task=task,
        fingerprint=key,
        on_close=ingest.close,
    )
    if task is not None:
        recording.metadata[EXPECTED] = _expected_duration(layout, plan, first, ends)
    ingest.attach(recording)
    if task is not None:
        ingest.start()
    return recording


def _layout(
    ends: Ends,
    preamble: Preamble | None,
    *,
    separator: str,
    decimal: str,
    header: int | str | None,
) -> tuple[Layout, bool]:
    """Find the layout, and whether remarks have a cell of their own in all rows."""
    first, last = before_second_part(ends.lines, preamble), without_heads(ends.tail, preamble)
    skip = preamble.n_lines if preamble is not None and header == AUTO else 0
    if skip and preamble is not None and preamble.separator and separator == AUTO:
        separator = preamble.separator

    def sniffed(*, with_cell: bool) -> Layout:
        return sniff_layout(
            without_remarks(first, preamble, with_cell=with_cell),
            without_remarks(last, preamble, with_cell=with_cell),
            separator=separator,
            decimal=decimal,
            header=header,
            skip=skip,
        )

    layout = sniffed(with_cell=False)
    remarked = preamble is not None and bool(preamble.remarks)
    if not remarked or layout.kinds[-1] != "empty" or layout.names[-1]:
        return layout, False
    return sniffed(with_cell=True), True


def _marks_of(ingest: Ingest) -> Callable[[], Annotations]:
    """Return a function that waits for the marks between the rows; pickling calls it first."""
    return lambda: ingest.annotations()  # noqa: PLW0108 - the method holds locks


def _check_choices(**choices: tuple[str, tuple[str, ...]]) -> None:
    for option, (value, accepted) in choices.items():
        if value not in accepted:
            raise InvalidInputError(
                f"{option}={value!r} is not one of {', '.join(map(repr, accepted))}"
            )


def _clock_start(plan: TimePlan) -> dict[str, Any]:
    if plan.stamp is not None and plan.stamp.is_clock and plan.origin_ns:
        return {"clock_start": plan.first_cell}
    return {}


def _expected_duration(layout: Layout, plan: TimePlan, first: TimeBase, ends: Ends) -> float:
    """Return the end of the recording in seconds, estimated from the ends of the file."""
    if plan.columns:
        return sampled_times(layout, plan)[1] + 1 / first.fs
    rows = max(len(ends.lines) - layout.first_row, 1)
    return rows / max(ends.share, 1e-9) / first.fs

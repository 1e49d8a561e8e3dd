"""CSV and other text tables: found out how they are written, then read in in the background."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.channel import Channel
from vital_widgets.core.names import checked_choice, checked_units
from vital_widgets.core.recording import Recording
from vital_widgets.core.regularity import GridFinder
from vital_widgets.core.timebase import TimeBase, checked_rate, regular
from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.ingest import EXPECTED, Batch, Ingest
from vital_widgets.io.text.blocks import GZIP_MAGIC, LineBlocks, unzip_head
from vital_widgets.io.text.cells import unique_names
from vital_widgets.io.text.dialect import AUTO
from vital_widgets.io.text.encodings import decode, find_encoding
from vital_widgets.io.text.head import Ends, read_ends
from vital_widgets.io.text.lines import looks_like_text
from vital_widgets.io.text.parse import BlockParser, Parsed, TableSpec
from vital_widgets.io.text.plan import TimePlan, TimeReader, column_of, plan_time, sampled_times
from vital_widgets.io.text.preamble import Preamble, read_preamble
from vital_widgets.io.text.sniff import Layout, sniff_layout
from vital_widgets.runtime.files import SourceFile, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path


NAME = "text"
EXTENSIONS = (".csv", ".tsv", ".txt", ".dat", ".asc", ".gz")
_VERSION = 5  # of what is made of a file; a change makes cached tables be read in anew
_WORKERS = 2


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
    """Open a table of text: one row a line, one channel a column.

    The file is read in in the background, once; the channels grow meanwhile
    (`Recording.task`), and ``metadata["expected_duration_s"]`` tells how long the recording will
    be, as estimated from the end of the file. All values are float64.

    Parameters
    ----------
    separator : str
        Between the cells: one character, or 'whitespace'. Found if not given.
    decimal : {'.', ','}
        Decimal sign. Found if not given.
    header : int or None
        Number of the line with the names, counted from 0; None if there is none.
    time : str, int or None
        Time column by name or number (from 0); None if rows are only counted, which needs ``fs``.
    time_unit : {'s', 'ms', 'us', 'ns', 'min', 'h', 'd', 'sample', 'datetime'}
        What the time column counts.
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
        What to do with cells that are no number; empty cells, NaN, NA, n/a, null and - are
        missing values in any case.
    bad_lines : {'error', 'skip'}
        What to do with lines that have too few or too many cells, or no time.

    Returns
    -------
    Recording
        Its task is running, or None if the file was read in before.
    """
    options = {key: value for key, value in locals().items() if key != "path"}
    _check_choices(decimal=(decimal, (AUTO, ".", ",")), bad_values=(bad_values, ("error", "nan")))
    _check_choices(bad_lines=(bad_lines, ("error", "skip")))
    checked_choice(channels)
    rate = None if fs is None else checked_rate(fs)
    source = SourceFile(path)
    ends = read_ends(source, path, encoding)
    source.close()
    try:
        layout = sniff_layout(
            ends.lines, ends.tail, separator=separator, decimal=decimal, header=header
        )
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error
    preamble = read_preamble(layout.preamble)
    if rate is None:
        rate = preamble.fs
    labels = _labels(layout, preamble, header)
    plan = plan_time(layout, labels, time=time, time_unit=time_unit, fs=rate, day_first=day_first)
    if not plan.columns and rate is None:
        raise InvalidInputError(_no_rate(path, layout, labels))
    chosen, notes = _chosen(layout, labels, plan, channels)
    names, renamed = unique_names([labels[k] for k in chosen])
    checked_units(units, names)
    if any(layout.names):
        renamed += [
            f"column {k + 1} has no name: it is {name!r} here"
            for k, name in zip(chosen, names, strict=True)
            if not layout.names[k]
        ]
    first = _first_timebase(layout, plan, rate, path)
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
    )
    job = _TextRows(source, ends.encoding, ends.starts[layout.first_row], spec, plan, rate)
    key = fingerprint(path, (NAME, _VERSION, sorted(options.items(), key=lambda item: item[0])))
    ingest = Ingest(key, path.name, [np.dtype(np.float64)] * len(chosen), job.copy)
    told = [layout.units[k] for k in chosen]
    task = ingest.task if ingest.stored is None else None
    recording = Recording(
        path.name,
        [
            Channel(name, ingest.column(k), first, _units_of(name, told[k], units), ready=task)
            for k, name in enumerate(names)
        ],
        path=path,
        start=plan.start or (preamble.start if plan.stamp is None else None),
        metadata={**preamble.metadata, **_clock_start(plan)},
        notes=[*preamble.notes, *plan.notes, *notes, *renamed],
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


@dataclass
class _TextRows:
    """The rows of a text file as a `RowSource`: parsed by two threads, handed on in order."""

    source: SourceFile
    encoding: str
    start: int
    spec: TableSpec
    plan: TimePlan
    fs: float | None

    def __post_init__(self) -> None:
        self._grid = GridFinder(self.fs)
        self._n_rows = 0
        self._skipped = 0
        self._notes: list[str] = []

    def copy(self) -> _TextRows:
        """Return the same rows, not read yet."""
        return _TextRows(self.source, self.encoding, self.start, self.spec, self.plan, self.fs)

    def batches(self) -> Iterator[Batch]:
        """Go through the rows once, in bounded memory."""
        blocks = LineBlocks(self.source, self.encoding, self.start)
        parser = BlockParser(self.spec)
        clock = TimeReader(self.plan)
        size = self.source.size
        waiting: deque[tuple[Future[Parsed], int]] = deque()
        pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="vital-widgets-parse")
        try:
            for block in blocks:
                last = block.position == size
                waiting.append((pool.submit(parser.parse, block, last=last), block.position))
                if len(waiting) > _WORKERS:
                    yield self._take(waiting.popleft(), clock)
            while waiting:
                yield self._take(waiting.popleft(), clock)
        finally:
            pool.shutdown(cancel_futures=True)
            self.source.close()
        self._notes += blocks.notes
        if self._skipped:
            lines = "1 line" if self._skipped == 1 else f"{self._skipped} lines"
            self._notes.append(f"left out because of too few or too many cells or no time: {lines}")
        if parser.missing_tokens:
            shown = ", ".join(repr(token) for token in sorted(parser.missing_tokens)[:5])
            self._notes.append(f"cells with {shown} are read as missing")

    def _take(self, item: tuple[Future[Parsed], int], clock: TimeReader) -> Batch:
        future, position = item
        parsed = future.result()
        n_rows = len(parsed.columns[0])
        if parsed.times is not None:
            self._grid.feed(clock.seconds(parsed.times), self._n_rows + 1)
        self._n_rows += n_rows
        self._skipped += parsed.skipped
        self._notes += parsed.notes
        return Batch(parsed.columns, position / max(self.source.size, 1))

    def timebase(self) -> TimeBase:
        """Time base of the rows given so far."""
        if self.plan.columns:
            return self._grid.timebase()
        assert self.fs is not None
        return regular(self.fs, self._n_rows)

    def notes(self) -> list[str]:
        """Return what was met on the way."""
        return [*self._notes, *(self._grid.notes() if self.plan.columns else [])]


def _check_choices(**choices: tuple[str, tuple[str, ...]]) -> None:
    for option, (value, accepted) in choices.items():
        if value not in accepted:
            raise InvalidInputError(
                f"{option}={value!r} is not one of {', '.join(map(repr, accepted))}"
            )


def _labels(layout: Layout, preamble: Preamble, header: int | str | None) -> list[str]:
    """Return the name of every field, never blank."""
    names = list(layout.names)
    filled = [k for k, kind in enumerate(layout.kinds) if kind != "empty"]
    if not any(names) and preamble.names and header == AUTO:
        for k, name in zip(filled, preamble.names, strict=False):
            names[k] = name
    return [name or f"channel {k + 1}" for k, name in enumerate(names)]


def _no_rate(path: Path, layout: Layout, labels: list[str]) -> str:
    shown = ", ".join(
        f"{name!r} ({', '.join(layout.column(k)[:3])}, ...)" for k, name in enumerate(labels[:8])
    )
    return (
        f"{path} has no time column, and it does not say its sampling rate: give fs=... in Hz "
        f"(or time= if one of the columns is time). Columns found: {shown}"
    )


def _chosen(
    layout: Layout,
    labels: list[str],
    plan: TimePlan,
    channels: Sequence[str | int] | None,
) -> tuple[tuple[int, ...], list[str]]:
    """Return the fields that are channels, and notes about those that are left out."""
    if isinstance(channels, str):
        channels = [channels]
    if channels is not None:
        wanted = tuple(column_of(name, labels, layout) for name in channels)
        wrong = [k for k in wanted if layout.kinds[k] not in ("number", "empty")]
        if wrong or not wanted:
            what = (
                f"column {labels[wrong[0]]!r} holds no numbers" if wrong else "no column is named"
            )
            raise InvalidInputError(f"channels={list(channels)!r}: {what}")
        return wanted, []
    rest = [k for k in range(layout.n_fields) if k not in plan.columns]
    named = [k for k in rest if layout.names[k] or layout.kinds[k] != "empty"]
    chosen = tuple(k for k in named if layout.kinds[k] in ("number", "empty"))
    numbers = frozenset(chosen)
    left = [labels[k] for k in named if k not in numbers]
    if not any(layout.kinds[k] == "number" for k in chosen):
        raise FormatError(
            f"besides the time there is no column of numbers; the columns are {', '.join(labels)}. "
            "Columns that are only empty at first can be named in channels="
        )
    notes = [f"columns without numbers are left out: {', '.join(left)}"] if left else []
    return chosen, notes


def _units_of(name: str, told: str, units: str | Mapping[str, str] | None) -> str:
    if units is None:
        return told
    return units if isinstance(units, str) else units.get(name, told)


def _clock_start(plan: TimePlan) -> dict[str, Any]:
    if plan.stamp is not None and plan.stamp.is_clock and plan.origin_ns:
        return {"clock_start": plan.first_cell}
    return {}


def _first_timebase(layout: Layout, plan: TimePlan, fs: float | None, path: Path) -> TimeBase:
    """Return the time base before any sample is there: the rate and the first time."""
    if not plan.columns:
        assert fs is not None
        return regular(fs, 0)
    head, _ = sampled_times(layout, plan)
    grid = GridFinder(fs)
    try:
        grid.feed(head, 1)
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error}") from error
    found = grid.timebase()
    return regular(found.fs, 0, found.start)


def _expected_duration(layout: Layout, plan: TimePlan, first: TimeBase, ends: Ends) -> float:
    """Return the end of the recording in seconds, as far as the ends of the file tell."""
    if plan.columns:
        return sampled_times(layout, plan)[1] + 1 / first.fs
    rows = max(len(ends.lines) - layout.first_row, 1)
    return rows / max(ends.share, 1e-9) / first.fs

"""The rows of a text file, parsed by two threads and yielded in order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vital_widgets.core.regularity import GridFinder
from vital_widgets.core.timebase import TimeBase, regular
from vital_widgets.errors import InvalidInputError
from vital_widgets.io.ingest import Batch
from vital_widgets.io.text.blocks import LineBlocks
from vital_widgets.io.text.parse import BlockParser, TableSpec
from vital_widgets.io.text.parsed import parts_of_remark
from vital_widgets.io.text.parts import Heads, PartsClock
from vital_widgets.io.text.partunits import PartsUnits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from vital_widgets.io.text.parsed import Parsed
    from vital_widgets.io.text.preamble import Preamble
    from vital_widgets.io.text.readingplan import TimePlan
    from vital_widgets.runtime.files import SourceFile

_WORKERS = 2


@dataclass
class TextRows:
    """The rows of a text file as a `RowSource`: parsed by two threads, yielded in order."""

    source: SourceFile
    encoding: str
    start: int
    spec: TableSpec
    plan: TimePlan
    fs: float | None
    heads: Heads | None = None
    way_out: str = ""  # text that errors about the times add

    def __post_init__(self) -> None:
        self._grid = GridFinder(self.fs)
        self._clock = PartsClock(self.spec.path, self.plan, self.fs, self.heads)
        self._units = PartsUnits(self.spec.path, *self._named_in_heads())
        self._n_rows = 0
        self._skipped = 0
        self._notes: list[str] = []
        self._marks: list[tuple[int, str]] = []

    def _named_in_heads(self) -> tuple[Preamble | None, dict[int, int]]:
        """Return the first head, and the channels that have its names."""
        first = None if self.heads is None else self.heads.first
        names = self.spec.names
        if first is None or not first.names or first.names[0] not in names:
            return first, {}
        begin = names.index(first.names[0])
        fields = {begin + k: k for k in range(len(first.names))}
        return first, {fields[k]: j for j, k in enumerate(self.spec.columns) if k in fields}

    def copy(self) -> TextRows:
        """Return the same rows, not read yet."""
        return replace(self)

    def batches(self) -> Iterator[Batch]:
        """Yield the rows once, in bounded memory."""
        blocks = LineBlocks(self.source, self.encoding, self.start)
        parser = BlockParser(self.spec)
        size = self.source.size
        waiting: deque[tuple[Future[Parsed], int]] = deque()
        pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="vital-widgets-parse")
        try:
            for block in blocks:
                last = block.position == size
                waiting.append((pool.submit(parser.parse, block, last=last), block.position))
                if len(waiting) > _WORKERS:
                    yield self._take(waiting.popleft())
            while waiting:
                yield self._take(waiting.popleft())
        finally:
            pool.shutdown(cancel_futures=True)
            self.source.close()
        self._notes += blocks.notes
        if self._skipped:
            lines = "1 line" if self._skipped == 1 else f"{self._skipped} lines"
            self._notes.append(
                f"{lines} with too few or too many cells, or without a time, left out"
            )
        if parser.missing_tokens:
            shown = ", ".join(repr(token) for token in sorted(parser.missing_tokens)[:5])
            self._notes.append(f"cells with {shown} are read as missing")

    def _take(self, item: tuple[Future[Parsed], int]) -> Batch:
        future, position = item
        parsed = future.result()
        n_rows, columns = len(parsed.columns[0]), parsed.columns
        self._clock.check(self._n_rows, parsed.heads)
        if self._clock.tells_times:
            seconds = self._clock.seconds(parsed.times, n_rows, parsed.heads)
            with self._with_way_out():
                self._grid.feed(seconds, self._n_rows + 1)
            columns = self._units.scaled(columns, self._n_rows, self._clock.begun)
        self._marks += [(max(self._n_rows + row, 0), text) for row, text in parsed.marks]
        self._n_rows += n_rows
        self._skipped += parsed.skipped
        self._notes += parsed.notes
        return Batch(columns, position / max(self.source.size, 1), self.source.size)

    def timebase(self) -> TimeBase:
        """Time base of the rows given so far."""
        if self._clock.tells_times:
            with self._with_way_out():
                return self._grid.timebase()
        assert self.fs is not None
        return regular(self.fs, self._n_rows)

    @contextmanager
    def _with_way_out(self) -> Iterator[None]:
        try:
            yield
        except InvalidInputError as error:
            raise InvalidInputError(f"{error}{self.way_out}") from error

    def notes(self) -> list[str]:
        """Return the notes about the rows read so far."""
        grid = self._grid.notes() if self.plan.columns else []
        return [*self._notes, *self._clock.notes(), *self._units.notes(), *self._remarks(), *grid]

    def marks(self) -> list[tuple[float, str]]:
        """Return the remarks in the rows with the times of their rows."""
        base = self.timebase()
        return [
            (float(base.times(row, row + 1)[0]), part)
            for row, text in self._marks
            if row < base.n_samples
            for part in parts_of_remark(text)
        ]

    def _remarks(self) -> list[str]:
        n = len(self._marks)
        if not n:
            return []
        note = f"{n} remark{'s' * (n > 1)} in the rows: see the annotations of the recording"
        late = f"; their times may be up to {self._skipped} rows late, because lines are left out"
        return [note + (late if self._skipped else "")]

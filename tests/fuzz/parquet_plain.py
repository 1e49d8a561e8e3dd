"""What must come of a Parquet file: all of it read at once by Arrow, or what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt

from fuzz.exercise import compare
from fuzz.model import Fault
from fuzz.parquet_seeds import TIME

if TYPE_CHECKING:
    from pathlib import Path

    from fuzz.parquet_seeds import ParquetSeed
    from vital_widgets.core.channel import Channel
    from vital_widgets.core.recording import Recording


class Truth:
    """Holds a recording against a table.

    Parameters
    ----------
    path : Path
        The file.
    seed : ParquetSeed
        What was written before the file was changed.
    sealed : bool
        Whether what was written must come, whatever Arrow reads.
    """

    def __init__(self, path: Path, seed: ParquetSeed, *, sealed: bool) -> None:
        self.path, self.seed, self.sealed = path, seed, sealed

    def check(self, recording: Recording) -> list[Fault]:
        """Return what differs."""
        table = self.seed.table if self.sealed else self._read()
        if table is None:
            return []
        columns = [field.name for field in table.schema]
        by_name = {n.split(" (")[0]: n for n in columns} | {n: n for n in columns}
        met: list[Fault] = []
        for name, channel in recording.channels.items():
            column = by_name.get(name)
            if column is None or columns.count(column) > 1:
                continue
            met += _compare(channel, table.column(column))
        numeric = [f.name for f in table.schema if is_numeric(f.type)]
        told = [name for name in numeric if any(repr(name) in note for note in recording.notes)]
        lost = len(numeric) - len(told) - len(recording)
        if "channels" not in self.seed.options and lost > 1:  # one may be the time
            met.append(Fault("lost in silence", "columns", f"{numeric}, {list(recording)}"))
        return (met or self._check_times(recording, table))[:3]

    def _read(self) -> pa.Table | None:
        try:
            with pq.ParquetFile(self.path) as file:
                return file.read(use_threads=False)
        except (OSError, ValueError, pa.ArrowException, KeyError):
            return None  # columns that are not shown may be damaged

    def _check_times(self, recording: Recording, table: pa.Table) -> list[Fault]:
        written = self.seed.table
        if TIME in written.schema.names and "fs" not in self.seed.options:
            if table.schema.names.count(TIME) != 1 or "time" not in {*self.seed.options, TIME}:
                return []
            found = table.column(TIME)
            if found.type != written.column(TIME).type or not found.equals(written.column(TIME)):
                return []
        elif not self.sealed:
            return []
        channel = next(iter(recording.channels.values()))
        if channel.n_samples != len(self.seed.seconds):
            return []
        times = channel.timebase.times(0, channel.n_samples)
        off = np.abs(times - times[0] - self.seed.seconds)
        if TIME not in written.schema.names:
            off = np.abs(times - times[0] - np.arange(len(times)) / self.seed.fs)
        if np.any(off > 0.6 / self.seed.fs):
            k = int(off.argmax())
            return [Fault("wrong sample", "times", f"row {k}: {off[k]} s off")]
        return []


def is_numeric(kind: pa.DataType) -> bool:
    """Whether a column of a type is to be shown."""
    plain = pt.is_integer(kind) or pt.is_floating(kind) or pt.is_boolean(kind)
    return bool(plain or pt.is_decimal(kind))


def _compare(channel: Channel, column: pa.ChunkedArray) -> list[Fault]:
    if not is_numeric(column.type):  # without Arrow's schema it is one
        return []
    values = column.to_pylist()
    if len(values) != channel.n_samples:
        kind = "lost in silence" if channel.n_samples < len(values) else "wrong sample"
        return [Fault(kind, "rows", f"{channel.n_samples} instead of {len(values)}")]
    with np.errstate(invalid="ignore"):  # damage makes signalling NaNs
        found = np.asarray(channel.read(0, channel.n_samples), np.float64)
    expected = np.array([np.nan if v is None else float(v) for v in values], np.float64)
    exact = not pt.is_decimal(column.type)  # Arrow multiplies by the power of ten
    met = compare("values", found, expected, exact=exact, tolerance=1e-15)
    native: Any = channel.samples.read(0, channel.n_samples)
    if not met and native.dtype.kind in "iu":
        whole = [None if v == channel.missing else v for v in native.tolist()]
        wrong = [k for k, (a, b) in enumerate(zip(whole, values, strict=True)) if a != b]
        if wrong:
            k = wrong[0]
            met.append(Fault("wrong sample", "integers", f"row {k}: {whole[k]!r}, {values[k]!r}"))
    return met

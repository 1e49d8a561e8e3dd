"""Recordings from data in memory: arrays, Dask arrays, tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.core.names import unique_names
from vital_widgets.core.regularity import GridFinder
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import checked_rate, regular
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.budget import DERIVED, blocks

if TYPE_CHECKING:
    import dask.array as da
    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.core.samples import Samples

V = TypeVar("V")
# What a channel cannot hold as it is, and the smallest dtype that holds it exactly.
WIDENED = {"bool": "uint8", "float16": "float32"}


@dataclass(frozen=True, eq=False)
class DaskSamples:
    """Samples of a 1-D Dask array, computed chunk by chunk when they are read."""

    array: da.Array

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of the array."""
        dtype: np.dtype[Any] = self.array.dtype
        return dtype

    @property
    def n_samples(self) -> int:
        """Length of the array."""
        return int(self.array.shape[0])

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return samples ``start <= i < stop``; computed chunks are kept for the next read."""
        edges = np.cumsum([0, *self.array.chunks[0]])
        first = int(np.searchsorted(edges, start, side="right")) - 1
        pieces = [np.empty(0, self.dtype)]
        for k in range(first, len(edges) - 1):
            if edges[k] >= stop:
                break
            lo = max(start - int(edges[k]), 0)
            pieces.append(self._chunk(k)[lo : stop - int(edges[k])])
        return np.concatenate(pieces)

    def _chunk(self, k: int) -> NDArray[Any]:
        key = (f"dask-{self.array.name}", k)
        held: NDArray[Any] | None = blocks().get(key)
        if held is None:
            held = np.asarray(self.array.blocks[k].compute())
            blocks().put(key, held, held.nbytes, DERIVED)
        return held


@dataclass(frozen=True)
class InMemory:
    """Channels, start and notes of a recording of data in memory."""

    channels: list[Channel]
    start: datetime | None
    notes: list[str]


def of_arrays(
    arrays: Mapping[str, Any],
    fs: float | Mapping[str, float],
    units: str | Mapping[str, str],
    start: datetime | None,
    annotations: Annotations | None,
) -> InMemory:
    """Return the channels of arrays; see `Recording.from_arrays`."""
    if not _is(arrays, Mapping) or not arrays:
        raise InvalidInputError(
            f"arrays must be a mapping of channel names to arrays with at least one entry, not "
            f"{_shown(arrays)}; for example {{'ECG': samples}}"
        )
    if start is not None and not _is(start, datetime):
        raise InvalidInputError(f"start={start!r} is not a datetime")
    if annotations is not None and not _is(annotations, Annotations):
        raise InvalidInputError(
            f"annotations must be vital_widgets Annotations, not {_shown(annotations)}; create "
            "them with Annotations(onset, text)"
        )
    rates = _by_channel(fs, arrays, "fs")
    named_units = _by_channel(units, arrays, "units", "")
    names, notes = unique_names([str(key).strip() for key in arrays], "channel")
    channels = []
    for shown, (key, values) in zip(names, arrays.items(), strict=True):
        samples = _samples(values, shown)
        try:
            rate = checked_rate(rates[key])
        except InvalidInputError as error:
            raise InvalidInputError(f"channel {shown!r}: {error}") from None
        base = regular(rate, samples.n_samples)
        channels.append(Channel(shown, samples, base, str(named_units[key])))
    return InMemory(channels, start, notes)


def of_dataframe(
    frame: pd.DataFrame, time: str | None, fs: float | None, units: str | Mapping[str, str]
) -> InMemory:
    """Return the channels of a table; see `Recording.from_dataframe`."""
    import pandas as pd

    if not _is(frame, pd.DataFrame):
        hint = "; call its to_pandas() first" if hasattr(frame, "to_pandas") else ""
        raise InvalidInputError(f"frame must be a pandas DataFrame, not {_shown(frame)}{hint}")
    finder = GridFinder(fs)
    position, start = None, None
    if time is not None:
        position = _position(frame, time)
        times, start = _seconds(frame.iloc[:, position], f"column {time!r}", numbers=True)
    elif isinstance(frame.index, (pd.DatetimeIndex, pd.TimedeltaIndex)):
        times, start = _seconds(frame.index.to_series(), "the index", numbers=False)
    elif fs is None:
        raise InvalidInputError(
            f"the index ({type(frame.index).__name__}) holds no times; give time= with the name of "
            "a time column, fs= in Hz for evenly spaced rows, or a DatetimeIndex"
        )
    else:
        times = np.arange(len(frame)) / checked_rate(fs)
    try:
        finder.feed(times, 1)
        base, notes = finder.timebase(), finder.notes()
    except InvalidInputError as error:
        others = _other_times(frame, position)
        if not others:
            raise
        shown = " or ".join(f"time={other!r}" for other in others[:3])
        raise InvalidInputError(f"{error}. Another column rises evenly: {shown}") from error
    taken = [k for k in range(frame.shape[1]) if k != position and _is_numeric(frame.iloc[:, k])]
    left_out = [str(frame.columns[k]) for k in range(frame.shape[1]) if k not in {*taken, position}]
    if left_out:
        shown = ", ".join(repr(column) for column in left_out)
        notes.append(f"columns without numbers are left out: {shown}")
    if not taken:
        raise InvalidInputError(
            f"the table has no column of numbers to show (columns: {list(frame.columns)!r})"
        )
    named_units = _by_channel(units, {frame.columns[k]: None for k in taken}, "units", "")
    names, renamed = unique_names([_column_name(frame.columns[k]) for k in taken], "channel")
    channels = [
        Channel(
            shown,
            ArraySamples(_native(_plain(frame.iloc[:, k]), shown)),
            base,
            str(named_units[frame.columns[k]]),
        )
        for shown, k in zip(names, taken, strict=True)
    ]
    return InMemory(channels, start, [*notes, *renamed])


def _samples(values: Any, name: str) -> Samples:
    if type(values).__module__.startswith("dask.array"):
        _check(values, name)
        if any(np.isnan(chunk) for chunk in values.chunks[0]):
            raise InvalidInputError(
                f"channel {name!r} is a Dask array of unknown length; call its "
                "compute_chunk_sizes() first"
            )
        wider = WIDENED.get(values.dtype.name)
        return DaskSamples(values if wider is None else values.astype(wider))
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    try:
        plain = np.asarray(values)
    except ValueError as error:
        raise InvalidInputError(
            f"channel {name!r} is not an array of numbers ({error}); give a one-dimensional array"
        ) from None
    return ArraySamples(_native(plain, name))


def _native(values: NDArray[Any], name: str) -> NDArray[Any]:
    """Return an array as a channel holds it: checked, native byte order, a dtype that is known."""
    _check(values, name)
    wider = WIDENED.get(values.dtype.name)
    if values.dtype.kind == "f" and values.dtype.itemsize > 8:  # noqa: PLR2004 - long double
        wider = "float64"
    return values.astype(wider or values.dtype.newbyteorder("="), copy=False)


def _check(values: Any, name: str) -> None:
    if values.ndim != 1:
        raise InvalidInputError(
            f"channel {name!r} has the shape {values.shape}, but a channel is one-dimensional; "
            "give each row or column as a separate channel"
        )
    if values.dtype.kind not in "iufb":
        raise InvalidInputError(
            f"channel {name!r} holds {values.dtype}, not real numbers; convert it to float or "
            "int first"
        )


def _by_channel(
    given: V | Mapping[str, V], channels: Mapping[Any, Any], what: str, default: V | None = None
) -> dict[Any, V]:
    """Return one value per channel from one for all or a mapping."""
    if not isinstance(given, Mapping):
        return dict.fromkeys(channels, given)
    unknown = [key for key in given if key not in channels]
    missing = [key for key in channels if key not in given] if default is None else []
    if unknown or missing:
        problem = f"names {unknown[0]!r}" if unknown else f"does not name {missing[0]!r}"
        raise InvalidInputError(f"{what} {problem}; the channels are {list(channels)!r}")
    return {key: given.get(key, default) for key in channels}  # type: ignore[misc]


def _position(frame: pd.DataFrame, time: str) -> int:
    found = [k for k, column in enumerate(frame.columns) if column == time]
    if len(found) != 1:
        problem = "no column" if not found else f"{len(found)} columns"
        raise InvalidInputError(
            f"there is {problem} named {time!r}; the columns are {list(frame.columns)!r}"
        )
    return found[0]


def _other_times(frame: pd.DataFrame, position: int | None) -> list[Any]:
    """Return the columns that could be times, because they rise evenly."""
    others = []
    for k, name in enumerate(frame.columns):
        if k == position or list(frame.columns).count(name) > 1:
            continue
        grid = GridFinder()
        try:
            times, _ = _seconds(frame.iloc[:, k], f"column {name!r}", numbers=True)
            grid.feed(times, 1)
        except InvalidInputError:
            continue
        if np.all(np.diff(times) > 0) and not grid.notes():
            others.append(name)
    return others


def _seconds(
    column: pd.Series[Any], where: str, *, numbers: bool
) -> tuple[NDArray[np.float64], datetime | None]:
    """Return times in seconds, and the start where they are date-times."""
    import pandas as pd

    second = pd.Timedelta(seconds=1)
    if isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M":
        valid = column.dropna()
        if valid.empty:
            return np.full(len(column), np.nan), None
        first = valid.iloc[0]
        seconds = ((column - first) / second).to_numpy(np.float64)
        try:
            return seconds, first.to_pydatetime(warn=False)
        except (OverflowError, ValueError):
            raise InvalidInputError(
                f"{where} begins at {first}, which is not within the years 1 to 9999; give "
                "times in seconds instead"
            ) from None
    if column.dtype.kind == "m":
        durations: Any = column
        return (durations / second).to_numpy(np.float64), None
    if numbers and _is_numeric(column):
        return _plain(column).astype(np.float64), None
    raise InvalidInputError(
        f"{where} holds {column.dtype}, which is not a type of time; convert it with "
        "pandas.to_datetime, or give seconds as numbers"
    )


def _is_numeric(column: pd.Series[Any]) -> bool:
    import pandas as pd

    kinds = pd.api.types
    return bool(kinds.is_numeric_dtype(column.dtype) and not kinds.is_complex_dtype(column.dtype))


def _plain(column: pd.Series[Any]) -> NDArray[Any]:
    """Return a column as a NumPy array; nullable integers with nulls become float with NaN."""
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy()
    if column.isna().any():
        return column.to_numpy(np.float64, na_value=np.nan)
    plain = getattr(column.dtype, "numpy_dtype", np.dtype(np.float64))
    return column.to_numpy(plain if plain.kind in "iufb" else np.float64)


def _column_name(column: Any) -> str:
    parts = column if isinstance(column, tuple) else (column,)
    return " ".join(str(part) for part in parts).strip()


def _is(value: object, kind: type) -> bool:
    """Whether a value has a type; a function, because type checkers trust the annotations."""
    return isinstance(value, kind)


def _shown(value: object) -> str:
    text = repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(value).__name__})"  # noqa: PLR2004

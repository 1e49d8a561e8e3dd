"""Statistics of a signal in windows: the trend of any of them over hours."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.signal.windows.window_rows import NAN, STATISTICS, Rows, quantile
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

BLOCK = 1 << 19  # samples of windows that are worked on at a time
PIECE = 1 << 21
DEFAULT = (
    "mean",
    "sd",
    "min",
    "p25",
    "median",
    "p75",
    "max",
    "rms",
    "skewness",
    "kurtosis",
    "slope",
    "line_length",
)
PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")


@dataclass(frozen=True, kw_only=True, eq=False)
class WindowStatistics(Result, given=("times", "window", "step")):
    """Statistics of windows; ``result["mean"]`` is one of them.

    Attributes
    ----------
    times : ndarray of float64, shape (k,)
        Start of each window in seconds.
    count : ndarray of int64, shape (k,)
        Valid samples in it.
    window, step : float
        Length of a window and distance between starts, in seconds, whole samples.
    columns : mapping of str to ndarray of float64, shape (k,)
        The statistics, in the unit of the signal; NaN where a window holds too few samples.
    """

    times: NDArray[np.float64]
    count: NDArray[np.int64]
    window: float
    step: float
    columns: Mapping[str, NDArray[np.float64]]

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.times)

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return one statistic."""
        return self.columns[name]

    def to_frame(self) -> pd.DataFrame:
        """Return one row a window: time (s), count, statistics."""
        import pandas as pd

        return pd.DataFrame({"time": self.times, "count": self.count, **self.columns})

    def facts(self) -> list[tuple[str, str]]:
        """Return the windows and the median of each statistic over them."""
        windows = f"{len(self):,} of {self.window:g} s every {self.step:g} s"
        medians = []
        for name, values in self.columns.items():
            good = values[np.isfinite(values)]
            middle = float(np.median(good)) if len(good) else NAN
            medians.append((f"{name} (median)", quantity(middle)))
        return [("windows", windows), *medians]


@dataclass(frozen=True, eq=False)
class WindowGrid:
    """Which windows, and what of each; picklable."""

    length: int
    step: int
    least: float
    names: tuple[str, ...]
    own: tuple[tuple[str, Callable[[NDArray[np.float64]], float]], ...] = ()

    def work(self, piece: Piece) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the first sample of each window that begins in a core, and its statistics."""
        shift = -(piece.core_first - piece.run_start) % self.step
        begin = piece.core_first + shift
        stop = min(piece.core_first + (piece.core.stop - piece.core.start), piece.run_stop)
        starts = np.arange(begin, min(stop, piece.run_stop - self.length + 1), self.step)
        table = np.empty((len(starts), 1 + len(self.names) + len(self.own)))
        at_once = max(BLOCK // self.length, 1)
        for i in range(0, len(starts), at_once):
            some = starts[i : i + at_once] - piece.first
            view = np.lib.stride_tricks.sliding_window_view(
                piece.values[some[0] : some[-1] + self.length], self.length
            )
            table[i : i + at_once] = self.statistics(view[:: self.step], piece.fs)
        return starts, table

    def statistics(self, windows: NDArray[np.float64], fs: float) -> NDArray[np.float64]:
        """Return count and statistics of windows, shape (k, 1 + statistics)."""
        rows = Rows(np.ascontiguousarray(windows), fs)
        columns = [rows.count]
        for name in self.names:
            if name in STATISTICS:
                columns.append(STATISTICS[name](rows))
            else:
                columns.append(quantile(rows, float(name[1:]) / 100))
        table = np.stack(columns, axis=1)
        enough = rows.count >= max(self.least * self.length, 1)
        table[~enough, 1:] = NAN
        for _, function in self.own:
            column = np.full(len(table), NAN)
            for k in np.flatnonzero(enough).tolist():
                column[k] = float(function(rows.values[k]))
            table = np.column_stack([table, column])
        return table


def window_grid(
    fs: float,
    window: Any,
    step: Any,
    statistics: Any,
    least: Any = 0.5,
) -> WindowGrid:
    """Return a checked grid of windows."""
    rate = checked_fs(fs)
    length = round(checked_number(window, "window", 0, open_low=True, unit="s") * rate)
    every = length
    if step is not None:
        every = round(checked_number(step, "step", 0, open_low=True, unit="s") * rate)
    if length < 1 or every < 1:
        raise InvalidInputError(
            f"window={window!r} s and step={step!r} s hold no sample at fs={rate:g} Hz; give at "
            f"least {1 / rate:g} s"
        )
    share = checked_number(least, "least", 0, 1)
    named = [statistics] if isinstance(statistics, str) else statistics
    own = dict(named) if isinstance(named, dict) else {}
    names = tuple(dict.fromkeys(name for name in named if name not in own))
    for name in names:
        if not (isinstance(name, str) and (name in STATISTICS or PERCENTILE.fullmatch(name))):
            raise InvalidInputError(
                f"statistic {name!r} is not known; choose some of {', '.join(STATISTICS)}, a "
                "percentile such as 'p5', or give a dict of a name and a function of the samples "
                "of a window"
            )
    if not all(callable(function) for function in own.values()):
        raise InvalidInputError("statistics={...} needs a function for each name")
    return WindowGrid(length, every, share, names, tuple(own.items()))


def plan_window_statistics(
    fs: float,
    *,
    window: float = 10.0,
    step: float | None = None,
    statistics: Sequence[str] | Mapping[str, Callable[[NDArray[np.float64]], float]] = DEFAULT,
    least: float = 0.5,
) -> Plan[Any, WindowStatistics]:
    """Return the plan of `window_statistics`."""
    grid = window_grid(fs, window, step, statistics, least)
    return Plan(grid.work, functools.partial(_joined, grid=grid), after=grid.length)


@chunked(plan_window_statistics)
@with_recipe("values")
def window_statistics(
    values: Any,
    fs: float,
    *,
    window: float = 10.0,
    step: float | None = None,
    statistics: Sequence[str] | Mapping[str, Callable[[NDArray[np.float64]], float]] = DEFAULT,
    least: float = 0.5,
    usable: Any = None,
) -> WindowStatistics:
    """Statistics of a signal in windows.

    The windows are counted from the start of the signal (of a recording: of each run between
    gaps), and only whole ones are taken. In pieces it gives exactly the same.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples. Those that are NaN are left out of a window, and differences are taken between
        neighbours only.
    fs : float
        Sampling rate in Hz.
    window : float
        Length in seconds.
    step : float, optional
        Distance between the starts of windows in seconds; the length by default.
    statistics : sequence of str, or dict of str to callable
        Of 'mean', 'sd' (by n - 1), 'min', 'max', 'range', 'median', 'iqr', 'rms', 'skewness' and
        'kurtosis' (of the moments by n; kurtosis less 3), 'slope' (of the least-squares line, per
        s), 'line_length' (sum of absolute differences), 'zero_crossings' (per s), and Hjorth's
        'activity', 'mobility' (rad/s) and 'complexity'; percentiles as 'p5', 'p97.5'. A dict
        holds functions of your own, ``f(samples of a window, with NaN) -> float``.
    least : float
        Least share of valid samples, 0 to 1, for a window to have statistics.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the signal may be used.
    """
    rate = checked_fs(fs)
    plan = plan_window_statistics(
        rate, window=window, step=step, statistics=statistics, least=least
    )
    signal = only_usable(checked_signal(values), usable, rate)
    return run_on_array(plan, signal, rate, chunk_samples=max(PIECE, 4 * plan.after))


def gathered(
    partials: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]], width: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the first samples and statistics of all windows."""
    if not partials:
        return np.empty(0, np.int64), np.empty((0, width))
    return np.concatenate([p[0] for p in partials]), np.concatenate([p[1] for p in partials])


def _joined(partials: Any, extent: Extent, *, grid: WindowGrid) -> WindowStatistics:
    names = (*grid.names, *(name for name, _ in grid.own))
    starts, table = gathered(partials, 1 + len(names))
    note: tuple[str, ...] = ()
    if not np.any(table[:, 0] >= max(grid.least * grid.length, 1)):
        note = (not_enough(f"no window of {grid.length / extent.fs:g} s holds samples enough"),)
    return WindowStatistics(
        times=extent.times(starts) if len(starts) else np.empty(0),
        count=table[:, 0].astype(np.int64),
        window=grid.length / extent.fs,
        step=grid.step / extent.fs,
        columns={name: table[:, k + 1].copy() for k, name in enumerate(names)},
        valid=extent.valid,
        notes=note,
    )

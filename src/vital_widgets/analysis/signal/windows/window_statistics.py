"""Statistics of a signal in windows: the trend of any of them over hours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, median_of, quantity
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.analysis.signal.windows.window_rows import NAN, STATISTICS, Rows, quantile
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Table = tuple[NDArray[np.int64], NDArray[np.float64]]

Statistics: TypeAlias = "str | Sequence[str] | Mapping[str, Callable[[NDArray[np.float64]], float]]"
BLOCK = 1 << 19  # samples of windows that are processed at a time
DEFAULT = (
    "mean", "sd", "min", "p25", "median", "p75", "max", "rms", "skewness", "kurtosis", "slope",
    "line_length",
)  # fmt: skip
PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")
MIN_VALID = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class WindowStatistics(Result, given=("times", "window_s", "step_s")):
    """Statistics of windows; ``result["mean"]`` is one of them.

    Attributes
    ----------
    times : ndarray of float64, shape (k,)
        Start of each window in seconds.
    n_valid : ndarray of int64, shape (k,)
        Number of valid samples in each window.
    window_s, step_s : float
        Length of a window and distance between starts, in seconds, rounded to whole samples.
    statistics : mapping of str to ndarray of float64, shape (k,)
        The statistics, in the units of the signal; NaN for windows with too few valid samples.
    """

    times: NDArray[np.float64]
    n_valid: NDArray[np.int64]
    window_s: float
    step_s: float
    statistics: Mapping[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.times)

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return self.statistics[name]

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each window: time (s), n_valid and the statistics."""
        import pandas as pd

        return pd.DataFrame({"time": self.times, "n_valid": self.n_valid, **self.statistics})

    def _facts(self) -> list[tuple[str, str]]:
        windows = f"{len(self):,} of {self.window_s:g} s every {self.step_s:g} s"
        medians = {name: median_of(column) for name, column in self.statistics.items()}
        facts = [(f"{name} (median)", quantity(value)) for name, value in medians.items()]
        return [("windows", windows), *facts]


@dataclass(frozen=True, eq=False)
class WindowGrid:
    """Which windows to take and what to compute of each; picklable."""

    length: int
    step: int
    min_valid: float
    names: tuple[str, ...]
    own: Mapping[str, Callable[[NDArray[np.float64]], float]]

    def work(self, piece: Piece) -> Table:
        """Return the first sample and the statistics of each window that begins in the core."""
        shift = -(piece.core_first - piece.run_start) % self.step
        begin = piece.core_first + shift
        stop = min(piece.core_stop, piece.run_stop - self.length + 1)
        starts = np.arange(begin, stop, self.step)
        table = np.empty((len(starts), 1 + len(self.names) + len(self.own)))
        at_once = max(BLOCK // self.length, 1)
        for i in range(0, len(starts), at_once):
            some = starts[i : i + at_once] - piece.first
            view = np.lib.stride_tricks.sliding_window_view(
                piece.values[some[0] : some[-1] + self.length], self.length
            )
            table[i : i + at_once] = self._statistics(view[:: self.step], piece.fs)
        return starts, table

    def _statistics(self, windows: NDArray[np.float64], fs: float) -> NDArray[np.float64]:
        """Return the number of valid samples and the statistics, shape (k, 1 + statistics)."""
        rows = Rows(np.ascontiguousarray(windows), fs)
        enough = rows.count >= max(self.min_valid * self.length, 1)
        columns = [rows.count]
        for name in self.names:
            known = STATISTICS.get(name)
            column = known(rows) if known else quantile(rows, float(name[1:]) / 100)
            columns.append(np.where(enough, column, NAN))
        for function in self.own.values():
            pairs = zip(rows.values, enough.tolist(), strict=True)
            columns.append(np.array([float(function(row)) if good else NAN for row, good in pairs]))
        return np.stack(columns, axis=1)

    def gathered(self, partials: Sequence[Table]) -> Table:
        """Return the first sample and the statistics of all windows."""
        if not partials:
            return np.empty(0, np.int64), np.empty((0, 1 + len(self.names) + len(self.own)))
        return np.concatenate([p[0] for p in partials]), np.concatenate([p[1] for p in partials])


def window_grid(
    fs: float,
    window_s: float,
    step_s: float | None,
    statistics: Statistics,
    min_valid: float = MIN_VALID,
) -> WindowGrid:
    """Return a checked grid of windows; one after another if ``step_s`` is None."""
    length = round(checked_number(window_s, "window_s", 0, open_low=True, unit="s") * fs)
    step = length
    if step_s is not None:
        step = round(checked_number(step_s, "step_s", 0, open_low=True, unit="s") * fs)
    if length < 1 or step < 1:
        raise InvalidInputError(
            f"window_s={window_s!r} or step_s={step_s!r} is shorter than one sample at fs={fs:g} "
            f"Hz; give at least {1 / fs:g} s"
        )
    share = checked_number(min_valid, "min_valid", 0, 1)
    named: Any = [statistics] if isinstance(statistics, str) else statistics
    own = dict(named) if isinstance(named, Mapping) else {}
    if not all(callable(function) for function in own.values()):
        raise InvalidInputError(
            "statistics={...} must hold a function of the samples of a window for each name"
        )
    names = () if own else tuple(dict.fromkeys(named))
    for name in names:
        if not (isinstance(name, str) and (name in STATISTICS or PERCENTILE.fullmatch(name))):
            raise InvalidInputError(
                f"unknown statistic {name!r}; available: {', '.join(STATISTICS)}, percentiles such "
                "as 'p5', and functions of your own in a dict of name and function"
            )
    return WindowGrid(length, step, share, names, own)


@analysis
def window_statistics(
    x: SignalLike,
    fs: float | None = None,
    *,
    window_s: float = 10.0,
    step_s: float | None = None,
    statistics: Statistics = DEFAULT,
    min_valid: float = MIN_VALID,
    usable: UsableLike = None,
) -> Plan[Table, WindowStatistics]:
    """Compute statistics of a signal in windows.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        Signal. Missing samples (NaN) are left out, and differences are taken between neighbours
        only.
    fs : float, optional
        Sampling rate in Hz; required for an array, and the channel's own for a channel.
    window_s : float
        Length of a window in seconds; 10 s hold several heartbeats and breaths.
    step_s : float, optional
        Distance between the starts of windows in seconds; by default the length, so that windows
        follow each other without overlap.
    statistics : str, sequence of str, or mapping of str to callable
        Any of 'mean', 'sd' (divided by n - 1), 'min', 'max', 'range', 'median', 'iqr', 'rms',
        'skewness' and 'kurtosis' (moments divided by n; excess kurtosis), 'slope' (least-squares
        line, per second), 'line_length' (sum of absolute differences), 'zero_crossings' (per
        second), the parameters of Hjorth [1]_ 'activity', 'mobility' (rad/s) and 'complexity',
        and percentiles such as 'p5' or 'p97.5'. A mapping holds functions of your own,
        ``f(samples of a window, with NaN) -> float``, which are called from several threads.
    min_valid : float
        Smallest share of valid samples, 0 to 1, for which a window has statistics; half by
        default.
    usable : UsableLike, optional
        Where the signal may be used; everywhere by default.

    Returns
    -------
    WindowStatistics
        One value of each statistic for each whole window, counted from the start of each run of
        samples between gaps. The result does not depend on how the recording is cut into pieces.

    Raises
    ------
    InvalidInputError
        A statistic is unknown, or a window or step is shorter than one sample.

    References
    ----------
    .. [1] Hjorth B. EEG analysis based on time domain properties. Electroencephalography and
       Clinical Neurophysiology 1970;29(3):306-310. doi:10.1016/0013-4694(70)90143-4

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import window_statistics
    >>> trend = window_statistics(vw.sample(60)["ECG"], window_s=10, statistics=["mean", "p95"])
    >>> len(trend), sorted(trend.statistics)
    (6, ['mean', 'p95'])
    """
    signal = signal_of(x, fs, usable)
    grid = window_grid(signal.fs, window_s, step_s, statistics, min_valid)

    def join(partials: Sequence[Table], extent: Extent) -> WindowStatistics:
        starts, table = grid.gathered(partials)
        enough = bool(np.any(table[:, 0] >= max(grid.min_valid * grid.length, 1)))
        why = f"no window of {grid.length / extent.fs:g} s holds enough valid samples"
        columns = table[:, 1:].T.copy()
        return WindowStatistics(
            times=extent.times(starts),
            n_valid=table[:, 0].astype(np.int64),
            window_s=grid.length / extent.fs,
            step_s=grid.step / extent.fs,
            statistics=dict(zip((*grid.names, *grid.own), columns, strict=True)),
            valid=extent.valid,
            notes=() if enough else (not_enough(why),),
        )

    return Plan(grid.work, join, after=grid.length, source=signal)

"""Measure a time range: statistics of each channel from all its samples, in bounded memory."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.signal.statistics.moments import Moments
from vital_widgets.runtime.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vital_widgets.core.channel import Channel

BLOCK = 1 << 18  # samples that are in memory at a time
# A reply waits for this time (s), which suffices for some million samples; then it is `pending`.
PATIENCE = 0.1
KEPT_TASKS = 8
SHORT = 16 * BLOCK  # samples that are measured at once, and not behind long tasks
FIGURES = ("n", "missing", "min", "max", "mean", "rms", "sd", "slope")


@dataclass
class Measured:
    """Statistics of the samples of one channel in a time range.

    Attributes
    ----------
    n, missing : int
        Samples that are numbers, and samples that are NaN or infinite. A gap contains no samples.
    minimum, maximum : float
        Smallest and largest value.
    values, times : Moments
        Of the values, and of their times in seconds from the start of the range.
    product : float
        Sum of ``(time - mean time) * (value - mean value)``.
    """

    n: int = 0
    missing: int = 0
    minimum: float = math.nan
    maximum: float = math.nan
    values: Moments = field(default_factory=Moments)
    times: Moments = field(default_factory=Moments)
    product: float = 0.0

    def add(self, times: np.ndarray[Any, Any], values: np.ndarray[Any, Any]) -> None:
        """Add samples: times in seconds from the start of the range, and physical values."""
        numbers = np.isfinite(values)
        self.missing += int(len(values) - np.count_nonzero(numbers))
        if not numbers.all():
            times, values = times[numbers], values[numbers]
        if not len(values):
            return
        self.n += len(values)
        self.minimum = float(np.fmin(self.minimum, values.min()))
        self.maximum = float(np.fmax(self.maximum, values.max()))
        of_values, of_times = Moments.of(values), Moments.of(times)
        with np.errstate(over="ignore", invalid="ignore"):
            product = float(np.sum((times - of_times.mean) * (values - of_values.mean)))
        n, m = self.values.count, of_values.count
        if n:  # the covariance of two sets together, as for the variance
            share = n * m / (n + m)
            apart = (of_times.mean - self.times.mean) * (of_values.mean - self.values.mean)
            product += share * apart
        self.product += product
        self.values = self.values.merged(of_values)
        self.times = self.times.merged(of_times)

    @property
    def figures(self) -> dict[str, float]:
        """All statistics by name; NaN where there are too few samples."""
        spread = self.times.m2
        return {
            "n": self.n,
            "missing": self.missing,
            "min": self.minimum,
            "max": self.maximum,
            "mean": self.values.mean,
            "rms": self.values.root_mean_square,
            "sd": math.sqrt(self.values.variance) if self.n > 1 else math.nan,
            "slope": self.product / spread if spread > 0 else math.nan,
        }


def measure(
    channel: Channel, t0: float, t1: float, report: Callable[[int], None] | None = None
) -> Measured:
    """Return the statistics of the samples with ``t0 <= t < t1``.

    Parameters
    ----------
    channel : Channel
        The channel; while its file is being read, the samples that are known.
    t0, t1 : float
        Seconds from the recording's start.
    report : callable, optional
        Called with the number of samples of each block; may raise, to stop.
    """
    base = channel.timebase
    known = min(base.n_samples, channel.samples.n_samples)
    first, stop = (min(i, known) for i in base.sample_range(t0, t1))
    found = Measured()
    for i0 in range(first, stop, BLOCK):
        i1 = min(i0 + BLOCK, stop)
        values = channel.physical(channel.samples.read(i0, i1)).astype(np.float64, copy=False)
        found.add(base.times(i0, i1) - t0, values)
        if report is not None:
            report(i1 - i0)
    return found


def samples_in(channels: Sequence[Channel], t0: float, t1: float) -> int:
    """Return the number of samples of several channels in a time range."""
    ranges = (channel.timebase.sample_range(t0, t1) for channel in channels)
    return sum(stop - first for first, stop in ranges)


def measuring(channels: Sequence[Channel], t0: float, t1: float) -> Task[list[Measured]]:
    """Return a task, not started, that measures a time range of several channels."""
    total = samples_in(channels, t0, t1)

    def work(task: Task[list[Measured]]) -> list[Measured]:
        done = 0

        def report(n: int) -> None:
            nonlocal done
            done += n
            task.report(done / max(total, 1))

        return [measure(channel, t0, t1, report) for channel in channels]

    return Task(work, "Measuring")


class Measurements:
    """Measures the selections of browsers; a new selection of a browser replaces its former one."""

    def __init__(self) -> None:
        self._tasks: dict[str, tuple[tuple[Any, ...], Task[list[Measured]]]] = {}
        self._lock = threading.Lock()

    def of(
        self, client: str, signals: Sequence[tuple[int, Channel]], t0: float, t1: float
    ) -> dict[str, Any]:
        """Return the statistics, or the progress while they are not known yet."""
        key = (
            tuple(k for k, _ in signals),
            t0,
            t1,
            tuple(one.timebase.n_samples for _, one in signals),
        )
        with self._lock:
            known, task = self._tasks.pop(client, (None, None))
            if task is None or known != key or task.error is not None:
                if task is not None:
                    task.cancel()
                channels = [channel for _, channel in signals]
                urgent = samples_in(channels, t0, t1) <= SHORT
                task = measuring(channels, t0, t1).start(urgent=urgent)
            self._tasks[client] = key, task
            while len(self._tasks) > KEPT_TASKS:
                _, oldest = self._tasks.pop(next(iter(self._tasks)))
                oldest.cancel()
        if not task.wait(PATIENCE):
            return {"pending": True, "progress": task.progress, "rows": []}
        rows = [
            {"channel": k, **found.figures}
            for (k, _), found in zip(signals, task.result(), strict=True)
        ]
        return {"pending": False, "progress": 1.0, "rows": rows}

    def close(self) -> None:
        """Stop all tasks."""
        with self._lock:
            tasks, self._tasks = self._tasks, {}
        for _, task in tasks.values():
            task.cancel()

"""How long the kernel takes for messages, requests, callbacks and tasks; off until it is started.

Where something is measured, ``if MONITOR.on`` is all that is done while it is off. No names of
files, recordings or channels are kept, so that the text can be sent to others.
"""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import threading
import time
from collections import deque
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import numpy as np

from vital_widgets.config import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

S = TypeVar("S")
P = ParamSpec("P")
R = TypeVar("R")
KEPT = 20_000  # measurements, the latest
PACKAGES = (
    "vital-widgets",
    "anywidget",
    "ipywidgets",
    "ipykernel",
    "jupyterlab",
    "traitlets",
    "numpy",
    "scipy",
    "pandas",
    "dask",
    "plotly",
    "plotly-resampler",
    "pyarrow",
)


@dataclass(frozen=True)
class Times:
    """How long one kind of work took, in seconds.

    Attributes
    ----------
    kind, name : str
        What was done: a ``request`` of a viewer, a ``message`` to a widget, a ``callback``, a
        ``task`` or the time it was ``queued``; and which.
    count : int
        How often.
    median, p95, longest, total : float
        Median, 95th percentile, maximum and sum.
    """

    kind: str
    name: str
    count: int
    median: float
    p95: float
    longest: float
    total: float


class Monitor:
    """The latest measurements of this process.

    Attributes
    ----------
    on : bool
        Whether it measures.
    """

    def __init__(self) -> None:
        self.on = False
        self._taken: deque[tuple[str, str, float]] = deque(maxlen=KEPT)
        self._lock = threading.Lock()
        self._begun = self._ended = 0.0

    def start(self) -> None:
        """Measure from now on; what was measured before is forgotten."""
        with self._lock:
            self._taken.clear()
            self._begun, self._ended = time.monotonic(), 0.0
            self.on = True

    def stop(self) -> None:
        """Measure no longer; what was measured can still be read."""
        with self._lock:
            if self.on:
                self._ended = time.monotonic()
            self.on = False

    def add(self, kind: str, name: str, seconds: float) -> None:
        """Add a measurement, unless the monitor was stopped meanwhile."""
        with self._lock:
            if self.on:
                self._taken.append((kind, name, seconds))

    @contextlib.contextmanager
    def measured(self, kind: str, name: str) -> Iterator[None]:
        """Measure how long the block takes, also if it raises."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(kind, name, time.perf_counter() - began)

    @property
    def seconds(self) -> float:
        """How long the monitor has been measuring, or did."""
        with self._lock:
            if not self._begun:
                return 0.0
            return (self._ended or time.monotonic()) - self._begun

    def table(self) -> list[Times]:
        """Return the times of each kind and name, that with the longest total first."""
        with self._lock:
            taken = list(self._taken)
        of: dict[tuple[str, str], list[float]] = {}
        for kind, name, seconds in taken:
            of.setdefault((kind, name), []).append(seconds)
        rows = [
            Times(
                kind,
                name,
                len(all_of),
                float(np.median(all_of)),
                float(np.percentile(all_of, 95)),
                max(all_of),
                sum(all_of),
            )
            for (kind, name), all_of in of.items()
        ]
        return sorted(rows, key=lambda row: -row.total)

    def text(self) -> str:
        """Return the table and what the process runs on, as text for the report of a bug."""
        rows = self.table()
        what = [f"{row.kind} {row.name}".strip() for row in rows]
        wide = max([len("what"), *map(len, what)])
        lines = [
            f"measured for {self.seconds:.1f} s, {sum(row.count for row in rows)} times; in ms",
            f"{'what':{wide}}  {'count':>6}  {'median':>9}  {'p95':>9}  {'max':>9}  {'total':>10}",
        ]
        for label, row in zip(what, rows, strict=True):
            times = (row.median, row.p95, row.longest)
            columns = "  ".join(f"{1e3 * one:9.2f}" for one in times)
            lines.append(f"{label:{wide}}  {row.count:6d}  {columns}  {1e3 * row.total:10.1f}")
        return "\n".join([*_versions(), "", *lines, ""])


def name_of(function: object) -> str:
    """Return the name of a callback."""
    made = getattr(function, "func", function)  # of a functools.partial
    name = getattr(made, "__qualname__", type(made).__name__)
    return str(name).replace(".<locals>", "")


@functools.cache
def _packages() -> str:
    """Return the versions of the libraries that are installed."""
    found = []
    for package in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return ", ".join(found)


def _versions() -> list[str]:
    here = settings()
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return [
        _packages(),
        f"Python {platform.python_version()}, {system}, {os.cpu_count()} processors",
        f"memory for caches {here.memory_bytes >> 20} MiB, tasks at a time {here.workers}",
    ]


MONITOR = Monitor()


def timed(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Measure a method as a callback, under the class of its object, while the monitor is on."""
    name = getattr(method, "__name__", "").strip("_")

    @functools.wraps(method)
    def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if not MONITOR.on:
            return method(self, *args, **kwargs)
        with MONITOR.measured("callback", f"{type(self).__name__}.{name}"):
            return method(self, *args, **kwargs)

    return call

"""Progress of a call: a bar in a notebook or terminal after a second, or that of its task."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Report = Callable[[float, str], None]

DELAY_SECONDS = 1.0  # shorter calls show nothing
FORMAT = "{l_bar}{bar}| {elapsed}<{remaining}"


class _Call:
    """The outermost call: calls that it makes report that they go on, not how far they are."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._share = 0.0

    def report(self, share: float, message: str) -> None:
        """Report the share of the whole call; of several calls in a part, it never goes back."""
        self._share = max(self._share, share)
        self._report(self._share, message)

    def nested(self, share: float, message: str) -> None:
        """Report of a call inside this one; it raises if the task was cancelled."""
        del share
        self._report(self._share, message)


class _Part(_Call):
    """A part of a call, from one share of it to another, which calls inside fill."""

    def __init__(self, whole: _Call, first: float, last: float, message: str) -> None:
        super().__init__(self._scaled)
        self._whole, self._first, self._last, self._message = whole, first, last, message

    def _scaled(self, share: float, message: str) -> None:
        at = self._first + (self._last - self._first) * share
        self._whole.report(at, self._message or message)

    nested = _Call.report


_CURRENT: ContextVar[_Call | None] = ContextVar("_CURRENT", default=None)


@contextlib.contextmanager
def reporting_to(report: Report) -> Iterator[None]:
    """Let all nested calls report to a task; cancelling the task stops them too."""
    with _current(_Call(report)):
        yield


@contextlib.contextmanager
def progress_part(first: float, last: float, message: str = "") -> Iterator[None]:
    """Let the calls inside fill the progress of the call around them from ``first`` to ``last``.

    Without a call around them nothing is changed.
    """
    whole = _CURRENT.get()
    if whole is None:
        yield
        return
    inside = _Part(whole, first, last, message)
    inside.report(0.0, message)
    with _current(inside):
        yield
    inside.report(1.0, message)


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[Report]:
    """Yield ``report(share, message)``, which shows the progress of a call.

    A call inside another one, or inside a task, reports to that. Nothing is shown on other
    threads than the main one, or if the output goes to a file.
    """
    if (around := _CURRENT.get()) is not None:
        yield around.nested
        return
    bar = _Bar(title) if threading.current_thread() is threading.main_thread() else None
    call = _Call(_ignored if bar is None else bar.report)
    try:
        with _current(call):
            yield call.report
    finally:
        if bar is not None:
            bar.close()


@contextlib.contextmanager
def _current(call: _Call) -> Iterator[None]:
    token = _CURRENT.set(call)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def _ignored(share: float, message: str) -> None:
    del share, message


class _Bar:
    """A tqdm bar that is made when the call has taken `DELAY_SECONDS`."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._started = time.monotonic()
        self._bar: Any = None

    def report(self, share: float, message: str) -> None:
        """Show the progress."""
        del message
        took = time.monotonic() - self._started
        if self._bar is None and took >= DELAY_SECONDS:
            self._bar = _tqdm(self._title)
            if self._bar is not None:
                self._bar.start_t -= took
        if self._bar is not None:
            self._bar.update(share - self._bar.n)

    def close(self) -> None:
        """Remove the bar; one that is not full would stay, as after an error."""
        if self._bar is not None:
            self._bar.n = self._bar.total
            self._bar.close()


def _tqdm(title: str) -> Any:
    """Return a tqdm bar; None if the output is not visible."""
    options = {"desc": title, "total": 1.0, "bar_format": FORMAT, "leave": False}
    if in_notebook():
        from vital_widgets.runtime.pagebar import PageBar

        return PageBar(**options)
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    from tqdm import tqdm

    return tqdm(**options)


def in_notebook() -> bool:
    """Whether this process is a Jupyter kernel, which can show widgets."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None

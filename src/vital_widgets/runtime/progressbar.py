"""A progress bar for a call that takes longer than a second, in a notebook or a terminal."""

from __future__ import annotations

import contextlib
import sys
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DELAY_SECONDS = 1.0  # shorter calls show nothing
FORMAT = "{l_bar}{bar}| {elapsed}<{remaining}"
_TASK: ContextVar[Callable[[float, str], None] | None] = ContextVar("_TASK", default=None)


@contextlib.contextmanager
def reporting_to(report: Callable[[float, str], None]) -> Iterator[None]:
    """Let all nested calls report to a task; cancelling the task stops them too."""
    token = _TASK.set(report)
    try:
        yield
    finally:
        _TASK.reset(token)


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[Callable[[float, str], None]]:
    """Yield ``report(share, message)``, which shows the progress of a call.

    Nothing is shown on other threads than the main one, because tasks have their own progress, or
    if the output goes to a file.
    """
    if (task := _TASK.get()) is not None:
        yield task
        return
    bar = _bar(title) if threading.current_thread() is threading.main_thread() else None
    if bar is None:
        yield _ignored
        return

    def report(share: float, message: str) -> None:
        bar.set_postfix_str(message, refresh=False)
        bar.update(share - bar.n)

    try:
        yield report
    finally:
        bar.close()


def _ignored(share: float, message: str) -> None:
    del share, message


def _bar(title: str) -> Any:
    """Return a tqdm bar; None if the output is not visible."""
    options = {
        "desc": title, "total": 1.0, "bar_format": FORMAT, "leave": False, "delay": DELAY_SECONDS
    }  # fmt: skip
    if in_notebook():
        from tqdm.notebook import tqdm as notebook_bar

        return notebook_bar(**options)
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    from tqdm import tqdm

    return tqdm(**options)


def in_notebook() -> bool:
    """Whether this process is a Jupyter kernel, which can show widgets."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None

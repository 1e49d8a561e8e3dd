"""What stays in the kernel and in the page when a workbench is opened and closed again and again.

A cell is run with Ctrl+Enter as a person does it; the workbench of the run before is closed. The
same is done with as many plain widgets of ipywidgets, because JupyterLab itself keeps something of
each widget that was ever shown.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rows import Row

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))

from lab import Lab, Notebook
from lab_server import LabServer

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 50
BEFORE = 5  # rounds until everything is loaded and compiled
SHARE = 0.05
SETUP = """
import ipywidgets as iw, vital_widgets as vw
rec = vw.sample(600)
"""
BENCH = """
bench = vw.Workbench(rec, panels=["HRV", "Spectrum", "Tasks"], t_range=(10, 40))
display(bench)
"""
CLOSE = "bench.close(); del bench"
PLAIN = """
parts = [iw.Label(str(k)) for k in range({count})]
plain = iw.VBox(parts)
display(plain)
"""
CLOSE_PLAIN = """
for one in (plain, *parts):
    for part in (one, getattr(one, "style", None), one.layout):
        if part is not None:
            part.close()
del plain, parts, one, part
"""
MODELS = "len(iw.widgets.widget._instances)"
LABEL = 3  # models of a label: itself, its layout, its style
# Memory that Python freed, but the allocator holds, is given back first (on Linux).
KERNEL = """
def measured():
    import ctypes, gc, os, threading
    import psutil
    gc.collect()
    if os.name == "posix" and hasattr(ctypes.CDLL(None), "malloc_trim"):
        ctypes.CDLL(None).malloc_trim(0)
    process = psutil.Process()
    return [process.memory_info().rss, threading.active_count()]
"""


@dataclass(frozen=True)
class State:
    """What the kernel and the page hold."""

    rss: float
    threads: int
    heap: float
    nodes: int
    listeners: int


def state(book: Notebook) -> State:
    """Measure the page and the kernel of a notebook at rest."""
    held = book.held()
    rss, threads = book.value("measured()")
    return State(rss, threads, held["JSHeapUsedSize"], held["Nodes"], held["JSEventListeners"])


def run(folder: Path) -> list[Row]:
    """Take the rounds of the workbench, then those of the plain widgets in another notebook."""
    place = Path(tempfile.mkdtemp(dir=folder, prefix="life-"))
    load = os.getloadavg()[0]
    models = 0
    with LabServer(place) as server, Lab(server) as lab:

        def bench(book: Notebook) -> None:
            nonlocal models
            book.run(1)
            book.wait_settled()
            book.page.locator(".vital-panel .main-svg").first.wait_for()
            book.until(
                lambda: book.value(
                    "not any(getattr(p, 'state', '') == 'computing' for p in bench.panels)"
                )
            )
            models = book.value(MODELS)
            book.execute(CLOSE)

        def plain(book: Notebook) -> None:
            book.run(1)
            book.page.locator(".widget-label").first.wait_for()
            book.execute(CLOSE_PLAIN)

        begin, end = rounds(lab, BENCH, bench)
        labels = models // LABEL
        plain_begin, plain_end = rounds(lab, PLAIN.format(count=labels), plain)
    shutil.rmtree(place, ignore_errors=True)
    inputs = (
        f"viewer, HRV, spectrum, tasks ({models} models of widgets) opened and closed {ROUNDS} "
        f"times after {BEFORE}; load of the machine {load:.1f}"
    )
    reference = f"{labels} labels of ipywidgets: {growth(plain_begin.heap, plain_end.heap)}"
    return [
        memory("kernel memory", inputs, begin.rss, end.rss, ""),
        memory("memory of the page (JS heap)", inputs, begin.heap, end.heap, reference),
        count("elements of the page", begin.nodes, end.nodes),
        count("listeners of the page", begin.listeners, end.listeners),
        count("threads of the kernel", begin.threads, end.threads),
    ]


def rounds(lab: Lab, cell: str, one: Callable[[Notebook], None]) -> tuple[State, State]:
    """Open and close what a cell shows; return what was held before and after the rounds."""
    book = lab.open([SETUP, cell])
    book.run(0)
    book.execute(KERNEL)
    for _ in range(BEFORE):
        one(book)
    begin = state(book)
    for _ in range(ROUNDS):
        one(book)
    end = state(book)
    book.close()
    return begin, end


def growth(begin: float, end: float) -> str:
    """What was added, in MB, in percent and for each round."""
    more = end - begin
    return (
        f"{begin / 1e6:.1f} MB {more / 1e6:+.1f} MB ({more / begin:+.1%}), "
        f"{more / ROUNDS / 1e3:.0f} kB for each"
    )


def memory(what: str, inputs: str, begin: float, end: float, reference: str) -> Row:
    """Line of an amount of memory."""
    more = end - begin
    return Row(
        what, inputs, growth(begin, end), reference, f"within {SHARE:.0%}", more <= SHARE * begin
    )


def count(what: str, begin: int, end: int) -> Row:
    """Line of a number of things, of which none may stay."""
    return Row(what, "the same", f"{begin:.0f} {end - begin:+.0f}", "", "none more", end <= begin)

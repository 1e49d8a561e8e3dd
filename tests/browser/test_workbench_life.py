"""A cell with a workbench that runs again and again leaves nothing in the kernel or on the page."""

from __future__ import annotations

SETUP = """
import ipywidgets, vital_widgets as vw
rec = vw.sample(600)
"""
BENCH = "vw.Workbench(rec, panels=['HRV', 'Spectrum', 'Tasks'], t_range=(10, 40))"
KINDS = (
    "sorted(type(one).__name__ for one in ipywidgets.widgets.widget._instances.values()"
    " if type(one).__name__ in ('Workbench', 'Viewer', 'HRV', 'Spectrum', 'Tasks'))"
)
ONE = ["HRV", "Spectrum", "Tasks", "Viewer", "Workbench"]
ROUNDS = 10
IN_KERNEL = "[__import__('threading').active_count(), len(ipywidgets.widgets.widget._instances)]"
# Rounds until all code was used once, and then those that must leave nothing.
BEFORE, AFTER = 2, 8
# V8 goes on compiling, and JupyterLab keeps 0.4 kB of each of the 250 models of a workbench; what
# a page kept of a workbench whose models stay is 1400 elements and 3 MB.
ELEMENTS, LISTENERS, HEAP = 50, 20, AFTER * 0.8e6


def test_running_the_cell_of_a_workbench_again_leaves_nothing(notebook) -> None:
    book = notebook([SETUP, BENCH, "pass"])
    book.run(0)
    counts = []
    for _ in range(ROUNDS):
        book.run(1)
        book.wait_settled()
        # The page reports its views, and the end of a cell closes what it has not.
        book.until(lambda: book.run(2) or book.value(KINDS) == ONE)
        counts.append(book.value("len(ipywidgets.widgets.widget._instances)"))
        assert book.page.locator(".vital-workbench").count() == 1
    assert max(counts[1:]) <= counts[1] + 5, "the progress of a task may be shown or not"
    assert book.errors == []


def test_a_workbench_that_was_closed_leaves_the_page_and_the_kernel(notebook) -> None:
    book = notebook([SETUP, f"bench = {BENCH}; display(bench)"])
    book.run(0)

    def open_and_close() -> None:
        book.run(1)
        book.wait_settled()
        book.page.locator(".vital-panel .main-svg").first.wait_for()
        book.execute("bench.close(); del bench")
        book.page.locator(".vital-workbench").wait_for(state="detached")

    def kernel() -> list[int]:
        return book.value(IN_KERNEL)

    for _ in range(BEFORE):
        open_and_close()
    begin, in_kernel = book.held(), kernel()
    for _ in range(AFTER):
        open_and_close()
    end = book.held()
    for name, more in (
        ("Nodes", ELEMENTS), ("JSEventListeners", LISTENERS), ("JSHeapUsedSize", HEAP),
    ):  # fmt: skip
        assert end[name] <= begin[name] + more, name
    book.until(lambda: all(now <= was for now, was in zip(kernel(), in_kernel, strict=True)))
    assert book.errors == []

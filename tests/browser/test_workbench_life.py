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

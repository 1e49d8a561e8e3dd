"""Tasks, memory and performance beside a viewer, as a person uses them."""

from __future__ import annotations

import pytest

OPENED = """
import ipywidgets, time
import vital_widgets as vw
from vital_widgets.analysis import power_spectrum, run
from vital_widgets.runtime.monitor import MONITOR
from vital_widgets.runtime.tasks import Task
rec = vw.sample(3600, progress=False)
def going_on(task):
    for k in range(10**9):
        task.report(1 - 0.97**k, "reading", bytes_done=k * 3_000_000, bytes_total=480_000_000)
        task.wait_cancelled(0.1)
long = Task(going_on, "Reading night.csv")
"""
CELLS = [
    OPENED,
    "viewer = vw.Viewer(rec, filters={'ECG': 'highpass 1 Hz'}, height=300); viewer",
    "ipywidgets.VBox([vw.panels.Tasks(), vw.panels.Memory(), vw.panels.Performance()])",
    "time.sleep(3600)",
]
PARTS = {
    "tasks": ".vital-task[data-state=running]",
    "memory": "tbody tr:has-text('derived signals')",
    "performance": "tbody tr:has-text('request window')",
}
SIZES = [(1280, 900), (390, 900)]


def of(notebook, name):
    return notebook.page.locator(f".vital-instrument[data-instrument={name}]")


@pytest.fixture
def shown(notebook):
    opened = notebook(CELLS)
    opened.run(0)
    opened.run(1)
    opened.wait_settled()
    opened.run(2)
    of(opened, "performance").wait_for()
    return opened


def test_a_task_is_watched_and_cancelled(shown) -> None:
    tasks = of(shown, "tasks")
    shown.execute("long.start()")
    running = tasks.locator(".vital-task[data-state=running]")
    running.wait_for()
    assert running.locator(".vital-task-title").inner_text() == "Reading night.csv"
    facts = running.locator(".vital-task-facts")
    shown.until(lambda: "MB/s" in facts.inner_text() and "left" in facts.inner_text())
    first = facts.inner_text()
    shown.until(lambda: facts.inner_text() != first)
    running.get_by_role("button", name="Cancel Reading night.csv").click()
    tasks.locator(".vital-task[data-state=cancelled]").first.wait_for()
    assert shown.value("long.state.value") == "cancelled"
    assert shown.errors == []


def test_tasks_are_shown_while_a_cell_runs(shown) -> None:
    tasks = of(shown, "tasks")
    prompt = shown.cell(3).locator(".jp-InputPrompt")

    def answers():
        return int(tasks.get_attribute("data-answers") or 0)

    shown.until(lambda: answers() > 0)
    shown.start(3)
    shown.until(lambda: "*" in prompt.inner_text())
    before = answers()
    shown.until(lambda: answers() > before + 2)
    assert "*" in prompt.inner_text()
    shown.page.evaluate("jupyterapp.commands.execute('notebook:interrupt-kernel')")
    shown.wait_idle()


def test_caches_are_released_and_filled_again(shown) -> None:
    memory = of(shown, "memory")
    memory.scroll_into_view_if_needed()
    derived = memory.locator("tbody tr", has_text="derived signals").locator("td").first
    derived.wait_for()
    shown.until(lambda: derived.inner_text() not in ("", "0 B"))
    memory.get_by_role("button", name="Release caches").click()
    shown.until(lambda: "released" in memory.get_by_role("status").inner_text())
    assert shown.errors == []


def test_what_a_gesture_costs_is_measured(shown) -> None:
    performance = of(shown, "performance")
    performance.scroll_into_view_if_needed()
    performance.get_by_role("button", name="Start").click()
    performance.get_by_role("button", name="Stop").wait_for()
    shown.execute("viewer.t_range = (1000, 1030)")
    window = performance.locator("tbody tr", has_text="request window")
    window.wait_for()
    assert int(window.locator("td").first.inner_text()) >= 1
    performance.get_by_role("button", name="Stop").click()
    performance.get_by_role("button", name="Start").wait_for()
    performance.locator("summary").click()
    text = performance.locator("pre").inner_text()
    assert "request window" in text
    assert "vital-widgets" in text
    assert "night" not in text
    assert shown.errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_instruments_fit_into_the_page(shown, theme) -> None:
    page = shown.page
    shown.theme(theme)
    page.evaluate("jupyterapp.shell.collapseLeft()")
    shown.execute("long.start(); MONITOR.start()")
    shown.execute("[run(power_spectrum, one) for one in rec.channels.values()]")
    shown.execute("Task(lambda _: open('no such file'), 'Reading notes.txt').start()")
    shown.execute("viewer.t_range = (2000, 2030)")
    for size in SIZES:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for name, part in PARTS.items():
            one = of(shown, name)
            one.scroll_into_view_if_needed()
            one.locator(part).first.wait_for()
            wide, visible = one.evaluate("(el) => [el.scrollWidth, el.clientWidth]")
            assert wide <= visible + 1
            shown.screenshot(f"instrument-{name}-{theme}-{size[0]}", one)
    shown.execute("long.cancel(); MONITOR.stop()")
    assert shown.errors == []

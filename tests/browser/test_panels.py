"""Each panel in a real page: changed, run on window and whole, cancelled, closed, reopened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vital_widgets.panels.registry import CATALOG

TESTS = Path(__file__).resolve().parents[1]
# All computation of pieces waits at a gate, so that a test can act in the middle of it.
SETUP = f"""
import sys, threading
sys.path.insert(0, {str(TESTS)!r})
import vital_widgets as vw
from panel_entries import ENTRIES
from vital_widgets.analysis.engine import compute
from vital_widgets.panels import panel_class

gate, waiting = threading.Event(), threading.Event()
gate.set()
plain = compute._compute

def gated(*args):
    waiting.set()
    gate.wait()
    return plain(*args)

compute._compute = gated
rec = vw.sample(600)

def begin(name):
    global entry, viewer, panel
    entry = ENTRIES[name]
    recording = entry.recording(rec) if entry.recording else rec
    viewer = vw.Viewer(recording, t_range=entry.window, height=200)
    panel = panel_class(name)(viewer, **entry.parameters)
    return panel

def ready(*states):
    return panel.state in (states or ("done", "not enough"))
"""
PANEL = ".vital-panel"


@pytest.fixture(scope="module")
def book(lab):
    made = lab.open([SETUP, "display(panel)", "display(panel)"])
    made.run(0)
    yield made
    made.close()


def where(book, choice):
    """Choose what is analysed, as a person does."""
    book.page.locator(f"{PANEL} .vital-panel-head select").first.select_option(label=choice)


def wait_state(book, *states):
    book.until(lambda: book.value(f"ready{states!r}" if states else "ready()"))


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_a_panel_is_driven_by_hand(book, name):
    page = book.page
    book.errors.clear()
    book.execute(f"shown = begin({name!r})")
    book.run(1)
    root = page.locator(PANEL).first
    root.wait_for()
    root.scroll_into_view_if_needed()
    wait_state(book)
    for theme in ("dark", "light"):
        book.theme(theme)
        book.screenshot(f"panel-{name}-{theme}", root)
    # Changed: another value in one of its own controls.
    before = book.value("panel.settings['parameters']")
    if change_by_hand(page):
        book.until(lambda: book.value("panel.settings['parameters']") != before)
        wait_state(book, "done", "not enough", "empty", "error")
        root.locator(".vital-panel-icon").first.click()  # undo
        book.until(lambda: book.value("panel.settings['parameters']") == before)
        wait_state(book)
    if book.value("entry.whole"):
        by_hand_on_the_whole(book, root)
    # Closed while it computes, and opened again.
    kept = book.value("panel.settings")
    book.execute("waiting.clear(); gate.clear(); panel.update()")
    book.execute("panel.close(); gate.set()")
    book.until(lambda: page.locator(PANEL).count() == 0)
    book.execute(
        f"panel = panel_class({name!r})(viewer)\n"
        "import json\n"
        f"panel.settings = json.loads({json.dumps(kept)!r})"
    )
    book.run(2)
    page.locator(PANEL).first.wait_for()
    wait_state(book)
    assert book.errors == []
    book.execute("panel.close(); viewer.close()")
    book.until(lambda: page.locator(PANEL).count() == 0)


def by_hand_on_the_whole(book, root):
    """Run the whole recording, cancel in the middle, run it to the end."""
    page = book.page
    book.execute("waiting.clear(); gate.clear()")
    where(book, "Whole recording")
    book.until(lambda: book.value("waiting.is_set() or panel.state != 'computing'"))
    if book.value("panel.state") == "computing":
        cancel = root.locator(".vital-progress-cancel")
        cancel.wait_for()
        dimmed = book.value("panel.result is not None")  # that of the window, until there is more
        book.until(lambda: page.locator(f"{PANEL}.vital-panel-outdated").count() == dimmed)
        cancel.click()
        book.until(lambda: book.value("panel._latest.task.cancel_requested"))
        book.execute("gate.set()")
        wait_state(book, "cancelled", "done", "not enough")
    book.execute("gate.set()")
    where(book, "Window")
    wait_state(book)
    where(book, "Whole recording")
    wait_state(book)
    assert book.value("panel.share") == 1
    where(book, "Window")
    wait_state(book)
    assert page.locator(f"{PANEL} [role=alert]:visible").count() == 0
    book.until(lambda: page.locator(".vital-panel-outdated").count() == 0)


def change_by_hand(page) -> bool:
    """Change one control of the panel; return whether it has one."""
    area = page.locator(f"{PANEL} .vital-panel-parameters").first
    selects = area.locator("select")
    for k in range(selects.count()):
        one = selects.nth(k)
        if not one.is_visible():
            continue
        options = one.locator("option").all_inner_texts()
        present = one.evaluate("(e) => e.selectedIndex")
        if len(options) > 1:
            one.select_option(index=(present + 1) % len(options))
            return True
    boxes = area.locator("input[type=checkbox]")
    if boxes.count():
        boxes.first.click()
        return True
    return False


def test_code_is_shown_copied_and_put_into_a_cell(book):
    page = book.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    book.execute('shown = begin("Spectrum")')
    book.run(1)
    wait_state(book)
    code = book.value("panel.code()")
    actions = page.locator(".vital-actions").first
    actions.get_by_text("Copy as Python").click()
    actions.get_by_text("the code was copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == code
    actions.get_by_text("Show code").click()
    assert actions.locator("pre").inner_text().strip() == code.strip()
    cells = page.locator(".jp-NotebookPanel .jp-Cell").count()
    actions.get_by_text("Insert below").click()
    actions.get_by_text("the code is in a new cell").wait_for()
    assert page.locator(".jp-NotebookPanel .jp-Cell").count() == cells + 1
    added = page.locator(".jp-NotebookPanel .jp-Cell.jp-mod-active .cm-content").inner_text()
    assert "power_spectrum" in added
    actions.locator("select").select_option(label="table (CSV)")
    actions.get_by_text("saved as").wait_for()
    assert (book.lab.server.root / f"{book.value('panel.stem')}.csv").exists()
    book.execute("panel.close(); viewer.close()")

"""Beats edited in the viewer by mouse and keys; intervals and measures beside it follow."""

from __future__ import annotations

import pytest

SETUP = """
import numpy as np, vital_widgets as vw
rng = np.random.default_rng(3)
beats = 0.5 + np.cumsum(0.9 + 0.05 * np.sin(np.arange(130) / 3))
t = np.arange(120 * 250) / 250
signal = 0.01 * rng.normal(size=len(t))
for delay, width, height in ((0, 0.012, 1.0), (0.03, 0.012, -0.25), (0.27, 0.045, 0.25)):
    for beat in beats:
        signal += height * np.exp(-0.5 * ((t - beat - delay) / width) ** 2)
rec = vw.Recording.from_arrays({"ECG": signal}, fs=250, units={"ECG": "mV"})
rec.annotations.reader = "anna"
viewer = vw.Viewer(rec, t_range=(20, 30), height=240)
editor = vw.panels.BeatEditor(viewer)
found = [float(one) for one in vw.analysis.ecg_peaks(rec["ECG"]).times]

def replayed():
    names = {"rec": rec}
    exec(editor.code(), names)
    return names["edited"]

def same():
    again, shown = replayed(), editor.wait()
    return bool(np.array_equal(again.times, shown.times) and list(again.label) == list(shown.label))

def sdnn():
    editor.wait()
    return [editor.results[one]["sdnn"] for one in ("before", "after")]
"""


@pytest.fixture
def book(lab):
    notebook = lab.open([SETUP, "viewer", "editor"])
    notebook.run_all()
    notebook.wait_settled()
    notebook.until(lambda: notebook.viewer().get_attribute("data-marking") == "beats")
    notebook.until(lambda: len(cell(notebook, "SDNN")) > 1)
    yield notebook
    assert notebook.errors == []
    notebook.close()


def at(book, t: float, y: float = 90) -> tuple[float, float]:
    box = book.viewer().locator(".vv-area-plot").bounding_box()
    t0, t1 = (float(book.viewer().get_attribute(f"data-{end}")) for end in ("t0", "t1"))
    return box["x"] + (t - t0) / (t1 - t0) * box["width"], box["y"] + y


def cell(book, row: str) -> list[str]:
    """The numbers of a row of the table of the editor."""
    shown = book.page.locator(".vital-panel-table tr", has_text=row).locator("td")
    return shown.all_inner_texts()


def test_beats_are_edited_in_the_viewer_and_the_code_replays(book) -> None:
    plot = book.viewer().locator(".vv-area-plot")
    plot.scroll_into_view_if_needed()
    plot.focus()
    found = [one for one in book.value("found") if 20.5 < one < 29.5]
    book.until(lambda: cell(book, "SDNN")[:1] == cell(book, "SDNN")[1:2] != [])
    # A key at the pointer adds a beat between two; the measures beside it follow.
    between = (found[1] + found[2]) / 2
    book.page.mouse.move(*at(book, between))
    book.page.keyboard.press("v")
    book.until(lambda: len(book.value("editor.log")) == 1)
    action, time, label = book.value("editor.log")[0]
    assert (action, label) == ("add", "V")
    assert time == pytest.approx(between, abs=0.2)
    book.until(lambda: cell(book, "SDNN")[0] != cell(book, "SDNN")[1])
    assert book.value("same()")
    # Undone by a key of the viewer: as it was found.
    book.page.keyboard.press("Control+z")
    book.until(lambda: book.value("editor.log") == [])
    book.until(lambda: cell(book, "SDNN")[0] == cell(book, "SDNN")[1])
    # A click takes a beat, a key deletes it.
    book.page.mouse.click(*at(book, found[4]))
    book.until(lambda: book.viewer().get_attribute("data-selected") == "1")
    book.page.keyboard.press("Delete")
    book.until(lambda: book.value("editor.log") == [["delete", found[4]]])
    book.until(lambda: cell(book, "SDNN")[0] != cell(book, "SDNN")[1])
    # X and a drag mark noise.
    book.page.keyboard.press("x")
    start, stop = at(book, found[5] + 0.4), at(book, found[6] + 0.4)
    book.page.mouse.move(*start)
    book.page.mouse.down()
    book.page.mouse.move((start[0] + stop[0]) / 2, stop[1])
    book.page.mouse.move(*stop)
    book.page.mouse.up()
    book.until(lambda: [one[0] for one in book.value("editor.log")] == ["delete", "noise"])
    book.until(lambda: "2 edits" in book.page.locator(".vital-panel-text").inner_text())
    assert book.value("same()")
    before, after = book.value("sdnn()")
    assert before != after
    for theme in ("light", "dark"):
        book.theme(theme)
        book.screenshot(f"beat_editor_{theme}")
    # The beats of the detector are as they were.
    assert book.value("list(editor.results['beats'].times) == found")


def test_the_buttons_go_to_suspicious_beats_and_undo(book) -> None:
    book.execute("editor.add(found[80] + 0.3); editor.wait()")
    book.until(lambda: "1 edit" in book.page.locator(".vital-panel-text").inner_text())
    book.page.get_by_role("button", name="Next suspicious").click()
    book.until(lambda: book.value("viewer.t_range[0] < found[80] < viewer.t_range[1]"))
    # The next key acts in the viewer, without a click there.
    in_plot = "document.activeElement.matches('.vv-area-plot')"
    book.until(lambda: book.page.evaluate(in_plot))
    # Pressed by the keyboard, the button can be pressed again.
    button = book.page.get_by_role("button", name="Previous suspicious")
    button.focus()
    book.page.keyboard.press("Enter")
    told = "this is the first suspicious beat that was shown"
    book.until(lambda: told in book.page.locator(".vital-actions-told").inner_text())
    assert not book.page.evaluate(in_plot)
    book.page.get_by_role("button", name="Undo edit").click()
    book.until(lambda: book.value("editor.log") == [])
    book.page.get_by_role("button", name="Redo edit").click()
    book.until(lambda: len(book.value("editor.log")) == 1)

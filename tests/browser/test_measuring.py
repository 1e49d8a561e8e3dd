"""Measuring and results on the trace in a real browser."""

from __future__ import annotations

import pytest

SETUP = """
import numpy as np, vital_widgets as vw
t = np.arange(60_000) / 100
signals = {"ECG": np.sin(2 * np.pi * t), "PPG": np.cos(t)}
rec = vw.Recording.from_arrays(signals, fs=100.0, units="mV")
viewer = vw.Viewer(rec, t_range=(10, 14), overlays={"trend": {"signal": t[::25] / 600, "fs": 4}})
viewer.add_spectrogram("ECG", band=(0, 5))
viewer.add_signal(["W", "N1", "N2", "R"] * 5, style="stages")
"""


@pytest.fixture(scope="module")
def opened(lab):
    book = lab.open([SETUP, "viewer"])
    book.run_all()
    book.wait_settled()
    yield book
    book.close()


def plot_box(book) -> dict[str, float]:
    book.viewer().scroll_into_view_if_needed()
    return book.viewer().locator(".vv-area-plot").bounding_box()


def drag(book, start: float, stop: float, y: float) -> None:
    """Drag from one time to another in the window of 10 to 14 s, ``y`` pixels below the top."""
    box = plot_box(book)
    mouse = book.page.mouse
    first, last = (box["x"] + (t - 10) / 4 * box["width"] for t in (start, stop))
    mouse.move(first, box["y"] + y)
    mouse.down()
    mouse.move((first + last) / 2, box["y"] + y)
    mouse.move(last, box["y"] + y)
    mouse.up()


def test_calipers_snap_to_peaks_and_tell_python(opened) -> None:
    opened.viewer().focus()
    opened.page.keyboard.press("r")
    drag(opened, 11.27, 12.23, 20)
    times = "[viewer.caliper[end][0] for end in ('from', 'to')] if viewer.caliper else []"
    opened.until(lambda: opened.value(times) == pytest.approx([11.25, 12.25]))
    assert opened.viewer().get_attribute("data-caliper").startswith("1 s  60 bpm  1 Hz")
    opened.screenshot("calipers")
    opened.page.keyboard.press("Escape")
    opened.page.keyboard.press("Escape")
    opened.until(lambda: opened.value("viewer.caliper") is None)


def test_the_table_of_a_selection_is_that_of_python(opened) -> None:
    opened.page.keyboard.down("Shift")
    drag(opened, 11, 13, 150)
    opened.page.keyboard.up("Shift")
    table = opened.viewer().locator(".vv-measured table")
    table.wait_for()
    names = table.locator("tbody th").all_inner_texts()
    assert names == opened.value("list(viewer.measure()['channel'])") == ["ECG", "PPG", "trend"]
    shown = table.locator("tbody tr").first.locator("td").last.inner_text()
    assert int(shown) == opened.value("int(viewer.measure()['n'][0])")
    opened.screenshot("statistics")
    opened.page.keyboard.press("Escape")


def test_results_are_drawn_in_their_lanes(opened) -> None:
    opened.execute("viewer.t_range = (0, 600)")
    opened.until(lambda: opened.viewer().get_attribute("data-t1") == "600")
    opened.wait_settled()
    opened.screenshot("results_on_the_trace")
    assert "min/max of" in opened.viewer().get_attribute("data-resolution")
    assert opened.errors == []

"""Sleep is scored by keys in the viewer while the hypnogram beside it changes, in a real page."""

from __future__ import annotations

import pytest

SETUP = """
import numpy as np, vital_widgets as vw
fs, seconds = 100, 3600
rng = np.random.default_rng(0)
eeg = rng.normal(0, 20, fs * seconds)
marks = vw.Annotations(30.0 * np.arange(120), ["W", "N1", "N2", "N2"] * 30, np.full(120, 30.0))
rec = vw.Recording.from_arrays(
    {"EEG C3": eeg, "EEG C4": eeg[::-1]}, fs=fs, units={"EEG C3": "uV", "EEG C4": "uV"},
    annotations=marks,
)
rec.annotations.reader = "anna"
viewer = vw.Viewer(rec, t_range=(0, 600), height=260)
panel = vw.panels.Sleep(viewer)

def stages():
    night = panel.result
    return [] if night is None else night.stage[:6].tolist()
"""
PANEL = ".vital-panel"
# What Plotly has drawn in the page: the ends of the red bars of epochs that are not scored.
RED = """() => {
  const plot = document.querySelector(".vital-panel .js-plotly-plot");
  const red = plot?.data?.find((one) => one.name === "not scored");
  return red ? Array.from(red.x).filter((x) => x === x && x !== null) : null;
}"""


@pytest.fixture(scope="module")
def book(lab):
    made = lab.open([SETUP, "display(viewer)\ndisplay(panel)"])
    made.run_all()
    made.wait_settled()
    made.page.locator(f"{PANEL} .js-plotly-plot").wait_for()
    yield made
    made.close()


def press_button(book, label):
    book.page.locator(PANEL).get_by_role("button", name=label).click()


def test_epochs_are_scored_by_keys_and_the_hypnogram_follows(book) -> None:
    page = book.page
    book.until(lambda: book.value("panel.state") == "done")
    press_button(book, "Score in the viewer")
    book.until(lambda: book.viewer().get_attribute("data-marking") == "sleep")
    book.until(lambda: book.viewer().get_attribute("data-t1") == "30")
    book.until(lambda: page.evaluate(RED) == [0, 3600])
    page.locator(PANEL).get_by_text("score epochs into the layer 'anna'").wait_for()
    book.viewer().scroll_into_view_if_needed()
    page.wait_for_function("() => document.activeElement.closest('.vital-viewer')")
    book.wait_settled()
    for k, key in enumerate("w123r"):
        page.keyboard.press(key)
        book.until(lambda k=k: page.evaluate(RED) == [30 * (k + 1), 3600])
    book.until(lambda: book.value("stages()") == ["W", "N1", "N2", "N3", "R", "?"])
    book.until(lambda: book.viewer().get_attribute("data-t0") == "150")
    numbers = page.locator(f"{PANEL} .vital-panel-table")
    numbers.get_by_text("total sleep time").wait_for()
    assert "2.0 min" in numbers.locator("tr", has_text="total sleep time").inner_text()
    page.keyboard.press("Control+z")
    book.until(lambda: page.evaluate(RED) == [120, 3600])
    for theme in ("dark", "light"):
        book.theme(theme)
        book.screenshot(f"panel-sleep-scoring-{theme}")
    assert book.errors == []


def test_a_click_on_the_hypnogram_shows_the_epoch(book) -> None:
    page = book.page
    page.locator(f"{PANEL} .js-plotly-plot").scroll_into_view_if_needed()
    box = page.locator(f"{PANEL} .nsewdrag[data-subplot=xy]").bounding_box()
    page.mouse.move(box["x"] + 0.51 * box["width"], box["y"] + 0.5 * box["height"], steps=4)
    page.locator(f"{PANEL} .hoverlayer .hovertext").first.wait_for()
    page.mouse.down()
    page.mouse.up()
    book.until(lambda: book.value("viewer.t_range") == [1830, 1860])
    assert book.errors == []


def test_open_epochs_are_visited(book) -> None:
    page = book.page
    press_button(book, "Next not scored")
    page.locator(PANEL).get_by_text("epoch 63 at").wait_for()
    book.until(lambda: book.value("viewer.t_range") == [1860, 1890])
    chosen = page.locator(f"{PANEL} .vital-panel-parameters select")
    chosen.nth(0).select_option(label="file")  # the layer whose stages are shown
    book.until(lambda: page.evaluate(RED) == [])
    chosen.nth(1).select_option(label="anna")  # the second reader
    book.until(lambda: book.value("panel.second == 'anna' and panel.state == 'done'"))
    press_button(book, "Next conflict")
    # Anna scored W N1 N2 N3 (R was undone): only epoch 4 differs from W N1 N2 N2.
    page.locator(PANEL).get_by_text("epoch 4 at 0:01:30: N2 / N3; 1 in all").wait_for()
    assert book.errors == []

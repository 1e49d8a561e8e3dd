"""Axes of time in panels and in saved figures have the labels of the viewer, at each zoom."""

from __future__ import annotations

import re

import pytest

CODE = """
import numpy as np, vital_widgets as vw
from datetime import datetime
noise = np.random.default_rng(1).normal(size=86_400).astype("f4")
rec = vw.Recording.from_arrays({"EEG": noise}, fs=1.0, start=datetime(2024, 3, 1, 22, 0))
panel = vw.panels.Spectrogram(rec, where="whole")
panel.wait()
clicked = []
panel.plot.on_click(clicked.append)
page = str(panel.save("night.html").resolve())
panel
"""
OF_HOUR = re.compile(r"\d\d:00|\d+ Mar")
LABELS = """() => [...document.querySelectorAll(".js-plotly-plot .xtick text")]
  .map((one) => one.textContent)"""


@pytest.fixture(scope="module")
def book(lab):
    made = lab.open([CODE])
    made.run(0)
    made.until(lambda: "2 Mar" in made.page.evaluate(LABELS))
    yield made
    assert made.errors == []
    made.close()


def test_labels_follow_a_zoom_and_numbers_stay_seconds(book) -> None:
    page = book.page
    labels = page.evaluate(LABELS)
    assert len(labels) > 3
    assert all(OF_HOUR.fullmatch(one) for one in labels)
    plot = page.locator(".js-plotly-plot .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    y = box["y"] + box["height"] / 2
    for zoom in (1, 2):
        before = page.evaluate(LABELS)
        page.mouse.move(box["x"] + 0.4 * box["width"], y)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.5 * box["width"], y, steps=4)
        page.mouse.move(box["x"] + 0.55 * box["width"], y, steps=4)
        page.mouse.up()
        book.until(lambda before=before: page.evaluate(LABELS) not in (before, []))
        labels = page.evaluate(LABELS)
        assert len(labels) > 2, zoom
        assert len(set(labels)) == len(labels)
        assert all(re.fullmatch(r"\d\d:\d\d(:\d\d)?", one) for one in labels)
    # The kernel knows the range in seconds, and nothing of the labels.
    book.until(lambda: book.value("panel.figure.layout.xaxis.range is not None"))
    low, high = book.value("list(panel.figure.layout.xaxis.range)")
    assert 20_000 < low < high < 60_000
    assert book.value("'ticktext' in panel.figure.to_dict()['layout']['xaxis']") is False
    page.mouse.click(box["x"] + 0.5 * box["width"], y)
    book.until(lambda: book.value("len(clicked)") == 1)
    assert low <= book.value("clicked[0]") <= high
    page.mouse.dblclick(box["x"] + 0.5 * box["width"], y)
    book.until(lambda: "2 Mar" in page.evaluate(LABELS))


def test_a_saved_page_has_them_too(book) -> None:
    page = book.page.context.new_page()
    page.goto(f"file://{book.value('page')}")
    page.wait_for_function(f"({LABELS})().includes('2 Mar')")
    assert all(OF_HOUR.fullmatch(one) for one in page.evaluate(LABELS))
    page.close()

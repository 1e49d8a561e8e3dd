"""A viewer has a sensible width wherever a notebook puts it."""

from __future__ import annotations

import pytest

SETUP = """
import numpy as np, vital_widgets as vw, ipywidgets as w
t = np.arange(60_000) / 100
rec = vw.Recording.from_arrays({"ECG": np.sin(3 * t), "PPG": np.cos(t)}, fs=100.0)
V = lambda: vw.Viewer(rec, height=200)
out = w.Output()
"""
# Each cell, and the width of its viewers as a share of the output.
PLACES = {
    "V()": [1],
    "w.HBox([V(), V()])": [1 / 2, 1 / 2],
    "w.VBox([V(), V()])": [1, 1],
    "w.HBox([V(), w.Button(layout=w.Layout(width='152px'))])": [868 / 1020],
    "w.HBox([w.VBox([V()]), w.VBox([V(), w.Label('a label')])])": [1 / 2, 1 / 2],
    "w.GridBox([V(), V()], layout=w.Layout(grid_template_columns='1fr 2fr'))": [1 / 3, 2 / 3],
    "w.GridBox([V(), V()], layout=w.Layout(grid_template_columns='auto auto'))": [1 / 2, 1 / 2],
    "w.AppLayout(left_sidebar=w.Label('left'), center=V(), right_sidebar=V())": [1 / 4, 1 / 2],
    "w.Box([V()], layout=w.Layout(width='fit-content'))": [1],
    "with out: display(V())\nout": [1],
    "v = V(); v.layout.width = '300px'; v": [300 / 1020],
    # Not visible until they are opened.
    "w.Tab([w.Label('x'), V()], titles=['first', 'second'])": [1],
    "w.Accordion([V()], titles=['closed'])": [1],
}
WIDTHS = """(all) => all.map((one) => one.getBoundingClientRect().width)"""


def test_a_viewer_is_as_wide_as_its_place_in_every_box(notebook) -> None:
    book = notebook([SETUP, *PLACES])
    book.page.set_viewport_size({"width": 1280, "height": 4500})
    book.run_all()
    book.page.get_by_role("tab", name="second", exact=True).click()
    book.page.locator(".jupyter-widget-Collapse-header").click()
    for k, shares in enumerate(PLACES.values(), 1):
        viewers = book.cell(k).locator(".vital-viewer")
        settled = viewers.and_(book.page.locator("[data-status=settled]"))
        book.until(lambda settled=settled, shares=shares: settled.count() == len(shares))
        outputs = book.cell(k).locator(".jp-OutputArea-output")
        output = outputs.filter(has=book.page.locator(".vital-viewer")).first
        whole = output.evaluate("(one) => one.clientWidth")
        widths = viewers.evaluate_all(WIDTHS)
        assert widths == pytest.approx([share * whole for share in shares], abs=40), k
        assert output.evaluate("(one) => one.scrollWidth - one.clientWidth") == 0, k
    book.screenshot("viewer-widths")
    assert book.errors == []

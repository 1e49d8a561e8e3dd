"""A viewer that draws chosen points instead of an envelope."""

from __future__ import annotations

from lab import INK

SETUP = """
import numpy as np
import vital_widgets as vw
x = np.random.default_rng(0).normal(size=200_000)
rec = vw.Recording.from_arrays({"x": x}, fs=100)
viewer = vw.Viewer(rec, t_range=(0, 1000), height=250)
"""
SAYS = "() => document.querySelector('.vital-viewer').dataset.resolution"


def test_a_viewer_draws_a_selection_of_points_and_says_so(notebook) -> None:
    book = notebook([SETUP, "viewer"])
    book.run_all()
    root = book.wait_settled()
    assert "min/max" in book.page.evaluate(SAYS)
    envelope = root.evaluate(INK)
    book.execute("viewer.aggregator = 'everynth'")
    book.until(lambda: "every nth sample" in book.page.evaluate(SAYS))
    assert "no envelope" in book.page.evaluate(SAYS)
    book.until(lambda: root.evaluate(INK) < 0.9 * envelope)
    book.screenshot("viewer-points")
    # A window that moves shows the envelope at once, and the points when it rests.
    root.focus()
    book.page.keyboard.press("PageDown")
    book.until(lambda: float(root.get_attribute("data-t0")) > 900)
    book.until(lambda: "every nth sample" in book.page.evaluate(SAYS))
    book.execute("viewer.t_range = (0, 5)")
    book.until(lambda: book.page.evaluate(SAYS) == "samples")
    book.execute("viewer.aggregator = 'minmax'; viewer.t_range = (0, 1000)")
    book.until(lambda: "min/max" in book.page.evaluate(SAYS))
    book.until(lambda: root.evaluate(INK) > 0.95 * envelope)
    assert book.errors == []

"""Scales as a reader measures them: in pixels of the screen."""

from __future__ import annotations

from itertools import pairwise

import pytest

PX_PER_MM = 4
RECORDING = """
import numpy as np
import vital_widgets as vw

fs, seconds = 500, 60
t = np.arange(fs * seconds) / fs
pulses = (t % 2 >= 1).astype(float)  # 1 mV for the second half of every 2 s
rec = vw.Recording.from_arrays(
    {"II": pulses, "V1 in V": pulses * 1e-3, "C3-A2": 50e-6 * np.sin(6 * t), "SpO2": 97 + 0 * t},
    fs=fs, units={"II": "mV", "V1 in V": "V", "C3-A2": "V", "SpO2": "%"},
)
viewer = vw.Viewer(rec, height=560, scales={"ECG": "10 mm/mV"}, paper_speed=25)
viewer
"""
CALIBRATE = f"localStorage.setItem('vital-widgets:device-pixels-per-mm', '{PX_PER_MM}')"
# For each column, the middle of the trace in the first lane; null where it is steep. The trace is
# blue, all lines of the grid are grey or red.
TRACE = """root => {
  const canvas = root.querySelector("canvas.vv-plot");
  const {width, height} = canvas;
  const bytes = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const middles = [];
  for (let x = 0; x < width; x++) {
    let [sum, moment, rows] = [0, 0, 0];
    for (let y = 0; y < height / 4 - 1; y++) {
      const at = 4 * (y * width + x);
      const blue = Math.max(0, bytes[at + 2] - bytes[at] - 8);
      [sum, moment, rows] = [sum + blue, moment + blue * (y + 0.5), rows + (blue > 0)];
    }
    middles.push(rows > 0 && rows < 5 ? moment / sum : null);
  }
  return {width, middles};
}"""


def heights_and_length(viewer) -> tuple[float, float, int]:
    """The height of a pulse, its length and the width of the lanes in pixels."""
    drawn = viewer.evaluate(TRACE)
    levels = [level for level in drawn["middles"] if level is not None]
    high, low = min(levels), max(levels)
    middle = (high + low) / 2
    falls = [
        x
        for x, (before, level) in enumerate(pairwise(drawn["middles"]))
        if level is not None and level > middle and before is None
    ]
    return low - high, (falls[1] - falls[0]) / 2, drawn["width"]


def test_a_millivolt_is_as_high_and_a_second_as_long_as_on_paper(notebook) -> None:
    page = notebook([RECORDING])
    page.page.evaluate(CALIBRATE)
    page.run_all()
    viewer = page.wait_settled()
    height, second, width = heights_and_length(viewer)
    assert height == pytest.approx(10 * PX_PER_MM, abs=0.1)
    assert abs(second - 25 * PX_PER_MM) <= 1
    t0, t1 = page.value("list(viewer.t_range)")
    assert abs((t1 - t0) - width / (25 * PX_PER_MM)) < 1e-6

    page.execute("viewer.scales['II'] = '0.05 mV/mm'; viewer.paper_speed = 50; viewer.grid = 'ecg'")
    page.until(lambda: abs(float(viewer.get_attribute("data-t1")) - width / 200) < 1e-6)
    page.wait_settled()
    height, second, _ = heights_and_length(viewer)
    assert height == pytest.approx(20 * PX_PER_MM, abs=0.1)
    assert abs(second - 50 * PX_PER_MM) <= 1
    page.screenshot("scales-ecg-paper", viewer)

    # In the browser: the next usual gain, and a page.
    page.execute("viewer.scales = {'ECG': '10 mm/mV'}; viewer.page = 10")
    page.until(lambda: page.value("viewer.paper_speed") is None)
    viewer.focus()
    page.page.keyboard.press("]")
    page.until(lambda: page.value("viewer.scales['ECG']") == "20 mm/mV")
    page.wait_settled()
    page.page.keyboard.press("s")
    panel = viewer.locator("[role=dialog][aria-label=Scales]")
    panel.get_by_label("Scale of SpO2").select_option("auto")
    page.until(lambda: page.value("viewer.scales.get('SpO2')") == "auto")
    viewer.get_by_label("Paper speed or page").select_option("25 mm/s")
    page.until(lambda: page.value("viewer.paper_speed") == 25)
    assert page.value("viewer.page") is None
    page.screenshot("scales-panel", viewer)
    page.page.keyboard.press("Escape")
    panel.wait_for(state="hidden")
    page.theme("dark")
    page.wait_settled()
    page.screenshot("scales-dark", viewer)

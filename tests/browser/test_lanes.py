"""Montages and filters, set in the browser and in Python."""

from __future__ import annotations

import pytest

EEG = """
import numpy as np
import vital_widgets as vw
from vital_widgets.core.annotations import Annotations

rng = np.random.default_rng(1)
fs, n = 250, 250 * 3600
t = np.arange(n) / fs
labels = "Fp1 Fp2 F7 F3 Fz F4 F8 T3 C3 Cz C4 T4 T5 P3 Pz P4 T6 O1 O2 A1 A2".split()
alpha = 30 * np.sin(2 * np.pi * 10 * t) * (1 + np.sin(2 * np.pi * 0.05 * t)) / 2
hum = 25 * np.sin(2 * np.pi * 50 * t)
common = np.cumsum(rng.normal(size=n)) * 0.4
arrays = {}
for k, label in enumerate(labels):
    share = 1.0 if label[0] in "OPT" else 0.3
    arrays[f"EEG {label}-Ref"] = share * alpha + hum + common + 4 * rng.normal(size=n)
beat = np.exp(-(((t % 0.9) - 0.3) / 0.012) ** 2)
arrays["ECG"] = beat + 0.3 * np.sin(2 * np.pi * 0.2 * t) + 0.05 * rng.normal(size=n)
rec = vw.Recording.from_arrays(
    arrays, fs, units={**dict.fromkeys(arrays, "uV"), "ECG": "mV"}, name="eeg",
    annotations=Annotations([2.0], ["spike"], [1.0]),
)
"""
MONTAGE = "select[aria-label^='Montage']"


BUSY = "import threading; threading.Event().wait()"


@pytest.fixture(scope="module")
def opened(lab):
    book = lab.open([EEG, "viewer = vw.Viewer(rec, height=640)\nviewer", BUSY])
    for cell in (0, 1):
        book.run(cell)
    book.wait_settled()
    yield book
    book.close()


@pytest.fixture
def page(opened):
    """The viewer as it was when it was opened."""
    opened.execute("viewer.montage, viewer.filters = None, {}")
    opened.until(lambda: label(opened).startswith("EEG Fp1-Ref"))
    opened.until(
        lambda: opened.viewer().get_by_role("button", name="Filters").inner_text() == "Filter"
    )
    opened.wait_settled()
    yield opened
    assert opened.errors == []


def label(page):
    return page.viewer().get_attribute("aria-label") or ""


def test_a_montage_is_chosen_in_the_toolbar_and_by_keys(page):
    root = page.viewer()
    page.screenshot("lanes-as-recorded")
    root.locator(MONTAGE).select_option("double banana")
    page.until(lambda: label(page).startswith("Fp1 - F7 and 18 more"))
    page.wait_settled()
    page.screenshot("lanes-double-banana")
    assert page.value("viewer.montage") == "double banana"
    assert page.value("viewer.channels[-1]") == "ECG"
    root.focus()
    root.press("F4")
    page.until(lambda: page.value("viewer.montage") == "average")
    page.until(lambda: root.locator(MONTAGE).input_value() == "average")
    root.press("F1")
    page.until(lambda: label(page).startswith("EEG Fp1-Ref"))
    assert page.value("viewer.montage") is None


def test_filters_are_chosen_in_a_panel(page):
    root = page.viewer()
    root.get_by_role("button", name="Filters").click()
    panel = root.get_by_role("dialog", name="Filters")
    panel.get_by_label("Usual filters of EEG").select_option("0.5-70 Hz, notch 50 Hz")
    page.until(lambda: page.value("dict(viewer.filters)") == {"EEG": "0.5-70 Hz, notch 50 Hz"})
    page.until(lambda: panel.get_by_label("Filter of EEG").input_value() != "")
    page.wait_settled()
    page.screenshot("lanes-filter-panel")
    field = panel.get_by_label("Filter of ECG", exact=True)
    field.fill("0.5-400 Hz")
    field.press("Enter")
    page.until(lambda: "highcut=400 Hz is not below" in panel.inner_text())
    page.screenshot("lanes-filter-error")
    assert page.value("'ECG' in viewer.filters") is False
    field.fill("0.5-40")
    field.press("Enter")
    page.until(lambda: page.value("viewer.filters.get('ECG')") == "0.5-40 Hz")
    field.press("Escape")
    page.until(lambda: not panel.is_visible())
    root.locator(MONTAGE).select_option("double banana")
    page.until(lambda: label(page).startswith("Fp1 - F7"))
    page.wait_settled()
    page.screenshot("lanes-filtered")
    page.theme("dark")
    root.get_by_role("button", name="Filters").click()
    page.screenshot("lanes-filter-panel-dark")
    root.press("Escape")
    page.theme("light")


def test_a_right_click_on_a_name_filters_one_lane(page):
    root = page.viewer()
    root.locator(".vv-area-gutter").click(button="right", position={"x": 20, "y": 60})
    panel = root.get_by_role("dialog", name="Filters")
    name = panel.locator(".vv-panel-name").first.inner_text()
    assert name.startswith("EEG ")
    panel.get_by_label(f"Filter of {name}").fill("1-30 Hz")
    panel.get_by_label(f"Filter of {name}").press("Enter")
    page.until(lambda: page.value("dict(viewer.filters)") == {name: "1-30 Hz"})


def test_lanes_are_changed_while_a_cell_runs(page):
    root = page.viewer()
    page.execute("viewer.filters['ECG'] = '0.5-40 Hz'")
    page.until(lambda: "Filter (1)" in root.inner_text())
    page.wait_settled()
    page.start(2)
    root.locator(MONTAGE).select_option("average")
    page.until(lambda: label(page).startswith("Fp1 - average"))
    page.wait_settled()

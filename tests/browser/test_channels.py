"""The panel of channels and the overview, as their user meets them."""

from __future__ import annotations

import pytest

SETUP = """
import numpy as np, vital_widgets as vw
rng, hours = np.random.default_rng(1), 8
n = hours * 3600 * 16
t = np.arange(n) / 16
names = ["Counter", "Fp1", "Fp2", "C3", "C4", "O1", "O2", "EOG L", "EOG R", "Chin", "ECG", "SpO2"]
depth = 1 + np.sin(t / 2500) ** 2
signals = {name: depth * (rng.normal(size=n) * 20 + 30 * np.sin(9 * t + k))
           for k, name in enumerate(names)}
signals["Counter"] = np.arange(n) % 60_000.0
signals["SpO2"] = 96 + np.round(np.sin(t / 400) * 2)
signals["O2"][n // 3 : n // 2] = np.nan
units = dict.fromkeys(names, "uV") | {"Counter": "", "SpO2": "%"}
rec = vw.Recording.from_arrays(signals, fs=16.0, units=units, name="night")
stages = "W N1 N2 N3 N2 R N2 N3 N2 R N1 W".split()
for k in range(hours * 120):
    rec.annotations.add(30 * k, f"Sleep stage {stages[k // 40 % 12]}", 30)
for at in rng.uniform(0, 3600 * hours, 300) ** 1.02 % (3600 * hours):
    rec.annotations.add(at, "Arousal", 3)
viewer = vw.Viewer(rec, t_range=(3600, 3630), height=560)
"""


@pytest.fixture(scope="module")
def opened(lab):
    book = lab.open([SETUP, "viewer"])
    book.run_all()
    book.wait_settled()
    yield book
    assert book.errors == []
    book.close()


@pytest.fixture
def shown(opened):
    opened.execute(
        "viewer.overlaid = viewer.heights = viewer.colors = {}\n"
        "viewer.lanes_per_page, viewer.channels = None, list(rec.channels)"
    )
    opened.viewer().focus()
    if not opened.page.locator(".vv-channels").count():
        opened.page.keyboard.press("l")
    opened.page.locator(".vv-list").focus()
    opened.page.keyboard.press("Home")
    opened.wait_settled()
    return opened


def channels(book) -> list[str]:
    return book.value("viewer.channels")


def press(book, *keys: str) -> None:
    for key in keys:
        book.page.keyboard.press(key)


def test_the_panel_shows_hides_and_orders_and_python_follows(shown) -> None:
    tree = shown.page.get_by_role("tree", name="Channels")
    first = shown.page.get_by_role("treeitem").first
    assert first.get_attribute("aria-expanded") == "true"
    shown.screenshot("channels-light")
    press(shown, "Space")  # the group of the counter
    shown.until(lambda: "Counter" not in channels(shown))
    press(shown, "ArrowDown", "ArrowDown", "ArrowDown", "Alt+ArrowDown")
    shown.until(lambda: channels(shown)[:2] == ["Fp2", "Fp1"])
    press(shown, "Control+z")
    shown.until(lambda: channels(shown)[:2] == ["Fp1", "Fp2"])
    row = shown.page.get_by_role("treeitem", name="C4")
    box, above = row.bounding_box(), tree.bounding_box()
    shown.page.mouse.move(box["x"] + 60, box["y"] + 12)
    shown.page.mouse.down()
    shown.page.mouse.move(box["x"] + 60, above["y"] + 30, steps=6)
    shown.page.mouse.up()
    shown.until(lambda: channels(shown)[0] == "C4")
    shown.page.get_by_role("button", name="Show all channels as at the start").click()
    shown.until(lambda: channels(shown) == shown.value("list(rec.channels)"))


def test_colour_height_lane_and_lanes_per_page_reach_python_and_come_from_it(shown) -> None:
    shown.page.get_by_label("Search channels").fill("fp2")
    press(shown, "ArrowDown", "End")
    shown.page.get_by_label("Relative height of the lane").select_option("2")
    shown.page.get_by_label("Draw in the lane of another channel").focus()
    shown.page.get_by_label("Draw in the lane of another channel").select_option("Fp1")
    shown.page.get_by_role("button", name="purple").click()
    shown.page.get_by_label("Lanes per page").select_option("4")
    shown.until(lambda: shown.value("viewer.lanes_per_page") == 4)
    shown.until(lambda: shown.value("dict(viewer.colors)") == {"Fp2": "#660077"})
    assert shown.value("[viewer.overlaid, viewer.heights]") == [{"Fp2": "Fp1"}, {"Fp2": 2}]
    shown.page.get_by_label("Search channels").fill("")
    shown.execute("viewer.lanes_per_page, viewer.heights = 8, {'Fp1': 3, 'EOG': 0.5}")
    shown.until(lambda: shown.page.get_by_label("Lanes per page").input_value() == "8")
    shown.wait_settled()
    shown.theme("dark")
    shown.wait_settled()
    shown.page.wait_for_timeout(300)
    shown.screenshot("channels-dark")
    shown.theme("light")


def test_at_phone_width_the_panel_covers_the_lanes_and_closes(shown) -> None:
    shown.page.set_viewport_size({"width": 420, "height": 800})
    lanes, panel = shown.page.locator(".vv-middle"), shown.page.locator(".vv-side")

    def covered() -> bool:
        inside, over = lanes.bounding_box(), panel.bounding_box()
        return over["width"] == pytest.approx(inside["width"], abs=2)

    shown.until(covered)
    shown.screenshot("channels-phone")
    shown.page.get_by_role("button", name="Close").click()
    shown.until(lambda: shown.page.locator(".vv-channels").count() == 0)
    shown.page.set_viewport_size({"width": 1280, "height": 900})
    shown.until(lambda: lanes.bounding_box()["width"] > 600)
    shown.wait_settled()
    shown.screenshot("overview-light")

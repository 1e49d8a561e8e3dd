"""The viewer as its user meets it: opened, moved with mouse and keys, driven from Python."""

from __future__ import annotations

import json

import pytest

SETUP = """
import pathlib, numpy as np, vital_widgets as vw
from vital_widgets.testing import make_big_edf
path = make_big_edf(pathlib.Path("small.edf"), 0.02, channels=4, fs=250)
rec = vw.open(path)
viewer = vw.Viewer(rec)
"""
DURATION = "rec.duration"


@pytest.fixture(scope="module")
def opened(lab):
    book = lab.open([SETUP, "viewer"])
    book.run_all()
    book.wait_settled()
    yield book
    book.close()


@pytest.fixture
def shown(opened):
    """The one viewer of these tests, as it was when it was opened."""
    # What the last gesture did may still be on its way to the kernel; set at the same moment from
    # both sides, the two could stay apart.
    opened.until(lambda: opened.value("list(viewer.t_range)") == pytest.approx(window(opened)))
    opened.execute(
        "viewer.t_range, viewer.selection = (0, 10), None\n"
        "viewer.channels, viewer.height = list(rec.channels), 470"
    )
    opened.page.mouse.move(2, 2)
    opened.until(lambda: window(opened) == pytest.approx((0, 10)))
    settle(opened)
    yield opened
    assert opened.errors == []


def window(book, index: int = 0) -> tuple[float, float]:
    root = book.viewer(index)
    return float(root.get_attribute("data-t0")), float(root.get_attribute("data-t1"))


def plot_point(book, x: float = 0.5, y: float = 0.3) -> tuple[float, float]:
    """A point of the plot in page pixels; x and y are shares of the whole widget."""
    book.viewer().scroll_into_view_if_needed()
    box = book.viewer().bounding_box()
    return box["x"] + box["width"] * x, box["y"] + box["height"] * y


def settle(book) -> tuple[float, float]:
    """Wait until the window rests, and return it."""
    before = None
    while before != window(book):
        before = window(book)
        book.page.wait_for_timeout(150)
        book.wait_settled()
    return window(book)


def moved(book, act) -> tuple[float, float]:
    """Do what moves the window; return it once it rests."""
    before = window(book)
    act()
    book.until(lambda: window(book) != before)
    return settle(book)


def set_range(book, t0: float, t1: float) -> None:
    """Move the window from the kernel."""
    book.execute(f"viewer.t_range = ({t0}, {t1})")
    book.until(lambda: window(book) == pytest.approx((t0, t1)))
    settle(book)


def test_two_lines_open_a_file_and_it_is_painted(shown) -> None:
    words = "ECG 1 and 3 more channels, 00:00:00.0 to 00:00:10.0 of "
    shown.until(lambda: shown.viewer().get_attribute("aria-label").startswith(words))
    colours = shown.viewer().evaluate(
        """(root) => {
          const seen = new Set();
          for (const canvas of root.querySelectorAll("canvas")) {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            for (let i = 0; i < data.length; i += 4) if (data[i + 3]) {
              seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
            }
          }
          return seen.size;
        }"""
    )
    assert colours > 4


def test_it_follows_the_theme(shown) -> None:
    corner = """(root) => {
      const canvas = root.querySelector("canvas.vv-plot");
      return canvas.getContext("2d").getImageData(1, 1, 1, 1).data[0];
    }"""
    assert shown.viewer().evaluate(corner) > 200
    shown.screenshot("viewer-light")
    shown.theme("dark")
    shown.until(lambda: shown.viewer().evaluate(corner) < 60)
    shown.screenshot("viewer-dark")
    shown.theme("light")
    shown.until(lambda: shown.viewer().evaluate(corner) > 200)


def test_drag_pans(shown) -> None:
    x, y = plot_point(shown)
    shown.page.mouse.move(x, y)
    shown.page.mouse.down()
    shown.page.mouse.move(x - 100, y, steps=4)
    shown.page.mouse.up()
    t0, t1 = settle(shown)
    assert t1 - t0 == pytest.approx(10)
    assert 0.3 < t0 < 5


def test_wheel_zooms_at_the_pointer(shown) -> None:
    set_range(shown, 100, 200)
    x, y = plot_point(shown, 0.75)
    shown.viewer().focus()
    shown.page.mouse.move(x, y)
    t0, t1 = moved(shown, lambda: shown.page.mouse.wheel(0, -300))
    assert t1 - t0 < 90
    # what was under the pointer is still there: right of the middle, so the left moved more
    assert t0 - 100 > 200 - t1 > 0
    t0, t1 = moved(shown, lambda: shown.page.mouse.wheel(0, 300))
    assert (t0, t1) == pytest.approx((100, 200), abs=0.5)


def test_the_wheel_scrolls_the_page_until_the_viewer_has_the_focus(shown) -> None:
    page = shown.page
    page.evaluate("document.activeElement.blur()")
    x, y = plot_point(shown)
    page.mouse.move(x, y)
    hint = shown.viewer().locator(".vv-hint")
    page.mouse.wheel(0, 60)
    hint.wait_for()
    for theme in ("dark", "light"):
        shown.theme(theme)
        page.mouse.wheel(0, 1)
        shown.screenshot(f"viewer-wheel-hint-{theme}")
    assert settle(shown) == pytest.approx((0, 10))
    page.keyboard.down("Control")
    t0, t1 = moved(shown, lambda: page.mouse.wheel(0, -300))
    page.keyboard.up("Control")
    assert t1 - t0 < 9
    assert not hint.is_visible()
    page.mouse.click(x, y)
    t0, t1 = moved(shown, lambda: page.mouse.wheel(0, 300))
    assert t1 - t0 > 9
    page.evaluate("document.activeElement.blur()")
    page.mouse.wheel(0, 60)
    assert settle(shown) == pytest.approx((t0, t1))
    assert hint.count() == 0, "it is shown once"


def test_shift_wheel_and_horizontal_wheel_pan(shown) -> None:
    x, y = plot_point(shown)
    shown.page.mouse.move(x, y)
    shown.page.keyboard.down("Shift")
    t0, t1 = moved(shown, lambda: shown.page.mouse.wheel(0, 200))
    shown.page.keyboard.up("Shift")
    assert t1 - t0 == pytest.approx(10)
    assert t0 > 0.1
    later, t1 = moved(shown, lambda: shown.page.mouse.wheel(200, 0))
    assert t1 - later == pytest.approx(10)
    assert later > t0 + 0.1


def test_double_click_shows_everything(shown) -> None:
    x, y = plot_point(shown)
    shown.page.mouse.dblclick(x, y)
    t0, t1 = settle(shown)
    assert t0 == 0
    assert t1 == pytest.approx(shown.value(DURATION))
    shown.screenshot("viewer-everything")


def test_keys_move_the_window_and_do_not_reach_the_notebook(shown) -> None:
    shown.viewer().focus()
    press = shown.page.keyboard.press
    total = shown.value(DURATION)
    cells = shown.page.locator(".jp-NotebookPanel .jp-Cell").count()
    press("ArrowRight")
    assert settle(shown)[0] == pytest.approx(1, abs=0.2)
    press("ArrowLeft")
    assert settle(shown)[0] == 0
    press("PageDown")
    assert settle(shown)[0] == pytest.approx(10, abs=0.5)
    press("PageUp")
    assert settle(shown)[0] == 0
    press("End")
    assert settle(shown)[1] == pytest.approx(total)
    press("Home")
    assert settle(shown) == pytest.approx((0, 10))
    press("+")
    assert settle(shown)[1] - window(shown)[0] < 9
    press("-")
    t0, t1 = settle(shown)
    assert t1 - t0 == pytest.approx(10, abs=0.1)
    for key in ("a", "b", "d", "x"):  # JupyterLab's command mode adds and deletes cells on these
        press(key)
    assert shown.page.locator(".jp-NotebookPanel .jp-Cell").count() == cells
    press("d")  # D begins marking, and ends it


def test_the_overview_moves_and_resizes_the_window(shown) -> None:
    total = shown.value(DURATION)
    set_range(shown, total * 0.2, total * 0.4)
    box = shown.viewer().bounding_box()
    y = box["y"] + box["height"] - 18
    overview = shown.viewer().evaluate(
        """(root) => {
          const strip = root.querySelector(".vv-area-strip");
          const { left, width } = strip.getBoundingClientRect();
          return [left, width];
        }"""
    )
    left, width = overview
    mouse = shown.page.mouse

    def at(share: float) -> float:
        return left + width * share

    mouse.move(at(0.3), y)
    mouse.down()
    mouse.move(at(0.6), y, steps=5)
    mouse.up()
    t0, t1 = settle(shown)
    assert t1 - t0 == pytest.approx(total * 0.2, rel=0.02)
    assert t0 == pytest.approx(total * 0.5, rel=0.05)
    mouse.move(at(0.7), y)
    mouse.down()
    mouse.move(at(0.9), y, steps=5)
    mouse.up()
    t0, t1 = settle(shown)
    assert t0 == pytest.approx(total * 0.5, rel=0.05)
    assert t1 == pytest.approx(total * 0.9, rel=0.05)


def test_shift_drag_selects_and_escape_clears(shown) -> None:
    x, y = plot_point(shown, 0.4)
    mouse, keyboard = shown.page.mouse, shown.page.keyboard
    mouse.move(x, y)
    keyboard.down("Shift")
    mouse.down()
    mouse.move(x + 200, y, steps=4)
    mouse.up()
    keyboard.up("Shift")
    shown.until(lambda: shown.value("viewer.selection") is not None)
    settle(shown)
    s0, s1 = shown.value("viewer.selection")
    assert 0 < s0 < s1 < 10
    assert window(shown) == pytest.approx((0, 10))
    shown.screenshot("viewer-selection")
    shown.viewer().focus()
    keyboard.press("Escape")
    shown.until(lambda: shown.value("viewer.selection") is None)


def test_traits_go_both_ways(shown) -> None:
    set_range(shown, 30, 42.5)
    shown.viewer().focus()
    shown.page.keyboard.press("PageDown")
    t0, t1 = settle(shown)
    shown.until(lambda: shown.value("list(viewer.t_range)") == pytest.approx([t0, t1]))
    shown.execute("viewer.channels = [list(rec.channels)[2], list(rec.channels)[0]]")
    words = "ECG 3 and ECG 1, "
    shown.until(lambda: shown.viewer().get_attribute("aria-label").startswith(words))
    shown.execute("viewer.height = 333")
    shown.until(lambda: abs(shown.viewer().bounding_box()["height"] - 333) <= 2)
    shown.execute("viewer.selection = (31, 32)")
    settle(shown)
    assert shown.value("list(viewer.selection)") == [31, 32]


def test_the_crosshair_reads_time_and_values(shown) -> None:
    x, y = plot_point(shown, 0.6)
    shown.page.mouse.move(x, y)
    shown.page.mouse.move(x + 2, y)
    shown.screenshot("viewer-crosshair")
    plot = shown.viewer().locator(".vv-area-plot").bounding_box()
    expected = 10 * (x + 2 - plot["x"]) / plot["width"]
    close = pytest.approx(expected, abs=0.02)
    shown.until(lambda: float(shown.viewer().get_attribute("data-crosshair") or "nan") == close)
    shown.page.mouse.move(2, 2)
    shown.until(lambda: shown.viewer().get_attribute("data-crosshair") is None)


def test_it_follows_the_width_and_a_narrow_screen(shown) -> None:
    before = shown.viewer().bounding_box()["width"]
    shown.page.set_viewport_size({"width": 560, "height": 800})
    shown.until(lambda: shown.viewer().bounding_box()["width"] < before)
    settle(shown)
    shown.screenshot("viewer-narrow")
    shown.page.set_viewport_size({"width": 1280, "height": 900})
    settle(shown)


def test_two_viewers_on_one_page_and_two_views_of_one(notebook) -> None:
    book = notebook([SETUP, "viewer", "vw.Viewer(rec, t_range=(50, 60))", "viewer"])
    book.run_all()
    for index in range(3):
        book.wait_settled(index)
    assert window(book, 0) == window(book, 2) == (0.0, 10.0)
    assert window(book, 1) == (50.0, 60.0)
    book.execute("viewer.t_range = (20, 30)")
    book.until(lambda: window(book, 0) == window(book, 2) == (20.0, 30.0))
    for index in range(3):
        book.wait_settled(index)
    assert window(book, 1) == (50.0, 60.0)
    assert book.errors == []


def test_many_channels_fetch_only_the_lanes_in_view(notebook) -> None:
    book = notebook(
        [
            (
                "import numpy as np, vital_widgets as vw\n"
                "noise = {f'EEG {k}': np.random.default_rng(k).normal(size=60_000) "
                "for k in range(120)}\n"
                "viewer = vw.Viewer(vw.Recording.from_arrays(noise, fs=500.0, units='uV'))\n"
                "asked = set()\n"
                "answer = viewer._session.window\n"
                "def spy(request):\n"
                "    asked.update(request.channels)\n"
                "    return answer(request)\n"
                "viewer._session.window = spy"
            ),
            "viewer",
        ]
    )
    book.run_all()
    book.wait_settled()
    book.execute("viewer.t_range = (30, 50)")
    settle(book)
    first = set(json.loads(book.execute("import json; print(json.dumps(sorted(asked)))")))
    assert 0 < len(first) < 60
    book.screenshot("viewer-120-channels")
    book.viewer().focus()
    for _ in range(40):
        book.page.keyboard.press("ArrowDown")
    settle(book)
    later = set(json.loads(book.execute("import json; print(json.dumps(sorted(asked)))")))
    assert max(later) > max(first)
    assert book.errors == []


def test_fingers_swipe_pinch_and_leave_the_page_its_scrolling(notebook, lab) -> None:
    context = lab.new_context(has_touch=True, device_scale_factor=2)
    book = notebook([SETUP, "viewer"], context=context)
    book.run_all()
    book.wait_settled()
    book.execute("viewer.t_range = (100, 110)")
    settle(book)
    session = context.new_cdp_session(book.page)
    plot = book.viewer().locator(".vv-area-plot").bounding_box()
    middle = plot["y"] + plot["height"] / 2

    def at(share: float) -> float:
        return plot["x"] + plot["width"] * share

    def fingers(kind: str, *xs: float) -> None:
        points = [{"x": x, "y": middle, "id": k} for k, x in enumerate(xs)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    # A slow swipe, so that the window does not run on.
    fingers("touchStart", at(0.7))
    for step in range(1, 6):
        fingers("touchMove", at(0.7 - 0.08 * step))
    book.page.wait_for_timeout(300)
    fingers("touchEnd")
    t0, t1 = settle(book)
    assert t1 - t0 == pytest.approx(10)
    assert t0 == pytest.approx(104, abs=0.3)
    fingers("touchStart", at(0.4), at(0.6))
    for step in range(1, 6):
        fingers("touchMove", at(0.4 - 0.04 * step), at(0.6 + 0.04 * step))
    fingers("touchEnd")
    t0, t1 = settle(book)
    assert t1 - t0 == pytest.approx(10 / 3, rel=0.05)
    assert (t0 + t1) / 2 == pytest.approx(109, abs=0.3)
    assert book.errors == []
    ratios = book.viewer().evaluate(
        "(root) => [...root.querySelectorAll('canvas')].filter((c) => c.clientWidth > 50)"
        ".map((c) => c.width / c.clientWidth)"
    )
    assert ratios == pytest.approx([2] * len(ratios), abs=0.05), "sharp at two pixels a pixel"
    book.screenshot("viewer-dpr2")

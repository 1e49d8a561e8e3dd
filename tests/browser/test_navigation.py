"""Moving through time: the toolbar, positions, epochs, playing, and linked viewers."""

from __future__ import annotations

import pytest

SETUP = """
import pathlib, numpy as np, vital_widgets as vw
from datetime import datetime, timedelta
start = datetime(2024, 3, 1, 23, 58, 7)
values = np.sin(np.arange(250 * 3600) / 40).astype("float32")
rec = vw.Recording.from_arrays({"EEG": values, "EOG": values}, fs=250.0, units="uV", start=start)
late = vw.Recording.from_arrays({"SpO2": values}, fs=250.0, start=start + timedelta(seconds=100))
viewer = vw.Viewer(rec)
other = vw.Viewer(late, height=200)
"""


@pytest.fixture(scope="module")
def opened(lab):
    book = lab.open([SETUP, "viewer", "other", "viewer"])
    book.run_all()
    for index in range(3):
        book.wait_settled(index)
    yield book
    book.close()


@pytest.fixture
def shown(opened):
    """The viewers of these tests, as they were when they were opened."""
    opened.execute(
        "for one in (viewer, other): one.link_group = ''\n"
        "viewer.epoch_length, viewer.time_axis, viewer.play_speed = None, 'clock', 1\n"
        "viewer.toolbar, viewer.t_range, other.t_range = True, (100, 110), (0, 10)"
    )
    goes_to(opened, 100, 110)
    goes_to(opened, 0, 10, index=1)
    yield opened
    # On a busy machine, the message of a gesture that is under way wins over what Python sets.
    opened.page.wait_for_timeout(1000)
    assert opened.errors == []


def window(book, index: int = 0) -> tuple[float, float]:
    root = book.viewer(index)
    return float(root.get_attribute("data-t0")), float(root.get_attribute("data-t1"))


def goes_to(book, t0: float, t1: float, index: int = 0) -> None:
    book.until(lambda: window(book, index) == pytest.approx((t0, t1)))
    book.wait_settled(index)


def control(book, name: str, index: int = 0):
    return book.viewer(index).get_by_label(name).first


def press(book, name: str, index: int = 0) -> None:
    """Press a button of the toolbar, also one that has no room in the row."""
    button = control(book, name, index)
    if button.is_hidden():
        control(book, "More controls", index).click()
    button.click()


def go(book, text: str) -> None:
    book.viewer().focus()
    book.page.keyboard.press("g")
    book.page.keyboard.type(text)
    book.page.keyboard.press("Enter")


def test_the_toolbar_is_low_and_can_be_hidden(shown) -> None:
    bar = shown.viewer().locator(".vv-toolbar")
    assert bar.bounding_box()["height"] <= 32
    assert bar.get_attribute("role") == "toolbar"
    for theme in ("light", "dark"):
        shown.theme(theme)
        shown.page.wait_for_timeout(300)
        shown.screenshot(f"toolbar-{theme}", shown.viewer())
    shown.theme("light")
    shown.execute("viewer.toolbar = False")
    bar.wait_for(state="hidden")


def test_a_position_is_gone_to_in_the_field_and_in_python(shown) -> None:
    go(shown, "+90 s")
    goes_to(shown, 190, 200)
    go(shown, "00:01:07")
    goes_to(shown, 180, 190)
    go(shown, "12:00")
    alert = shown.viewer().get_by_role("alert")
    assert "12:00 is outside the recording" in alert.inner_text()
    shown.screenshot("position-error", shown.viewer())
    shown.page.keyboard.press("Escape")
    alert.wait_for(state="hidden")
    shown.execute("viewer.goto('#2500')")
    goes_to(shown, 10, 20)
    shown.until(lambda: shown.value("viewer.t_range") == [10.0, 20.0])


def test_python_sets_the_window_back_right_after_a_gesture(shown) -> None:
    for _ in range(5):
        shown.viewer().locator(".vv-area-plot").focus()
        shown.page.keyboard.press("ArrowRight")
        shown.until(lambda: window(shown)[0] > 100)
        shown.execute("viewer.t_range = (100, 110)")  # what the kernel knows until it is told
        goes_to(shown, 100, 110)
    shown.page.wait_for_timeout(500)
    assert window(shown) == (100, 110)
    assert shown.value("viewer.t_range") == [100, 110]


def test_a_double_click_does_not_lose_the_place(shown) -> None:
    box = shown.viewer().bounding_box()
    shown.page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    goes_to(shown, 0, 3600)
    shown.page.keyboard.press("b")
    goes_to(shown, 100, 110)
    shown.page.keyboard.press("Shift+B")
    goes_to(shown, 0, 3600)
    shown.execute("viewer.back()")
    goes_to(shown, 100, 110)


def test_epochs_are_numbered_and_paged(shown) -> None:
    shown.viewer().focus()
    shown.page.keyboard.press("e")
    goes_to(shown, 90, 120)
    shown.until(lambda: shown.value("viewer.epoch_length") == 30.0)
    shown.viewer().locator(".vv-readout", has_text="4 / 120").wait_for()
    shown.page.keyboard.press("PageDown")
    goes_to(shown, 120, 150)
    go(shown, "e 100")
    goes_to(shown, 2970, 3000)
    box = shown.viewer().locator(".vv-area-plot").bounding_box()
    shown.page.mouse.move(box["x"] + 40, box["y"] + 40)
    shown.page.wait_for_function("document.querySelector('.vital-viewer').dataset.epoch === '100'")
    shown.execute("viewer.goto('23:59:45')")
    goes_to(shown, 98, 128)
    shown.screenshot("epochs-and-midnight", shown.viewer())
    control(shown, "Length").select_option("Infinity")
    goes_to(shown, 0, 3600)
    shown.screenshot("epochs-of-all", shown.viewer())


def test_playing_moves_the_window_until_a_gesture(shown) -> None:
    assert control(shown, "Speed").is_hidden()
    shown.viewer().focus()
    shown.page.keyboard.press("Space")
    playing = "document.querySelector('.vital-viewer').hasAttribute('data-playing')"
    shown.page.wait_for_function(playing)
    control(shown, "Speed").select_option("10")
    shown.until(lambda: shown.value("viewer.play_speed") == 10.0)
    shown.until(lambda: window(shown)[0] > 101)
    shown.page.keyboard.press("ArrowRight")
    shown.page.wait_for_function(f"!{playing}")
    control(shown, "Length").select_option("10")
    shown.execute("viewer.t_range = (3580, 3590)")
    goes_to(shown, 3580, 3590)
    press(shown, "Play")
    goes_to(shown, 3590, 3600)
    shown.page.wait_for_function(f"!{playing}")


def test_the_same_viewer_twice_is_in_step(shown) -> None:
    shown.viewer().focus()
    shown.page.keyboard.press("PageDown")
    goes_to(shown, 110, 120)
    goes_to(shown, 110, 120, index=2)


def test_linked_viewers_move_together_while_the_kernel_is_busy(shown) -> None:
    shown.execute("linked = vw.link(viewer, other, clock=True)")
    goes_to(shown, 0, 10, index=1)
    shown.execute("viewer.t_range = (200, 210)")
    goes_to(shown, 100, 110, index=1)
    shown.viewer(1).focus()
    shown.page.keyboard.press("PageDown")
    goes_to(shown, 110, 120, index=1)
    goes_to(shown, 210, 220)
    shown.until(lambda: shown.value("viewer.t_range") == [210.0, 220.0])
    shown.page.evaluate("""() => {
      const kernel = vitalTestPanel.context.sessionContext.session.kernel;
      kernel.requestExecute({ code: "while not pathlib.Path('go-on').exists(): pass" });
    }""")
    shown.page.wait_for_function(
        "vitalTestPanel.context.sessionContext.session.kernel.status === 'busy'"
    )
    for _ in range(5):
        shown.page.keyboard.press("ArrowRight")
    shown.until(lambda: window(shown, 1)[0] == pytest.approx(115))
    assert window(shown)[0] == pytest.approx(215)
    (shown.lab.server.root / "go-on").touch()
    shown.wait_idle()
    shown.until(lambda: shown.value("viewer.t_range")[0] == pytest.approx(215))
    assert shown.value("other.t_range")[0] == pytest.approx(115)
    # What the kernel learned late moved nothing.
    assert window(shown, 1)[0] == pytest.approx(115)


def test_viewers_are_linked_in_the_browser_alone(shown) -> None:
    for index in (0, 1):
        press(shown, "Move together", index)
    goes_to(shown, 100, 110, index=1)
    shown.viewer().focus()
    shown.page.keyboard.press("PageDown")
    goes_to(shown, 110, 120, index=1)
    press(shown, "Move together", 1)
    shown.viewer().focus()
    shown.page.keyboard.press("PageDown")
    goes_to(shown, 120, 130)
    assert window(shown, 1) == pytest.approx((110, 120))


def test_pages_that_do_not_follow_move_alone(shown) -> None:
    shown.save()
    second = shown.second_tab()
    try:
        second.wait_settled()
        shown.page.bring_to_front()
        shown.execute("viewer.follow = False")
        second.page.bring_to_front()
        second.viewer().focus()
        second.until(lambda: second.value("viewer.follow") is False)
        second.page.wait_for_timeout(300)
        second.page.keyboard.press("PageDown")
        second.until(lambda: window(second) != pytest.approx((100, 110)))
        second.page.wait_for_timeout(500)
        assert second.value("viewer.t_range") == [100.0, 110.0]
        assert window(shown) == pytest.approx((100, 110))
        shown.execute("viewer.follow = True")
    finally:
        second.page.close(run_before_unload=False)


@pytest.mark.parametrize("width", [390, 700, 1280])
def test_the_toolbar_is_one_row_at_every_width(shown, width) -> None:
    size = shown.page.viewport_size
    shown.page.set_viewport_size({"width": width, "height": 800})
    shown.page.wait_for_timeout(500)
    viewer = shown.viewer()
    bar = viewer.locator(".vv-toolbar")
    assert bar.bounding_box()["height"] <= 40
    assert bar.evaluate("(bar) => bar.scrollWidth <= bar.clientWidth")
    if width < 1000:
        viewer.get_by_role("button", name="More controls").click()
        assert viewer.get_by_role("button", name="Download as PNG").is_visible()
    around = viewer.bounding_box()
    for box in (one.bounding_box() for one in bar.locator("button:visible").all()):
        assert around["x"] <= box["x"]
        assert box["x"] + box["width"] <= around["x"] + around["width"]
    shown.screenshot(f"toolbar-{width}")
    shown.page.keyboard.press("Escape")
    bar.locator(".vv-more").wait_for(state="hidden")
    shown.page.set_viewport_size(size)

"""What a reader sees of marks in a real browser."""

from __future__ import annotations

import pytest

SETUP = """
import numpy as np, vital_widgets as vw
n = 100_000
onsets = np.arange(n) * 0.6
texts = np.where(np.arange(n) % 1000 == 500, "V", "N")
t = np.arange(n * 6) / 10
rec = vw.Recording.from_arrays(
    {"ECG": np.sin(t), "Resp": np.cos(t / 3)}, fs=10.0, units="mV",
    annotations=vw.Annotations(onsets, texts),
)
rec.annotations.reader = "anna"
viewer = vw.Viewer(rec, t_range=(0, 30), height=480)
"""


@pytest.fixture(scope="module")
def opened(lab):
    book = lab.open([SETUP, "viewer"])
    book.run_all()
    book.wait_settled()
    yield book
    book.close()


def pixels(book, top: float, bottom: float) -> list[list[int]]:
    """Return the different colours that are drawn over the lanes between two heights."""
    script = """(root, [top, bottom]) => {
      const canvas = root.querySelector(".vv-overlay");
      const ratio = canvas.width / canvas.clientWidth;
      const g = canvas.getContext("2d");
      const from = Math.round(top * ratio);
      const rows = Math.round(bottom * ratio) - from;
      const { data } = g.getImageData(0, from, canvas.width, rows);
      const seen = new Set();
      for (let k = 0; k < data.length; k += 4) {
        if (data[k + 3] > 90) seen.add([data[k], data[k + 1], data[k + 2]].join());
      }
      return [...seen].map((one) => one.split(",").map(Number));
    }"""
    return book.viewer().evaluate(script, [top, bottom])


def red(colors: list[list[int]]) -> bool:
    return any(r > 150 and g < 110 and b < 110 for r, g, b in colors)


def grey(colors: list[list[int]]) -> bool:
    return any(max(one) - min(one) < 50 and 60 < one[0] < 150 for one in colors)


def test_rare_marks_are_seen_among_a_hundred_thousand(opened) -> None:
    opened.execute("viewer.t_range = (0, 60000)")
    opened.until(lambda: opened.viewer().get_attribute("data-t1") == "60000")
    opened.wait_settled()
    colors = pixels(opened, 1, 14)
    assert red(colors)
    assert grey(colors)
    opened.screenshot("marks-all", opened.viewer())


def test_the_panel_lists_filters_and_jumps(opened) -> None:
    opened.execute("viewer.t_range = (0, 30)")
    opened.viewer().locator(".vv-area-plot").focus()
    keyboard = opened.page.keyboard
    keyboard.press("m")
    panel = opened.viewer().get_by_role("region", name="Marks")
    opened.until(lambda: panel.get_by_role("status").inner_text() == "100,000 marks")
    keyboard.press("End")
    keyboard.press("Enter")
    opened.until(lambda: opened.value("viewer.t_range[1]") > 59_990)
    panel.get_by_label("List only this text").select_option(label="V")
    opened.until(lambda: panel.get_by_role("status").inner_text() == "100 marks of 100,000")
    panel.get_by_role("listbox").focus()
    keyboard.press("Home")
    keyboard.press("Enter")
    opened.until(lambda: opened.value("viewer.t_range[0]") == pytest.approx(285))
    keyboard.press("n")
    opened.until(lambda: opened.value("viewer.t_range[0]") == pytest.approx(885))
    keyboard.press("Shift+N")
    opened.until(lambda: opened.value("viewer.t_range[0]") == pytest.approx(285))
    opened.screenshot("marks-panel", opened.viewer())
    panel.get_by_role("button", name="Layers and texts").click()
    panel.get_by_role("checkbox", name="N 99,900").uncheck()
    opened.until(lambda: opened.value("viewer.hidden_texts") == ["N"])
    opened.execute("viewer.hidden_texts = []")
    keyboard.press("Escape")
    opened.until(lambda: panel.count() == 0)
    assert opened.errors == []


def test_two_browsers_see_marks_at_once(opened) -> None:
    opened.execute("viewer.t_range = (100, 130)")
    opened.save()
    other = opened.second_tab()
    other.wait_settled()
    opened.execute("mark = rec.annotations.add(110, 'arousal', 5)")
    for page in (opened, other):
        page.page.bring_to_front()
        rows = page.viewer().locator(".vv-layername")
        page.until(lambda rows=rows: rows.all_inner_texts() == ["file", "anna"])
        page.wait_settled()
        assert red(pixels(page, 15, 28)), "the row of the new layer"
        page.screenshot(f"marks-two-{'first' if page is opened else 'second'}", page.viewer())
    opened.execute("rec.annotations.delete(mark)")
    other.until(lambda: other.viewer().locator(".vv-layername").all_inner_texts() == ["file"])
    assert [*opened.errors, *other.errors] == []
    other.page.close(run_before_unload=False)


def test_a_page_without_a_kernel_shows_marks_and_lists_them(opened, tmp_path) -> None:
    opened.execute(f"viewer.t_range = (280, 310); viewer.to_html({str(tmp_path / 'a.html')!r})")
    page = opened.page.context.new_page()
    page.goto((tmp_path / "a.html").as_uri())
    viewer = page.locator(".vital-viewer")
    page.locator('.vital-viewer[data-status="settled"]').wait_for()
    viewer.locator(".vv-layername", has_text="file").wait_for()
    viewer.locator(".vv-area-plot").focus()
    page.keyboard.press("m")
    status = viewer.get_by_role("region", name="Marks").get_by_role("status")
    status.filter(has_text="marks").wait_for()
    assert status.inner_text() == "100,000 marks"
    page.close()

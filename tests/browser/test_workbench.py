"""The workbench in a real page: panels follow, mark the time, rest behind tabs, and move."""

from __future__ import annotations

import pytest

BEGIN = """
import vital_widgets as vw
bench = vw.Workbench(
    vw.sample(600), ["HRV", "Beats"], t_range=(30, 90), height=260
)
hrv, beats = bench.panels
bench
"""
PLOT = ".vital-panel .js-plotly-plot"


@pytest.fixture
def book(notebook):
    made = notebook([BEGIN])
    made.run(0)
    made.wait_settled()
    made.until(lambda: made.value("all(one.state == 'done' for one in bench.panels)"))
    return made


def test_the_time_at_the_pointer_is_marked_in_all_panels(book):
    page = book.page
    plot = page.locator(PLOT).first
    plot.scroll_into_view_if_needed()
    area = plot.locator(".xy .nsewdrag, .nsewdrag").first
    area.wait_for()
    box = area.bounding_box()
    count = "len(beats.figure.layout.shapes)"
    before = book.value(count)
    for share in (0.3, 0.5, 0.7):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        page.wait_for_timeout(100)
    book.until(lambda: book.value(f"{count} > {before}"))
    at = book.value("hrv.figure.layout.shapes[-1].x0")
    assert 30 <= at <= 90
    assert book.value("beats.figure.layout.shapes[-1].x0") == at
    book.until(lambda: page.locator(f"{PLOT} .shapelayer path").count() >= 2)
    # A click there moves the viewer, here to where it is already.
    book.execute("bench.viewer.t_range = (200, 230)")
    book.execute("hrv.follow = False; hrv.window = (30, 90); hrv.wait()")
    page.wait_for_timeout(300)
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2)
    book.until(lambda: book.value("bench.viewer.t_range[0] < 100"))
    assert book.errors == []


def test_panels_behind_tabs_rest_and_come_back(book):
    page = book.page
    page.locator(".vital-workbench-arranged button", has_text="Tabs").click()
    book.until(lambda: page.locator(f"{PLOT}:visible").count() == 1)
    tabs = page.locator(".vital-panel-tabs button")
    book.until(lambda: tabs.count() == 2)
    for k in (0, 1, 0):
        tabs.nth(k).click()
        book.until(lambda k=k: book.value(f"bench.panels[{k}].active"))
        book.until(lambda: page.locator(f"{PLOT}:visible").count() == 1)
    book.execute("bench.viewer.t_range = (100, 160)")
    book.until(lambda: book.value("'between(100.0, 160.0)' in hrv._frame.actions.code"))
    assert "between(30.0, 90.0)" in book.value("beats._frame.actions.code")
    tabs.nth(1).click()
    book.until(lambda: book.value("'between(100.0, 160.0)' in beats._frame.actions.code"))
    page.locator(".vital-workbench-arranged button", has_text="Side by side").click()
    book.until(lambda: page.locator(f"{PLOT}:visible").count() == 2)
    assert book.errors == []


def test_a_panel_is_added_and_closed_by_mouse(book):
    page = book.page
    page.locator(".vital-workbench-bar select").select_option(label="Statistics")
    book.until(lambda: page.locator(".vital-panel").count() == 3)
    book.until(lambda: book.value("bench.panels[2].state == 'done'"))
    page.locator(".vital-panel").nth(2).locator(".vital-panel-icon").last.click()
    book.until(lambda: page.locator(".vital-panel").count() == 2)
    assert book.value("len(bench.panels)") == 2
    assert book.errors == []


def test_a_tab_of_its_own(book):
    page = book.page
    book.execute("tab = bench.open_tab('My night')")
    page.get_by_role("tab", name="My night").wait_for()
    shown = page.locator(".lm_MainAreaWidget, .jupyterlab-sidecar")
    shown.locator(".vital-viewer").first.wait_for()
    book.until(lambda: shown.locator(".js-plotly-plot").count() == 2)
    book.screenshot("workbench-tab")
    book.execute("bench.close(); tab.close()")
    book.until(lambda: page.locator(".vital-panel").count() == 0)
    assert book.errors == []


def test_it_comes_back_after_a_restart(book):
    book.execute("bench.panels[0].where = 'whole'; bench.save('session.json')")
    book.restart()
    book.execute(
        "import vital_widgets as vw; back = vw.Workbench.load('session.json');"
        "[one.wait() for one in back.panels]"
    )
    assert book.value("back.panels[0].where") == "whole"
    assert book.value("back.viewer.t_range") == [30, 90]
    book.execute("back.close()")

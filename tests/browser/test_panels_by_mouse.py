"""Several panels in one page under the mouse: points, rows, narrow places, files, undo."""

from __future__ import annotations

import pytest

WINDOW = (10.0, 40.0)
# Panels with a trace whose points have a time, and the axes of that trace.
POINTS_OF = {
    "Spectrogram": "xy", "Filter": "xy", "Events": "xy2", "Morphology": "xy2", "HRV": "xy",
    "Quality": "xy", "PPG": "xy2", "Beats": "xy",
}  # fmt: skip
BEGIN = f"""
import vital_widgets as vw
rec = vw.sample(600)
bench = vw.Workbench(rec, [], t_range={WINDOW}, height=200)
panels = {{name: bench.add(name, window={WINDOW}) for name in {list(POINTS_OF)}}}
panels["Events"].event = "N"
panels["Annotations"] = bench.add("Annotations", where="whole")
bench
"""
READY = "all(one.state == 'done' for one in bench.panels)"
# The place in the page of a point in the middle of a trace over some axes.
POINT = """(gd, axes) => {
  const trace = gd._fullData.find(
    (one) => one.visible === true && one.hoverinfo !== "skip" && one.x?.length > 1 &&
      one.xaxis + one.yaxis === axes,
  );
  const layout = gd._fullLayout;
  const x = layout[trace.xaxis.replace("x", "xaxis")];
  const y = layout[trace.yaxis.replace("y", "yaxis")];
  const inside = (at, axis) => at > axis._offset && at < axis._offset + axis._length;
  const box = gd.getBoundingClientRect();
  for (let k = Math.floor(trace.x.length / 2); k < trace.x.length; k++) {
    const level = trace.type === "heatmap" ? trace.y[Math.floor(trace.y.length / 2)] : trace.y[k];
    const at = [x._offset + x.d2p(trace.x[k]), y._offset + y.d2p(level)];
    if (inside(at[0], x) && inside(at[1], y)) return [box.left + at[0], box.top + at[1]];
  }
  return null;
}"""
# What sticks out of a panel, and legends that cover a plot.
FAULTS = """(panel) => {
  const faults = [];
  const box = panel.getBoundingClientRect();
  for (const one of panel.querySelectorAll("button, select, input, label, .vital-panel-title b")) {
    const at = one.getBoundingClientRect();
    if (at.width > 0 && (at.right > box.right + 1 || at.left < box.left - 1))
      faults.push(`${one.tagName} ${one.textContent || one.title} sticks out`);
  }
  const plots = [...panel.querySelectorAll(".nsewdrag")].map((one) => one.getBoundingClientRect());
  const bars = [...panel.querySelectorAll(".modebar")].map((one) => one.getBoundingClientRect());
  for (const legend of panel.querySelectorAll(".legend, .annotation, .gtitle")) {
    const at = legend.getBoundingClientRect();
    if (bars.some((bar) => at.top < bar.bottom - 1 && at.bottom > bar.top + 1 &&
      at.right > bar.left && at.left < bar.right))
      faults.push(`Plotly's buttons cover ${legend.textContent}`);
    if (!legend.matches(".legend")) continue;
    if (plots.some((plot) => at.top < plot.bottom - 2 && at.bottom > plot.top + 2))
      faults.push(`a legend covers a plot: ${legend.textContent}`);
  }
  return faults;
}"""


@pytest.fixture(scope="module")
def book(lab):
    made = lab.open([BEGIN])
    made.run(0)
    made.wait_settled()
    made.until(lambda: made.value(READY))
    yield made
    made.close()


def panel_of(book, name):
    """Return the element of a panel."""
    return book.page.locator(".vital-panel").nth(
        book.value(f"bench.panels.index(panels[{name!r}])")
    )


def go_away(book):
    book.execute("bench.viewer.t_range = (560, 590)")


def is_back(book):
    return book.value("bench.viewer.t_range[0] < 60")


@pytest.mark.parametrize("name", POINTS_OF)
def test_a_point_shows_its_time_in_the_viewer(book, name):
    page = book.page
    plot = panel_of(book, name).locator(".js-plotly-plot")
    plot.scroll_into_view_if_needed()
    go_away(book)
    x, y = plot.evaluate(POINT, POINTS_OF[name])
    page.mouse.move(x - 4, y)
    page.mouse.move(x, y)
    viewer = book.viewer()
    book.until(lambda: viewer.get_attribute("data-marked") is not None)
    assert WINDOW[0] <= float(viewer.get_attribute("data-marked")) <= WINDOW[1]
    page.mouse.click(x, y)
    book.until(lambda: is_back(book))
    page.mouse.move(2, 2)
    book.until(lambda: viewer.get_attribute("data-marked") is None)
    assert book.errors == []


def test_a_row_of_the_list_shows_its_annotation_in_the_viewer(book):
    panel = panel_of(book, "Annotations")
    book.execute("bench.viewer.t_range = (10, 40)")
    rows = panel.locator("tr[data-vital-time]")
    book.until(lambda: float(rows.first.get_attribute("data-vital-time")) < 40)
    time = float(rows.nth(3).get_attribute("data-vital-time"))
    go_away(book)
    book.until(lambda: float(rows.first.get_attribute("data-vital-time")) > 500)
    last = float(rows.first.get_attribute("data-vital-time"))
    rows.first.locator("td").first.click()
    book.until(lambda: book.value("sum(bench.viewer.t_range) / 2") == pytest.approx(last, abs=20))
    book.execute(f"bench.viewer.t_range = ({time}, {time} + 30)")
    book.until(lambda: float(rows.first.get_attribute("data-vital-time")) == time)
    rows.first.locator("button").focus()
    book.page.keyboard.press("Enter")
    book.until(lambda: book.value("bench.viewer.t_range[0]") < time)
    assert book.errors == []


def test_narrow_panels_show_all_they_have(book):
    page = book.page
    for width in (420, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        for name in POINTS_OF:
            panel = panel_of(book, name)
            panel.scroll_into_view_if_needed()
            book.until(lambda panel=panel: panel.evaluate(FAULTS) == [])
    page.set_viewport_size({"width": 1280, "height": 900})
    assert book.errors == []


def test_what_is_saved_added_and_undone_by_mouse(book):
    for name in ("Spectrogram", "HRV", "Annotations"):
        actions = panel_of(book, name).locator(".vital-actions")
        stem = book.value(f"panels[{name!r}].stem")
        for label, ending in (("table (CSV)", "csv"), ("picture (PNG)", "png")):
            actions.locator("select").select_option(label=label)
            actions.get_by_text(f"{stem}.{ending}").wait_for()
            assert (book.lab.server.root / f"{stem}.{ending}").stat().st_size > 100
    beats = panel_of(book, "Beats")
    beats.get_by_text("Add to recording").click()
    beats.get_by_text("kept in the recording as").wait_for()
    shown = panel_of(book, "HRV")
    shown.locator(".vital-panel-parameters select").first.select_option(label="Spectrum")
    book.until(lambda: book.value("panels['HRV'].show") == "spectrum")
    shown.locator(".vital-panel-icon").first.click()
    book.until(lambda: book.value("panels['HRV'].show") == "tachogram")
    book.until(lambda: book.value(READY))
    assert book.errors == []

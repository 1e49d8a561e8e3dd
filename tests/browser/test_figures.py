"""Plotly figures in a real JupyterLab."""

from __future__ import annotations

import json

SETUP = """
import numpy as np
from vital_widgets.figures.plotwidget import PlotWidget
"""
EARLY = """
figure = PlotWidget()
display(figure)
figure.add_scatter(y=np.arange(100.0), name="first")
figure.add_scatter(y=np.arange(50.0), name="second")
figure.data[0].y = np.arange(10.0)
figure.update_layout(title="early", yaxis_range=[0, 20])
with figure.batch_update():
    figure.data[1].y = np.arange(20.0)
    figure.layout.xaxis.title.text = "time (s)"
"""
PICTURES = """() => [...document.querySelectorAll(".js-plotly-plot")].map((plot) => ({
  lengths: plot._fullData.map((trace) => trace.y.length),
  names: plot._fullData.map((trace) => trace.name),
  title: plot._fullLayout.title.text,
  x: plot._fullLayout.xaxis.range,
  y: plot._fullLayout.yaxis.range,
  lines: plot.querySelectorAll(".scatterlayer .trace").length,
}))"""
DRAWN = "(count) => document.querySelectorAll('.js-plotly-plot .cartesianlayer').length === count"


def pictures(book, count: int = 1) -> list[dict]:
    book.page.wait_for_function(DRAWN, arg=count)
    return book.page.evaluate(PICTURES)


def drag(book, index: int = 0, shares: tuple[float, float] = (0.25, 0.75)) -> None:
    place = book.page.locator(".js-plotly-plot .nsewdrag").nth(index)
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    first, last = (box["x"] + box["width"] * share for share in shares)
    mouse = book.page.mouse
    mouse.move(first, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move((first + last) / 2, box["y"] + box["height"] / 2 + 5)
    mouse.move(last, box["y"] + box["height"] / 2 + 5)
    mouse.up()


def test_what_arrives_before_plotly_is_applied_in_its_order(notebook) -> None:
    book = notebook([SETUP, EARLY])
    book.run_all()
    (picture,) = pictures(book)
    assert picture["lengths"] == [10, 20]
    assert picture["names"] == ["first", "second"]
    assert picture["title"] == "early"
    assert picture["y"] == [0, 20]
    book.execute("figure.add_scatter(y=[1, 2, 3]); figure.data[0].y = [5]")
    book.until(lambda: pictures(book)[0]["lengths"] == [1, 20, 3])
    assert book.errors == []


def test_a_figure_that_is_changed_while_it_is_drawn_loses_nothing(notebook) -> None:
    cell = """
from ipywidgets import VBox
figure, hidden = (PlotWidget([{"y": np.arange(30.0), "name": "first"}]) for _ in range(2))
box = VBox([hidden], layout={"display": "none"})
display(figure, box)
for one in (figure, hidden):
    for k in range(12):
        one.add_scatter(y=np.arange(100.0) * k, name=f"trace {k}")
        one.data[0].y = np.arange(10.0) + k
        one.plotly_restyle({"mode": "markers"}, [0])
        one.plotly_relayout({"xaxis.range": [0, k + 1]})
        one.update_layout(title=f"change {k}", yaxis_range=[0, k])
        if k == 8 and one is figure:
            display(figure)
        if k % 3 == 2:
            one.data = (one.data[1], one.data[0], *one.data[3:])
    one.data[0].y = np.arange(10.0)
    # The last: Plotly moves traces at once, also while an animation of them runs.
    with one.batch_animate(duration=20):
        one.data[1].y = np.arange(20.0)
None
"""
    book = notebook([SETUP, cell])
    book.run_all()
    lengths = [10, 20, *[100] * 7]
    book.until(lambda: [one["lengths"] for one in pictures(book, 3)] == [lengths] * 3)
    book.until(lambda: all(one["title"] == "change 11" for one in pictures(book, 3)))
    names = book.value("[trace.name for trace in figure.data]")
    for picture in pictures(book, 3):
        assert picture["names"] == names
        assert picture["x"] == [0, 12]
        assert picture["y"] == [0, 11]
        assert picture["lines"] == len(lengths)
    assert "NaN" not in book.page.locator(".jp-Notebook").inner_html()
    # Python knows all data still: what Plotly reports of its choices takes nothing away.
    for name in ("figure", "hidden"):
        assert book.value(f"[len(trace.y) for trace in {name}.data]") == lengths
        assert book.value(f"['y' in trace for trace in {name}._data]") == [True] * len(lengths)
    book.execute("box.layout.display = None")
    width = "() => document.querySelectorAll('.js-plotly-plot')[1].clientWidth"
    drawn = "() => document.querySelectorAll('.js-plotly-plot .main-svg')[2].clientWidth"
    book.until(lambda: 0 < book.page.evaluate(width) == book.page.evaluate(drawn))
    assert book.errors == []


def test_a_figure_that_is_closed_while_it_is_drawn_leaves_no_error(notebook) -> None:
    cell = """
import time
for k in range(8):
    figure = PlotWidget([{"y": np.arange(30.0)}])
    display(figure)
    figure.data[0].y = [1, 2]
    time.sleep(0.04 * k)
    figure.close()
last = PlotWidget([{"y": np.arange(5.0)}])
last
"""
    book = notebook([SETUP, cell])
    book.run_all()
    (picture,) = pictures(book)
    assert picture["lengths"] == [5]
    assert book.errors == []


def test_figures_share_plotly_and_a_saved_notebook_shows_them_as_they_were(notebook) -> None:
    cell = """
figures = [PlotWidget([{"y": np.arange(100.0)}], {"title": str(k)}) for k in range(5)]
display(*figures)
"""
    book = notebook([SETUP, cell])
    book.run_all()
    pictures(book, 5)
    drag(book)
    book.until(lambda: (book.value("figures[0].layout.xaxis.range") or [0])[0] > 10)
    book.execute("figures[1].add_scatter(y=[1.0] * 7)")
    book.execute("figures[2].data[0].y = np.arange(3.0)")
    book.until(lambda: [len(one["lengths"]) for one in pictures(book, 5)] == [1, 2, 1, 1, 1])
    before = pictures(book, 5)
    for theme in ("light", "dark"):
        book.theme(theme)
        book.screenshot(f"figures-{theme}")
    file = book.save()
    text = file.read_text()
    models = json.loads(text)["metadata"]["widgets"]
    (states,) = [one["state"] for one in models.values()]
    code = [len(json.dumps(one)) for one in states.values() if len(json.dumps(one)) > 1_000_000]
    assert len(code) == 1
    assert len(text) < 2_500_000
    assert book.errors == []
    path = book.path
    book.close()

    again = notebook(path=path)
    pictures_again = pictures(again, 5)
    for old, new in zip(before, pictures_again, strict=True):
        assert new == old


def test_a_closed_view_leaves_the_page_and_a_new_one_shows_the_present_picture(notebook) -> None:
    book = notebook([f"{SETUP}figure = PlotWidget([{{'y': np.arange(9.0)}}])", "figure", "figure"])
    book.run_all()
    pictures(book, 2)
    book.page.evaluate("() => { window.gone = document.querySelector('.js-plotly-plot'); }")
    book.page.evaluate("() => window.vitalTestPanel.content.widgets[1].model.clearExecution()")
    pictures(book, 1)
    assert not book.page.evaluate("() => 'data' in gone || '_responsiveChartHandler' in gone")
    book.execute("figure.add_scatter(y=[1, 2])")
    book.until(lambda: pictures(book)[0]["lengths"] == [9, 2])
    book.run(1)
    assert [one["lengths"] for one in pictures(book, 2)] == [[9, 2], [9, 2]]
    book.execute("figure.close()")
    book.page.wait_for_function(DRAWN, arg=0)
    book.page.evaluate("() => new Promise((done) => setTimeout(done, 0))")
    assert book.errors == []


def test_a_figure_takes_the_width_that_it_has(notebook) -> None:
    cell = """
from ipywidgets import HBox
box = HBox([PlotWidget([{"y": [1, 2]}])], layout={"width": "400px"})
box
"""
    book = notebook([SETUP, cell])
    book.run_all()
    pictures(book)
    width = "() => document.querySelector('.js-plotly-plot .main-svg').clientWidth"
    book.until(lambda: 300 < book.page.evaluate(width) <= 400)
    book.execute("box.layout.width = '700px'")
    book.until(lambda: 600 < book.page.evaluate(width) <= 700)
    # Plotly fixes the width of a figure whose height is changed.
    height = "() => document.querySelector('.js-plotly-plot .main-svg').clientHeight"
    book.execute("box.children[0].update_layout(height=333)")
    book.until(lambda: book.page.evaluate(height) == 333)
    book.execute("box.layout.width = '500px'")
    book.until(lambda: 400 < book.page.evaluate(width) <= 500)
    assert book.page.evaluate(height) == 333
    # A width that the kernel gives stays.
    book.execute("box.children[0].update_layout(width=350)")
    book.until(lambda: book.page.evaluate(width) == 350)
    book.execute("box.layout.width = '600px'")
    book.page.wait_for_timeout(500)
    assert book.page.evaluate(width) == 350
    assert book.errors == []


RECORDING = """
from datetime import datetime
import numpy as np
import vital_widgets as vw
rng = np.random.default_rng(0)
x = np.arange(1_000_000) / 250
signals = {"ECG": np.sin(x * 7) ** 9 + rng.normal(0, 0.05, x.size), "resp": np.sin(x)}
rec = vw.Recording.from_arrays(signals, fs=250, start=datetime(2024, 3, 1, 22))
"""
SHOWN = """() => {
  const plot = document.querySelector(".js-plotly-plot");
  return { x: [...plot._fullData[0].x].map(Number), range: plot._fullLayout.xaxis.range };
}"""


def unexpected(book) -> list[str]:
    """Errors but one: plotly-resampler imports Dash, which asks the page for a comm of its own."""
    return [one for one in book.errors if not one.startswith("Exception opening new comm")]


def page_on(book) -> None:
    book.viewer().focus()
    book.page.keyboard.press("PageDown")


def test_zooming_with_the_mouse_brings_the_samples_of_the_view(notebook) -> None:
    book = notebook([RECORDING, "figure = vw.figure(rec, 'ECG'); figure"])
    book.run_all()
    (picture,) = pictures(book)
    assert 1000 < picture["lengths"][0] <= 2002
    book.screenshot("figure-whole")
    for _ in range(8):
        before = book.page.evaluate(SHOWN)["range"]
        drag(book, shares=(0.4, 0.6))
        book.until(lambda before=before: book.page.evaluate(SHOWN)["range"] != before)
    book.until(lambda: book.value("figure.data[0].name") == "ECG")
    book.until(
        lambda: book.page.evaluate(
            "() => document.querySelector('.js-plotly-plot')._fullData[0].name === 'ECG'"
        )
    )
    shown = book.page.evaluate(SHOWN)
    assert 250 * (shown["range"][1] - shown["range"][0]) < 2000
    steps = [b - a for a, b in zip(shown["x"], shown["x"][1:], strict=False)]
    assert max(abs(step - 1 / 250) for step in steps) < 1e-6
    for theme in ("light", "dark"):
        book.theme(theme)
        book.screenshot(f"figure-zoomed-{theme}")
    book.page.locator(".js-plotly-plot .nsewdrag").dblclick()
    book.until(lambda: book.value("figure.t_range") is None)
    book.until(lambda: len(book.page.evaluate(SHOWN)["x"]) > 1000)
    book.until(lambda: book.page.evaluate(SHOWN)["x"][-1] > 3990)
    assert unexpected(book) == []


def test_times_of_day_are_those_of_the_recording(notebook) -> None:
    cell = "figure = vw.figure(rec, ['ECG', 'resp'], (60, 62), time_axis='clock'); figure"
    book = notebook([RECORDING, cell])
    book.run_all()
    pictures(book)
    labels = book.page.locator(".js-plotly-plot .x2tick text").all_text_contents()
    assert any("22:01" in label for label in labels)
    drag(book)
    book.until(lambda: 60 < (book.value("figure.t_range") or [0])[0] < 61)
    lengths = "[len(trace.y) for trace in figure.data]"
    book.until(lambda: all(240 < one < 262 for one in book.value(lengths)))
    book.screenshot("figure-clock")
    assert unexpected(book) == []


def test_a_figure_and_its_viewer_move_together_and_a_busy_kernel_does_not_hold_the_viewer(
    notebook,
) -> None:
    cells = [
        RECORDING,
        "viewer = vw.Viewer(rec, t_range=(0, 10), height=250); viewer",
        "figure = viewer.figure(follow=True); figure",
        "import threading; go = threading.Event(); display('busy'); go.wait()",
    ]
    book = notebook(cells)
    for k in range(3):
        book.run(k)
    root = book.wait_settled()
    pictures(book)
    page_on(book)
    moved = "() => document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range"
    book.until(lambda: book.page.evaluate(moved) == [10, 20])
    drag(book)
    book.until(lambda: 12 < book.value("viewer.t_range")[0] < 13)
    book.until(lambda: 12 < float(root.get_attribute("data-t0")) < 13)
    before = float(root.get_attribute("data-t0"))
    book.start(3)
    for k in range(1, 6):
        page_on(book)
        book.until(lambda k=k: float(root.get_attribute("data-t0")) > before + 4 * k)
    book.page.evaluate(
        "() => window.vitalTestPanel.context.sessionContext.session.kernel.interrupt()"
    )
    book.wait_idle()
    last = float(root.get_attribute("data-t0"))
    book.until(lambda: abs(book.page.evaluate(moved)[0] - last) < 1e-6)
    book.screenshot("figure-and-viewer")
    assert unexpected(book) == []

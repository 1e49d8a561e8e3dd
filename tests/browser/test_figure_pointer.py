"""What the pointer does on a figure, told to a kernel that is busy."""

from __future__ import annotations

from itertools import pairwise

SETUP = """
import threading
import numpy as np
from vital_widgets.figures.plotwidget import PlotWidget
figure = PlotWidget([{"y": np.zeros(2000), "mode": "markers"}])
heard, messages = [], []
trace = figure.data[0]
trace.on_hover(lambda _, points, state: heard.append(["hover", points.point_inds]))
trace.on_unhover(lambda _, points, state: heard.append(["unhover", points.point_inds]))
trace.on_click(lambda _, points, state: heard.append(["click", points.point_inds]))
"""
# Messages are counted. In a kernel with subshells they wait here while a cell runs, else there.
COUNTED = """
go = threading.Event()
go.set()
receive = figure._handle_custom_msg
def counted(content, buffers):
    go.wait()
    messages.append(content["message"]["event_type"] if content.get("kind") == "pointer" else "")
    receive(content, buffers)
figure._handle_custom_msg = counted
figure
"""
BUSY = """
go.clear()
try:
    go.wait()
finally:
    go.set()
"""
HOVERED = (
    "() => document.querySelector('.js-plotly-plot')._hoverdata?.map((one) => one.pointNumber)"
)
# What a listener in the page hears: each of them would have been a message.
LISTEN = """() => {
  window.events = [];
  const plot = document.querySelector(".js-plotly-plot");
  for (const kind of ["hover", "unhover", "click"]) {
    plot.on(`plotly_${kind}`, () => window.events.push(kind));
  }
}"""


def test_a_busy_kernel_gets_the_last_hover_and_every_click(notebook) -> None:
    book = notebook([SETUP, COUNTED, BUSY])
    book.run(0)
    book.run(1)
    book.page.wait_for_selector(".js-plotly-plot .cartesianlayer")
    place = book.page.locator(".js-plotly-plot .nsewdrag").first

    def go_to(share: float, steps: int = 1, *, click: bool = False) -> None:
        box = place.bounding_box()
        at = box["x"] + share * box["width"], box["y"] + box["height"] / 2
        book.page.mouse.move(*at, steps=steps)
        if click:
            book.page.mouse.click(*at)

    place.scroll_into_view_if_needed()
    go_to(0.1)
    book.until(lambda: [kind for kind, _ in book.value("heard")][-1:] == ["hover"])
    book.execute("heard.clear(); messages.clear()")
    book.page.evaluate(LISTEN)
    book.start(2)
    place.scroll_into_view_if_needed()
    # Plotly looks at the pointer some times a second, however fast the machine is.
    while book.page.evaluate("() => window.events.filter((one) => one === 'hover').length") < 100:
        go_to(0.9, steps=60)
        go_to(0.2, steps=60)
    go_to(0.2, click=True)
    go_to(0.5, steps=30, click=True)
    go_to(0.7, steps=30)
    # The pointer rests, and Plotly has looked where.
    book.page.wait_for_timeout(300)
    hovered = book.page.evaluate(HOVERED)
    events = book.page.evaluate("() => window.events")
    assert events.count("click") == 2
    book.page.evaluate(
        "() => window.vitalTestPanel.context.sessionContext.session.kernel.interrupt()"
    )
    book.wait_idle()
    book.until(lambda: book.value("heard")[-1:] == [["hover", hovered]])
    heard = book.value("heard")
    # Both clicks came, in their order, and a hover or its end before and after each.
    clicks = [points for kind, points in heard if kind == "click"]
    assert len(clicks) == 2
    assert clicks[0] < clicks[1]
    messages = book.value("messages")
    assert messages.count("plotly_click") == 2
    assert len(messages) < 14
    # Every hover is ended before the next one begins.
    told = [kind for kind, _ in heard if kind != "click"]
    assert all(one != two for one, two in pairwise(told))
    assert book.errors == []

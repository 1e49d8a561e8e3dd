"""The plot of a panel changes on the thread of a task while others read it as a whole."""

from __future__ import annotations

import sys
import threading
import time

import numpy as np
import pytest

from vital_widgets.panels.plot import SHOWN, Plot
from vital_widgets.panels.view import View

READS = 40


def looks():
    """Views of different kinds and layouts."""
    x = np.arange(2.0 * SHOWN)
    for k in range(1, 4):
        traces = [
            {"type": "scatter", "mode": "lines", "x": x, "y": x, "name": str(j)} for j in range(k)
        ]
        layout = {f"xaxis{j}": {"title": {"text": "time (s)"}} for j in range(2, k + 2)}
        yield View(traces, {**layout, "shapes": [{"type": "line", "x0": 0, "x1": k}] * k})


@pytest.fixture(params=[False, True], ids=["plain", "series"])
def changing(request):
    """A plot that another thread changes all the time, and the errors of that thread."""
    plot, end, errors = Plot(series=request.param), threading.Event(), []
    views = list(looks())

    def change():
        try:
            while not end.is_set():
                for view in views:
                    plot.show(view)
                    time.sleep(1e-3)  # a lock is not fair
        except Exception as error:  # noqa: BLE001 - the test shows it
            errors.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    thread = threading.Thread(target=change)
    thread.start()
    yield plot
    end.set()
    thread.join()
    sys.setswitchinterval(interval)
    plot.close()
    assert errors == []


def test_a_reader_sees_a_whole_figure(changing) -> None:
    for _ in range(READS):
        for held in (changing.widget.to_dict(), changing.widget.get_state()):
            data = held["data"] if "data" in held else held["_widget_data"]
            layout = held["layout"] if "layout" in held else held["_widget_layout"]
            assert len(layout.get("shapes", ())) == len(data)


def test_what_the_page_sends_is_taken_meanwhile(changing) -> None:
    widget = changing.widget
    for k in range(READS):
        widget.set_state(
            {
                "_js2py_relayout": {
                    "relayout_data": {"xaxis.range": [0, k + 1]},
                    "source_view_id": "a",
                }
            }
        )
        widget.set_state(
            {
                "_js2py_layoutDelta": {
                    "layout_delta": {"xaxis2": {"range": [0, k]}},
                    "layout_edit_id": widget._last_layout_edit_id,
                }
            }
        )
        deltas = [{"uid": one["uid"], "line": {"color": "red"}} for one in [*widget._data]]
        widget.set_state(
            {
                "_js2py_traceDeltas": {
                    "trace_deltas": deltas,
                    "trace_edit_id": widget._last_trace_edit_id,
                }
            }
        )


def test_a_callback_of_the_pointer_may_wait_for_another_thread() -> None:
    plot, view = Plot(), View([{"type": "scatter", "mode": "lines", "x": [0], "y": [0]}], times="x")
    plot.show(view)
    shown = []

    def wait(time):
        thread = threading.Thread(target=plot.show, args=(view,))
        thread.start()
        thread.join()
        shown.append(time)

    plot.on_click(wait)
    points = {"trace_indexes": [0], "point_indexes": [0], "xs": [0], "ys": [0]}
    message = {
        "event_type": "plotly_click",
        "points": points,
        "device_state": None,
        "selector": None,
    }
    plot.widget._handle_custom_msg({"kind": "pointer", "message": message}, [])
    assert shown == [0.0]
    plot.close()

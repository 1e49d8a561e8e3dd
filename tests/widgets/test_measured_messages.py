"""Messages to widgets are measured by what they are about, not by what they contain."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.runtime.monitor import MONITOR


@pytest.fixture
def viewer():
    made = vw.Viewer(vw.Recording.from_arrays({"secret": np.arange(5000.0)}, 100))
    yield made
    MONITOR.stop()
    made.close()


def message(data):
    return {"content": {"data": data}, "buffers": []}


def test_updates_and_custom_messages(viewer) -> None:
    MONITOR.start()
    update = {"method": "update", "state": {"t_range": [0.0, 2.0]}, "buffer_paths": []}
    viewer.comm.handle_msg(message(update))
    viewer.comm.handle_msg(message({"method": "custom", "content": {"kind": "views", "n": 1}}))
    viewer.comm.handle_msg(message({"method": "custom", "content": "secret"}))
    viewer.comm.handle_msg(message({"method": "request_state"}))
    assert tuple(viewer.t_range) == (0.0, 2.0)
    found = {(row.kind, row.name): row.count for row in MONITOR.table() if row.kind == "message"}
    assert found == {
        ("message", "Viewer t_range"): 1,
        ("message", "Viewer views"): 1,
        ("message", "Viewer custom"): 1,
        ("message", "Viewer request_state"): 1,
    }


def test_nothing_is_measured_while_the_monitor_is_off(viewer) -> None:
    MONITOR.start()
    MONITOR.stop()
    update = {"method": "update", "state": {"t_range": [0.0, 2.0]}, "buffer_paths": []}
    viewer.comm.handle_msg(message(update))
    assert tuple(viewer.t_range) == (0.0, 2.0)
    assert MONITOR.table() == []

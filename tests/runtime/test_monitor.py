"""The monitor measures only while it is on, adds up, and names no file."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.runtime import monitor
from vital_widgets.runtime.monitor import MONITOR, Monitor, name_of, timed
from vital_widgets.runtime.tasks import Task
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.session import Session
from waiting import until

WAIT = 300  # seconds until a test gives up; none waits so long


@pytest.fixture
def measuring():
    """The monitor of the process, on."""
    MONITOR.start()
    yield MONITOR
    MONITOR.stop()


def counts():
    return {(row.kind, row.name): row.count for row in MONITOR.table()}


@given(
    st.lists(
        st.tuples(st.sampled_from(["task", "message"]), st.floats(0, 1e3)), min_size=1, max_size=50
    )
)
def test_the_table_is_that_of_numpy(taken):
    one = Monitor()
    one.start()
    for kind, seconds in taken:
        one.add(kind, "x", seconds)
    rows = one.table()
    assert {row.kind for row in rows} == {kind for kind, _ in taken}
    for row in rows:
        of = [seconds for kind, seconds in taken if kind == row.kind]
        assert row.count == len(of)
        expected = (np.median(of), np.percentile(of, 95), max(of), sum(of))
        assert (row.median, row.p95, row.longest, row.total) == pytest.approx(expected)
    assert [row.total for row in rows] == sorted((row.total for row in rows), reverse=True)


def test_only_the_latest_are_kept(monkeypatch):
    monkeypatch.setattr(monitor, "KEPT", 10)
    one = Monitor()
    one.start()
    for k in range(25):
        one.add("task", "a" if k < 15 else "b", 1.0)
    assert [(row.name, row.count) for row in one.table()] == [("b", 10)]
    one.start()
    assert one.table() == []


def test_nothing_is_kept_while_it_is_off():
    one = Monitor()
    assert (one.on, one.seconds) == (False, 0.0)
    one.add("task", "a", 1.0)
    with one.measured("task", "a"):
        pass
    assert one.table() == []
    one.start()
    one.add("task", "a", 1.0)
    one.stop()
    one.add("task", "a", 1.0)
    assert [row.count for row in one.table()] == [1]
    assert one.seconds == one.seconds


def test_a_block_that_raises_is_measured():
    one = Monitor()
    one.start()
    with pytest.raises(ValueError, match="no"), one.measured("message", "broken"):
        raise ValueError("no")
    assert [(row.kind, row.name, row.count) for row in one.table()] == [("message", "broken", 1)]


def test_threads_lose_no_measurement():
    one = Monitor()
    one.start()

    def work():
        for _ in range(500):
            one.add("task", "a", 0.001)
            one.table()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert one.table()[0].count == 2000


def test_tasks_their_queue_and_their_listeners(measuring):
    def heard(_):
        pass

    task = Task(lambda task: task.report(0.5), "Reading secret_patient.csv")
    task.listen(heard)
    assert task.start().wait(WAIT)
    assert until(lambda: ("callback", name_of(heard)) in counts())
    found = counts()
    assert found["task", "Reading"] == found["queued", "Reading"] == 1
    assert "secret" not in measuring.text()


def test_requests_by_their_kind(measuring):
    recording = vw.Recording.from_arrays({"secret": np.arange(500.0)}, 100)
    session = Session(recording)
    window = {"v": 1, "kind": "window", "request": "w", "seq": 1, "channels": [0], "width": 100}
    for _ in range(3):
        dispatch(session, {**window, "t0": 0.0, "t1": 1.0})
    assert dispatch(session, {"kind": "secret"})[0]["kind"] == "error"
    found = counts()
    assert (found["request", "window"], found["request", "other"]) == (3, 1)
    MONITOR.stop()
    dispatch(session, {**window, "t0": 0.0, "t1": 1.0})
    assert counts()["request", "window"] == 3
    assert "secret" not in measuring.text()
    session.close()


def test_the_text_has_what_the_report_of_a_bug_needs():
    one = Monitor()
    one.start()
    one.add("request", "window", 0.0015)
    one.add("request", "window", 0.0025)
    text = one.text()
    assert f"vital-widgets {vw.__version__}" in text
    assert "Python 3." in text
    assert f"numpy {np.__version__}" in text
    line = next(line for line in text.splitlines() if line.startswith("request window"))
    assert line.split() == ["request", "window", "2", "2.00", "2.45", "2.50", "4.0"]


def test_a_timed_method_is_measured_under_its_class_while_the_monitor_is_on():
    class Base:
        @timed
        def _update(self, a, *, b):
            """Add."""
            return a + b

    class Panel(Base):
        pass

    assert Panel()._update(1, b=2) == 3
    MONITOR.start()
    assert Panel()._update(1, b=2) == 3
    assert Base._update.__doc__ == "Add."
    MONITOR.stop()
    assert counts() == {("callback", "Panel.update"): 1}

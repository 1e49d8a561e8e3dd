"""The log of tasks: what runs, waits and has ended, without keeping a task or its result alive."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.analysis import bandpass, power_spectrum, run, store
from vital_widgets.pyramid.build import open_pyramids
from vital_widgets.runtime import tasklog, tasks
from vital_widgets.runtime.bytecount import ByteCount
from vital_widgets.runtime.tasklog import TASKS, TaskLog
from vital_widgets.runtime.tasks import Task
from waiting import Clock

WAIT = 300  # seconds until a test gives up; none waits so long


@pytest.fixture
def log(monkeypatch):
    """A log of its own for the tasks of a test."""
    own = TaskLog()
    monkeypatch.setattr(tasks, "TASKS", own)
    return own


@pytest.fixture
def stopped(monkeypatch):
    """A clock that goes on with each look."""
    clock = Clock()
    monkeypatch.setattr(tasks, "time", clock)
    return clock


class Held:
    """Work that goes on until it is let go."""

    def __init__(self):
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, task):
        task.report(0.25, "a quarter", bytes_done=100, bytes_total=400)
        self.begun.set()
        assert self.go_on.wait(WAIT)


def told(log):
    return [(one.title, one.state) for one in log.entries()]


def test_running_then_queued_then_ended(log, monkeypatch):
    monkeypatch.setenv("VITAL_WIDGETS_WORKERS", "1")
    first = Task(lambda _: 1, "first").start()
    assert first.wait(WAIT)
    second = Task(lambda _: 1 / 0, "second").start()
    assert second.wait(WAIT)
    work = Held()
    running = Task(work, "third").start()
    assert work.begun.wait(WAIT)
    queued = Task(lambda _: 1, "fourth").start()
    assert told(log) == [
        ("third", "running"),
        ("fourth", "pending"),
        ("second", "failed"),
        ("first", "done"),
    ]
    entry = log.entries()[0]
    assert (entry.progress, entry.message) == (0.25, "a quarter")
    assert (entry.bytes_done, entry.bytes_total) == (100, 400)
    assert log.entries()[2].message == "division by zero"
    assert log.cancel(log.entries()[1].number)
    assert queued.wait(WAIT)
    work.go_on.set()
    assert running.wait(WAIT)
    assert [one.ended for one in log.entries()] == [True] * 4
    assert log.entries()[0].state == "cancelled"


def test_a_running_task_is_cancelled_by_its_number(log):
    begun = threading.Event()

    def work(task):
        begun.set()
        while True:
            task.wait_cancelled(WAIT)

    task = Task(work, "long").start()
    assert begun.wait(WAIT)
    assert log.cancel(log.entries()[0].number)
    assert task.wait(WAIT)
    assert told(log) == [("long", "cancelled")]
    assert not log.cancel(log.entries()[0].number)
    assert not log.cancel(12345)


def test_a_task_that_never_started_is_not_listed_and_one_that_did_is_listed_once(log):
    Task(lambda _: 1, "not started").cancel()
    begun = Task(lambda _: 1, "on this thread")
    begun.run()
    begun.start()
    begun.start(urgent=True)
    assert told(log) == [("on this thread", "done")]


def test_the_history_is_bounded_and_urgent_tasks_do_not_displace_the_others(log):
    kept = Task(lambda _: 1, "long")
    kept.run()
    for k in range(tasklog.KEPT_URGENT + 5):
        assert Task(lambda _: 1, f"urgent {k}").start(urgent=True).wait(WAIT)
    assert len(log.entries()) == tasklog.KEPT_URGENT + 1
    assert log.entries()[-1].title == "long"
    for _ in range(tasklog.KEPT + 5):
        Task(lambda _: 1, "more").run()
    assert len(log.entries()) == tasklog.KEPT_URGENT + tasklog.KEPT
    log.forget_ended()
    assert log.entries() == []


def test_neither_a_task_nor_its_result_is_kept(log):
    class Large:
        pass

    task = Task(lambda _: Large(), "large")
    task.run()
    task_gone, result_gone = weakref.ref(task), weakref.ref(task.result())
    del task
    gc.collect()
    assert (task_gone(), result_gone()) == (None, None)
    assert told(log) == [("large", "done")]


def test_listeners_hear_of_each_state_until_they_are_removed(log, caplog):
    heard = []

    def broken():
        raise ValueError("cannot listen")

    remove_broken = log.listen(broken)
    remove = log.listen(lambda: heard.append(told(log)))
    task = Task(lambda _: 1, "one")
    task.run()
    states = [state for one in heard for _, state in one]
    assert "running" in states
    assert states[-1] == "done"
    assert "cannot listen" in caplog.text
    n = len(heard)
    remove()
    remove()
    remove_broken()
    Task(lambda _: 1, "two").run()
    assert len(heard) == n


@pytest.mark.usefixtures("stopped")
def test_rate_of_bytes(log):
    rates = []

    def work(task):
        task.report(0.1, bytes_done=1_000, bytes_total=2_000)
        rates.append(log.entries()[0].rate)
        task.report(0.5, bytes_done=1_500)
        entry = log.entries()[0]
        rates.append(entry.rate)
        assert (entry.bytes_done, entry.bytes_total) == (1_500, 2_000)

    Task(work, "reading").run()
    assert rates[0] is None
    assert rates[1] > 0


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 1 << 40)), min_size=2))
def test_the_rate_is_that_between_the_first_and_the_latest_report(steps):
    count, now, done = ByteCount(), 0.0, 0
    at = []
    for seconds, n_bytes in steps:
        now, done = now + seconds, done + n_bytes
        count.set(done, None, now)
        at.append((now, done))
    (t0, first), (t1, last) = at[0], at[-1]
    assert count.rate == pytest.approx((last - first) / (t1 - t0))


def bytes_of(title):
    """Bytes of the latest task whose title begins so."""
    found = next(one for one in TASKS.entries() if one.title.startswith(title))
    return found.bytes_done, found.bytes_total


def test_building_and_reading_and_computing_report_their_bytes(cache_dir, tmp_path):
    del cache_dir
    n = 50_000
    samples = np.arange(n, dtype=np.int16)
    recording = vw.Recording.from_arrays({"a": samples, "b": samples}, 250)
    pyramids = open_pyramids(recording)
    assert pyramids.task is not None
    pyramids.task.start().result(WAIT)
    assert bytes_of("Building overview") == (4 * n, 4 * n)

    path = tmp_path / "table.csv"
    path.write_text("t,x\n" + "".join(f"{k / 100},{k % 7}\n" for k in range(20_000)))
    read = vw.open(path)
    assert read.task is not None
    read.task.result(WAIT)
    size = path.stat().st_size
    assert bytes_of("Reading table.csv") == (size, size)
    read.close()

    run(power_spectrum, recording["a"]).result(WAIT)
    assert bytes_of("power_spectrum") == (2 * n, 2 * n)
    store(bandpass, recording["a"], lowcut=1, highcut=40, dtype="float32").result(WAIT)
    assert bytes_of("bandpass of a") == (4 * n, 4 * n)
    recording.close()

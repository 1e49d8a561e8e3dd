"""Tasks end exactly once: done, cancelled or failed; and leave no thread behind."""

from __future__ import annotations

import gc
import logging
import threading
import weakref

import numpy as np
import pytest

from vital_widgets.errors import TaskCancelledError
from vital_widgets.runtime import tasks
from vital_widgets.runtime.pool import POOL
from vital_widgets.runtime.tasks import Task, TaskState
from waiting import Clock, until


def task_threads():
    return [t for t in threading.enumerate() if t.name == "vital-widgets-task"]


def fail(_):
    msg = "line 7 is broken"
    raise ValueError(msg)


def until_cancelled(task):
    while True:
        task.wait_cancelled(10)


def busy_until_cancelled(task):
    while True:
        task.report(0)


def test_done():
    task = Task(lambda task: task.report(0.5, "half way") or 42, "answer")
    assert (task.state, task.progress, task.elapsed, task.remaining) == (
        TaskState.PENDING,
        0,
        0,
        None,
    )
    assert task.start() is task
    assert task.result(300) == 42
    assert (task.state, task.progress, task.message) == (TaskState.DONE, 1.0, "half way")
    assert (task.error, task.error_traceback, task.remaining) == (None, "", 0.0)
    assert task.elapsed > 0
    assert repr(task) == "<Task 'answer': done, 100%>"


def test_failed():
    task = Task(fail, "reading").start()
    with pytest.raises(ValueError, match="line 7 is broken"):
        task.result(300)
    assert task.state is TaskState.FAILED
    assert task.message == "line 7 is broken"
    assert "in fail" in task.error_traceback
    assert task.progress < 1


def test_an_exception_without_words_is_named():
    def silent(_):
        raise MemoryError

    task = Task(silent)
    task.run()
    assert task.message == "MemoryError"


def test_cancelled_at_the_next_report():
    task = Task(until_cancelled, "long work").start()
    assert until(lambda: task.state is TaskState.RUNNING)
    task.cancel()
    assert task.cancel_requested
    assert task.wait(300)
    assert task.state is TaskState.CANCELLED
    with pytest.raises(TaskCancelledError, match="long work"):
        task.result()


def test_cancelled_before_it_began():
    done = []
    task = Task(lambda _: done.append(1))
    task.cancel()
    assert task.state is TaskState.CANCELLED
    task.start()
    task.run()
    assert task.wait(300)
    assert done == []


def test_cancelled_while_it_waits_for_a_thread(monkeypatch):
    monkeypatch.setenv("VITAL_WIDGETS_WORKERS", "1")
    assert until(lambda: not task_threads())
    first, done = Task(busy_until_cancelled).start(), []
    second = Task(lambda _: done.append(1)).start()
    second.cancel()
    assert second.state is TaskState.CANCELLED
    first.cancel()
    assert first.wait(300)
    assert done == []


def test_cancelling_what_has_ended_changes_nothing():
    task = Task(lambda _: 1)
    task.run()
    task.cancel()
    assert task.state is TaskState.DONE
    assert task.result() == 1


def test_progress_never_goes_back_or_over():
    seen = []

    def work(task):
        for progress in (0.5, 0.2, 7.0):
            task.report(progress)
            seen.append(task.progress)

    Task(work).run()
    assert seen == [0.5, 0.5, 1.0]


def test_the_time_left_follows_from_the_time_taken(monkeypatch):
    clock, left = Clock(), []
    monkeypatch.setattr(tasks, "time", clock)

    def work(task):
        task.report(0.1)  # was there before
        left.append(task.remaining)
        clock.now += 20
        task.report(0.28)
        left.append(task.remaining)

    task = Task(work)
    task.run()
    assert task.error is None
    assert left == [None, pytest.approx(80, rel=1e-3)]


def test_listeners_hear_of_the_end_once_and_of_progress_at_most_twenty_times_a_second(monkeypatch):
    states = []
    monkeypatch.setattr(tasks, "time", Clock())

    def work(task):
        for i in range(2000):
            task.report(i / 2000)

    task = Task(work)
    task.listen(lambda task: states.append(task.state))
    task.run()
    assert states.count(TaskState.DONE) == 1
    assert states[-1] is TaskState.DONE
    assert 38 <= states.count(TaskState.RUNNING) <= 42


def test_listening_can_be_stopped_and_late_listeners_hear_the_end():
    heard = []
    task = Task(lambda _: None)
    stop = task.listen(lambda _: heard.append("early"))
    stop()
    stop()
    task.run()
    task.listen(lambda _: heard.append("late"))()
    assert heard == ["late"]


def test_a_listener_that_fails_harms_nobody(caplog):
    def broken(_):
        msg = "the widget is gone"
        raise RuntimeError(msg)

    heard = []
    task = Task(lambda task: task.report(0.5) or 3)
    task.listen(broken)
    task.listen(lambda task: heard.append(task.state))
    with caplog.at_level(logging.ERROR):
        assert task.start().result(300) == 3
        assert until(lambda: TaskState.DONE in heard)
    assert "the widget is gone" in caplog.text
    assert Task(lambda _: 4).start().result(300) == 4
    assert until(lambda: not task_threads())


def test_started_twice_it_runs_once():
    begun, go, count = threading.Event(), threading.Event(), []

    def work(_):
        count.append(1)
        begun.set()
        go.wait(300)

    task = Task(work).start()
    assert begun.wait(300)
    task.start()
    task.run()
    go.set()
    assert task.wait(300)
    assert count == [1]


def test_no_more_run_at_once_than_set_and_threads_go_when_done(monkeypatch):
    monkeypatch.setenv("VITAL_WIDGETS_WORKERS", "2")
    assert until(lambda: not task_threads())
    lock, running, most = threading.Lock(), [0], [0]
    two = threading.Barrier(2)

    def work(_):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        two.wait(300)
        with lock:
            running[0] -= 1

    started = [Task(work).start() for _ in range(12)]
    assert all(task.wait(300) for task in started)
    assert most[0] == 2
    assert until(lambda: not task_threads())
    assert all(t.daemon for t in task_threads())


def test_waiting_can_end_before_the_task():
    task = Task(until_cancelled, "slow").start()
    assert not task.wait(0.01)
    with pytest.raises(TimeoutError, match="slow"):
        task.result(0.01)
    task.cancel()
    assert task.wait(300)


def test_an_ended_task_lets_go_of_what_the_work_held():
    class Held:
        data = np.zeros(10)

    held = Held()
    gone = weakref.ref(held)
    task = Task(lambda _, held=held: None)
    task.run()
    del held
    gc.collect()
    assert gone() is None


def test_the_pool_is_private_and_empty_in_the_end():
    assert until(lambda: not task_threads())
    assert POOL.idle

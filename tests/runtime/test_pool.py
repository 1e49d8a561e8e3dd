"""Background tasks that are stuck or asleep keep no other waiting, within a bound of threads."""

from __future__ import annotations

import threading

import pytest

from vital_widgets.runtime import pool
from vital_widgets.runtime.pool import POOL
from vital_widgets.runtime.tasks import Task, TaskState

LONG = 3600.0
WAIT = 300  # seconds until a test gives up; none waits so long


class Stuck:
    """Work that does nothing until it is let go, like a read from a share that is gone."""

    def __init__(self):
        self.begun = threading.Event()
        self.back = threading.Event()

    def __call__(self, _):
        self.begun.set()
        assert self.back.wait(WAIT)
        return 1


@pytest.fixture
def stuck(monkeypatch):
    """Makes stuck tasks that have begun; they are let go in the end."""
    monkeypatch.setenv("VITAL_WIDGETS_WORKERS", "2")
    made = []

    def make():
        work = Stuck()
        task = Task(work).start()
        made.append((work, task))
        return work, task

    yield make
    for work, _ in made:
        work.back.set()
    for _, task in made:
        assert task.wait(WAIT)


def task_threads():
    return [t for t in threading.enumerate() if t.name == "vital-widgets-task"]


def test_two_stuck_tasks_do_not_block_the_others(stuck, monkeypatch):
    monkeypatch.setattr(pool, "SILENT_SECONDS", LONG)
    for _ in range(2):
        assert stuck()[0].begun.wait(WAIT)
    third = Task(lambda _: 3).start()
    assert third.state is TaskState.PENDING
    monkeypatch.setattr(pool, "SILENT_SECONDS", 0.0)
    POOL.start_threads()
    assert third.result(WAIT) == 3
    assert Task(lambda _: 4).start().result(WAIT) == 4


def test_somebody_looks_after_tasks_that_wait_for_stuck_ones(stuck, monkeypatch):
    monkeypatch.setattr(pool, "_WATCH_SECONDS", 0.001)
    monkeypatch.setattr(pool, "SILENT_SECONDS", LONG)
    for _ in range(2):
        assert stuck()[0].begun.wait(WAIT)
    waiting = [Task(lambda _, k=k: k).start() for k in range(5)]
    assert all(task.state is TaskState.PENDING for task in waiting)
    monkeypatch.setattr(pool, "SILENT_SECONDS", 0.0)
    assert [task.result(WAIT) for task in waiting] == list(range(5))


def test_a_task_that_reports_keeps_its_slot(stuck, monkeypatch):
    monkeypatch.setattr(pool, "SILENT_SECONDS", LONG)
    works = [stuck() for _ in range(2)]
    assert all(work.begun.wait(WAIT) for work, _ in works)
    for _, task in works:
        task.reported_at -= 2 * LONG
        task.report(0.5)
    third = Task(lambda _: 3).start()
    assert third.state is TaskState.PENDING
    works[0][1].reported_at -= 2 * LONG
    POOL.start_threads()
    assert third.result(WAIT) == 3


def test_any_number_of_tasks_may_be_stuck_within_the_bound_of_threads(stuck, monkeypatch):
    monkeypatch.setattr(pool, "SILENT_SECONDS", 0.0)
    monkeypatch.setattr(pool, "MAX_THREADS", 6)
    works = [stuck() for _ in range(9)]
    assert all(work.begun.wait(WAIT) for work, _ in works[:6])
    assert len(task_threads()) == 6
    assert not any(work.begun.is_set() for work, _ in works[6:])
    works[0][0].back.set()
    assert works[6][0].begun.wait(WAIT)


def test_tasks_that_sleep_keep_no_other_waiting(monkeypatch):
    monkeypatch.setenv("VITAL_WIDGETS_WORKERS", "1")
    monkeypatch.setattr(pool, "SILENT_SECONDS", LONG)

    def sleep(task):
        while True:
            task.wait_cancelled(WAIT)

    asleep = [Task(sleep).start() for _ in range(4)]
    assert Task(lambda _: 5).start().result(WAIT) == 5
    for task in asleep:
        task.cancel()
        assert task.wait(WAIT)
        assert task.state is TaskState.CANCELLED


def test_no_thread_is_left_once_stuck_tasks_have_ended(stuck, monkeypatch):
    monkeypatch.setattr(pool, "SILENT_SECONDS", 0.0)
    works = [stuck() for _ in range(5)]
    assert all(work.begun.wait(WAIT) for work, _ in works)
    threads = task_threads()
    for work, _ in works:
        work.back.set()
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive()
    assert POOL.idle

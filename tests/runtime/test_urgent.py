"""Urgent tasks begin while all threads of the others are taken, a few at a time."""

from __future__ import annotations

import threading

import pytest

from vital_widgets.runtime import pool
from vital_widgets.runtime.pool import MAX_URGENT, URGENT, tasks_run
from vital_widgets.runtime.tasks import Task, TaskState
from waiting import until

WAIT = 300  # seconds until a test gives up; none waits so long


class Held:
    """Work that goes on until it is let go."""

    def __init__(self):
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, _):
        self.begun.set()
        assert self.go_on.wait(WAIT)
        return "done"


@pytest.fixture
def held(monkeypatch):
    """Makes tasks that hold their thread; they are let go in the end."""
    monkeypatch.setattr(pool, "SILENT_SECONDS", 3600.0)
    monkeypatch.setenv("VITAL_WIDGETS_WORKERS", "1")
    made = []

    def make(*, urgent=False):
        work = Held()
        task = Task(work).start(urgent=urgent)
        made.append((work, task))
        return work, task

    yield make
    for work, _ in made:
        work.go_on.set()
    for _, task in made:
        assert task.wait(WAIT)


def test_an_urgent_task_passes_long_ones_that_run_and_wait(held):
    assert held()[0].begun.wait(WAIT)
    _, waiting = held()
    assert Task(lambda _: "urgent").start(urgent=True).result(WAIT) == "urgent"
    assert waiting.state is TaskState.PENDING


def test_a_queued_task_can_be_made_urgent(held):
    assert held()[0].begun.wait(WAIT)
    calls = []
    task = Task(lambda _: calls.append("once")).start()
    assert task.state is TaskState.PENDING
    assert task.start(urgent=True).wait(WAIT)
    task.start()
    assert task.state is TaskState.DONE
    assert calls == ["once"]


def test_a_task_that_runs_or_was_cancelled_is_not_run_again(held):
    work, task = held()
    assert work.begun.wait(WAIT)
    assert task.start(urgent=True).state is TaskState.RUNNING
    waiting = Task(lambda _: 1).start()
    waiting.cancel()
    assert waiting.start(urgent=True).state is TaskState.CANCELLED
    assert URGENT.idle


def test_only_some_urgent_tasks_run_at_a_time(held):
    running = [held(urgent=True) for _ in range(MAX_URGENT)]
    assert all(work.begun.wait(WAIT) for work, _ in running)
    _, waiting = held(urgent=True)
    assert waiting.state is TaskState.PENDING
    running[0][0].go_on.set()
    assert until(lambda: waiting.state is TaskState.RUNNING)


def test_a_waiting_urgent_task_can_be_cancelled(held):
    running = [held(urgent=True) for _ in range(MAX_URGENT)]
    assert all(work.begun.wait(WAIT) for work, _ in running)
    _, waiting = held(urgent=True)
    waiting.cancel()
    assert waiting.state is TaskState.CANCELLED


def test_requests_take_turns_while_an_urgent_task_runs_and_no_thread_is_left(held):
    assert not tasks_run()
    work, task = held(urgent=True)
    assert work.begun.wait(WAIT)
    assert tasks_run()
    work.go_on.set()
    assert task.result(WAIT) == "done"
    assert until(lambda: URGENT.idle)
    urgent = "vital-widgets-urgent"
    assert until(lambda: not [t for t in threading.enumerate() if t.name == urgent])

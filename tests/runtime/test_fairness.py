"""However many threads ask, a task in the background has its share of the processor."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.core.channel import Channel
from vital_widgets.core.timebase import regular
from vital_widgets.runtime import fairness
from vital_widgets.runtime.fairness import MAX_REQUESTS, in_turn
from vital_widgets.runtime.tasks import Task
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.session import Session

WAIT = 300  # seconds until a test gives up; none waits so long
ASKING = 50


class Counted:
    """Samples that count how many threads read them at once, and wait until enough do."""

    dtype = np.dtype(np.float64)
    n_samples = 100

    def __init__(self, expected):
        self.now = self.most = 0
        self._expected = expected
        self._lock = threading.Lock()
        self._full = threading.Event()

    def read(self, start, stop):
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
            if self.now >= self._expected:
                self._full.set()
        assert self._full.wait(WAIT)
        with self._lock:
            self.now -= 1
        return np.zeros(stop - start)


@pytest.fixture
def patient(monkeypatch):
    monkeypatch.setattr(fairness, "MAX_WAIT", 10.0 * WAIT)


@pytest.fixture
def background():
    """A task in the background that goes on until the test ends."""
    begun, done = threading.Event(), threading.Event()
    task = Task(lambda _: begun.set() or done.wait(10 * WAIT)).start()
    assert begun.wait(WAIT)
    yield task
    done.set()
    assert task.wait(WAIT)


def ask(n, read):
    threads = [threading.Thread(target=read, daemon=True) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive()


@pytest.mark.usefixtures("patient", "background")
@pytest.mark.parametrize("how", ["read", "window", "data"])
def test_few_are_answered_at_a_time_while_a_task_works(how):
    samples = Counted(MAX_REQUESTS)
    channel = Channel("a", samples, regular(10.0, 100))
    read = {
        "read": lambda: channel.read(0, 10),
        "window": lambda: channel.window(0.0, 1.0),
        "data": lambda: np.asarray(channel.data[:10]),
    }[how]
    ask(ASKING, read)
    assert samples.most == MAX_REQUESTS


@pytest.mark.usefixtures("patient")
def test_all_are_answered_at_once_where_no_task_works():
    samples = Counted(ASKING)
    channel = Channel("a", samples, regular(10.0, 100))
    ask(ASKING, lambda: channel.read(0, 10))
    assert samples.most == ASKING


@pytest.mark.usefixtures("patient", "background")
def test_a_turn_within_a_turn_is_free():
    def nested():
        with in_turn(), in_turn(), in_turn():
            pass

    ask(ASKING, nested)


@pytest.mark.usefixtures("background")
def test_who_asks_goes_on_where_the_others_are_stuck(monkeypatch):
    monkeypatch.setattr(fairness, "MAX_WAIT", 0.0)
    samples = Counted(ASKING)  # each waits until all of them read
    channel = Channel("a", samples, regular(10.0, 100))
    ask(ASKING, lambda: channel.read(0, 10))
    assert samples.most == ASKING


@pytest.mark.usefixtures("patient")
def test_a_build_ends_while_many_threads_ask_without_a_pause(cache_dir):
    rng = np.random.default_rng(0)
    recording = vw.Recording.from_arrays(
        {name: rng.normal(size=1_000_000).astype(np.float32) for name in "abcd"}, 250
    )
    session = Session(recording)
    request = {"v": 1, "kind": "window", "request": "w", "seq": 1, "channels": [0, 1, 2, 3]}
    ended = threading.Event()

    def asking():
        while not ended.is_set():
            reply, _ = dispatch(session, {**request, "t0": 100.0, "t1": 900.0, "width": 800})
            assert reply["kind"] == "window"

    threads = [threading.Thread(target=asking, daemon=True) for _ in range(ASKING)]
    for thread in threads:
        thread.start()
    try:
        session.task.result(10 * WAIT)
    finally:
        ended.set()
        for thread in threads:
            thread.join(WAIT)
    assert session.pyramids.complete
    session.close()

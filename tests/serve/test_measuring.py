from __future__ import annotations

import json
import math
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serve.replies import in_memory
from vital_widgets.core.samples import ArraySamples
from vital_widgets.runtime.tasks import Task
from vital_widgets.serve import measuring
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.measuring import measure
from vital_widgets.serve.session import Session
from waiting import until


def ask(session: Session, request: str = "a:1", **fields: object) -> dict:
    reply, buffers = dispatch(
        session, {"v": 1, "kind": "measure", "request": request, "seq": 1, **fields}
    )
    json.dumps(reply, allow_nan=False)
    assert buffers == []
    return reply


@settings(max_examples=80)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.tuples(st.integers(1, 3000), st.sampled_from([7, 64, 1000, 1 << 18])),
    level=st.sampled_from([0.0, 1e6]),
    edges=st.tuples(st.floats(-5, 40), st.floats(0.001, 40)),
    gap=st.booleans(),
)
def test_statistics_equal_those_of_numpy_however_the_samples_are_read(
    monkeypatch_module, seed, size, level, edges, gap
) -> None:
    n, block = size
    monkeypatch_module.setattr(measuring, "BLOCK", block)
    rng = np.random.default_rng(seed)
    values = rng.normal(level, 3, n)
    values[rng.random(n) < 0.1] = np.nan
    values[rng.random(n) < 0.02] = np.inf
    runs = [(0.5, n // 2), (0.5 + n // 2 / 100 + 7.3, n - n // 2)] if gap else [(0.5, n)]
    channel = in_memory(values, runs=runs)["ch0"]
    t0, t1 = edges[0], edges[0] + edges[1]
    times, inside = channel.window(t0, t1)
    finite = np.isfinite(inside)
    x, t = inside[finite], times[finite]
    found = measure(channel, t0, t1).figures
    assert found["n"] == len(x)
    assert found["missing"] == len(inside) - len(x)
    if not len(x):
        assert all(math.isnan(found[name]) for name in ("min", "max", "mean", "rms", "sd", "slope"))
        return
    assert (found["min"], found["max"]) == (x.min(), x.max())
    assert found["mean"] == pytest.approx(x.mean(), rel=1e-12, abs=1e-12)
    assert found["rms"] == pytest.approx(np.sqrt(np.mean(x**2)), rel=1e-12)
    if len(x) > 1:
        assert found["sd"] == pytest.approx(x.std(ddof=1), rel=1e-9)
        centred = t - t.mean()
        slope = np.sum(centred * (x - x.mean())) / np.sum(centred**2)
        assert found["slope"] == pytest.approx(slope, rel=1e-6, abs=1e-6)
    else:
        assert math.isnan(found["sd"])
        assert math.isnan(found["slope"])


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def test_a_request_is_answered_in_the_units_of_each_channel() -> None:
    values = np.arange(1000, dtype=np.int16)
    session = Session(in_memory(values, values, gain=0.5, offset=-3.0, missing=505))
    reply = ask(session, channels=[1], t0=5.0, t1=5.1)
    assert (reply["kind"], reply["pending"]) == ("measure", False)
    (row,) = reply["rows"]
    assert (row["channel"], row["n"], row["missing"]) == (1, 9, 1)
    assert (row["min"], row["max"]) == (247.0, 251.5)
    assert row["slope"] == pytest.approx(50.0)


def test_a_range_without_samples_gives_no_figures() -> None:
    session = Session(in_memory(np.zeros(100), runs=[(5.0, 100)]))
    (row,) = ask(session, channels=[0], t0=1, t1=2)["rows"]
    assert row == dict.fromkeys(measuring.FIGURES) | {"channel": 0, "n": 0, "missing": 0}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"channels": [1], "t0": 0, "t1": 1}, r"channels=\[1\]"),
        ({"channels": [0], "t0": 1, "t1": 1}, "time range"),
        ({"channels": [0], "t0": None, "t1": 1}, "t0=None"),
    ],
)
def test_a_wrong_request_is_refused(fields, named) -> None:
    reply = ask(Session(in_memory(np.zeros(10))), **fields)
    assert (reply["kind"], reply["code"]) == ("error", "protocol")
    assert named.replace("\\", "") in reply["error"]


class Gate(ArraySamples):
    """Samples whose reading waits after the first block until the test allows it."""

    def __init__(self, values: np.ndarray) -> None:
        super().__init__(values)
        object.__setattr__(self, "allowed", threading.Event())
        object.__setattr__(self, "reads", [])

    def read(self, start: int, stop: int) -> np.ndarray:
        self.reads.append(start)
        if start:
            self.allowed.wait()
        return super().read(start, stop)


def test_a_long_range_is_measured_in_the_background(monkeypatch) -> None:
    monkeypatch.setattr(measuring, "BLOCK", 1000)
    monkeypatch.setattr(measuring, "PATIENCE", 0.001)
    values = np.random.default_rng(1).normal(size=4000)
    recording = in_memory(values)
    session = Session(recording)
    gate = Gate(values)
    session.channels[0].samples = gate
    wanted = {"channels": [0], "t0": 0, "t1": 40}
    until(lambda: ask(session, **wanted)["progress"] == 0.25)
    assert ask(session, **wanted)["pending"] is True
    other = ask(session, "b:1", channels=[0], t0=0, t1=10)
    gate.allowed.set()
    until(lambda: not ask(session, **wanted)["pending"])
    (row,) = ask(session, **wanted)["rows"]
    assert row["max"] == values.max()
    assert gate.reads.count(1000) == 1  # the same task answers all requests
    assert other["kind"] == "measure"


def test_another_range_and_closing_stop_the_former_measurement(monkeypatch) -> None:
    monkeypatch.setattr(measuring, "BLOCK", 1000)
    monkeypatch.setattr(measuring, "PATIENCE", 0.001)
    values = np.zeros(4000)
    session = Session(in_memory(values))
    gate = Gate(values)
    session.channels[0].samples = gate
    until(lambda: ask(session, channels=[0], t0=0, t1=40)["progress"] > 0)
    until(lambda: 1000 in gate.reads)
    ask(session, "a:2", channels=[0], t0=0, t1=39)
    until(lambda: gate.reads.count(1000) == 2)
    session.close()
    gate.allowed.set()
    until(lambda: ask(session, "c:1", channels=[0], t0=0, t1=1)["pending"] is False)
    assert 2000 not in gate.reads


def test_a_short_range_is_measured_while_long_tasks_take_all_threads(monkeypatch) -> None:
    monkeypatch.setenv("VITAL_WIDGETS_WORKERS", "1")
    begun, done = threading.Event(), threading.Event()
    long = Task(lambda _: begun.set() or done.wait(300)).start()
    assert begun.wait(300)
    session = Session(in_memory(np.arange(1000.0), fs=100.0))
    until(lambda: not ask(session, channels=[0], t0=0.0, t1=5.0)["pending"])
    assert not long.ended
    done.set()
    session.close()
    assert long.wait(300)
